"""Work under its supervisor, with a clock that stands still."""

import asyncio
import functools
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from reference_server.batch import Batch
from reference_server.books import Book, Box
from reference_server.channel import Channel
from reference_server.csv_books import Library, read_library
from reference_server.csv_import import CsvImport
from reference_server.progress import BatchProgress, CsvProgress
from reference_server.supervisor import FAILED, Supervisor
from reference_server.work import BatchPosition, BatchScan, CsvLoad, begin
from tests.reference_server.manual_clock import ManualClock, settle
from tests.reference_server.memory import MemoryFiles, MemoryJournal

BOOK = Book("Dune", "Frank Herbert", None, 0.9, Box(0, 0, 1, 1))
PhotoReader = Callable[[bytes | None], list[Book]]


class Bench:
    """A supervisor, one job and a clock for one test."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.supervisor = Supervisor()
        self.channel = Channel("j", self.clock, MemoryJournal())

    def scan(self, photos: list[bytes | None], read_photo: PhotoReader, photo_seconds: float = 0) -> Channel:
        batch = Batch("j", len(photos))
        self.start_scan(batch, MemoryFiles(photos), read_photo, photo_seconds)
        return self.channel

    def start_scan(
        self,
        batch: Batch,
        files: MemoryFiles,
        read_photo: PhotoReader,
        photo_seconds: float = 0,
        position: BatchPosition | None = None,
    ) -> None:
        async def read(content: bytes | None) -> list[Book]:
            return read_photo(content)

        work = BatchScan(
            "j",
            len(batch.photos),
            BatchProgress(batch, self.channel, self.clock),
            begun=functools.partial(begin, self.channel, self.clock),
            files=files,
            read_photo=read,
            clock=self.clock,
            photo_seconds=photo_seconds,
            position=position or BatchPosition(),
        )
        self.supervisor.start(work)

    def load(
        self, read_csv: Callable[[bytes], Library], csv_seconds: float = 0, job: CsvImport | None = None
    ) -> Channel:
        async def read(content: bytes) -> Library:
            return read_csv(content)

        job = job or CsvImport("j")
        work = CsvLoad(
            "j",
            CsvProgress(job, self.channel, self.clock),
            begun=functools.partial(begin, self.channel, self.clock),
            files=MemoryFiles([b"title,author\na,b"]),
            read_csv=read,
            clock=self.clock,
            csv_seconds=csv_seconds,
            announced=job.progress,
        )
        self.supervisor.start(work)
        return self.channel


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    await bench.supervisor.stop()


def history(channel: Channel) -> list[dict[str, Any]]:
    return [json.loads(text) for text in channel.since(0)]


def kinds(channel: Channel) -> list[str]:
    return [message.get("photoStatus", message["type"]) for message in history(channel)]


async def reach(channel: Channel, messages: int) -> None:
    """Wait until the history has that many messages; the readers run in threads."""
    wake = asyncio.Event()
    with channel.following(wake):
        async with asyncio.timeout(5):
            while len(channel.since(0)) < messages:
                await wake.wait()
                wake.clear()


async def test_a_job_begins_with_the_first_ready(bench: Bench) -> None:
    channel = bench.scan([b"x"], lambda _: [BOOK])
    await bench.clock.advance(4.9)
    assert kinds(channel) == []
    channel.ready.set()
    await reach(channel, 4)
    assert kinds(channel) == ["batch-init", "processing", "complete", "batch-complete"]
    assert history(channel)[-1]["totalBooks"] == 1


async def test_a_job_begins_with_its_202_where_a_client_was_ready_before(bench: Bench) -> None:
    bench.channel.ready.set()
    channel = bench.scan([b"x"], lambda _: [])
    await reach(channel, 4)


async def test_a_job_begins_5_seconds_after_its_202_at_the_latest(bench: Bench) -> None:
    channel = bench.load(read_library)
    await bench.clock.advance(4.9)
    assert kinds(channel) == []
    await bench.clock.advance(0.2)
    await reach(channel, 5)
    assert kinds(channel) == ["progress"] * 4 + ["complete"]


async def test_photos_take_their_time_one_after_another(bench: Bench) -> None:
    channel = bench.scan([b"x", b"y"], lambda _: [], photo_seconds=10)
    channel.ready.set()
    await bench.clock.advance(9.9)
    assert kinds(channel) == ["batch-init", "processing"]
    await bench.clock.advance(0.2)
    await reach(channel, 4)
    assert kinds(channel)[2:] == ["complete", "processing"]


async def test_an_import_spreads_its_time_over_its_steps(bench: Bench) -> None:
    channel = bench.load(read_library, csv_seconds=8)
    channel.ready.set()
    for step in range(1, 5):
        await reach(channel, step)
        await settle()
        assert len(channel.since(0)) == step
        await bench.clock.advance(2)
    await reach(channel, 5)


async def test_a_reader_that_breaks_ends_the_batch_with_errors(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def read(content: bytes | None) -> list[Book]:
        if content == b"bad":
            raise ZeroDivisionError("secret")
        return [BOOK]

    channel = bench.scan([b"good", b"bad", b"good"], read)
    channel.ready.set()
    await reach(channel, 8)
    assert kinds(channel) == [
        "batch-init",
        "processing",
        "complete",
        "processing",
        "error",
        "processing",
        "error",
        "batch-complete",
    ]
    last = history(channel)[-1]
    assert [row.get("error") for row in last["photoResults"]] == [None, FAILED, FAILED]
    assert last["books"] == [BOOK.as_json()]
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == "job 'j' broke"
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


async def test_a_reader_that_breaks_ends_the_import_with_an_error_of_its_own(bench: Bench) -> None:
    def read(content: bytes) -> Library:
        raise MemoryError

    channel = bench.load(read)
    channel.ready.set()
    await reach(channel, 2)
    assert kinds(channel) == ["progress", "error"]
    data = history(channel)[-1]["data"]
    assert data["error"] == FAILED
    assert data["suggestion"]


async def test_progress_that_is_not_allowed_is_told_to_the_client(bench: Bench) -> None:
    """The lesson of the silent jobs: a progress call that goes wrong ends in messages, not in silence."""
    batch, channel = Batch("j", 1), bench.channel
    BatchProgress(batch, channel, bench.clock).init_batch()  # so that the work's own first call is refused
    bench.start_scan(batch, MemoryFiles([b"x"]), lambda _: [])
    channel.ready.set()
    await reach(channel, 4)
    assert kinds(channel) == ["batch-init", "processing", "error", "batch-complete"]


async def test_a_client_that_cannot_be_told_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    class Hopeless:
        job_id = "j"

        async def run(self) -> None:
            raise RuntimeError("first")

        def fail(self, reason: str) -> None:
            raise RuntimeError("second")

    bench.supervisor.start(Hopeless())
    await settle()
    assert [record.getMessage() for record in caplog.records] == [
        "job 'j' broke",
        "job 'j' broke, and its clients could not be told",
    ]


async def test_stop_ends_work_without_a_word(bench: Bench) -> None:
    channel = bench.scan([b"x"], lambda _: [], photo_seconds=600)
    channel.ready.set()
    await reach(channel, 2)
    async with asyncio.timeout(5):
        await bench.supervisor.stop()
    assert kinds(channel) == ["batch-init", "processing"]


async def test_work_that_is_taken_up_again_says_only_what_was_not_said(bench: Bench) -> None:
    """The server was killed in the middle of photo 1 of 3; photo 0 had its book."""
    batch, channel = Batch("j", 3), bench.channel
    progress = BatchProgress(batch, channel, bench.clock)
    progress.init_batch()
    progress.update_photo(0, "processing")
    progress.update_photo(0, "complete", books_found=1)
    progress.update_photo(1, "processing")
    files = MemoryFiles([b"x", b"y", b"z"], kept=[BOOK])
    bench.start_scan(batch, files, lambda _: [], position=BatchPosition(True, 1, 2))
    await reach(channel, 8)
    assert kinds(channel)[4:] == ["complete", "processing", "complete", "batch-complete"]
    assert files.read == [1, 2]
    assert history(channel)[-1]["books"] == [BOOK.as_json()]


async def test_a_cancelled_batch_that_is_taken_up_again_ends_its_photo_and_starts_no_other(bench: Bench) -> None:
    batch, channel = Batch("j", 2), bench.channel
    progress = BatchProgress(batch, channel, bench.clock)
    progress.init_batch()
    progress.update_photo(0, "processing")
    progress.cancel_batch()
    bench.start_scan(batch, MemoryFiles([b"x", b"y"]), lambda _: [], position=BatchPosition(True, 0, 1))
    await reach(channel, 5)
    assert kinds(channel) == ["batch-init", "processing", "batch-canceling", "complete", "batch-complete"]


async def test_an_import_that_is_taken_up_again_repeats_no_step(bench: Bench) -> None:
    job = CsvImport("j")
    progress = CsvProgress(job, bench.channel, bench.clock)
    progress.update_progress(0.02, "Validating")
    progress.update_progress(0.05, "Parsing")
    channel = bench.load(read_library, job=job)
    await reach(channel, 5)
    assert [message["data"].get("progress") for message in history(channel)] == [0.02, 0.05, 0.5, 0.75, None]
