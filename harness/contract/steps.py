"""The steps of an order as a contract has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from harness.contract.templates import TemplateError
from harness.expressions.cel import EvaluationError
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Names

    from harness.contract.problems import Span
    from harness.contract.templates import Template
    from harness.expressions.cel import Expression
    from harness.trace.verdicts import Place

MAX_ITEMS = 100_000


class KindStep(NamedTuple):
    """One message of a kind, containing `where`.

    Attributes:
        kind: its name.
        where: what it contains; None for anything.
        place: where it is written.
        takes: names that later steps of the same list know, each with the path in the message of what it stands for.
        captured: names in `where` that earlier steps took.
        span: where it is written, for what is wrong with it; None for one that nobody wrote.
    """

    kind: str
    where: Template | None
    place: Place
    takes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    captured: frozenset[str] = frozenset()
    span: Span | None = None


class CloseStep(NamedTuple):
    """The server's close, with any of these codes; none for any code."""

    codes: tuple[int, ...]
    place: Place
    span: Span | None = None


class SequenceStep(NamedTuple):
    """Steps one after another."""

    steps: tuple[Step, ...]


class EitherStep(NamedTuple):
    """Any one of the alternatives."""

    alternatives: tuple[Step, ...]


class RepeatStep(NamedTuple):
    """The body between `at_least` and `at_most` times; None for no limit."""

    body: Step
    at_least: int
    at_most: int | None


class InterleaveStep(NamedTuple):
    """All the parts, in any mixture."""

    parts: tuple[Step, ...]


class ForEachStep(NamedTuple):
    """The body once for each item of a list, or for 0, 1, ... below a number: in that order, or in any mixture.

    `later` if it goes over what an earlier message brings.
    """

    variable: str
    over: Expression
    body: Step
    interleaved: bool = False
    later: bool = False

    def items(self, names: Names[str, Any]) -> Iterable[Any]:
        """What it goes over for one example's names.

        Raises:
            TemplateError: the expression has no value, or none that can be gone over.
        """
        try:
            value = self.over.evaluate(names)
        except EvaluationError as error:
            message = f"for_each over {self.over.source}: {error}"
            raise TemplateError(message) from error
        if isinstance(value, list):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ITEMS:
            return range(value)
        message = f"for_each over {self.over.source} needs a list or a number from 0 to {MAX_ITEMS:,}, not {value!r}"
        raise TemplateError(message)


Step: TypeAlias = KindStep | CloseStep | SequenceStep | EitherStep | RepeatStep | InterleaveStep | ForEachStep
