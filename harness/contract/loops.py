"""What the loops of an order go over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.contract.steps import MAX_ITEMS
from harness.contract.templates import TemplateError
from harness.expressions.cel import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Names

    from harness.expressions.cel import Expression


def items(over: Expression, names: Names[str, Any]) -> Iterable[Any]:
    """What a loop goes over for one example's names.

    Raises:
        TemplateError: the expression has no value, or none that can be gone over.
    """
    try:
        value = over.evaluate(names)
    except EvaluationError as error:
        message = f"for_each over {over.source}: {error}"
        raise TemplateError(message) from error
    if isinstance(value, list):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ITEMS:
        return range(value)
    message = f"for_each over {over.source} needs a list or a number from 0 to {MAX_ITEMS:,}, not {value!r}"
    raise TemplateError(message)
