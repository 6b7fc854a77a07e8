"""The one clock, and whether this process slept through part of it.

A deadline is judged by the instants at which events were read. If the harness itself could not read for a while
(a busy machine, a suspended laptop), an event may look late that was not; the clock knows such stalls.
"""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

TICK = 0.05
STALL = 0.02
MANY_OBJECTS = 5_000
"""So many more objects than before are looked through for garbage."""


class Clock:
    """Monotonic seconds since the clock was made, and the stalls of the event loop while it is watched."""

    def __init__(self) -> None:
        self._zero = time.monotonic()
        self._stalls: list[tuple[float, float]] = []

    def now(self) -> float:
        """Seconds since the clock was made."""
        return time.monotonic() - self._zero

    def since(self, start: float) -> Callable[[], float]:
        """A clock of its own: seconds since the instant `start` of this one."""
        return lambda: self.now() - start

    def stalls(self, start: float) -> tuple[tuple[float, float], ...]:
        """From and to of every stall since `start`, in seconds after it."""
        return tuple((max(first - start, 0.0), last - start) for first, last in self._stalls if last > start)

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Note every stall of the running event loop until the block is left."""
        return beside(self._watch(), "stall watch")

    async def _watch(self) -> None:
        while True:
            before = self.now()
            await asyncio.sleep(TICK)
            after = self.now()
            if after - before - TICK > STALL:
                self._stalls.append((before, after))


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Do `work` besides until the block is left, in a task of this name."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def settled_memory() -> AsyncIterator[None]:
    """Until the block is left, what is there now is no garbage: looking through it all again would stall reading.

    What is made meanwhile is looked through less often: nearly all of it goes of itself, once its job is over.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(MANY_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def utc_now() -> datetime:
    """The time of day, for dates that a server sends; never for deadlines."""
    return datetime.now(UTC)  # noqa: TID251 - this module is the clock
