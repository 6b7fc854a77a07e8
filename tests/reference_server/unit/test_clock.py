import asyncio
import datetime

from reference_server.clock import Clock


def test_timestamps_are_milliseconds_since_the_epoch() -> None:
    clock = Clock()
    before = clock.timestamp()
    moment = datetime.datetime.fromisoformat(clock.iso_time())
    assert moment.utcoffset() == datetime.timedelta(0)
    assert before <= moment.timestamp() * 1000 + 1 <= clock.timestamp() + 2
    assert moment.year >= 2024


async def test_wait_says_whether_the_event_came() -> None:
    clock, event = Clock(), asyncio.Event()
    assert not await clock.wait(event, 0.001)
    event.set()
    assert await clock.wait(event, None)


async def test_monotonic_covers_a_sleep() -> None:
    clock = Clock()
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.009
