"""Whatever is done to the server in whatever order, every promise of the protocol holds.

AFTER202_STATEFUL=200 tries that many orders instead of a few, and other ones each time.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.reference_server import client, oracle
from tests.reference_server.client import PATIENCE, Client, Message, Story
from tests.reference_server.shelf import photo, spine

PACE = ("--photo-seconds", "0.05", "--csv-seconds", "0.2")
PHOTOS = {
    "a book": photo(spine("Dune", isbn="9780441172719")),
    "the same": photo(spine("Dune, again", isbn="9780441172719", low=True)),
    "two books": photo(spine("Emma"), spine("Ulysses")),
    "none": photo(),
    "unreadable": b"no picture",
}
CSVS = {"title,author\nDune,Frank Herbert\nEmma,\n": True, "title\nDune\n": False, "": False}
T = TypeVar("T")


@dataclass
class Job:
    job_id: str
    total: int = 0  # photos; 0 for an import
    usable: bool = True
    canceling: bool | None = False
    partial: list[list[Message]] = field(default_factory=list)


@dataclass(eq=False)
class Watch:
    job_id: str
    connection: ClientConnection
    story: Story = field(default_factory=Story)


class AnyOrder(RuleBasedStateMachine):
    jobs = Bundle("jobs")
    watches = Bundle("watches")
    awaited = Bundle("awaited")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.servers = contextlib.ExitStack()
        self.connections = contextlib.AsyncExitStack()
        self.folder = tempfile.mkdtemp(prefix="after202-test-")
        self.known: list[Job] = []
        self.open: list[Watch] = []
        self.restarts = 0

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        async def bounded() -> T:
            async with asyncio.timeout(PATIENCE):
                return await what

        return self.runner.run(bounded())

    @initialize()
    def start(self) -> None:
        self.process, url = self.servers.enter_context(client.process("--data", self.folder, *PACE))
        self.server: Client = self.run(self.connections.enter_async_context(client.client(url)))

    @rule(target=jobs, photos=st.lists(st.sampled_from(sorted(PHOTOS)), min_size=1, max_size=3))
    def scan(self, photos: list[str]) -> Job:
        return self.accept(str(uuid.uuid4()), photos)

    @rule(
        target=jobs, watch=consumes(awaited), photos=st.lists(st.sampled_from(sorted(PHOTOS)), min_size=1, max_size=3)
    )
    def scan_for_one_who_waits(self, watch: Watch, photos: list[str]) -> Job:
        return self.accept(watch.job_id, photos)

    def accept(self, job_id: str, photos: list[str]) -> Job:
        self.run(self.server.scan([PHOTOS[name] for name in photos], job_id))
        self.known.append(Job(job_id, len(photos)))
        return self.known[-1]

    @rule(target=jobs, content=st.sampled_from(sorted(CSVS)))
    def load(self, content: str) -> Job:
        self.known.append(Job(self.run(self.server.load(content)), usable=CSVS[content]))
        return self.known[-1]

    @rule(job=jobs)
    def scan_again(self, job: Job) -> None:
        body = {"jobId": job.job_id, "images": [{"index": 0, "data": "AAAA"}]}
        assert self.run(self.server.http.post("/api/scan-bookshelf/batch", json=body)).status_code == 409

    @rule(job=jobs)
    def cancel(self, job: Job) -> None:
        answer = self.run(self.server.http.post("/api/scan-bookshelf/cancel", json={"jobId": job.job_id}))
        if not job.total:
            assert answer.status_code == 404
            return
        assert answer.status_code == 200
        status = answer.json()["data"]["status"]
        assert status in ("canceling", "complete", "canceled")
        if status == "canceling":
            job.canceling = True
        assert status != "canceled" or job.canceling

    @rule(target=watches, job=jobs, ready=st.booleans())
    def watch(self, job: Job, ready: bool) -> Watch:
        return self.connect(job.job_id, ready)

    @rule(target=awaited, ready=st.booleans())
    def watch_before(self, ready: bool) -> Watch:
        return self.connect(str(uuid.uuid4()), ready)

    def connect(self, job_id: str, ready: bool) -> Watch:
        connection = self.run(self.connections.enter_async_context(self.server.socket(job_id, ready=ready)))
        self.open.append(Watch(job_id, connection))
        return self.open[-1]

    @rule(watch=watches)
    def wait_for_news(self, watch: Watch) -> None:
        self.run(take(watch, 0.1))

    @rule(watch=consumes(watches))
    def drop(self, watch: Watch) -> None:
        self.run(take(watch, 0))
        self.run(watch.connection.close())
        if watch in self.open:  # else its server was stopped
            self.open.remove(watch)
            self.leave(watch)

    @rule(job=jobs)
    def look_at_the_state(self, job: Job) -> None:
        answer = self.run(self.server.http.get("/test/do/get-state", params={"jobId": job.job_id}))
        if not job.total:
            assert answer.status_code == 404
            return
        state = answer.json()["data"]
        assert state["totalPhotos"] == len(state["photos"]) == job.total
        assert state["totalBooksFound"] == sum(row["booksFound"] for row in state["photos"])
        assert state["cancelRequested"] == bool(job.canceling)

    @precondition(lambda self: self.restarts < 2)
    @rule(kill=st.booleans())
    def restart(self, kill: bool) -> None:
        self.restarts += 1
        if kill:
            self.process.kill()
        self.stop()
        self.connections = contextlib.AsyncExitStack()
        self.start()

    def stop(self) -> None:
        self.servers.close()
        for watch in self.open:
            self.run(take(watch, 1))
            self.leave(watch)
        self.open.clear()
        with contextlib.suppress(OSError, WebSocketException):
            self.run(self.connections.aclose())

    def leave(self, watch: Watch) -> None:
        """What a connection was sent is compared with the whole story at the end."""
        if watch.story.job:
            (job,) = [job for job in self.known if job.job_id == watch.job_id]
            job.partial.append(watch.story.job)

    def teardown(self) -> None:
        try:
            if hasattr(self, "server"):
                for job in self.known:
                    self.check(job, self.run(self.server.story(job.job_id)))
                self.stop()
                for job in self.known:
                    assert all(part == job.partial[0][: len(part)] for part in job.partial)
        finally:
            self.servers.close()
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def check(self, job: Job, story: Story) -> None:
        assert story.close == 1000
        job.partial.insert(0, story.job)
        if job.total:
            oracle.check_batch(story.job, job.job_id, job.total, canceling=job.canceling)
        else:
            oracle.check_import(story.job, job.job_id, usable=job.usable)


async def take(watch: Watch, seconds: float) -> None:
    """Receive what there is, and what comes within `seconds` of each other."""
    with contextlib.suppress(TimeoutError, ConnectionClosed, OSError):
        while True:
            async with asyncio.timeout(seconds or 0.005):
                watch.story.messages.append(client.parse(await watch.connection.recv()))


TRIES = int(os.environ.get("AFTER202_STATEFUL", "0"))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # connections that died with their server
def test_any_order() -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=TRIES or 10,
            stateful_step_count=25,
            deadline=None,
            derandomize=not TRIES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
