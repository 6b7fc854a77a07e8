"""The schema for editors says what the reader takes: no key more, no key less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from harness.contract.editing import FILE, language_schema
from harness.contract.fields import Fields
from harness.contract.loading import SUFFIX, bundled_contracts, load
from harness.contract.order import COMBINATORS
from harness.contract.source import plain, read_document
from harness.exporting import schema_text
from harness.inputs import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
SCHEMA = language_schema()
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
WRONG = ("mistakes", "newer", "duplicates", "syntax")
CONTRACTS = sorted(
    path for path in ROOT.glob(f"tests/**/*{SUFFIX}") if path.name.removesuffix(SUFFIX) not in WRONG
)  # fmt: skip

EVERYTHING = """\
language: 1
contract: everything
inputs: {job: {fresh: uuid}}
before: {login: {method: POST, path: /login}}
request: {method: POST, path: /jobs, multipart: {file: {content: x}}}
accepted: {status: 202, within: 1s}
actions: {cancel: {method: POST, path: /cancel, expect: {status: 200}}}
cleanup: [cancel]
socket:
  connect: /ws
  within: 1s
  sends: {ready: {json: {type: ready}}}
  messages: {a: {type: a}, b: {type: b}, ping: {type: ping}, state: {type: state}}
  anytime: {ping: {until: end}}
  late_join: {snapshot: state}
  order: [{repeat: a}, {for_each: {i: 2}, body: a}, b, {quiet: 2s}]
client:
  sends: {ready: {times: 1}}
  drop: {after_messages: 1}
  act: {cancel: {at: open}}
deadlines:
  soon: {from: accepted, to: b, within: 1s}
  gap: {between: received, from: a, to: b, within: 1s}
always: {x: {for: a, expect: msg.x == job}}
at_end: {y: {expect: last.b.x == job}}
afterwards: {settled: {method: GET, path: /state, only_if: there}}
probes:
  there: {method: GET, path: /there, present_if: {status: 400}}
  works: {steps: [{method: GET, path: /x, expect: {status: 200}}], if_works: a, if_not: b}
hints: {too-late: x}
cases:
  works: {}
  not: {refused: {status: 400, within: 1s}}
"""


def properties(*path: str | int) -> set[str]:
    """The keys that the schema has at a place, without those that mean another place."""
    found: Any = SCHEMA
    for step in path:
        found = found[step]
    return set(found["properties"]) - {"$ref"}


DEADLINE = properties("$defs", "deadline")
PROBE = properties("$defs", "probe")
ORDER = properties("$defs", "order", "anyOf", 2)
KNOWN: dict[str, set[str]] = {
    "a contract": properties(),
    "a case": properties("$defs", "case"),
    "a step": properties("$defs", "step-before"),
    "a request": properties("$defs", "request") | properties("$defs", "probe-step"),
    "a part of a form": properties("$defs", "part"),
    "'accepted'": properties("$defs", "answer"),
    "'refused'": properties("$defs", "answer"),
    "an action": properties("$defs", "action"),
    "'expect'": properties("$defs", "action", "properties", "expect"),
    "what is asked afterwards": properties("$defs", "afterward"),
    "a probe": PROBE,
    "'socket'": properties("$defs", "socket"),
    "a message to send": properties("$defs", "send"),
    "a time": properties("$defs", "window"),
    "'late_join'": properties("$defs", "late_join"),
    "a repeat": {"repeat", "at_least", "at_most"} & ORDER,
    "a for_each": {"for_each", "body", "interleaved"} & ORDER,
    "a deadline": DEADLINE,
    "a relation": properties("$defs", "always") | properties("$defs", "condition"),
    "'client'": properties("$defs", "client"),
    "what a client does": properties("$defs", "act"),
    "how a message is sent": properties("$defs", "sending"),
    "'drop'": properties("$defs", "client", "properties", "drop"),
}


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The keys that the reader takes, by what it calls the map."""
    found: dict[str, set[str]] = {}
    done = Fields.done

    def record(self: Fields) -> None:
        found.setdefault(self._what, set()).update(self._known)
        done(self)

    monkeypatch.setattr(Fields, "done", record)
    path = tmp_path / "everything.contract.yaml"
    path.write_text(EVERYTHING, "utf-8")
    load(path, registry())
    return found


def test_it_has_the_keys_that_the_reader_takes(taken: dict[str, set[str]]) -> None:
    assert {what: sorted(names) for what, names in taken.items()} == {
        what: sorted(names) for what, names in KNOWN.items()
    }


def test_it_has_the_keys_that_are_taken_before_a_contract_is_read() -> None:
    assert "based_on" in properties()
    assert {"quiet", "either", "optional", "interleave", "capture", "close"} < ORDER
    assert ORDER - {"quiet", "close", "capture", "at_least", "at_most", "body", "interleaved"} == {*COMBINATORS}


def test_it_knows_every_input_type() -> None:
    assert set(SCHEMA["$defs"]["inputs"]["additionalProperties"]["properties"]) == {*registry(), "fresh"}


def described(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    """Every property with its place."""
    if isinstance(schema, dict):
        named = schema.get("properties") if isinstance(schema.get("properties"), dict) else {}
        for name, inner in named.items():
            yield f"{path}/{name}", inner
        for key, inner in schema.items():
            yield from described(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from described(inner, f"{path}/{number}")


def test_every_key_is_described() -> None:
    entries = list(described(SCHEMA))

    assert len(entries) > 150
    assert [path for path, inner in entries if not inner.get("description", "").endswith((".", "URL"))] == []


def test_it_is_a_schema_that_has_no_end_left_open() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    references = {inner["$ref"] for _, inner in described(SCHEMA) if isinstance(inner.get("$ref"), str)}

    assert {reference.removeprefix("#/$defs/") for reference in references} <= set(SCHEMA["$defs"])


def test_the_file_beside_the_contracts_is_what_is_exported() -> None:
    assert (bundled_contracts()[0].parent / FILE).read_text("utf-8") == schema_text()
    assert json.loads(schema_text()) == SCHEMA


@pytest.mark.parametrize("path", bundled_contracts(), ids=lambda path: path.name)
def test_bundled_contracts_say_by_which_schema_they_are_written(path: Path) -> None:
    assert path.read_text("utf-8").splitlines()[0] == f"# yaml-language-server: $schema={FILE}"


@pytest.mark.parametrize("path", [*bundled_contracts(), *CONTRACTS], ids=lambda path: path.name)
def test_contracts_have_the_schema(path: Path) -> None:
    assert problems(plain(read_document(path, path.name))) == []


def problems(contract: object) -> list[str]:
    return [f"{list(error.instance_path)}: {error.message}" for error in VALIDATOR.iter_errors(contract)]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("within: 1s", "within: 1"),
        ("status: 202", "status: 99"),
        ("cleanup: [cancel]", "cleanup: cancel"),
        ("{until: end}", "{untill: end}"),
        ("at: open", "att: open"),
        ("too-late", "to-late"),
        ("language: 1", "language: 2"),
        ("between: received", "between: sent"),
        ("for_each: {i: 2}", "for_each: [i]"),
        ("{fresh: uuid}", "{fresh: number}"),
    ],
)
def test_it_tells_what_is_wrong(tmp_path: Path, right: str, wrong: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(EVERYTHING, "utf-8")
    assert problems(plain(read_document(path, "c"))) == []
    assert right in EVERYTHING
    path.write_text(EVERYTHING.replace(right, wrong, 1), "utf-8")
    assert problems(plain(read_document(path, "c"))) != []
