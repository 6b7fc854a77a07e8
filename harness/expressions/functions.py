"""The functions that contracts need and CEL lacks.

What one raises is told as it is: its text says what is wrong with the values that it was given. What it is declared to
take and to give is held against the expression when that is compiled.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from harness.expressions.fitting import LARGEST, SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

MAX_RANGE = 100_000
MOST_GIVEN = 64
"""So many lists that functions gave are left as they are: more than threads evaluate at once."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]*(={0,2})")


def _sum(numbers: list[float]) -> float:
    if not all(_is_number(number) for number in numbers):
        raise TypeError("sum needs a list of numbers")
    total = sum(numbers)
    if isinstance(total, int) and not SMALLEST <= total <= LARGEST:
        raise OverflowError("the sum is a number of more than 64 bits")
    return total


def _range(number: int) -> list[int]:
    if not 0 <= number <= MAX_RANGE:
        raise ValueError(f"range needs a number from 0 to {MAX_RANGE:,}")
    return list(range(number))


def _unique(values: list[Any]) -> bool:
    return len({_hashable(value) for value in values}) == len(values)


def _sorted(values: list[Any]) -> list[Any]:
    """Texts by their code points."""
    if not all(_is_number(value) for value in values) and not all(isinstance(value, str) for value in values):
        raise TypeError("sorted needs a list of numbers, or one of texts")
    return sorted(values)


def _base64_size(text: str) -> int:
    """RFC 4648, 4: with its padding, and nothing in between."""
    found = _BASE64.fullmatch(text)
    if found is None or len(text) % 4:
        raise ValueError("base64_size needs a text in base64")
    return len(text) // 4 * 3 - len(found.group(1))


_given: deque[list[Any]] = deque()
"""The lists that functions gave last, which the library may still be copying."""


def _emptied(impl: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, whose lists are emptied: what it takes in the end, what it gives some calls later.

    cel-expr-python 0.1.3 never lets go of what it hands to a function and takes from it. Of a list some 100 bytes are
    left so; a text cannot be emptied, and that of `base64_size` stays as long as the process.
    """

    def emptying(value: Any) -> Any:  # noqa: ANN401 - any value that CEL has
        try:
            result = impl(value)
        finally:
            if isinstance(value, list):
                value.clear()
        if isinstance(result, list):
            _given.append(result)
            if len(_given) > MOST_GIVEN:
                _given.popleft().clear()
        return result

    return emptying


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hashable(value: Any) -> Hashable:  # noqa: ANN401 - any value that CEL has
    """Something that is equal, and has an equal hash, for values that CEL has equal: 1 and 1.0, but not 1 and true."""
    match value:
        case dict():
            return frozenset((_hashable(key), _hashable(item)) for key, item in value.items())
        case list():
            return tuple(_hashable(item) for item in value)
        case bool():
            return bool, value
        case _:
            return value  # type: ignore[no-any-return]


def _function(name: str, parameter: Any, result: Any, impl: Callable[..., Any]) -> Any:  # noqa: ANN401 - untyped library
    overload = cel.Overload(id=f"{name}_1", return_type=result, parameters=[parameter], is_member=False, impl=impl)
    return cel.FunctionDecl(name, [overload])


_LIST = cel.Type.List(cel.Type.DYN)
FUNCTIONS = [
    _function("sum", _LIST, cel.Type.DYN, _emptied(_sum)),
    _function("range", cel.Type.INT, cel.Type.DYN, _emptied(_range)),
    _function("unique", _LIST, cel.Type.BOOL, _emptied(_unique)),
    _function("sorted", _LIST, _LIST, _emptied(_sorted)),
    _function("base64_size", cel.Type.STRING, cel.Type.INT, _base64_size),
]

NAMES = (
    "all", "base64_size", "bool", "contains", "double", "endsWith", "exists", "exists_one", "filter", "has", "int",
    "map", "matches", "range", "size", "sorted", "startsWith", "string", "sum", "unique",
)  # fmt: skip
"""What expressions call, CEL's own functions and macros included (Language Definition, Standard Definitions)."""
