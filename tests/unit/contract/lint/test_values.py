from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def at_end(condition: str) -> str:
    return f"at_end:\n  it: >-\n    {condition}\n"


@pytest.mark.parametrize(
    "condition",
    [
        "last.done.anything.at.all == job",
        "last.done.share >= 0.5 * double(pages)",
        "pages >= 0.5 || pages == last.done.pages",
        "size(table.rows) == size(all.page) && table.rows[0].name == last.page.name",
        "table.rows.all(r, all.page.exists(p, p.mail == r.email && p.x.y == 1))",
        "all.page.map(r, r.anything) == table.rows.map(r, r.name)",
        "table.rows.filter(r, r.name != '')[0].email == last.done.email",
        "paper.width == last.done.width",
        '"done" in last && "r.nmae" != last.done.name',
        "accepted.body.x == 1 && accepted.headers['content-type'] != '' && accepted.status == last.done.status",
        "all.page.all(p, p.number < pages)",
        "sent.ready[0].type == last.done.type",
        "table.rows.exists(r, table.header.exists(h, h == r.name && last.done.x == h))",
        "last.done.text.size() == pages",
    ],
)
def test_what_may_be_is_not_found(found: Callable[..., list[str]], condition: str) -> None:
    assert found(at_end(condition)) == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("table.rows.all(r, r.nmae == last.done.x)", "unknown-field {}: there is no field 'nmae' here"),
        ("table.rows.all(q, table.rows.all(r, q.x == r.name && last.done.y))", "unknown-field {}: there is no field"),
        ("has(table.row) && last.done.x", "unknown-field {}: there is no field 'row' here, so has() is always false"),
        ("paper.height == last.done.x", "unknown-field {}: there is no field 'height' here"),
        ("job.size > last.done.x", "unknown-field {}: there is no 'size' in a text"),
        ("accepted.code == last.done.x", "unknown-field {}: there is no field 'code' here"),
        ("all.page.number == last.done.x", "unknown-field {}: there is no 'number' in a list"),
        ("last.done == all.page", "types {}: '==' cannot be used with (object, list)"),
        ("pages + 0.5 == last.done.x", "types {}: '+' cannot be used with (int, double)"),
        ("last.done.x in pages", "types {}: 'in' cannot be used with (dyn, int)"),
        ("last.done.x == 1 ? pages : size(all.page)", "types {}: this expression is neither true nor false"),
        ('"dnoe" in last', "unknown-kind {}: unknown kind 'dnoe'"),
        ("all['pgae'] == []", "unknown-kind {}: unknown kind 'pgae'"),
    ],
)
def test_what_cannot_be_is_found_where_it_stands(found: Callable[..., list[str]], condition: str, told: str) -> None:
    (finding,) = found(at_end(condition))

    assert finding.startswith(told.format(21))


def test_a_loop_knows_what_it_goes_over(found: Callable[..., list[str]]) -> None:
    loop = '[{for_each: {r: table.rows}, body: [page: {mail: "${r.%s}"}]}, done]'

    assert found(order=loop % "email") == []
    assert found(order=loop % "mail") == ["unknown-field 16: there is no field 'mail' here"]
    assert found(order="[{for_each: {r: job}, body: [page]}, done]") == [
        "types 16: a loop goes over a list, or over 0, 1, ... below a number; this is neither"
    ]


def test_an_input_of_which_nothing_is_known_may_have_any_field(found: Callable[..., list[str]]) -> None:
    assert found(at_end("last.done.x == unknown.field")) == ["contract 21: nothing here is called 'unknown'"]


def test_a_case_is_judged_by_its_own_inputs(found: Callable[..., list[str]]) -> None:
    case = "cases:\n  works: {}\n  other: {inputs: {paper: {choice: [{height: 1}]}}}\n"

    assert found(at_end("paper.width == last.done.x"), cases=case) == [
        "unknown-field 22: there is no field 'width' here"
    ]
