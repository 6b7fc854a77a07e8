from __future__ import annotations

import pytest

from harness.expressions.references import comes_back

ONE, OTHER = "file:///one.yaml", "file:///other.yaml"


@pytest.mark.parametrize(
    ("schema", "back"),
    [
        ({"a": {"$ref": "#/b"}, "b": {"type": "string"}}, False),
        ({"a": {"$ref": "#/a"}}, True),
        ({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}, True),
        ({"a": {"$ref": "other.yaml#/c"}}, True),
        ({"a": {"$ref": "#/missing"}}, False),
        ({"a": {"oneOf": [{"type": "string"}, {"$ref": "#/a"}]}}, True),
        ({"a": {"if": {"$ref": "#/a"}}}, True),
        ({"a": {"items": {"$ref": "#/a"}}}, False),
        ({"a": {"$ref": "#/b/1"}, "b": [{"$ref": "#/a"}, {"type": "string"}]}, False),
        ({"a": {"$ref": "#/b~1c"}, "b/c": {"$ref": "#/a"}}, True),
        ({"a": {"$ref": "#/d%20e"}, "d e": {"$ref": "#/a"}}, True),
        ({"a": {"$ref": "#/b/x"}, "b": 3}, False),
    ],
)
def test_a_reference_comes_back_only_for_the_very_same_value(schema: object, back: bool) -> None:
    documents = {ONE: schema, OTHER: {"c": {"allOf": [{"$ref": "one.yaml#/a"}]}}}

    assert comes_back(f"{ONE}#/a", documents) == back


def test_a_very_long_way_counts_as_endless() -> None:
    chain = {f"n{number}": {"$ref": f"#/n{number + 1}"} for number in range(150)}

    assert comes_back(f"{ONE}#/n0", {ONE: chain})
    assert not comes_back(f"{ONE}#/n100", {ONE: chain})
