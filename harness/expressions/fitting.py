"""JSON values that CEL does not have, and what stands for them in expressions."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SURROGATE = re.compile(r"[\ud800-\udfff]")
LARGEST = 2**64 - 1
SMALLEST = -(2**63)
"""The least of CEL's int; `LARGEST` is the greatest of its uint."""
NUL = "\0"
STAND_IN = "\ufdd0"
"""Stands for a NUL in a text: no character, and never one that is interchanged (Unicode 23.7, Noncharacters)."""
_ESCAPED_NUL = re.compile(r"((?<!\\)(?:\\\\)*)\\(?:[xX]00|u0000|U0{8}|000)")


def fitting(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """The value with a double for each integer of more than 64 bits, and U+FFFD for each lone surrogate."""
    return _changed(value, _fitting)


def holds_nul(value: Any) -> bool:  # noqa: ANN401 - any JSON value, or bytes
    """Whether there is a NUL in a text, a key or bytes of the value."""
    parts = [value]
    for part in parts:  # which grow; this is asked at every evaluation
        kind = type(part)
        if kind is str:
            if NUL in part:
                return True
        elif kind is dict:
            parts += part
            parts += part.values()
        elif kind is list:
            parts += part
        elif kind is bytes and b"\0" in part:
            return True
    return False


def without_nul(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """The value as the library takes all of it: `STAND_IN` for each NUL in texts, and bytes as a bytearray."""
    return _changed(value, _without_nul)


def with_nul(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """The value that `without_nul` has changed, as it was."""
    return _changed(value, lambda part: part.replace(STAND_IN, NUL) if isinstance(part, str) else part)


def literal_without_nul(written: str) -> str:
    """A text as it is written in an expression, with `STAND_IN` for each NUL in it; bytes as they are."""
    prefix = written[:2].partition("'")[0].partition('"')[0].lower()
    if "b" in prefix or written.startswith(("//", "`")):
        return written
    return (written if "r" in prefix else _ESCAPED_NUL.sub(rf"\1{STAND_IN}", written)).replace(NUL, STAND_IN)


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """The value with `change` made of each key in it, and of each part that has no parts."""
    match value:
        case dict():
            return {change(key): _changed(item, change) for key, item in value.items()}
        case list():
            return [_changed(item, change) for item in value]
        case _:
            return change(value)


def _fitting(part: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    if isinstance(part, str):
        return SURROGATE.sub("\ufffd", part)
    return part if not isinstance(part, int) or SMALLEST <= part <= LARGEST else _double(part)


def _without_nul(part: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    if isinstance(part, str):
        return part.replace(NUL, STAND_IN)
    return bytearray(part) if isinstance(part, bytes) else part


def _double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
