"""Which parts of the values that its names stand for an expression looks at; the library need not see any other.

The library turns all that it is given into values of its own, and shelf photos are megabytes.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    Parts: TypeAlias = "dict[str, Parts | Extent]"

ABSENT: Final = object()
"""What `looked_up` gives where it cannot tell."""

_BARE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*")
_STEP = re.compile(r"\w+")
_USE = re.compile(
    r"""
    (?P<counted>(?<![\w.]) size \s*\(\s*)?
    (?<![\w.]) (?P<root>[A-Za-z_]\w*)
    (?P<fields>(?:\s*\.\s* [A-Za-z_]\w* (?!\w*\s*\())*)
    (?P<closed>\s*\))?
    """,
    re.VERBOSE,
)
"""A name with its fields but for a method that is called, and whether they are all that `size` is asked of."""


class Extent(Enum):
    """How much of a value is looked at."""

    WHOLE = "all of it"
    SIZE = "how many items it has"


def parts_of(source: str, roots: Container[str]) -> Parts:
    """What an expression looks at of the values of `roots`; its texts and comments have been taken out."""
    parts: Parts = {}
    for use in _USE.finditer(source):
        if use["root"] in roots:
            extent = Extent.SIZE if use["counted"] and use["closed"] else Extent.WHOLE
            _add(parts, [use["root"], *_STEP.findall(use["fields"])], extent)
    return parts


def only(parts: Parts, names: Mapping[str, Any]) -> dict[str, Any]:
    """The names with these parts of their values; of lists of which only the size counts, as many zeros."""
    return {name: _cut(names[name], inner) for name, inner in parts.items() if name in names}


def path_of(source: str) -> tuple[Any, ...]:
    """The steps of an expression that is but a path: names, and numbers of items; of any other none."""
    bare = source.strip()
    steps = _STEP.findall(bare) if _BARE.fullmatch(bare) else ()
    return tuple(int(step) if step.isdecimal() else step for step in steps)


def looked_up(path: tuple[Any, ...], names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """A copy of what a path leads to; `ABSENT` if there is nothing, or no plain JSON."""
    try:
        return _copied(followed(path, names)) if path else ABSENT
    except ValueError:
        return ABSENT


def followed(path: tuple[Any, ...], names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """What a path of at least one step leads to, itself; `ABSENT` if there is nothing."""
    found = names.get(path[0], ABSENT)
    try:
        for step in path[1:]:
            if not isinstance(found, list if isinstance(step, int) else dict):
                return ABSENT
            found = found[step]
    except LookupError:
        return ABSENT
    return found


def _add(parts: Parts, path: list[str], extent: Extent) -> None:
    name, *fields = path
    inner = parts.get(name)
    if not fields:
        parts[name] = extent if inner in (None, extent) else Extent.WHOLE
    elif inner is None or isinstance(inner, dict):
        parts[name] = inner = inner or {}
        _add(inner, fields, extent)
    else:
        parts[name] = Extent.WHOLE


def _cut(value: Any, parts: Parts | Extent) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    if isinstance(parts, dict) and isinstance(value, dict):
        return {name: _cut(value[name], inner) for name, inner in parts.items() if name in value}
    if parts is Extent.SIZE and isinstance(value, list):
        return [0] * len(value)
    return value


def _copied(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """A copy of plain JSON, or bytes.

    Raises:
        ValueError: some of it is neither.
    """
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case bytearray():
            return bytes(value)
        case list():
            return [_copied(item) for item in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _copied(item) for key, item in value.items()}
        case _:
            raise ValueError
