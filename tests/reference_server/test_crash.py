"""`kill -9` in the middle of a hundred jobs, and a restart on the same data.

AFTER202_CRASHES=20 runs it that many times, each killed at another moment.
"""

import asyncio
import contextlib
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException

from tests.reference_server import client, oracle
from tests.reference_server.client import Client, Story, rest
from tests.reference_server.shelf import photo, spine

JOBS = 100
PHOTOS = [photo(spine("Dune", isbn="9780441172719")), b"unreadable", photo(spine("Emma"), spine("Ulysses"))]
CSV = "title,author\nDune,Frank Herbert\nEmma,\n"
PACE = ("--photo-seconds", "0.3", "--csv-seconds", "1.2")


@dataclass
class Job:
    job_id: str
    batch: bool
    canceling: bool | None = False
    before: Story = field(default_factory=Story)


class Crowd:
    """A hundred jobs, each with a client that follows it until the server dies."""

    def __init__(self, moment: int) -> None:
        self.moment = moment
        self.received = 0
        self.now = asyncio.Event()

    async def follow(self, server: Client, job: Job) -> None:
        with contextlib.suppress(OSError, WebSocketException):  # the connection dies with the server
            async with server.socket(job.job_id) as connection:
                async for text in connection:
                    job.before.messages.append(client.parse(text))
                    self.received += 1
                    if self.received == self.moment:
                        self.now.set()


async def start(server: Client, number: int) -> Job:
    if number % 2:
        return Job(await server.load(CSV), batch=False)
    return Job(await server.scan(PHOTOS), batch=True)


async def cancel(server: Client, job: Job) -> None:
    """Cancel a job; if the server dies before it answers, nobody knows whether it heard."""
    job.canceling = None
    with contextlib.suppress(Exception):
        job.canceling = await server.cancel(job.job_id) == "canceling" or None


@pytest.mark.parametrize("crash", range(int(os.environ.get("AFTER202_CRASHES", "2"))))
async def test_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path, crash: int) -> None:
    chance = random.Random(crash)
    crowd = Crowd(moment=chance.randrange(JOBS, 6 * JOBS))
    options = ("--data", str(tmp_path), *PACE, *(["--no-fsync"] if crash % 2 else []))
    with client.process(*options) as (running, url):
        async with client.client(url) as server:
            jobs = [await start(server, number) for number in range(JOBS)]
            watching = [asyncio.create_task(crowd.follow(server, job)) for job in jobs[:-10]]  # ten are not watched
            cancels = [asyncio.create_task(cancel(server, job)) for job in jobs[:20:4]]
            async with asyncio.timeout(60):
                await crowd.now.wait()
                running.kill()
                await asyncio.gather(*watching, *cancels)
    assert any(job.before.job and job.before.kinds[-1] not in ("complete", "batch-complete") for job in jobs)

    with client.process(*options) as (_, url):
        async with client.client(url) as server:
            async with asyncio.timeout(60):
                stories = await asyncio.gather(*(server.story(job.job_id) for job in jobs))
            again = await asyncio.gather(*(server.story(job.job_id, ready=False) for job in jobs))
            answer = await server.http.post(
                "/api/scan-bookshelf/batch", json={"jobId": jobs[0].job_id, "images": [{"index": 0, "data": "AAAA"}]}
            )
            assert answer.status_code == 409
            assert (await server.http.get("/health")).json()["jobs"]["running"] == 0
    for job, story, repeated in zip(jobs, stories, again, strict=True):
        check(job, story)
        assert repeated.job == story.job


def check(job: Job, story: Story) -> None:
    assert story.close == 1000
    assert story.job[: len(job.before.job)] == job.before.job
    if not job.batch:
        oracle.check_import(story.job, job.job_id, usable=True)
        return
    oracle.check_batch(story.job, job.job_id, len(PHOTOS), canceling=job.canceling)
    last = story.job[-1]
    if last["status"] == "complete" and all(row["status"] != "skipped" for row in last["photoResults"]):
        assert [book["title"] for book in last["books"]] == ["Dune", "Emma", "Ulysses"]


async def test_a_server_that_ends_cleanly_leaves_its_jobs_to_the_next(tmp_path: Path) -> None:
    with client.process("--data", str(tmp_path), "--photo-seconds", "600") as (running, url):
        async with client.client(url) as server:
            job_id = await server.scan(PHOTOS)
            async with server.socket(job_id) as connection:
                await client.until(connection, photoStatus="processing")
                running.terminate()
                before = await rest(connection)
                assert before.close == 1012
    with client.process("--data", str(tmp_path)) as (_, url):
        async with client.client(url) as server:
            story = await server.story(job_id)
    oracle.check_batch(story.job, job_id, len(PHOTOS))
