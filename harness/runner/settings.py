"""How a run is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHRINK_SECONDS = 60.0
SHRINK_JOBS = 30
CONFIRM_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Shrinking:
    """What making failures small may cost; nothing is shrunk if either is 0.

    Attributes:
        seconds: for the whole run.
        jobs: for each case; an example that is refused counts as one.
    """

    seconds: float = SHRINK_SECONDS
    jobs: int = SHRINK_JOBS


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done.

    Attributes:
        examples: at most so many for each case.
        concurrency: examples at a time.
        seed: None for each case's own, which depends on its contract's name and its own alone.
        timeout: seconds after which the whole run ends, whatever it waits for.
        known: for each clause that the target is known to break, by contract and name, the reason.
        heard: whether each event is reported as it happens.
        investigate: whether failures are made small and looked into.
        shrinking: what making them small may cost.
        confirm_seconds: for how long what failed is tried again, in the whole run; a try that has begun is finished.
        strict: whether a clause that is only recommended fails the run as any other.
        fresh: whether what failed in earlier runs is left aside.
    """

    examples: int = 10
    concurrency: int = 8
    seed: int | None = None
    timeout: float = 600.0
    known: Mapping[str, str] = field(default_factory=dict)
    heard: bool = False
    investigate: bool = True
    shrinking: Shrinking = field(default_factory=Shrinking)
    confirm_seconds: float = CONFIRM_SECONDS
    strict: bool = False
    fresh: bool = False
