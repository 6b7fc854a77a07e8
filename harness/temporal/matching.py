"""Whether one JSON value contains another, and where it does not.

A kind, an order's `where` and a refusal's `body` are all written as an object that the real one must contain.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

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
    return next(differences(value, part, path), None)


def differences(value: Json, part: Json, path: str = "") -> Iterator[str]:
    """Every place at which `value` lacks what `part` has."""
    if isinstance(part, dict) and isinstance(value, dict):
        for key, wanted in part.items():
            yield from differences(value.get(key, _ABSENT), wanted, f"{path}.{key}" if path else key)
    elif isinstance(part, list) and isinstance(value, list) and len(part) == len(value):
        for index, wanted in enumerate(part):
            yield from differences(value[index], wanted, f"{path}[{index}]")
    elif value is _ABSENT:
        yield f"{path} is missing, it should be {shown(part)}"
    elif not _same(value, part):
        yield f"{path or 'it'} is {shown(value)}, not {shown(part)}"


def only_difference(value: Json, part: Json) -> str | None:
    """The one place at which an object lacks what `part` has, if it has something else of it; None otherwise."""
    if not isinstance(value, dict):
        return None
    found = list(islice(differences(value, part), 2))
    return found[0] if len(found) == 1 and _leaves(part) > 1 else None


def _leaves(part: Json) -> int:
    if isinstance(part, dict | list):
        return sum(map(_leaves, part.values() if isinstance(part, dict) else part))
    return 1


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
