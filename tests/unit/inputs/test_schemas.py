"""What an input type says of its values is true of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import jsonschema_rs
import pytest

from harness.inputs import registry
from harness.inputs.schemas import BINARY, COUNT, fields, list_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

PARAMETERS = [
    ("shelf_photos", {"looks": "any"}),
    ("shelf_photos", {"malformed": "some"}),
    ("csv_file", {"columns": ["name", "email"]}),
    ("csv_file", {"columns": ["name"], "defects": ["ragged", "empty"]}),
    ("csv_books", {"rows": "1..15"}),
    ("csv_books", {"form": "unusable"}),
    ("choice", [{"a": [1, None]}, "b", 2.5]),
    ("integer", "-5..5"),
    ("text", {"length": "1..3"}),
    ("constant", {"a": [1, None]}),
    ("number", "-0.5..2.25"),
    ("uuid", "drawn"),
    ("json_schema", {"type": "object", "properties": {"a": {"type": "array"}}, "required": ["a"]}),
    ("file", __file__),
    ("broken_json", {"of": {"a": [1, "b"]}}),
    ("list", {"of": {"number": "0..1"}, "length": "1..2"}),
    ("where", {"type": {"integer": "1..9"}, "where": "value > 3"}),
]


def readable(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """The value with texts in place of bytes, which JSON Schema does not know."""
    match value:
        case bytes():
            return "bytes"
        case list():
            return [readable(item) for item in value]
        case dict():
            return {key: readable(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
def test_every_value_is_as_its_schema_says(name: str, parameters: object, drawn: Drawn) -> None:
    kind = registry()[name]
    schema = kind.value_schema(parameters)
    jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    validator = jsonschema_rs.Draft202012Validator(schema)
    for spec in drawn(name, parameters, 20):
        assert [error.message for error in validator.iter_errors(readable(kind.build(spec)))] == []


def test_every_input_type_says_what_its_values_look_like() -> None:
    assert {name for name, _ in PARAMETERS} == set(registry())
    assert all(kind.value_schema(dict(PARAMETERS)[name]) for name, kind in registry().items())


def test_fields_are_all_there_and_no_others() -> None:
    schema = fields(content=BINARY, rows=list_of(fields(n=COUNT)))
    validator = jsonschema_rs.Draft202012Validator(schema)

    assert validator.is_valid({"content": "any", "rows": [{"n": 1}]})
    assert not validator.is_valid({"content": "any", "rows": [{"n": 1}], "more": 1})
    assert not validator.is_valid({"content": "any", "rows": [{}]})
