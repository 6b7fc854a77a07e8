"""Whether the parts of an order can be told apart, so that each message has one place that it belongs to."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from harness.contract.problems import Document, Span
from harness.contract.steps import CloseStep, EitherStep, InterleaveStep, KindStep, RepeatStep, SequenceStep
from harness.temporal.matching import comparable
from harness.temporal.one import leaves
from harness.trace.events import CLOSE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.contract.problems import Problems
    from harness.contract.steps import Step


def check_parts(parts: Iterable[Step], problems: Problems) -> None:
    """Note each message that two parts could both take; only values written out tell two parts apart."""
    for one_part, other_part in combinations(parts, 2):
        others = list(messages(other_part))
        for one in messages(one_part):
            for other in others:
                if _kind(one) == _kind(other) and not _apart(one, other):
                    message = (
                        f"another part of this interleave could take the same {_kind(one)}, at line {one.place.line}"
                    )
                    hint = (
                        f"say of each {_kind(one)} what it contains, with a value that differs, or join the two parts"
                    )
                    problems.add(_span(other), message, hint)


def check_items(variable: str, body: Step, outside: frozenset[str], problems: Problems) -> None:
    """Note each message of the body that does not say which item it is of; `outside` was captured before the loop."""
    for step in messages(body):
        if isinstance(step, CloseStep):
            problems.add(_span(step), "items that are interleaved cannot close the socket", "put it behind")
        elif not _says_which(step, variable, outside):
            message = f"interleaved items cannot be told apart by this {step.kind}"
            hint = f"add a value that mentions {variable}, such as {step.kind}: {{number: '${{{variable}}}'}}"
            problems.add(_span(step), message, hint)


def check_apart(anytime: Collection[str], order: Step, problems: Problems) -> None:
    """Note each message of the order that may come at any time: whichever came, it would not count in the order."""
    for step in messages(order):
        if isinstance(step, KindStep) and step.kind in anytime:
            message = f"{step.kind} is a kind of 'anytime'; its messages do not count in the order"
            problems.add(_span(step), message, "name it in one of the two")


def messages(step: Step) -> Iterator[KindStep | CloseStep]:
    """Every message and close in a step."""
    match step:
        case KindStep() | CloseStep():
            yield step
        case SequenceStep(steps) | EitherStep(steps) | InterleaveStep(steps):
            for one in steps:
                yield from messages(one)
        case RepeatStep(body, _, _):
            yield from messages(body)
        case _:
            yield from messages(step.body)


def _says_which(step: KindStep, variable: str, outside: frozenset[str]) -> bool:
    """Whether a value of it mentions the loop's variable, or what an earlier message of the item brought."""
    return step.where is not None and not step.where.roots.isdisjoint({variable, *(step.captured - outside)})


def _apart(one: KindStep | CloseStep, other: KindStep | CloseStep) -> bool:
    if isinstance(one, CloseStep) or isinstance(other, CloseStep):
        return False
    mine, theirs = _constants(one), _constants(other)
    return any(path in theirs and theirs[path] != value for path, value in mine.items())


def _constants(step: KindStep) -> dict[tuple[str, ...], object]:
    found = leaves(step.where.compiled) if step.where is not None else ()
    return {path: comparable(value) for path, value in found if value is None or isinstance(value, str | int | float)}


def _kind(step: KindStep | CloseStep) -> str:
    return CLOSE if isinstance(step, CloseStep) else step.kind


def _span(step: KindStep | CloseStep) -> Span:
    at = step.place
    return step.span if step.span is not None else Span(Document(at.file, ()), at.line, at.column)
