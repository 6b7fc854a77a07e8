from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError
from harness.expressions.schema import Schema, SchemaError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.trace.events import Json

INTEGER = {"type": "integer"}


def refused(schema: Json, documents: dict[str, Json] | None = None) -> str:
    with pytest.raises(SchemaError) as caught:
        Schema(schema, documents or {})
    assert isinstance(caught.value, HarnessError)
    return str(caught.value)


@pytest.mark.parametrize("value", [1, 1.0, -3, 2**70])
def test_a_value_that_fits(value: Json) -> None:
    assert Schema(INTEGER, {}).problem(value) is None


@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        (INTEGER, "x", '"x" is not of type "integer"'),
        (INTEGER, True, 'true is not of type "integer"'),
        ({"properties": {"a": {"items": INTEGER}}}, {"a": [1, "x"]}, 'at a[1]: "x" is not of type "integer"'),
        ({"items": {"properties": {"a": INTEGER}}}, [{"a": None}], 'at [0].a: null is not of type "integer"'),
        ({"required": ["b", "a"]}, {}, '"b" is a required property'),
        ({"properties": {"a": {"required": ["b"]}}}, {"a": {}}, 'at a: "b" is a required property'),
    ],
)
def test_where_a_value_breaks_it_and_how(schema: Json, value: Json, problem: str) -> None:
    assert Schema(schema, {}).problem(value) == problem


def test_a_long_message_keeps_both_ends() -> None:
    problem = Schema({"properties": {"a": {"enum": ["x" * 300]}}}, {}).problem({"a": "q" * 300})
    assert problem is not None
    beginning, end = problem.removeprefix("at a: ").split(" ... ")
    assert beginning == '"' + "q" * 79
    assert end == "x" * 79 + '"'


def test_a_message_of_the_longest_length_is_kept_whole() -> None:
    whole = len('"" is not of type "integer"')
    for more, shortened in ((0, False), (1, True)):
        problem = Schema(INTEGER, {}).problem("x" * (160 - whole + more))
        assert problem is not None
        assert (" ... " in problem) is shortened


@pytest.mark.parametrize("value", ["\ud800", {"a": "\udfff"}, {"\ud800": 1}])
def test_text_that_is_no_unicode_breaks_a_schema(value: Json) -> None:
    problem = Schema({"required": ["b"], "type": "array"}, {}).problem(value)
    assert problem is not None
    assert problem.startswith("it has text that is no Unicode: '\\ud")


def test_what_is_nested_too_deeply_breaks_a_schema() -> None:
    value: Json = 1
    for _ in range(900):
        value = [value]
    assert Schema({"enum": [1]}, {}).problem(value) == "it cannot be held against a schema: Recursion limit reached"


def test_references_lead_from_document_to_document() -> None:
    documents = {
        "file:///c/a.yaml": {"x": {"$ref": "b/b.yaml#/y"}},
        "file:///c/b/b.yaml": {"y": {"$ref": "#/z"}, "z": {"$ref": "../c.yaml#/integer"}},
        "file:///c/c.yaml": {"integer": INTEGER},
    }
    for schema in (
        {"$ref": "file:///c/a.yaml#/x"},
        {"$id": "file:///c/c.contract.yaml", "$ref": "a.yaml#/x"},
    ):
        assert Schema(schema, documents).problem(1) is None
        assert Schema(schema, documents).problem("x") == '"x" is not of type "integer"'


def test_documents_may_lead_to_each_other() -> None:
    node = {"properties": {"next": {"$ref": "b.yaml#/node"}}, "required": ["id"]}
    documents = {
        "file:///a.yaml": {"node": node},
        "file:///b.yaml": {"node": {"$ref": "a.yaml#/node"}},
    }
    schema = Schema({"$ref": "file:///a.yaml#/node"}, documents)
    assert schema.problem({"id": 1, "next": {"id": 2}}) is None
    assert schema.problem({"id": 1, "next": {"id": 2, "next": {}}}) == 'at next.next: "id" is a required property'


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"$ref": "#/zz"}, "Pointer '/zz' does not exist"),
        ({"$ref": "file:///a.yaml#/zz"}, "Pointer '/zz' does not exist"),
        ({"type": "wat"}, "\"wat\" is not valid under any of the schemas listed in the 'anyOf' keyword"),
        ({"pattern": "("}, '"(" is not a "regex"'),
        (3, '3 is not of types "boolean", "object"'),
    ],
)
def test_what_is_no_schema_is_told(schema: Json, problem: str) -> None:
    assert refused(schema, {"file:///a.yaml": {}}) == problem


def test_references_to_what_was_not_given_are_never_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    there = tmp_path / "schema.json"
    there.write_text('{"type": "integer"}', encoding="utf-8")
    for uri in (there.as_uri(), "http://127.0.0.1:9/x.json", "https://example.invalid/x.json"):
        told = f"{uri} is not among the contract's files; references to the network are not followed"
        assert refused({"$ref": uri}) == told
        assert refused({"properties": {"a": {"$ref": f"{uri}#/b"}}}) == told
        assert refused({"$ref": "file:///a.yaml"}, {"file:///a.yaml": {"$ref": uri}}) == told
