"""Deadlines of items: one deadline for each value that messages have at a path, such as the number of a photo.

Each runs from the latest of its start points, at the first message of each with this value; not before all have come.
It is met by a message of its `to` with this value, even before that. A message without a value there is of no item.

Memory is bounded: what an item has had is forgotten once it is settled, but for the last `MAX_SETTLED` of them, by
which a start that comes again is told from a new one; and no more than `MAX_RUNNING` items are watched at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.records import NamedTuple
from harness.temporal.matching import comparable, shown
from harness.trace.events import CLOSE, END, Event, What
from harness.trace.units import duration
from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Hashable

    from harness.trace.events import Json
    from harness.trace.verdicts import Place

MAX_SETTLED = 10_000
MAX_RUNNING = 100_000
_NOWHERE = object()


class KeyedDeadline(NamedTuple):
    """Of each item, `to` must come within `within` seconds of the latest of `start`.

    Attributes:
        clause: the clause's name inside its contract.
        place: where it is written.
        start: kinds that must all have come before the time of an item runs.
        to: a message of any one of these kinds meets it.
        within: seconds, the target's slack included.
        each: the path in the messages to the value that says which item they are of.
        or_end: whether the terminal message or a close discharges it too.
    """

    clause: str
    place: Place
    start: tuple[str, ...]
    to: tuple[str, ...]
    within: float
    each: tuple[str, ...]
    or_end: bool = False


class _Item:
    """An item on its way: its value, the start points it has had, and the latest of them with its instant."""

    __slots__ = ("at", "had", "point", "value")

    def __init__(self, value: Json, point: str, at: float) -> None:
        self.value = value
        self.had: set[str] = set()
        self.point = point
        self.at = at


class KeyedMonitor:
    """Watches one `KeyedDeadline`."""

    def __init__(self, deadline: KeyedDeadline) -> None:
        self.deadline = deadline
        self.violation: Violation | None = None
        self._waiting: dict[Hashable, _Item] = {}
        self._running: dict[Hashable, _Item] = {}  # as they began to run, so that the first is due first
        self._settled: dict[Hashable, None] = {}
        self._broken: tuple[Hashable, _Item] | None = None
        self._met = False
        self._over = False

    @property
    def clause(self) -> str:
        """The clause's name."""
        return self.deadline.clause

    @property
    def points(self) -> frozenset[str]:
        """Those that start, meet or discharge it."""
        return frozenset((*self.deadline.start, *self.deadline.to, END, CLOSE))

    @property
    def verdict(self) -> Verdict:
        """Passed once an item's deadline was met or discharged and none was broken."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._met else Verdict.NOT_EXERCISED

    @property
    def hopeless(self) -> bool:
        """Where one item is silent the others may still come."""
        return False

    def feed(self, event: Event) -> None:
        """Take the next event."""
        value = self._value(event)
        if value is not _NOWHERE and event.point in self.deadline.to:
            self._meet(comparable(value), event)
        self._pass(event.at)
        if value is not _NOWHERE and event.point in self.deadline.start:
            self._start(comparable(value), value, event)
        if event.point == CLOSE or (event.point == END and self.deadline.or_end):
            self._end(event)

    def due(self) -> float | None:
        """The instant at which the silence of some item breaks the deadline."""
        if self.violation is not None or self._over or not self._running:
            return None
        return next(iter(self._running.values())).at + self.deadline.within

    def advance(self, now: float) -> None:
        """Let time pass until `now`."""
        due = self.due()
        if due is not None and now >= due:
            self._overdue(due)

    def _pass(self, now: float) -> None:
        """As `advance`; but a message may still come at the same instant as the event before it."""
        due = self.due()
        if due is not None and now > due:
            self._overdue(due)

    def _value(self, event: Event) -> Json:
        """The value that says which item a message is of; `_NOWHERE` if it is no message or has none."""
        found = event.value if event.what is What.RECEIVED else _NOWHERE
        for name in self.deadline.each:
            found = found.get(name, _NOWHERE) if isinstance(found, dict) else _NOWHERE
        return found

    def _start(self, key: Hashable, value: Json, event: Event) -> None:
        if self._over or key in self._settled or key in self._running or len(self._running) >= MAX_RUNNING:
            return
        item = self._waiting.setdefault(key, _Item(value, event.point, event.at))
        if event.point not in item.had:
            item.had.add(event.point)
            item.point, item.at = event.point, event.at
        if len(item.had) == len(self.deadline.start):
            self._running[key] = self._waiting.pop(key)
        elif len(self._waiting) > MAX_RUNNING:
            del self._waiting[next(iter(self._waiting))]

    def _meet(self, key: Hashable, event: Event) -> None:
        item = self._running.pop(key, None)
        if item is not None:
            self._judge(item, event)
        elif self._broken is not None and self._broken[0] == key and self._silent:
            self._late(self._broken[1], event)
        self._waiting.pop(key, None)
        self._settled[key] = None
        if len(self._settled) > MAX_SETTLED:
            del self._settled[next(iter(self._settled))]

    def _judge(self, item: _Item, event: Event) -> None:
        if self.violation is None:
            if event.at > item.at + self.deadline.within:
                self._late(item, event)
            else:
                self._met = True

    @property
    def _silent(self) -> bool:
        return self.violation is not None and self.violation.late_by is None

    def _overdue(self, due: float) -> None:
        key, item = next(iter(self._running.items()))
        del self._running[key]
        self._broken = (key, item)
        self._silence(item, f"within {duration(self.deadline.within)} of `{item.point}`", due)

    def _end(self, event: Event) -> None:
        by_client = event.point == CLOSE and event.value.get("by") == "client"
        if self.violation is None and not self._over and self._running:
            if self.deadline.or_end:
                self._met = True
            elif not by_client:
                item = next(iter(self._running.values()))
                passed = duration(event.at - item.at)
                self._silence(item, f"came: the socket was closed {passed} after `{item.point}`", event.at)
        self._over = True
        self._running.clear()
        self._waiting.clear()

    def _silence(self, item: _Item, what: str, at: float) -> None:
        wanted = " or ".join(f"`{to}`" for to in self.deadline.to)
        self._violate(Explanation.SILENT, f"no {wanted}{self._of(item)} {what}", at, item, None)

    def _late(self, item: _Item, event: Event) -> None:
        due = item.at + self.deadline.within
        came = f"`{event.point}`{self._of(item)} came {duration(event.at - item.at)} after `{item.point}`"
        late_by = event.at - due
        by = f" ({duration(late_by)} late)" if late_by < 0.01 else ""
        summary = f"{came}, the deadline is {duration(self.deadline.within)}{by}"
        self._violate(Explanation.LATE, summary, due, item, late_by)

    def _of(self, item: _Item) -> str:
        return f" with {'.'.join(self.deadline.each)} {shown(item.value)}"

    def _violate(self, explanation: Explanation, summary: str, at: float, item: _Item, late_by: float | None) -> None:
        deadline = self.deadline
        self.violation = Violation(
            deadline.clause,
            deadline.place,
            explanation,
            summary,
            at,
            expected=deadline.to if explanation is Explanation.SILENT else (),
            late_by=late_by,
            start=item.at,
        )
