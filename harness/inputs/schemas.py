"""JSON Schemas (2020-12) of the values that input types build, for whoever checks a contract's expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.inputs.base import Json

BINARY: Json = {"format": "binary"}
"""Bytes, which JSON does not have."""

TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
BOOLEAN: Json = {"type": "boolean"}
COUNT: Json = {"type": "integer", "minimum": 0}


def fields(**properties: Json) -> Json:
    """An object with these fields, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items: Json) -> Json:
    """A list of such items."""
    return {"type": "array", "items": items}
