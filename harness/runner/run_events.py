"""What a run tells while it goes on: plain data for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.runner.results import CaseResult, RunResult
    from harness.trace.events import Event


@dataclass(frozen=True, slots=True)
class Situation:
    """What a run is doing at one instant.

    Attributes:
        done, total: examples.
        jobs, most_jobs: that the target made, and may be asked for; None for no limit.
        doing: such as `renders/connects-late 7/25`, `shrinking renders/works: order` or `waiting for the rate limit`.
        expected: what may come next; empty if that is not known.
        waited: for how many seconds nothing has come.
        limit: the seconds after which that is a violation, or the wait is over; None if there are none.
    """

    done: int
    total: int
    jobs: int
    most_jobs: int | None
    doing: str
    expected: tuple[str, ...] = ()
    waited: float = 0.0
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The target has answered, the examples are drawn; `situation` says at any time what the run is doing."""

    target: str
    cases: int
    examples: int
    seed: str
    situation: Callable[[], Situation]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever watches should know now: that the target asks to wait, what is being cleaned up."""

    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of an example, as it happened; only reported if it was asked for.

    Attributes:
        example: such as `renders/works 3/25`.
        event: with the point by which the clauses know it; its instant counts from the example's beginning.
    """

    example: str
    event: Event


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """A case is judged."""

    result: CaseResult


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    result: RunResult


RunEvent: TypeAlias = RunStarted | Note | Heard | CaseFinished | RunFinished
