"""How many jobs a target may be asked for, and when it wants to be left alone."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class Budget:
    """The accepted jobs of a run, never more than `most` (None for no limit).

    `reserve` a job before each request that may make one, and `settle` it with what the target really made.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.used = 0
        self._pending = 0
        self._changed = asyncio.Condition()

    async def reserve(self) -> bool:
        """Whether one more job may be asked for; waits while that depends on requests under way."""
        async with self._changed:
            while self.most is not None and self.used + self._pending >= self.most:
                if self._pending == 0:
                    return False
                await self._changed.wait()
            self._pending += 1
            return True

    async def settle(self, jobs: int) -> None:
        """A reserved request made `jobs` jobs, often none or one."""
        async with self._changed:
            self._pending -= 1
            self.used += jobs
            self._changed.notify_all()


class Pause:
    """Until when the target asked everybody to wait."""

    def __init__(self) -> None:
        self._until = 0.0
        self._waits = 0

    def ask(self, now: float, seconds: float | None) -> float:
        """The target answered 429 at `now`; returns how long to wait (without a Retry-After it grows each time)."""
        if now < self._until and not seconds:
            return self._until - now  # examples that were under way together are asked together
        if not seconds:  # none, or 0 again and again
            seconds = min(FIRST_WAIT * 2**self._waits, LONGEST_WAIT)
            self._waits += 1
        self._until = max(self._until, now + seconds)
        return self._until - now

    def remaining(self, now: float) -> float:
        """Seconds that are still to be waited; 0 or less if none."""
        return self._until - now

    async def wait(self, now: Callable[[], float]) -> None:
        """Wait until the target may be asked again, by the clock `now`."""
        while (left := self.remaining(now())) > 0:  # noqa: ASYNC110 - the target may have asked for longer meanwhile
            await asyncio.sleep(left)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds of a `Retry-After` header (RFC 9110 10.2.3: seconds, or a date); None if there is none."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
