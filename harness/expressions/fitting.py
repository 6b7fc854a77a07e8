"""JSON values that CEL does not have, and what stands for them in expressions."""

from __future__ import annotations

import math
import re
from typing import Any

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
    match value:
        case dict():
            return {fitting(key): fitting(item) for key, item in value.items()}
        case list():
            return [fitting(item) for item in value]
        case str():
            return SURROGATE.sub("\ufffd", value)
        case int() if not SMALLEST <= value <= LARGEST:
            return _double(value)
        case _:
            return value


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
    match value:
        case dict():
            return {without_nul(key): without_nul(item) for key, item in value.items()}
        case list():
            return [without_nul(item) for item in value]
        case str():
            return value.replace(NUL, STAND_IN)
        case bytes():
            return bytearray(value)
        case _:
            return value


def with_nul(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    """The value that `without_nul` has changed, as it was."""
    match value:
        case dict():
            return {with_nul(key): with_nul(item) for key, item in value.items()}
        case list():
            return [with_nul(item) for item in value]
        case str():
            return value.replace(STAND_IN, NUL)
        case _:
            return value


def literal_without_nul(written: str) -> str:
    """A text as it is written in an expression, with `STAND_IN` for each NUL in it; bytes as they are."""
    prefix = written[:2].partition("'")[0].partition('"')[0].lower()
    if "b" in prefix or written.startswith(("//", "`")):
        return written
    return (written if "r" in prefix else _ESCAPED_NUL.sub(rf"\1{STAND_IN}", written)).replace(NUL, STAND_IN)


def _double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
