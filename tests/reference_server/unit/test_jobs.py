import asyncio

import pytest

from reference_server.channel import Channel
from reference_server.jobs import JobExists, Jobs
from tests.reference_server.manual_clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def jobs(clock: ManualClock) -> Jobs:
    return Jobs(clock, Channel)


async def test_an_id_is_accepted_once_whatever_the_kind(jobs: Jobs) -> None:
    jobs.accept_batch("b", 1)
    jobs.accept_import("c")
    for job_id in ("b", "c"):
        with pytest.raises(JobExists):
            jobs.accept_batch(job_id, 1)
        with pytest.raises(JobExists):
            jobs.accept_import(job_id)
    assert jobs.batch("b") is not None
    assert jobs.batch("c") is None


async def test_a_client_that_came_first_follows_the_job(jobs: Jobs) -> None:
    wake = asyncio.Event()
    with jobs.follow("j", wake) as channel:
        _, accepted = jobs.accept_import("j")
        assert accepted is channel
        assert wake.is_set()


async def test_a_job_is_readable_for_one_hour_after_its_end(jobs: Jobs, clock: ManualClock) -> None:
    progress, _ = jobs.accept_batch("j", 1)
    await clock.advance(10_000)
    assert jobs.batch("j") is progress
    progress.fail("broken", [])
    await clock.advance(3_600)
    with jobs.follow("j", asyncio.Event()) as channel:
        assert len(channel.since(0)) == 4
    assert jobs.batch("j") is progress
    await clock.advance(1)
    assert jobs.batch("j") is None
    with jobs.follow("j", asyncio.Event()) as channel:
        assert not channel.known
    jobs.accept_batch("j", 1)
