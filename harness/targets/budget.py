"""How many jobs a target may be asked for, how fast, and when it wants to be left alone."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
RATE_FORM = "N/s, N/m or N/h: so many requests a second, minute or hour, for example 10/m"
_RATE = re.compile(r"([0-9]{1,9}) */ *([smh])")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Budget:
    """The accepted jobs of a run, never more than `most` (None for no limit).

    `reserve` the jobs before requests that may make them, and `settle` them with what the target really made.
    """

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.used = 0
        self._pending = 0
        self._changed = asyncio.Condition()

    async def reserve(self, keep: int = 0, jobs: int = 1) -> bool:
        """Whether so many more jobs may be asked for, with `keep` left over.

        It waits while requests under way decide that.
        """
        async with self._changed:
            while self.most is not None and self.used + self._pending + jobs > self.most - keep:
                if self._pending == 0:
                    return False
                await self._changed.wait()
            self._pending += jobs
            return True

    async def settle(self, jobs: int, reserved: int = 1) -> None:
        """Requests for which `reserved` jobs were reserved made `jobs`, often fewer."""
        async with self._changed:
            self._pending -= reserved
            self.used += jobs
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many requests in any so many seconds."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        """As it is written: `10/m`."""
        unit = next((unit for unit, seconds in _UNITS.items() if seconds == self.seconds), f"{self.seconds:g} s")
        return f"{self.requests}/{unit}"


def parse_rate(text: object) -> Rate | None:
    """The rate of `10/s`, `10/m` or `10/h`; None if `text` is none (see `RATE_FORM`)."""
    found = _RATE.fullmatch(text) if isinstance(text, str) else None
    if found is None or int(found.group(1)) == 0:
        return None
    return Rate(int(found.group(1)), _UNITS[found.group(2)])


class Pace:
    """Never more requests than a rate allows, as the target sees them; None for no limit.

    There are `rate.requests` places. Each request takes one for its `turn`, and the place is free again `rate.seconds`
    after the answer: whenever the request arrived between its sending and its answer, no delay on the way can bring the
    requests of two turns of one place closer together. Turns are given in the order in which they were asked for.
    """

    def __init__(
        self,
        rate: Rate | None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._line = asyncio.Lock()
        self._under_way = 0
        self._back: deque[float] = deque()
        self._answered = asyncio.Event()

    @asynccontextmanager
    async def turn(self, requests: int = 1) -> AsyncIterator[None]:
        """One request, or so many that belong together: send them and read their answers inside the block.

        Those that belong together have their places at once, so that none waits in the middle of a job. Whoever is
        cancelled while waiting takes no place.

        Raises:
            HarnessError: the rate never allows so many.
        """
        if self._rate is None:
            yield
            return
        if requests > self._rate.requests:
            raise HarnessError(f"one example takes {requests} requests, but the rate is {self._rate}: allow more")
        async with self._line:  # only the first in the line waits for a place
            await self._wait(self._rate, requests)
            self._under_way += requests
        try:
            yield
        finally:
            self._under_way -= requests
            self._back.extend([self._now() + self._rate.seconds] * requests)
            self._answered.set()

    def waiting(self) -> float:
        """Seconds until the next turn is free, 0 if it is now; the least it can be while every place has a request."""
        if self._rate is None or self._is_free(self._rate, 1):
            return 0.0
        return self._back[0] - self._now() if self._back else self._rate.seconds

    async def _wait(self, rate: Rate, requests: int) -> None:
        while not self._is_free(rate, requests):
            if self._back:
                await self._sleep(self._back[0] - self._now())
            else:
                self._answered.clear()
                await self._answered.wait()

    def _is_free(self, rate: Rate, requests: int) -> bool:
        while self._back and self._back[0] <= self._now():
            self._back.popleft()
        return self._under_way + len(self._back) + requests <= rate.requests


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
