"""Comparisons of two numbers or two texts, which need no library: they are half of what is asked of messages."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.expressions.fitting import SMALLEST
from harness.expressions.parts import ABSENT, followed, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_GREATEST = 2**63 - 1
"""Of CEL's int; beyond it are only numbers of other types, which it compares in its own way."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_TEXT = re.compile(r"\"[^\"\\]*\"|'[^'\\]*'")
_SIZE = re.compile(r"size\s*\(([^()]*)\)")


class Side(NamedTuple):
    """One side of a comparison: a literal, what a path leads to, or how many items that has."""

    path: tuple[Any, ...]
    literal: int | str | None = None
    counted: bool = False

    def value(self, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value, or bytes
        """What it is for these names; `ABSENT` if that cannot be told."""
        found = followed(self.path, names) if self.path else self.literal
        if self.counted:
            return len(found) if isinstance(found, list | dict) else ABSENT
        return found


class Comparison(NamedTuple):
    """Two sides, and what must hold between their values."""

    left: Side
    right: Side
    between: Callable[[Any, Any], bool]

    def holds(self, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a boolean, or ABSENT
        """Whether it holds; `ABSENT` unless both are texts, or both whole numbers that CEL has."""
        left, right = self.left.value(names), self.right.value(names)
        if type(left) is not type(right) or type(left) not in (int, str):
            return ABSENT
        is_known = type(left) is str or (min(left, right) >= SMALLEST and max(left, right) <= _GREATEST)
        return self.between(left, right) if is_known else ABSENT


def compared(left: str, between: str, right: str) -> Comparison | None:
    """The comparison of these two sides; None if one of them is more than a path, its size or a literal."""
    sides = _side(left), _side(right)
    return None if None in sides else Comparison(*sides, _OPERATORS[between])  # type: ignore[arg-type]


def _side(source: str) -> Side | None:
    if _NUMBER.fullmatch(source):
        return Side((), int(source))
    if _TEXT.fullmatch(source):
        return Side((), source[1:-1])
    size = _SIZE.fullmatch(source)
    path = path_of(size[1] if size is not None else source)
    return Side(path, counted=size is not None) if path else None
