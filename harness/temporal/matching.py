"""Whether one JSON value contains another, and where it does not.

A kind, an order's `where` and a refusal's `body` are all written as an object that the real one must contain.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from harness.trace.events import Json

_ABSENT = object()
_LONGEST_SHOWN = 160


def contains(value: Json, part: Json) -> bool:
    """Whether `value` has everything that `part` has.

    An object contains another if it has each of its keys with a value that contains the other's; a list contains
    one of equal length item by item; any other value contains an equal one of the same JSON type (1 and 1.0 are
    the same number, `true` and 1 are not the same).
    """
    if isinstance(part, dict):
        if not isinstance(value, dict):
            return False
        return all(key in value and contains(value[key], wanted) for key, wanted in part.items())
    if isinstance(part, list):
        if not isinstance(value, list) or len(value) != len(part):
            return False
        return all(contains(one, wanted) for one, wanted in zip(value, part, strict=True))
    return _same(value, part)


def first_difference(value: Json, part: Json, path: str = "") -> str | None:
    """Where `value` first lacks what `part` has, such as `data.progress is 0.3, not 0.5`; None if it has all."""
    if isinstance(part, dict) and isinstance(value, dict):
        for key, wanted in part.items():
            found = first_difference(value.get(key, _ABSENT), wanted, f"{path}.{key}" if path else key)
            if found is not None:
                return found
        return None
    if isinstance(part, list) and isinstance(value, list) and len(part) == len(value):
        for index, wanted in enumerate(part):
            found = first_difference(value[index], wanted, f"{path}[{index}]")
            if found is not None:
                return found
        return None
    if value is _ABSENT:
        return f"{path} is missing, it should be {shown(part)}"
    if _same(value, part):
        return None
    return f"{path or 'it'} is {shown(value)}, not {shown(part)}"


def comparable(value: Json) -> Hashable:
    """Something that is equal, and has an equal hash, for values that contain each other."""
    match value:
        case dict():
            return frozenset((key, comparable(item)) for key, item in value.items())
        case list():
            return tuple(comparable(item) for item in value)
        case bool():
            return "true" if value else "false", bool
        case _:
            return value  # type: ignore[no-any-return]


def shown(value: Json) -> str:
    """The value as a report writes it, a text as Python does and all else as JSON; of a long one the beginning."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # it was no JSON
        text = repr(value)
    return f"{text[:_LONGEST_SHOWN]}..." if len(text) > _LONGEST_SHOWN else text


def _same(value: Json, part: Json) -> bool:
    return isinstance(value, bool) == isinstance(part, bool) and bool(value == part)
