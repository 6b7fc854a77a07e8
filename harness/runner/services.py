"""What driving examples needs, made once for a run; and what an example that is under way says of itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.inputs.base import Registry
    from harness.runner.asides import Beforehand
    from harness.runner.results import Example
    from harness.targets.budget import Budget, Pace, Pause
    from harness.targets.secrets import Secrets
    from harness.targets.target import Target
    from harness.trace.events import Event
    from harness.transport.clock import Clock


class RunStoppedError(Exception):
    """The run cannot go on; what it has found by then stands."""


class Restart(Protocol):
    """Restarts the target."""

    async def __call__(self) -> None:
        """End the target without a warning, and start it again with what it has kept; it may not be ready yet.

        Raises:
            NotRestartedError: that did not work.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """What driving an example needs.

    Attributes:
        target: what is judged.
        clock: the one clock.
        registry: builds inputs.
        pause: until when the target wants to be left alone.
        pace: how many requests it may be sent in which time.
        budget: how many jobs it may be asked for.
        beforehand: makes the steps beforehand.
        secrets: learns those that come to light while it runs.
        environment: the variables that contracts name, as `env` in expressions.
        until: the clock's instant at which the run ends, whatever it waits for.
        tell: told what whoever watches should know at once.
        restart: restarts the target; None where nothing can.
        heard: told each example and event as it happens; None if nobody wants to know.
    """

    target: Target
    clock: Clock
    registry: Registry
    pause: Pause
    pace: Pace
    budget: Budget
    beforehand: Beforehand
    secrets: Secrets
    environment: Mapping[str, str]
    tell: Callable[[str], None]
    restart: Restart | None = None
    heard: Callable[[Example, Event], None] | None = None
    until: float = math.inf


class Watched(Protocol):
    """What is said so far of a connection, or of all connections of a job."""

    @property
    def hopeless(self) -> bool:
        """Whether what follows is of little use."""

    @property
    def owed(self) -> tuple[str, ...]:
        """What may come next, as people read it."""

    def next_deadline(self) -> float | None:
        """The next instant at which silence becomes a violation; None while nothing is owed."""


@dataclass(slots=True)
class Waiting:
    """What an example that is under way waits for: plain facts, for whoever shows them.

    Attributes:
        example: which one.
        watch: of its connections, once it has begun.
        began: the clock's instant at which the example's own instants begin, in seconds.
        last: the clock's instant of the last event.
        jobs: how many jobs the target has made for it, in all tries.
    """

    example: Example
    watch: Watched | None = None
    began: float = 0.0
    last: float = 0.0
    jobs: int = 0
