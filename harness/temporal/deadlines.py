"""Deadlines: until when an event must come, and how long messages may stay away.

A deadline is met by its event on this connection, even before its start point. It runs from the latest of its
start points, each at its first instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.trace.events import CLOSE, END, Event, What
from harness.trace.units import duration
from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from harness.trace.verdicts import Place


@dataclass(frozen=True, slots=True)
class Deadline:
    """`to` must come within `within` seconds of the latest of `start`.

    Attributes:
        clause: the clause's name inside its contract.
        place: where it is written.
        start: points that must all have come before the time runs.
        to: any one of these points meets it.
        within: seconds, the target's slack included.
        or_end: whether the terminal message or a close discharges it too.
    """

    clause: str
    place: Place
    start: tuple[str, ...]
    to: tuple[str, ...]
    within: float
    or_end: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two received messages no more than `within` seconds, from `start` until `to`.

    Attributes:
        clause: the clause's name inside its contract.
        place: where it is written.
        start: the first point that starts the watch.
        to: any one of these points ends it; the terminal message and a close always do.
        within: seconds, the target's slack included.
    """

    clause: str
    place: Place
    start: tuple[str, ...]
    to: tuple[str, ...]
    within: float


class DeadlineMonitor:
    """Watches one `Deadline`."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.violation: Violation | None = None
        self._started: dict[str, float] = {}
        self._met = False
        self._discharged = False

    @property
    def clause(self) -> str:
        """The clause's name."""
        return self.deadline.clause

    @property
    def verdict(self) -> Verdict:
        """Passed once met or discharged after it had started."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._met else Verdict.NOT_EXERCISED

    @property
    def hopeless(self) -> bool:
        """Silence where the job itself should have spoken; not where its end would have done as well."""
        silent = self.violation is not None and self.violation.explanation is Explanation.SILENT
        return silent and not self.deadline.or_end

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if event.point in self.deadline.to:
            self._meet(event)
        elif self._ends(event):
            self._end(event)
        else:
            self.advance(event.at)
        if event.point in self.deadline.start:
            self._started.setdefault(event.point, event.at)

    def due(self) -> float | None:
        """The instant at which silence breaks the deadline."""
        if self._met or self._discharged or self.violation or len(self._started) < len(self.deadline.start):
            return None
        return self._start()[1] + self.deadline.within

    def advance(self, now: float) -> None:
        """Let time pass until `now`."""
        due = self.due()
        if due is not None and now >= due:
            self._violate(Explanation.SILENT, "", due, None)

    def _start(self) -> tuple[str, float]:
        return max(self._started.items(), key=lambda item: item[1])

    def _meet(self, event: Event) -> None:
        if self._met or self._discharged:
            return
        if self.violation is not None:
            if self.violation.late_by is None:
                self._late(event)
            return
        due = self.due()
        if due is not None and event.at > due:
            self._late(event)
        else:
            self._met = True

    def _late(self, event: Event) -> None:
        point, start = self._start()
        came = f"`{event.point}` came {duration(event.at - start)} after `{point}`"
        summary = f"{came}, the deadline is {duration(self.deadline.within)}"
        late_by = event.at - start - self.deadline.within
        self._violate(Explanation.LATE, summary, start + self.deadline.within, late_by)

    def _ends(self, event: Event) -> bool:
        return event.point == CLOSE or (self.deadline.or_end and event.point == END)

    def _end(self, event: Event) -> None:
        due = self.due()
        self.advance(event.at)
        if due is None or self.violation is not None:
            return
        if self.deadline.or_end:
            self._met = True
        elif event.value.get("by") == "client":
            self._discharged = True
        else:
            self._violate(Explanation.SILENT, "the socket was closed first", event.at, None)

    def _violate(self, explanation: Explanation, summary: str, at: float, late_by: float | None) -> None:
        point, start = self._start()
        wanted = " or ".join(f"`{to}`" for to in self.deadline.to)
        missing = f"no {wanted} within {duration(self.deadline.within)} of `{point}`"
        self.violation = Violation(
            self.clause,
            self.deadline.place,
            explanation,
            f"{missing}: {summary}" if explanation is Explanation.SILENT and summary else summary or missing,
            at,
            expected=self.deadline.to,
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

    @property
    def clause(self) -> str:
        """The clause's name."""
        return self.gap.clause

    @property
    def verdict(self) -> Verdict:
        """Passed once a gap was measured and none was too long."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._judged else Verdict.NOT_EXERCISED

    @property
    def hopeless(self) -> bool:
        """Silence in the middle of the job."""
        return self.violation is not None and self.violation.explanation is Explanation.SILENT

    def feed(self, event: Event) -> None:
        """Take the next event."""
        self._measure(event)
        if event.point in (*self.gap.to, END, CLOSE):
            self._over = True
        elif event.what is What.RECEIVED and (self._last is not None or event.point in self.gap.start):
            self._last = event

    def due(self) -> float | None:
        """The instant at which the gap is too long."""
        if self._last is None or self._over or self.violation is not None:
            return None
        return self._last.at + self.gap.within

    def advance(self, now: float) -> None:
        """Let time pass until `now`."""
        due = self.due()
        if due is not None and now >= due and self._last is not None:
            nothing = f"nothing for {duration(self.gap.within)} after `{self._last.point}`"
            self._violate(Explanation.SILENT, nothing, due, None)

    def _measure(self, event: Event) -> None:
        if self._last is None or self._over or event.what is not What.RECEIVED:
            self.advance(event.at)
            return
        length = event.at - self._last.at
        if length > self.gap.within and (self.violation is None or self.violation.late_by is None):
            summary = (
                f"`{event.point}` came {duration(length)} after `{self._last.point}`, "
                f"the longest gap allowed is {duration(self.gap.within)}"
            )
            late_by = length - self.gap.within
            self._violate(Explanation.LATE, summary, self._last.at + self.gap.within, late_by)
        self._judged = True

    def _violate(self, explanation: Explanation, summary: str, at: float, late_by: float | None) -> None:
        start = self._last.at if self._last is not None else at
        self.violation = Violation(self.clause, self.gap.place, explanation, summary, at, late_by=late_by, start=start)
