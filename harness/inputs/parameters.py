"""Reads what a contract wrote under an input type's name: ranges, lists of names, and nothing unknown.

The readers raise `ParameterError`, one sentence for the author of the contract. An input type reads all its
parameters in one function and hands that to `problem`, which is all that its `check` has to do.
"""

from __future__ import annotations

import difflib
import re
import reprlib
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.inputs.base import Json

_RANGE = re.compile(r"\s*(-?[0-9]{1,18})\s*(?:\.\.\s*(-?[0-9]{1,18})\s*)?")


class ParameterError(HarnessError):
    """The parameters of an input are wrong; the text is one sentence that says how."""


class Range(NamedTuple):
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}..{self.high}"


def problem(read: Callable[[Json], object], parameters: Json) -> str | None:
    """What `read` has to say against `parameters`, in one sentence; None if it takes them."""
    try:
        read(parameters)
    except ParameterError as error:
        return str(error)
    return None


def read_mapping(parameters: Json, known: Sequence[str]) -> Mapping[str, Any]:
    """The parameters as a mapping with no key but the `known` ones; nothing at all is an empty mapping.

    Raises:
        ParameterError: it is no mapping, or has a key that is not known.
    """
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise ParameterError(f"expected a mapping with {one_of(known)}, got {shown(parameters)}")
    for key in parameters:
        if key not in known:
            raise ParameterError(f"unknown parameter {shown(key)}; known: {', '.join(known)}{meant(key, known)}")
    return parameters


def read_range(value: Json, what: str, *, within: Range) -> Range:
    """The range that `value` says: `3`, or text such as `1..5`. `what` is its name in messages.

    Raises:
        ParameterError: it is no range, is empty, or leaves `within`.
    """
    found = _range(value)
    if found is None:
        raise ParameterError(f"{what} must be a whole number such as 3 or a range such as 1..5, got {shown(value)}")
    if found.low > found.high:
        raise ParameterError(
            f"{what} is {found}, a range without numbers; did you mean {Range(found.high, found.low)}?"
        )
    if found.low < within.low or found.high > within.high:
        raise ParameterError(f"{what} is {shown(value)}, it must lie within {within}")
    return found


def read_name(value: Json, what: str, known: Sequence[str]) -> str:
    """One of the `known` names.

    Raises:
        ParameterError: it is none of them.
    """
    if not isinstance(value, str) or value not in known:
        raise ParameterError(f"{what} must be {one_of(known)}, got {shown(value)}{meant(value, known)}")
    return value


def read_names(value: Json, what: str, known: Sequence[str]) -> list[str]:
    """A list of different names, each one of the `known`, in the order of `known`; it may be empty.

    Raises:
        ParameterError: it is no such list.
    """
    if not isinstance(value, list):
        raise ParameterError(f"{what} must be a list of names out of {', '.join(known)}, got {shown(value)}")
    for entry in value:
        if not isinstance(entry, str) or entry not in known:
            raise ParameterError(
                f"{what} has the unknown name {shown(entry)}; known: {', '.join(known)}{meant(entry, known)}"
            )
        if value.count(entry) > 1:
            raise ParameterError(f"{what} names {shown(entry)} twice")
    return [name for name in known if name in value]


def shown(value: Json) -> str:
    """A value as messages quote it: its `repr`, shortened."""
    return _Short().repr(value)


def one_of(names: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def meant(value: Json, known: Sequence[str]) -> str:
    """`. Did you mean 'photos'?` where a known name is near, else nothing."""
    near = difflib.get_close_matches(value[:100], known, n=1) if isinstance(value, str) else []
    return f". Did you mean {near[0]!r}?" if near else ""


class _Short(reprlib.Repr):
    """Shortens; also takes numbers that Python declines to write out."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = 60

    def repr_int(self, x: int, level: int) -> str:
        return f"a number of {x.bit_length()} bits" if x.bit_length() > 128 else super().repr_int(x, level)


def _range(value: Json) -> Range | None:
    """The range as written, not yet judged; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Range(value, value)
    match = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    low = int(match[1])
    return Range(low, int(match[2]) if match[2] else low)
