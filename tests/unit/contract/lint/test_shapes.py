from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.lint.shapes import ANYTHING, Shapes, also_named, any_of, both
from harness.expressions.schema import Schema

if TYPE_CHECKING:
    from harness.trace.events import Json

NUMBER: Json = {"type": "integer"}
TEXT: Json = {"type": "string"}
DOCUMENTS: dict[str, Json] = {
    "file:///shapes.yaml": {
        "count": {"type": "integer", "minimum": 0},
        "row": {"properties": {"number": {"$ref": "#/count"}}},
        "tree": {"properties": {"left": {"$ref": "#/tree"}, "size": {"$ref": "#/count"}}},
    }
}


def shape(schema: Json) -> Json:
    base = "file:///contract.yaml?schema"
    written = {"$id": base, **schema} if isinstance(schema, dict) else schema
    return Shapes().of(Schema(written, DOCUMENTS))


@pytest.mark.parametrize(
    ("schema", "known"),
    [
        ({"type": "object", "required": ["id"], "properties": {"n": {"type": "integer", "minimum": 3}}},
         {"type": "object", "properties": {"id": ANYTHING, "n": NUMBER}}),
        ({"type": "object", "required": ["id"]}, {"type": "object"}),
        ({"type": "array", "items": {"type": "string", "maxLength": 3}}, {"type": "array", "items": TEXT}),
        ({"type": "array", "prefixItems": [TEXT], "items": NUMBER}, {"type": "array"}),
        ({"$ref": "file:///shapes.yaml#/row"}, {"properties": {"number": NUMBER}}),
        ({"$ref": "#/$defs/n", "$defs": {"n": NUMBER}}, NUMBER),
        ({"$ref": "file:///shapes.yaml#/tree"},
         {"properties": {"left": ANYTHING, "size": NUMBER}}),
        ({"allOf": [{"properties": {"a": NUMBER}}, {"properties": {"b": TEXT}}]},
         {"properties": {"a": NUMBER, "b": TEXT}}),
        ({"properties": {"kind": TEXT}, "oneOf": [{"properties": {"a": NUMBER}}, {"properties": {"b": TEXT}}]},
         {"anyOf": [{"properties": {"kind": TEXT, "a": NUMBER}}, {"properties": {"kind": TEXT, "b": TEXT}}]}),
        ({"properties": {"a": NUMBER}, "if": {"properties": {"b": TEXT}}, "not": {"properties": {"c": {}}}},
         {"properties": {"a": NUMBER, "b": ANYTHING, "c": ANYTHING}}),
        ({"properties": {"a": NUMBER}, "additionalProperties": False},
         {"properties": {"a": NUMBER}, "additionalProperties": False}),
        ({"properties": {"a": NUMBER}, "unevaluatedProperties": False, "allOf": [{"properties": {"b": TEXT}}]},
         {"properties": {"a": NUMBER, "b": TEXT}, "additionalProperties": False}),
        ({"properties": {"a": NUMBER}, "additionalProperties": TEXT},
         {"properties": {"a": NUMBER}, "additionalProperties": TEXT}),
        ({"properties": {"a": NUMBER}, "patternProperties": {"^x": TEXT}, "additionalProperties": False},
         {"properties": {"a": NUMBER}, "additionalProperties": ANYTHING}),
        ({"allOf": [NUMBER, TEXT]}, ANYTHING),
        (True, ANYTHING),
    ],
)  # fmt: skip
def test_what_a_schema_says_of_fields(schema: Json, known: Json) -> None:
    assert shape(schema) == known


def test_an_anchor_is_not_looked_for() -> None:
    assert shape({"$defs": {"n": {"$anchor": "n", **NUMBER}}, "$ref": "#n"}) == ANYTHING


def test_each_schema_is_read_once() -> None:
    shapes = Shapes()
    schema = Schema({"type": "object", "properties": {"a": NUMBER}}, {})

    assert shapes.of(schema) is shapes.of(schema)
    assert shapes.of(None) == ANYTHING


def test_what_two_shapes_say_together() -> None:
    nullable: Json = {"anyOf": [{"properties": {"a": NUMBER}}, {"properties": {"b": TEXT}}]}

    assert both(ANYTHING, NUMBER) == NUMBER
    assert both({"enum": [1]}, NUMBER) == {"enum": [1], "type": "integer"}
    assert both({"properties": {"c": TEXT}}, nullable) == both(nullable, {"properties": {"c": TEXT}})
    assert any_of([NUMBER, NUMBER]) == NUMBER
    assert any_of([NUMBER, ANYTHING]) == ANYTHING


def test_the_keys_of_a_template_are_known_beside_those_of_the_schema() -> None:
    schema: Json = {"properties": {"data": {"properties": {"share": NUMBER}}, "rest": {"type": "object"}}}
    template = {"type": "page", "data": {"alive": True}, "rest": {"more": 1}}

    assert also_named(schema, template) == {
        "properties": {
            "type": ANYTHING,
            "data": {"properties": {"alive": ANYTHING, "share": NUMBER}},
            "rest": {"type": "object"},
        }
    }
    assert also_named(ANYTHING, template) == ANYTHING
