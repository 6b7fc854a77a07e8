"""Expressions, deadlines of items and templates against the schemas of messages and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = """\
cases:
  works:
    accepted: {schema: {properties: {id: {type: string}, links: {properties: {next: {}}, additionalProperties: false}}}}
    socket:
      schemas:
        page: {properties: {number: {type: integer}, sheet: {type: object, properties: {id: {type: string}}}}}
        done:
          properties:
            type: {type: string}
            total: {type: integer}
            share: {type: number}
            note: {type: [string, "null"]}
            rows: {type: array, items: {type: object, properties: {name: {type: string}}, additionalProperties: false}}
          additionalProperties: false
"""
FIELD = "unknown-field: there is no field"
NAMED = "unknown-field: the schema names no field"


@pytest.fixture
def judged(found: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """What lint finds where two kinds and the answer have a schema, without the lines."""

    def lint(more: str, **changes: str) -> list[str]:
        return [one.split()[0] + ":" + one.partition(":")[2] for one in found(more, cases=CASES, **changes)]

    return lint


def always(kinds: str, condition: str) -> str:
    return f"always:\n  it:\n    for: [{kinds}]\n    expect: >-\n      {condition}\n"


@pytest.mark.parametrize(
    ("kinds", "condition"),
    [
        ("page", "msg.number == pages && msg.type == 'page' && msg.anything == prev.sheet.id"),
        ("page, done", "msg.number == 1 || msg.total == 2 || msg.anything == 3"),
        ("page, failed", "msg.numbr == 3"),
        ("failed", "msg.numbr == msg.number && last.failed.x == accepted.body.anything"),
        ("done", "msg.rows.all(r, r.name != '') && size(msg.rows) == msg.total && msg.rows[0].name == msg.note"),
        ("done", "msg.note == null || msg.note.startsWith('x') || msg.total == null"),
        ("done", "msg.share * 2.0 > 1.0 && msg.total < 2.5 && has(msg.rows) && !has(msg.note)"),
        ("page", "accepted.body.id == msg.sheet.id && accepted.body.links.next != '' && msg.sheet != null"),
        ("page", "size(all.page) >= 1 && all.page.all(p, p.number < pages) && last.done.rows != []"),
    ],
)
def test_what_a_schema_allows_is_not_found(judged: Callable[..., list[str]], kinds: str, condition: str) -> None:
    assert [one for one in judged(always(kinds, condition)) if not one.startswith("unreachable")] == []


@pytest.mark.parametrize(
    ("kinds", "condition", "told"),
    [
        ("page", "msg.numbr == 1", f"{NAMED} 'numbr'"),
        ("page", "has(prev.Number)", f"{NAMED} 'Number'"),
        ("page", "msg.sheet.idd == '1'", f"{NAMED} 'idd'"),
        ("page, done", "msg.totl == 1", f"{NAMED} 'totl'"),
        ("done", "msg.anything == 1", f"{FIELD} 'anything' here"),
        ("done", "!has(msg.error)", f"{FIELD} 'error' here, so has() is always false"),
        ("done", "!has(msg.error) || msg.error.code == 3", f"{FIELD} 'error' here, so has() is always false"),
        ("done", "has(msg.error.code) == msg.note", f"{FIELD} 'error' here"),
        ("done", "has(msg.rows.error) == msg.note", "unknown-field: there is no 'error' in a list"),
        ("done", "msg.rows.exists(r, r.nam == '')", f"{FIELD} 'nam' here"),
        ("failed", "last.done.anything == 1", f"{FIELD} 'anything' here"),
        ("failed", "all.done[0].anything == msg.x", f"{FIELD} 'anything' here"),
        ("failed", "accepted.body.ID == msg.x", f"{NAMED} 'ID'"),
        ("failed", "accepted.body.links.self == msg.x", f"{FIELD} 'self' here"),
        ("done", "msg.total.x == 1", "unknown-field: there is no 'x' in a number"),
        ("done", 'msg.total == "3"', "types: '==' cannot be used with (int, string)"),
        ("done", "msg.total == msg.rows", "types: '==' cannot be used with (int, list)"),
        ("done", "msg.total * 0.5 > 1.0", "types: '*' cannot be used with (int, double)"),
        ("done", "msg.total", "types: this expression is neither true nor false"),
        ("failed", "last.done.rows[0].name + 1 == msg.x", "types: '+' cannot be used with (string, int)"),
    ],
)
def test_what_a_schema_does_not_name_is_found(
    judged: Callable[..., list[str]], kinds: str, condition: str, told: str
) -> None:
    assert [one for one in judged(always(kinds, condition)) if not one.startswith("unreachable")] == [told]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("number", []),
        ("sheet.id", []),
        ("sheet.anything", ["unknown-field: the schema of 'page' names no field 'anything' here"]),
        ("name", ["unknown-field: the schema of 'page' names no field 'name' here"]),
        ("number.x", ["unknown-field: the schema of 'page' allows no field 'x' here"]),
    ],
)
def test_items_go_by_a_field_that_there_is(judged: Callable[..., list[str]], path: str, told: list[str]) -> None:
    assert judged(f"deadlines: {{it: {{each: {path}, from: page, to: page, within: 1s}}}}\n") == told


def test_what_kinds_and_steps_contain_is_held_to_the_schema(judged: Callable[..., list[str]]) -> None:
    messages = "{ack: {type: ack}, page: {type: page, numbr: 1}, done: {kind: done}, failed: {type: failed}}"

    assert judged("", messages=messages, order="[page: {sheet: {Id: x}}, page: {other: 1}, done]") == [
        "unknown-field: the schema of 'page' names no field 'numbr' here",
        "unknown-field: the schema of 'done' allows no field 'kind' here",
        "unknown-field: the schema of 'page' names no field 'Id' here",
    ]


def test_what_answers_a_message_knows_which_it_is(judged: Callable[..., list[str]]) -> None:
    assert judged("", ready='{each: page, json: {of: "${msg.numbr}"}}') == [f"{NAMED} 'numbr'"]
    assert judged("", ready='{each: page, json: {of: "${msg.number}"}}') == []


def test_a_case_is_held_to_its_own_schemas(found: Callable[..., list[str]]) -> None:
    cases = "cases:\n  none: {}\n"
    for name, fields in (("right", "number: {}, numbr: {}"), ("wrong", "number: {}")):
        cases += f"  {name}: {{socket: {{schemas: {{page: {{properties: {{{fields}}}}}}}}}}}\n"
    told = found(always("page", "msg.numbr == 1"), cases=cases)

    assert told == ["unknown-field 25: the schema names no field 'numbr'"]


def test_a_case_that_leaves_a_schema_out_is_not_held_to_it(found: Callable[..., list[str]]) -> None:
    schema = "[{repeat: page}, done]\n  schemas: {page: {properties: {number: {type: integer}}}}"
    cases = "cases:\n  without: {off: [schemas/page]}\n%s"
    wrong = always("page", "msg.numbr == 1")

    assert found(wrong, order=schema, cases=cases % "") == []
    assert found(wrong, order=schema, cases=cases % "  with: {}\n") == [
        "unknown-field 25: the schema names no field 'numbr'"
    ]
