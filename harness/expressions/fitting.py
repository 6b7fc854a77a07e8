"""JSON values that CEL does not have, and what stands for them in expressions."""

from __future__ import annotations

import math
import re
from typing import Any

SURROGATE = re.compile(r"[\ud800-\udfff]")
LARGEST = 2**64 - 1
SMALLEST = -(2**63)
"""The least of CEL's int; `LARGEST` is the greatest of its uint."""


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


def _double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
