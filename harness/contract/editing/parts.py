"""Pieces of the JSON Schema by which editors know the contract language.

Every value may be null besides, because in a case null takes away what the contract has; and no key is required where
another file, or the contract that a case changes, may have it. What a contract lacks is told when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.trace.events import Json

DURATION = r"[0-9]{1,9}(\.[0-9]{1,9})? *(ms|s|m|h)"
REFERENCE: Json = {
    "type": "string",
    "description": "What stands at this place, such as common.yaml#/socket; the keys beside it change it.",
}


def value(description: str, *types: str, **more: Json) -> Json:
    """A value of one of these JSON types, or of any if there are none; and null."""
    kind = {"type": [*types, "null"]} if types else {}
    return {"description": description, **kind, **more}


def text(description: str, **more: Json) -> Json:
    """A text."""
    return value(description, "string", **more)


def one_of(description: str, *words: Json) -> Json:
    """One of these words."""
    return {"description": description, "enum": [*words, None]}


def yes_or_no(description: str) -> Json:
    """True or false."""
    return value(description, "boolean")


def condition(description: str) -> Json:
    """An expression that is true or false."""
    return value(description, "string", "boolean")


def duration(description: str) -> Json:
    """A duration."""
    return text(f"{description} A duration such as 500ms, 2s, 1m or 1h.", pattern=f"^{DURATION}$")


def delays(description: str) -> Json:
    """A duration, or a range of them."""
    told = f"{description} A duration, or a range such as 0s..3s of which one is drawn."
    return text(told, pattern=f"^{DURATION}( *\\.\\. *{DURATION})?$")


def counts(description: str) -> Json:
    """A number, or a range."""
    told = f"{description} A number, or a range such as 1..5 of which one is drawn."
    return value(told, "integer", "string", pattern=r"^[0-9]{1,9}\.\.[0-9]{1,9}$", minimum=0)


def some(description: str, items: Json) -> Json:
    """A list."""
    return value(description, "array", items=items)


def one_or_more(description: str, item: Json) -> Json:
    """One, or a list of them."""
    return {"description": description, "anyOf": [item, {"type": "array", "items": item}, {"type": "null"}]}


def named(description: str, item: Json) -> Json:
    """A map of things by name."""
    return value(description, "object", properties={"$ref": REFERENCE}, additionalProperties=item)


def keys(description: str, properties: dict[str, Json]) -> Json:
    """A map with these keys and no others."""
    known = {**properties, "$ref": REFERENCE}
    return value(description, "object", properties=known, additionalProperties=False)


def like(definition: str, description: str) -> Json:
    """What is defined under this name."""
    return {"$ref": f"#/$defs/{definition}", "description": description}
