from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("{requierd: [id]}", ["'requierd'"]),
        ("{items: {propertys: {a: {minimun: 1}}}}", ["'propertys'"]),
        ("{allOf: [{properties: {a: {minimun: 1}}}]}", ["'minimun'"]),
        ("{properties: {requierd: {type: string}}, required: [requierd]}", []),
        ("{enum: [{requierd: 1}], const: {typ: 1}, default: {typ: 1}}", []),
        ("{x-internal: {typ: 1}}", []),
    ],
)
def test_only_misspelt_keywords_are_found(found: Callable[..., list[str]], schema: str, told: list[str]) -> None:
    expected = [f"schema-keyword 9: {word} is no keyword of JSON Schema and says nothing" for word in told]

    assert found(accepted=f"{{status: 202, within: 2s, schema: {schema}}}") == expected


@pytest.mark.parametrize(
    ("schema", "back"),
    [
        ('{$ref: "#"}', True),
        ('{$ref: "#/$defs/a", $defs: {a: {$ref: "#/$defs/b"}, b: {allOf: [{$ref: "#/$defs/a"}]}}}', True),
        ('{$ref: "#/$defs/a", $defs: {a: {not: {$ref: "#/$defs/a"}}}}', True),
        ('{properties: {children: {items: {$ref: "#"}}}}', False),
        ('{$ref: "#/$defs/a", $defs: {a: {properties: {b: {$ref: "#/$defs/a"}}}}}', False),
    ],
)
def test_a_reference_that_leads_back_to_itself_is_found(
    found: Callable[..., list[str]], schema: str, back: bool
) -> None:
    told = found(accepted=f"{{status: 202, within: 2s, schema: {schema}}}")

    assert bool(told) == back
    assert all("leads back to itself" in one for one in told)
