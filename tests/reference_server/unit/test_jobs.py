import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reference_server.channel import Channel
from reference_server.database import open_database
from reference_server.jobs import Jobs
from reference_server.storage import JobExists, Storage
from tests.reference_server.manual_clock import ManualClock

HOUR = 3_600


@contextlib.asynccontextmanager
async def jobs_in(folder: Path, clock: ManualClock) -> AsyncIterator[Jobs]:
    storage = Storage(lambda: open_database(folder, outlives_power=False))
    storage.start()
    try:
        yield Jobs(clock, storage, Channel)
    finally:
        await storage.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def jobs(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Jobs]:
    async with jobs_in(tmp_path, clock) as opened:
        yield opened


async def test_an_id_is_accepted_once_whatever_the_kind(jobs: Jobs) -> None:
    await jobs.accept_batch("b", [b"x"])
    await jobs.accept_import("c", b"x")
    await jobs.accept_driven("d", 1)
    for job_id in ("b", "c", "d"):
        with pytest.raises(JobExists):
            await jobs.accept_batch(job_id, [b"x"])
        with pytest.raises(JobExists):
            await jobs.accept_import(job_id, b"x")
    assert await jobs.batch("b") is not None
    assert await jobs.batch("c") is None
    assert await jobs.batch("d") is not None
    assert (jobs.accepted, jobs.running) == (3, 3)


async def test_of_several_at_once_one_is_accepted(jobs: Jobs) -> None:
    tries = await asyncio.gather(*(jobs.accept_batch("b", [b"x"]) for _ in range(5)), return_exceptions=True)
    assert sorted(isinstance(outcome, JobExists) for outcome in tries) == [False, True, True, True, True]


async def test_a_client_that_came_first_follows_the_job(jobs: Jobs) -> None:
    wake = asyncio.Event()
    async with jobs.follow("j", wake) as channel:
        _, accepted = await jobs.accept_import("j", b"x")
        assert accepted is channel
        assert wake.is_set()


async def test_a_job_is_readable_for_one_hour_after_its_end(jobs: Jobs, clock: ManualClock) -> None:
    progress, _ = await jobs.accept_batch("j", [b"x"])
    await clock.advance(10 * HOUR)
    await jobs.forget_expired()
    assert await jobs.batch("j") is progress
    progress.fail("broken", [])
    await jobs.settled()
    await clock.advance(HOUR)
    await jobs.forget_expired()
    async with jobs.follow("j", asyncio.Event()) as channel:
        assert len(channel.since(0)) == 4
        assert channel.over(4)
    found = await jobs.batch("j")
    assert found is not None
    assert found.status == "complete"
    await clock.advance(0.001)
    assert await jobs.batch("j") is None
    async with jobs.follow("j", asyncio.Event()) as channel:
        assert not channel.known
    _, channel = await jobs.accept_batch("j", [b"x"])
    assert channel.since(0) == []


async def test_a_new_job_of_an_expired_id_has_a_history_of_its_own(jobs: Jobs, clock: ManualClock) -> None:
    progress, old = await jobs.accept_batch("j", [b"x"])
    progress.fail("broken", [])
    await jobs.settled()
    await clock.advance(HOUR + 1)
    async with jobs.follow("j", asyncio.Event()):
        _, new = await jobs.accept_batch("j", [b"x"])
        assert new is not old
        assert new.since(0) == []


async def test_a_client_of_an_expired_job_may_leave_while_its_id_is_accepted_anew(
    jobs: Jobs, clock: ManualClock
) -> None:
    progress, old = await jobs.accept_batch("j", [b"x"])
    async with jobs.follow("j", asyncio.Event()):
        progress.fail("broken", [])
        await jobs.settled()
        await clock.advance(HOUR + 1)
        accepting = asyncio.create_task(jobs.accept_batch("j", [b"x"]))
        await asyncio.sleep(0)  # it waits for the storage now
    _, new = await accepting
    assert new is not old
    assert new.since(0) == []


async def test_a_job_that_has_ended_is_in_memory_only_while_it_is_followed(jobs: Jobs) -> None:
    progress, channel = await jobs.accept_batch("j", [b"x"])
    async with jobs.follow("j", asyncio.Event()) as followed:
        assert followed is channel
        progress.fail("broken", [])
        await jobs.settled()
    async with jobs.follow("j", asyncio.Event()) as later, jobs.follow("j", asyncio.Event()) as other:
        assert later is not channel
        assert later is other
        assert later.since(0) == channel.since(0)


async def test_a_client_of_an_unknown_job_leaves_nothing_behind(jobs: Jobs) -> None:
    async with jobs.follow("j", asyncio.Event()) as one, jobs.follow("j", asyncio.Event()) as two:
        assert one is two
        assert jobs.watchers == 2
    assert jobs.watchers == 0
    async with jobs.follow("j", asyncio.Event()) as three:
        assert three is not one


async def test_the_next_server_takes_up_what_was_left(tmp_path: Path, clock: ManualClock) -> None:
    async with jobs_in(tmp_path, clock) as jobs:
        begun, _ = await jobs.accept_batch("begun", [b"x", b"y"])
        begun.init_batch()
        begun.update_photo(0, "processing")
        begun.cancel_batch()
        ended, _ = await jobs.accept_batch("ended", [b"x"])
        ended.fail("broken", [])
        driven, _ = await jobs.accept_driven("driven", 1)
        driven.init_batch()
        await jobs.accept_import("import", b"x")
    async with jobs_in(tmp_path, clock) as jobs:
        left = await jobs.unfinished()
        assert [channel.job_id for _, channel in left] == ["begun", "import"]
        again = await jobs.batch("begun")
        assert again is not None
        assert vars(again.state.photos[0]) == vars(begun.state.photos[0])
        assert (again.status, again.is_canceled(), again.state.begun) == ("canceling", True, True)
        again.update_photo(0, "complete")
        again.complete_batch([])
        driven_again = await jobs.batch("driven")
        assert driven_again is not None
        driven_again.update_photo(0, "processing")
        await jobs.settled()
        async with jobs.follow("begun", asyncio.Event()) as channel:
            assert len(channel.since(0)) == 5
            assert channel.over(5)
