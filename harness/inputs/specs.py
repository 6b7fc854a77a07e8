"""What the built-in input types share about specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.inputs.parameters import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.inputs.base import Json


def rebuild(name: str, make: Callable[[Json], Any], spec: Json) -> Any:  # noqa: ANN401
    """`make(spec)`, where a spec that is none of this type is told as such.

    Specs come from `strategy`, and then always fit, or from a replay file, which may be edited or older.

    Raises:
        HarnessError: the spec is not one of the input type `name`.
    """
    try:
        return make(spec)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise HarnessError(
            f"{shown(spec)} is no spec of the input type {name!r} ({type(error).__name__}: {error}); "
            "if it comes from a replay file, run the case again to make a new one"
        ) from error


def counted(number: int, thing: str) -> str:
    """`1 photo`, `2 photos`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
