"""All monitors of one connection, fed together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from harness.temporal.deadlines import DeadlineMonitor
from harness.temporal.invariants import InvariantMonitor
from harness.trace.events import CLOSE, END, NOT_OPENED, REFUSED, Event, What
from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.temporal.monitor import Monitor
    from harness.temporal.order import Deviation, OrderMonitor

_NEVER_CAME = frozenset({Explanation.MISSING, Explanation.SILENT})


class History:
    """The messages of one connection so far, by point, for clauses that look back.

    Of kinds that no clause asks for all messages of, only the last is kept, so that memory stays bounded; `dropped`
    says how many are gone, by kind.
    """

    def __init__(self, keep_all: frozenset[str] | None = None) -> None:
        """Keep all messages of the kinds in `keep_all`; of every kind if it is None."""
        self.received: dict[str, list[Event]] = defaultdict(list)
        self.sent: dict[str, list[Event]] = defaultdict(list)
        self.dropped: Counter[str] = Counter()
        self._keep_all = keep_all

    def note(self, event: Event) -> None:
        """Keep `event` if it is a message."""
        if event.what is What.RECEIVED:
            kept = self.received[event.point]
            if kept and self._keep_all is not None and event.point not in self._keep_all:
                kept.clear()
                self.dropped[event.point] += 1
            kept.append(event)
        elif event.what is What.SENT:
            self.sent[event.point].append(event)


class Watch:
    """One connection held to every clause of a case.

    Feed it each event as it is read, or call `advance` when `next_deadline` is reached; call `finish` once when
    no more events will be read. Clauses are judged independently of each other. Stop reading at `done`. With `hopeless`
    the order is broken, or silence has broken a deadline of what the job cannot do without: what follows is of little
    use.
    """

    def __init__(self, order: OrderMonitor | None, monitors: Sequence[Monitor], history: History) -> None:
        self._order = order
        self._monitors: tuple[Monitor, ...] = (order, *monitors) if order is not None else tuple(monitors)
        self._others = tuple(monitors)
        self._timed = tuple(monitor for monitor in monitors if not isinstance(monitor, InvariantMonitor))
        self._concerned, self._by_all = _by_point(self._others)
        self._due: float | None = None
        self._history = history
        self._ended = False
        self._answered = False
        self._closed = False
        self.done = False
        self.hopeless = False

    @property
    def ended(self) -> bool:
        """Whether the terminal message has come."""
        return self._ended

    @property
    def owes_close(self) -> bool:
        """Whether the server still owes its close; if not, the client may close once the job has ended."""
        return self._order is not None and self._order.owes_close

    @property
    def satisfied(self) -> bool:
        """Whether the order has been kept and nothing more must come, although something still may."""
        return self._order is not None and self._order.satisfied

    @property
    def owed(self) -> tuple[str, ...]:
        """What may come next, as people read it; nothing where there is no order or it is broken."""
        return self._order.owed if self._order is not None and self._order.violation is None else ()

    @property
    def deviation(self) -> Deviation | None:
        """Where the order was left, if there is one and it is broken."""
        return self._order.deviation if self._order is not None else None

    @property
    def received(self) -> int:
        """How many messages of the order have come."""
        return self._order.received if self._order is not None else 0

    def feed(self, event: Event) -> None:
        """Take the next event; `at` must not fall."""
        self._history.note(event)
        if self._order is not None:
            self._order.feed(event)
        if event.point == CLOSE:
            self._note_end(event.at)  # what came last was the end, although more might have come
        self._feed_others(event)
        if event.point != CLOSE and self._order is not None and self._order.ended:
            self._note_end(event.at)
        self._look_ahead()
        self._answered = self._answered or event.what is What.ANSWER
        self._closed = self._closed or event.point == CLOSE
        over = event.point in (REFUSED, NOT_OPENED) or (self._order is None and self._answered)
        # A client that connects first may read the whole job, and its close, before it reads the answer.
        self.done = self.done or over or (self._closed and self._answered)

    def next_deadline(self) -> float | None:
        """The next instant at which silence becomes a violation; None while nothing is owed."""
        return self._due

    def advance(self, now: float) -> None:
        """Let time pass until `now` without an event; first feed every event that was read before `now`."""
        for monitor in self._monitors:
            monitor.advance(now)
        self._look_ahead()

    def _note_end(self, at: float) -> None:
        """Tell the others that the job has ended, once, if the order says that it has."""
        last = self._order.terminal if self._order is not None else None
        if last is not None and not self._ended:
            self._ended = True
            self._feed_others(Event(at, last.what, END, last.value))

    def _feed_others(self, event: Event) -> None:
        """Feed the monitors that `event` concerns; and all of them where a deadline has passed before it."""
        if self._due is not None and event.at > self._due:
            for monitor in self._others:
                monitor.feed(event)
            return
        for monitor in self._concerned.get(event.point, self._by_all):
            monitor.feed(event)

    def _look_ahead(self) -> None:
        """See to the next deadline, and whether there is any hope; a broken relation leaves it."""
        self._due = None
        hopeless = self.hopeless or (self._order is not None and self._order.hopeless)
        for monitor in self._timed:
            due = monitor.due()
            if due is not None and (self._due is None or due < self._due):
                self._due = due
            hopeless = hopeless or (monitor.violation is not None and (monitor.hopeless or self._is_stuck(monitor)))
        self.hopeless = hopeless

    def _is_stuck(self, monitor: Monitor) -> bool:
        """Whether the order cannot go on without what did not come."""
        if self._order is None or not isinstance(monitor, DeadlineMonitor):
            return False
        return monitor.is_silent and self._order.owes_only(monitor.deadline.to)

    def finish(self, now: float) -> None:
        """No more events will be read."""
        if self._order is not None and not self.done:
            self._order.finish(now)
            self._look_ahead()

    def violations(self) -> tuple[Violation, ...]:
        """What is broken, first instant first; what only follows from silence or a broken order is marked."""
        found = [(m.violation, m.hopeless) for m in self._monitors if m.violation is not None]
        marked: list[Violation] = []
        cut_short = False
        for violation, hopeless in sorted(found, key=lambda one: one[0].at):
            consequence = cut_short and violation.explanation in _NEVER_CAME
            marked.append(violation._replace(consequence=consequence))
            cut_short = cut_short or hopeless or violation.explanation in _NEVER_CAME
        return tuple(marked)

    def verdicts(self) -> dict[str, Verdict]:
        """Each clause's verdict, by name."""
        return {monitor.clause: monitor.verdict for monitor in self._monitors}


def _by_point(monitors: Sequence[Monitor]) -> tuple[dict[str, list[Monitor]], list[Monitor]]:
    """For each point that a monitor names, the monitors that it concerns; and those that every event concerns."""
    by_all = [monitor for monitor in monitors if monitor.points is None]
    concerned: dict[str, list[Monitor]] = {point: [] for monitor in monitors for point in monitor.points or ()}
    for monitor in monitors:
        for point in concerned if monitor.points is None else monitor.points:
            concerned[point].append(monitor)
    return concerned, by_all
