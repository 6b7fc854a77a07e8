from __future__ import annotations

import asyncio
import gc
import hashlib
import time

from harness.transport.clock import STALL, TICK, Clock, settled_memory, utc_now


def stalled(clock: Clock, start: float, end: float) -> float:
    """How many seconds between two instants of the clock were stalls."""
    return sum(max(0.0, min(end, last) - max(start, first)) for first, last in clock.stalls(0.0))


def block(seconds: float) -> None:
    """Keep the event loop busy, as real work does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        hashlib.sha256(b"work").digest()


async def until_stalled(clock: Clock, start: float) -> None:
    async with asyncio.timeout(5):
        while stalled(clock, start, clock.now()) == 0:  # noqa: ASYNC110 - the clock tells nobody
            await asyncio.sleep(TICK)


async def test_a_stall_is_noted_with_its_length_and_its_place() -> None:
    clock = Clock()
    async with clock.watching():
        await asyncio.sleep(TICK)
        start = clock.now()
        block(0.4)
        end = clock.now()
        await until_stalled(clock, start)
    assert stalled(clock, start, end) >= 0.4 - TICK - 0.05
    assert stalled(clock, start, start + 0.2) <= 0.2
    assert stalled(clock, start - 100, start - TICK - 0.2) == 0
    assert stalled(clock, end + 50, end + 60) == 0


async def test_a_stall_that_has_just_ended_is_known_as_soon_as_the_loop_runs_on() -> None:
    clock = Clock()
    async with clock.watching():
        await asyncio.sleep(TICK)
        start = clock.now()
        block(3 * (TICK + STALL))
        end = clock.now()
        for _ in range(3):
            await asyncio.sleep(0)
        assert stalled(clock, start, end) > 0


async def test_instants_never_fall_and_begin_near_0() -> None:
    clock = Clock()
    instants = [clock.now() for _ in range(1000)]
    assert instants == sorted(instants)
    assert 0 <= instants[0] < 5


async def test_nothing_is_watched_any_more_once_the_block_is_left() -> None:
    clock = Clock()
    before = asyncio.all_tasks()
    async with clock.watching():
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before


def test_the_time_of_day_knows_its_zone() -> None:
    assert utc_now().utcoffset() is not None


async def test_memory_is_settled_only_for_a_while() -> None:
    before, usual = gc.get_freeze_count(), gc.get_threshold()
    async with settled_memory():
        assert gc.get_freeze_count() > before + 1000
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_freeze_count() <= before
    assert gc.get_threshold() == usual
