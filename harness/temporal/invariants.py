"""Invariants: what each event of some points must satisfy, alone or against the one before.

What is tested is given as a function, so that this room knows neither an expression language nor a schema one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from harness.trace.events import Event
    from harness.trace.verdicts import Place


@dataclass(frozen=True, slots=True)
class Broken:
    """A test's answer that the event does not satisfy it: in one line, and what would have."""

    summary: str
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotExercised:
    """A test's answer that it had nothing to judge."""


NOT_EXERCISED = NotExercised()


class Test(Protocol):
    """Judges `event`; `previous` is the clause's event before it on the same connection, if there was one."""

    def __call__(self, event: Event, previous: Event | None) -> Broken | NotExercised | None:
        """None if the event satisfies the clause."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A clause tested on every event of `points`.

    Attributes:
        clause: the clause's name inside its contract.
        place: where it is written.
        points: the points whose events are tested.
        test: what each must satisfy.
        explanation: what its violation is called.
    """

    clause: str
    place: Place
    points: frozenset[str]
    test: Test
    explanation: Explanation = Explanation.RELATION


class InvariantMonitor:
    """Watches one `Invariant`; the first event that breaks it is its violation."""

    def __init__(self, invariant: Invariant) -> None:
        self.invariant = invariant
        self.violation: Violation | None = None
        self._previous: Event | None = None
        self._judged = False

    @property
    def clause(self) -> str:
        """The clause's name."""
        return self.invariant.clause

    @property
    def points(self) -> frozenset[str]:
        """The points that it tests."""
        return self.invariant.points

    @property
    def verdict(self) -> Verdict:
        """Passed once an event was tested and all were right."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._judged else Verdict.NOT_EXERCISED

    @property
    def hopeless(self) -> bool:
        """A broken relation leaves the rest worth judging."""
        return False

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if self.violation is not None or event.point not in self.invariant.points:
            return
        outcome = self.invariant.test(event, self._previous)
        self._previous = event
        if isinstance(outcome, NotExercised):
            return
        self._judged = True
        if outcome is not None:
            invariant = self.invariant
            self.violation = Violation(
                invariant.clause,
                invariant.place,
                invariant.explanation,
                outcome.summary,
                event.at,
                expected=outcome.expected,
            )

    def due(self) -> None:
        """Invariants know no time."""
        return

    def advance(self, now: float) -> None:
        """Invariants know no time."""
