"""Time, in one place: every instant the server writes and every wait it makes comes from here."""

import asyncio
import datetime
import time


class Clock:
    """The machine's clock.

    Hand a subclass to the application to run it on another time: nothing else in the package reads a clock or waits.
    """

    def timestamp(self) -> int:
        """The wall-clock time in milliseconds since the epoch, as job messages carry it."""
        return time.time_ns() // 1_000_000

    def iso_time(self) -> str:
        """The time of `timestamp` as ISO 8601 in UTC with milliseconds, as HTTP envelopes carry it."""
        moment = datetime.datetime.fromtimestamp(self.timestamp() / 1000, tz=datetime.UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; 0 only lets other tasks run."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Wait for `event`, for at most `seconds` (None: for ever).

        Returns:
            Whether the event came; False if the time ran out first.
        """
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True
