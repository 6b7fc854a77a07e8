"""Keys of a JSON Schema that say nothing, because they are misspelt."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from harness.contract.lint.findings import Finding, Level
from harness.contract.problems import Problem
from harness.contract.source import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.contract.problems import Span
    from harness.contract.source import Node

_ONE = (
    "items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties",
    "not", "if", "then", "else", "contentSchema",
)  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs")
_OTHERS = (
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "type", "enum",
    "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
    "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties",
    "required", "dependentRequired", "title", "description", "default", "deprecated", "readOnly", "writeOnly",
    "examples", "format", "contentEncoding", "contentMediaType",
)  # fmt: skip
KEYWORDS = frozenset((*_ONE, *_LISTS, *_MAPS, *_OTHERS))
"""The keywords of JSON Schema 2020-12 (core, 8; validation, 6 to 9)."""
_NEAR = 0.75


def check_schemas(schemas: Iterable[Node]) -> Iterator[Finding]:
    """Each schema, and all schemas in it; other files that they refer to are schemas of their own."""
    for schema in schemas:
        for key, span in _keys(schema):
            near = get_close_matches(key, KEYWORDS, 1, _NEAR) if key not in KEYWORDS else []
            if near:
                told = f"{key!r} is no keyword of JSON Schema and says nothing"
                yield Finding("schema-keyword", Level.WARNING, Problem(span, told, f"Did you mean {near[0]!r}?"))


def _keys(schema: Node) -> Iterator[tuple[str, Span]]:
    """The keys of a schema, and of all schemas in it."""
    if not isinstance(schema, Mapping):
        return
    for key, span, value in schema:
        yield key, span
        if key in _ONE:
            yield from _keys(value)
        elif key in _LISTS and isinstance(value, Sequence):
            for item in value.items:
                yield from _keys(item)
        elif key in _MAPS and isinstance(value, Mapping):
            for _, _, item in value:
                yield from _keys(item)
