"""Orders of which nobody can tell when they have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.lint.findings import Finding, Level
from harness.contract.problems import Problem
from harness.contract.steps import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
)
from harness.temporal.deadlines import Deadline
from harness.trace.events import END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.lint.subject import Subject
    from harness.contract.model import Case
    from harness.contract.steps import Step


def check_ending(subject: Subject) -> Iterator[Finding]:
    """Whether the job always ends with a message that must come, if something is judged at the end."""
    socket = subject.case.socket
    if socket is None or not _unclear(socket.order):
        return
    waits = _judged_at_the_end(subject.case)
    if waits:
        told = f"no message is surely the last, so {waits} may find no end"
        hint = "let the last step before the close be one that must come"
        yield Finding("unclear-end", Level.WARNING, Problem(subject.at(socket.order_place), told, hint))


def _judged_at_the_end(case: Case) -> str:
    """A clause that needs the end."""
    found = [relation.clause for relation in case.relations if END in relation.points]
    found += [one.clause for one in case.timed if isinstance(one, Deadline) and END in (*one.start, *one.to)]
    return found[0] if found else ""


def _unclear(step: Step) -> bool:
    """Whether more of this step may come, or not, where it could be over."""
    match step:
        case KindStep() | CloseStep():
            return False
        case SequenceStep(steps):
            return _last_is_unclear([one for one in steps if not isinstance(one, CloseStep)])
        case EitherStep(alternatives):
            return any(_unclear(one) for one in alternatives)
        case RepeatStep(body, at_least, at_most):
            return at_least != at_most or _unclear(body)
        case InterleaveStep(parts):
            return any(_unclear(one) or _may_be_nothing(one) for one in parts)
        case ForEachStep():
            return _unclear(step.body)


def _last_is_unclear(steps: list[Step]) -> bool:
    return bool(steps) and (_unclear(steps[-1]) or _may_be_nothing(steps[-1]))


def _may_be_nothing(step: Step) -> bool:
    match step:
        case SequenceStep(steps) | InterleaveStep(steps):
            return all(_may_be_nothing(one) for one in steps)
        case EitherStep(alternatives):
            return any(_may_be_nothing(one) for one in alternatives)
        case RepeatStep(_, at_least, _):
            return at_least == 0
        case _:
            return False
