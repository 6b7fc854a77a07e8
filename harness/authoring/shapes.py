"""JSON Schemas guessed from values: types, and which fields all of them have. No formats, no enums."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.authoring.observed import is_text
from harness.authoring.words import snake

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.authoring.observed import Path
    from harness.trace.events import Json

MOST_FIELDS = 40
"""An object with more fields than this is taken for a table, whose keys mean nothing."""
DEEPEST = 8
_STATUS = re.compile(r"(^|_)(status|state|phase)$")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,29}")


def shape(values: Sequence[Json], fixed: Collection[Path] = (), path: Path = ()) -> Json:
    """A schema that all the values fit.

    Args:
        values: at least one.
        fixed: the paths at which the value itself is required, if all have the same.
        path: where these values stand.
    """
    if path and (path in fixed or _STATUS.search(snake(path[-1]))) and _same_words(values, path in fixed):
        return {"const": values[0]}
    types = sorted({_type(value) for value in values}, key=_TYPES.index)
    if "number" in types and "integer" in types:
        types.remove("integer")
    if types == ["null"] or len(path) > DEEPEST:
        return {}
    schema: dict[str, Json] = {"type": types[0] if len(types) == 1 else types}
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        schema |= _fields(objects, fixed, path)
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        inner = shape(items, (), (*path, "[]"))
        schema |= {"items": inner} if inner else {}
    return schema


_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


def _type(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _fields(objects: Sequence[dict[str, Json]], fixed: Collection[Path], path: Path) -> dict[str, Json]:
    names = list(dict.fromkeys(name for one in objects for name in one if is_text(name)))
    if len(names) > MOST_FIELDS:
        return {}
    required = [name for name in names if all(name in one for one in objects)]
    properties = {name: shape([one[name] for one in objects if name in one], fixed, (*path, name)) for name in names}
    found: dict[str, Json] = {"required": required} if required else {}
    if properties:
        found["properties"] = properties
    return found


def _same_words(values: Sequence[Json], discriminator: bool) -> bool:
    """Whether a status-like text was the same each time (a number is no word, but for what tells kinds apart)."""
    first = values[0]
    if any(type(value) is not type(first) or value != first for value in values):
        return False
    return discriminator or (isinstance(first, str) and bool(_WORD.fullmatch(first)))
