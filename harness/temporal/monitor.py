"""What a monitor is: one clause watched over one connection's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from harness.trace.events import Event
    from harness.trace.verdicts import Verdict, Violation


class Monitor(Protocol):
    """One clause watched over one connection.

    Feed it every event in order. Between events call `advance` when `due` is reached. Once `verdict` is failed it
    stays so; the violation may still learn by how much an event was late.
    """

    @property
    def clause(self) -> str:
        """The clause's name inside its contract."""

    @property
    def points(self) -> frozenset[str] | None:
        """The points whose events it needs to be fed; None for every event."""

    @property
    def violation(self) -> Violation | None:
        """What broke the clause, if anything has."""

    @property
    def verdict(self) -> Verdict:
        """What may be said so far."""

    @property
    def hopeless(self) -> bool:
        """Whether, after this violation, the job is no longer worth waiting for; once so it stays so."""

    def feed(self, event: Event) -> None:
        """Take the next event."""

    def due(self) -> float | None:
        """The instant at which silence becomes a violation; None while nothing is owed."""

    def advance(self, now: float) -> None:
        """Let time pass without an event. Early is harmless; late only delays the verdict.

        Feed every event that was read before `now` first: silence, once it is a violation, stays one.
        """
