"""Verdicts and violations.

A violation says that the *target* is wrong. It is frozen data, made by the monitors and never raised;
what is wrong with the contract or the harness is a `harness.errors.HarnessError`.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from harness.records import NamedTuple


class Verdict(IntEnum):
    """What is said of a clause, an example, a case or a run; the worst of the parts is that of the whole."""

    NOT_EXERCISED = 0
    PASSED = 1
    INCONCLUSIVE = 2
    FAILED = 3
    ERROR = 4

    @property
    def label(self) -> str:
        """The verdict as people read it: 'not exercised'."""
        return self.name.lower().replace("_", " ")


class Explanation(StrEnum):
    """In which way an event, or a missing one, broke its clause."""

    UNDECLARED = "undeclared"
    TOO_EARLY = "too early"
    REPEATED = "repeated"
    WRONG_VALUE = "wrong value"
    UNKNOWN_ITEM = "unknown item"
    UNEXPECTED = "unexpected"
    AFTER_THE_END = "after the end"
    MISSING = "missing at the end"
    SILENT = "silent"
    LATE = "late"
    SHAPE = "wrong shape"
    RELATION = "relation broken"
    ANSWER = "wrong answer"
    NOT_OPENED = "not opened"


class Place(NamedTuple):
    """Where a clause is written.

    Attributes:
        file: the path as the user gave it.
        line: 1-based.
        column: 1-based, in characters.
    """

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        """`file:line`, as an editor opens it."""
        return f"{self.file}:{self.line}"


class Violation(NamedTuple):
    """The first event, or the first missing one, that no continuation of the clause allows.

    Attributes:
        clause: the clause's name inside its contract, such as `deadlines/first-news`.
        place: where the clause is written.
        explanation: in which way.
        summary: what happened, in one line.
        expected: what was allowed instead, most likely first; may be empty.
        near_miss: what would have been accepted and is close to what came; may be empty.
        at: the instant of the violation, in seconds on the trace's clock.
        late_by: for a deadline, the seconds by which its event came late; None if it never came.
        start: for a deadline, the instant from which it ran.
        consequence: it follows from an earlier violation of the same connection.
        connection: the number of the connection that it was seen on; None where the job has but one, or it is of all.
    """

    clause: str
    place: Place
    explanation: Explanation
    summary: str
    at: float
    expected: tuple[str, ...] = ()
    near_miss: str = ""
    late_by: float | None = None
    start: float | None = None
    consequence: bool = False
    connection: int | None = None
