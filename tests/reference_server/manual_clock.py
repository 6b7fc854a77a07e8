"""A clock that stands still until it is told to go on."""

import asyncio

from reference_server.clock import Clock


class ManualClock(Clock):
    def __init__(self) -> None:
        self._now = 0.0
        self._timers: list[tuple[float, asyncio.Event]] = []

    def timestamp(self) -> int:
        return 1_700_000_000_000 + int(self._now * 1000)

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            await self.wait(asyncio.Event(), seconds)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        timer = (float("inf") if seconds is None else self._now + seconds, asyncio.Event())
        self._timers.append(timer)
        racers = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(timer[1].wait())]
        try:
            await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._timers.remove(timer)
            for racer in racers:
                racer.cancel()
        return event.is_set()

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass, timer by timer; what they wake runs until it waits again."""
        await settle()
        end = self._now + seconds
        while due := [timer for timer in self._timers if timer[0] <= end and not timer[1].is_set()]:
            instant, timer = min(due, key=lambda candidate: candidate[0])
            self._now = max(self._now, instant)
            timer.set()
            await settle()
        self._now = end


async def settle() -> None:
    """Let every task run until it waits for something that only the test can cause."""
    for _ in range(50):
        await asyncio.sleep(0)
