"""What cannot be judged where something is not known: a recording without its request, an input without a value.

A clause that needs what is not known is *not exercised*, never failed. A live run knows everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.contract.order import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
)
from harness.temporal.deadlines import Gap
from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import sequence
from harness.trace.events import ACCEPTED, END, REFUSED
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.contract.model import Case
    from harness.contract.order import Step
    from harness.temporal.deadlines import Deadline
    from harness.temporal.keyed import KeyedDeadline
    from harness.trace.events import Event, Json
    from harness.trace.verdicts import Place


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is not known of a trace.

    Attributes:
        names: what expressions would use: inputs, the answer, what was sent.
        points: what will not come, whether or not it has happened.
        kinds: whether no message's kind can be told.
        for_order: the inputs without which the order, and so the end of the job, cannot be judged.
    """

    names: frozenset[str]
    points: frozenset[str]
    kinds: bool
    for_order: frozenset[str]

    def touches(self, names: Iterable[str]) -> bool:
        """Whether an expression over `names` has no value."""
        return not self.names.isdisjoint(names)

    def touches_timed(self, timed: Deadline | Gap | KeyedDeadline) -> bool:
        """Whether a deadline or gap needs what is not known; where the job's end is not known, some do."""
        ends_with_the_job = isinstance(timed, Gap) or timed.or_end
        return not self.points.isdisjoint((*timed.start, *timed.to)) or (bool(self.for_order) and ends_with_the_job)


_NOTHING = Unknown(frozenset(), frozenset(), kinds=False, for_order=frozenset())


def unknown(case: Case, names: Mapping[str, Json], absent: Iterable[str]) -> Unknown:
    """What cannot be known, where `names` are the values that are, and the points `absent` will never come."""
    missing = frozenset({*case.inputs, *case.fresh} - names.keys())
    roots, points = {*missing}, {*absent}
    if not roots and not points:
        return _NOTHING
    if case.socket is None:
        return Unknown(frozenset(roots), frozenset(points), kinds=False, for_order=frozenset())
    kinds = missing & frozenset().union(*(part.roots for part in case.socket.kinds.values()))
    for_order = kinds | (missing & needed(case.socket.order))
    if kinds:
        points.update(case.socket.kinds)
    if for_order:
        points.add(END)
    roots.update({ACCEPTED, REFUSED} & points)
    if not points.isdisjoint(case.socket.sends):
        roots.add("sent")
    return Unknown(frozenset(roots), frozenset(points), bool(kinds), for_order)


def needed(step: Step) -> frozenset[str]:
    """The names that a step uses, but for those that its own loops give."""
    match step:
        case KindStep(_, where, _, _, captured):
            return where.roots - captured if where is not None else frozenset()
        case CloseStep():
            return frozenset()
        case SequenceStep(steps) | EitherStep(steps) | InterleaveStep(steps):
            return frozenset().union(*(needed(one) for one in steps))
        case RepeatStep(body, _, _):
            return needed(body)
        case ForEachStep(variable, over, body, _, later):
            return (frozenset() if later else over.roots) | (needed(body) - {variable})


class UnjudgedOrder(OrderMonitor):
    """Stands in where the order cannot be judged: nothing is allowed or forbidden, and no message is the last."""

    def __init__(self, clause: str, place: Place) -> None:
        super().__init__(clause, place, sequence(()), {})

    @property
    def verdict(self) -> Verdict:
        """Never exercised."""
        return Verdict.NOT_EXERCISED

    def feed(self, event: Event) -> None:
        """Nothing is judged."""

    def finish(self, now: float) -> None:
        """Nothing is judged."""
