from __future__ import annotations

from typing import Any

import pytest

from harness.authoring.shapes import shape


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([1.0], {"type": "number"}),
        ([True], {"type": "boolean"}),
        (["a", None], {"type": ["string", "null"]}),
        ([None], {}),
        ([[]], {"type": "array"}),
        ([[1], ["a", None]], {"type": "array", "items": {"type": ["string", "integer", "null"]}}),
        ([[None]], {"type": "array"}),
        ([{}], {"type": "object"}),
        (
            [{"a": 1, "b": "x"}, {"a": 2}],
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}},
        ),
        (
            [{"rows": [{"n": 1}, {"n": 2, "error": "x"}]}],
            {
                "type": "object",
                "required": ["rows"],
                "properties": {
                    "rows": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["n"],
                            "properties": {"n": {"type": "integer"}, "error": {"type": "string"}},
                        },
                    }
                },
            },
        ),
        ([{str(n): n for n in range(50)}], {"type": "object"}),
    ],
)
def test_a_schema_says_what_was_common(values: list[Any], schema: dict[str, Any]) -> None:
    assert shape(values) == schema


def test_only_words_that_tell_kinds_or_a_status_are_required_as_they_are() -> None:
    value = {"type": "page", "status": "ok", "title": "ok", "state": "half done", "done": True}
    found = shape([value, value], [("type",)])["properties"]

    assert found["type"] == {"const": "page"}
    assert found["status"] == {"const": "ok"}
    assert found["title"] == {"type": "string"}
    assert found["state"] == {"type": "string"}
    assert found["done"] == {"type": "boolean"}
    assert shape([{"status": "a"}, {"status": "b"}])["properties"]["status"] == {"type": "string"}
    assert shape([{"op": 1}, {"op": 1}], [("op",)])["properties"]["op"] == {"const": 1}
    assert shape([{"rows": [{"status": "ok"}, {"status": "bad"}]}])["properties"]["rows"]["items"]["properties"] == {
        "status": {"type": "string"}
    }
