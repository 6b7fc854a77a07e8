"""Deadlines: until when an event must come, and how long messages may stay away.

A deadline is met by its event on this connection, even before its start point. It runs from the latest of its
start points, each at its first instant. An event at the very instant at which it is due is in time. A close by the
client meets nothing and owes nothing.

A reader that pauses before each message has late what came in time. All that it shows is silence: if it has read
nothing for its pause and then for the whole time, nothing came in that time. So it breaks deadlines, and passes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.records import NamedTuple
from harness.trace.events import CLOSE, END, UNDECLARED, Event, What
from harness.trace.units import duration
from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from harness.trace.verdicts import Place


class Deadline(NamedTuple):
    """`to` must come within `within` seconds of the latest of `start`.

    Attributes:
        clause: the clause's name inside its contract.
        place: where it is written.
        start: points that must all have come before the time runs.
        to: any one of these points meets it.
        within: seconds, the target's slack included.
        or_end: whether the terminal message or a close discharges it too.
        on_socket: whether its event comes over the socket, so that a close makes it impossible.
        pause: seconds for which the reader pauses before each message.
    """

    clause: str
    place: Place
    start: tuple[str, ...]
    to: tuple[str, ...]
    within: float
    or_end: bool = False
    on_socket: bool = True
    pause: float = 0.0


class Gap(NamedTuple):
    """Between two received messages no more than `within` seconds, from `start` until `to`.

    Attributes:
        clause: the clause's name inside its contract.
        place: where it is written.
        start: the first point that starts the watch.
        to: any one of these points ends it; the terminal message and a close always do.
        within: seconds, the target's slack included.
        pause: as of a `Deadline`.
    """

    clause: str
    place: Place
    start: tuple[str, ...]
    to: tuple[str, ...]
    within: float
    pause: float = 0.0


class DeadlineMonitor:
    """Watches one `Deadline`."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.violation: Violation | None = None
        self._started: dict[str, float] = {}
        self._read = 0.0
        self._met = False
        self._discharged = False
        self._silent = False

    @property
    def clause(self) -> str:
        """The clause's name."""
        return self.deadline.clause

    @property
    def points(self) -> frozenset[str] | None:
        """Those that start, meet or discharge it; all for a reader that pauses."""
        return None if self.deadline.pause else frozenset((*self.deadline.start, *self.deadline.to, END, CLOSE))

    @property
    def verdict(self) -> Verdict:
        """Passed once met or discharged after it had started."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._met and not self.deadline.pause else Verdict.NOT_EXERCISED

    @property
    def is_silent(self) -> bool:
        """Whether it is broken because nothing came in time."""
        return self._silent

    @property
    def hopeless(self) -> bool:
        """Silence where the job itself should have spoken; not where its end would have done as well."""
        return self._silent and not self.deadline.or_end

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if event.point in self.deadline.to and not _by_client(event):
            self._meet(event)
        else:
            self._pass(event.at)
            if self._ends(event):
                self._end(event)
        if event.point in self.deadline.start:
            self._started.setdefault(event.point, event.at)
        if event.what is What.RECEIVED:
            self._read = event.at

    def due(self) -> float | None:
        """The instant at which silence breaks the deadline."""
        if self._met or self._discharged or self.violation or len(self._started) < len(self.deadline.start):
            return None
        return self._due()

    def advance(self, now: float) -> None:
        """Let time pass until `now`."""
        due = self.due()
        if due is not None and now >= due:
            self._overdue(due)

    def _pass(self, now: float) -> None:
        """As `advance`; but `to` may still come at the same instant as the event before it."""
        due = self.due()
        if due is not None and now > due:
            self._overdue(due)

    def _overdue(self, due: float) -> None:
        self._silence(f"within {duration(self.deadline.within)} of `{self._start()[0]}`", due)

    def _start(self) -> tuple[str, float]:
        return max(self._started.items(), key=lambda item: item[1])

    def _due(self) -> float:
        start, pause = self._start()[1], self.deadline.pause
        return (max(start, self._read) + pause if pause else start) + self.deadline.within

    def _meet(self, event: Event) -> None:
        if self._met:
            return
        if self.violation is None:
            due = self.due()
            if due is not None and event.at > due:
                self._late(event)
            else:
                self._met = True
        elif self.violation.late_by is None and event.at > self._due():
            self._late(event)

    def _late(self, event: Event) -> None:
        point, start = self._start()
        came = f"`{event.point}` came {duration(event.at - start)} after `{point}`"
        late_by = event.at - self._due()
        summary = f"{came}, the deadline is {duration(self.deadline.within)}{_by(late_by)}"
        self._violate(Explanation.LATE, summary, self._due(), late_by)

    def _ends(self, event: Event) -> bool:
        if not self.deadline.on_socket:
            return False
        return event.point == CLOSE or (self.deadline.or_end and event.point == END)

    def _end(self, event: Event) -> None:
        runs = self.due() is not None
        if self.deadline.or_end:
            self._met = self._met or runs
            self._discharged = True
        elif _by_client(event):
            self._discharged = True
        elif runs:
            point, start = self._start()
            self._silence(f"came: the socket was closed {duration(event.at - start)} after `{point}`", event.at)

    def _silence(self, what: str, at: float) -> None:
        self._silent = True
        wanted = " or ".join(f"`{to}`" for to in self.deadline.to)
        self._violate(Explanation.SILENT, f"no {wanted} {what}", at, None)

    def _violate(self, explanation: Explanation, summary: str, at: float, late_by: float | None) -> None:
        _, start = self._start()
        self.violation = Violation(
            self.clause,
            self.deadline.place,
            explanation,
            summary,
            at,
            expected=self.deadline.to if explanation is Explanation.SILENT else (),
            late_by=late_by,
            start=start,
        )


class GapMonitor:
    """Watches one `Gap`."""

    def __init__(self, gap: Gap) -> None:
        self.gap = gap
        self.violation: Violation | None = None
        self._last: Event | None = None
        self._over = False
        self._judged = False
        self._silent = False

    @property
    def clause(self) -> str:
        """The clause's name."""
        return self.gap.clause

    @property
    def points(self) -> None:
        """Any message ends a gap."""
        return

    @property
    def verdict(self) -> Verdict:
        """Passed once a gap was measured and none was too long."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._judged and not self.gap.pause else Verdict.NOT_EXERCISED

    @property
    def hopeless(self) -> bool:
        """Silence in the middle of the job."""
        return self._silent

    def feed(self, event: Event) -> None:
        """Take the next event."""
        message = event.what is What.RECEIVED and event.point != END
        if self._last is not None and not self._over:
            self._measure(self._last, event, message)
        if event.point in (*self.gap.to, END, CLOSE):
            self._over = True
        elif message and (self._last is not None or event.point in self.gap.start):
            self._last = event

    def due(self) -> float | None:
        """The instant at which the gap is too long."""
        if self._last is None or self._over or self.violation is not None:
            return None
        return self._due(self._last)

    def advance(self, now: float) -> None:
        """Let time pass until `now`."""
        if self._last is not None and not self._over and now >= self._due(self._last):
            self._silence(self._last)

    def _due(self, last: Event) -> float:
        return last.at + self.gap.pause + self.gap.within

    def _measure(self, last: Event, event: Event, message: bool) -> None:
        late_by = event.at - self._due(last)
        if message:
            self._judged = True
            if late_by > 0:
                self._late(last, event, late_by)
        elif late_by > 0:
            self._silence(last)

    def _silence(self, last: Event) -> None:
        if self.violation is None:
            self._silent = True
            nothing = f"nothing for {duration(self.gap.within)} after {_name(last)}"
            self._violate(Explanation.SILENT, nothing, last, None)

    def _late(self, last: Event, event: Event, late_by: float) -> None:
        if self.violation is None or self.violation.late_by is None:
            summary = (
                f"{_name(event)} came {duration(event.at - last.at)} after {_name(last)}, "
                f"the longest gap allowed is {duration(self.gap.within)}{_by(late_by)}"
            )
            self._violate(Explanation.LATE, summary, last, late_by)

    def _violate(self, explanation: Explanation, summary: str, last: Event, late_by: float | None) -> None:
        at = self._due(last)
        self.violation = Violation(
            self.clause, self.gap.place, explanation, summary, at, late_by=late_by, start=last.at
        )


def _by_client(event: Event) -> bool:
    return event.what is What.CLOSE and event.value.get("by") == "client"


def _name(event: Event) -> str:
    return f"`{event.point}`" if event.point != UNDECLARED else "a message of no declared kind"


def _by(late_by: float) -> str:
    """By how much, where the two times before it may read the same."""
    return f" ({duration(late_by)} late)" if late_by < 0.01 else ""
