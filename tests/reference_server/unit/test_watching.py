import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from reference_server.batch import Batch
from reference_server.channel import Channel
from reference_server.csv_import import CsvImport
from reference_server.progress import BatchProgress, CsvProgress
from reference_server.watching import NotReading, Watcher
from tests.reference_server.manual_clock import ManualClock, settle
from tests.reference_server.memory import MemoryJournal

DISCONNECT = {"type": "websocket.disconnect", "code": 1005}


class FakeSocket:
    """An accepted socket whose client is the test."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.accepted = False
        self.ended = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()

    def say(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.sent]

    async def accept(self) -> None:
        self.accepted = True

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send_text(self, text: str) -> None:
        await self.room.wait()
        self.sent.append(json.loads(text))

    async def close(self, code: int, reason: str = "") -> None:
        self.closed = code
        self.ended.set()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def channel(clock: ManualClock) -> Channel:
    return Channel("j", clock, MemoryJournal())


@contextlib.asynccontextmanager
async def watching_on(channel: Channel, clock: ManualClock) -> AsyncIterator[FakeSocket]:
    socket, wake = FakeSocket(), asyncio.Event()
    with channel.following(wake):
        watcher = Watcher(socket, channel, wake, clock)  # type: ignore[arg-type]
        serving = asyncio.create_task(watcher.serve())
        await settle()
        yield socket
        socket.incoming.put_nowait(DISCONNECT)
        async with asyncio.timeout(5):
            await serving


async def test_an_unknown_job_is_quiet_and_closes_after_60_seconds(channel: Channel, clock: ManualClock) -> None:
    async with watching_on(channel, clock) as socket:
        await clock.advance(59.9)
        assert (socket.sent, socket.closed) == ([], None)
        await clock.advance(0.2)
        assert (socket.sent, socket.closed) == ([], 1000)


async def test_ready_does_not_prolong_the_wait_for_an_unknown_job(channel: Channel, clock: ManualClock) -> None:
    async with watching_on(channel, clock) as socket:
        await clock.advance(40)
        socket.say('{"type": "ready"}')
        await settle()
        assert socket.kinds == ["ready_ack"]
        await clock.advance(20)
        assert socket.closed == 1000


async def test_a_job_that_comes_within_60_seconds_is_followed(channel: Channel, clock: ManualClock) -> None:
    async with watching_on(channel, clock) as socket:
        await clock.advance(59)
        progress = BatchProgress(Batch("j", 1), channel, clock)
        await clock.advance(100)
        assert (socket.sent, socket.closed) == ([], None)  # no keep-alive before the first job message
        progress.init_batch()
        await settle()
        assert socket.kinds == ["batch-init"]


async def test_a_batch_without_news_is_kept_alive_by_pings(channel: Channel, clock: ManualClock) -> None:
    progress = BatchProgress(Batch("j", 1), channel, clock)
    async with watching_on(channel, clock) as socket:
        progress.init_batch()
        await clock.advance(3)
        progress.update_photo(0, "processing")
        await clock.advance(4.9)
        assert socket.kinds == ["batch-init", "batch-progress"]
        await clock.advance(5.2)
        assert socket.kinds[2:] == ["ping", "ping"]
        assert socket.sent[3]["timestamp"] - socket.sent[2]["timestamp"] == 5000
        progress.fail("broken", [])
        await clock.advance(60)
        assert socket.kinds[4:] == ["batch-progress", "batch-complete"]
        assert socket.closed == 1000
    async with watching_on(channel, clock) as late:
        assert "ping" not in late.kinds
        assert late.closed == 1000


async def test_an_import_without_news_repeats_its_progress(channel: Channel, clock: ManualClock) -> None:
    progress = CsvProgress(CsvImport("j"), channel, clock)
    async with watching_on(channel, clock) as socket:
        progress.update_progress(0.05, "Parsing")
        await clock.advance(5)
        first, second = socket.sent
        assert second["data"] == first["data"] | {"keepAlive": True}
        assert second["timestamp"] == first["timestamp"] + 5000


async def test_acknowledgements_are_no_news(channel: Channel, clock: ManualClock) -> None:
    progress = BatchProgress(Batch("j", 1), channel, clock)
    async with watching_on(channel, clock) as socket:
        progress.init_batch()
        await clock.advance(3)
        socket.say('{"type": "ready"}')
        await clock.advance(2)
        assert socket.kinds == ["batch-init", "ready_ack", "ping"]


async def test_nothing_is_acknowledged_after_the_terminal_message(channel: Channel, clock: ManualClock) -> None:
    progress = CsvProgress(CsvImport("j"), channel, clock)
    async with watching_on(channel, clock) as socket:
        socket.room.clear()
        progress.fail("broken", "again")
        await settle()
        socket.say('{"type": "ready"}')
        await settle()
        socket.room.set()
        await settle()
        assert socket.kinds == ["error"]
        assert socket.closed == 1000


async def test_a_client_that_does_not_read_is_dropped_and_others_are_not(channel: Channel, clock: ManualClock) -> None:
    class Deaf(FakeSocket):
        async def send_text(self, text: str) -> None:
            raise NotReading

    progress = BatchProgress(Batch("j", 1), channel, clock)
    deaf = Deaf()
    async with watching_on(channel, clock) as other:
        progress.init_batch()
        async with asyncio.timeout(5):
            await Watcher(deaf, channel, asyncio.Event(), clock).serve()  # type: ignore[arg-type]
        assert deaf.closed == 1008
        assert other.kinds == ["batch-init"]
        assert other.closed is None


async def test_nothing_is_sent_before_it_is_durable(clock: ManualClock) -> None:
    journal = MemoryJournal()
    channel = Channel("j", clock, journal)
    progress = BatchProgress(Batch("j", 1), channel, clock)
    async with watching_on(channel, clock) as socket:
        journal.held = True
        progress.init_batch()
        progress.fail("broken", [])
        await settle()
        assert (socket.sent, socket.closed) == ([], None)
        journal.show()
        await settle()
        assert socket.kinds == ["batch-init", "batch-progress", "batch-progress", "batch-complete"]
        assert socket.closed == 1000


async def test_a_client_that_leaves_while_it_is_sent_to_ends_the_watcher(channel: Channel, clock: ManualClock) -> None:
    class Leaving(FakeSocket):
        async def send_text(self, text: str) -> None:
            raise WebSocketDisconnect(1006)

    progress = BatchProgress(Batch("j", 1), channel, clock)
    progress.init_batch()
    async with asyncio.timeout(5):
        await Watcher(Leaving(), channel, asyncio.Event(), clock).serve()  # type: ignore[arg-type]


async def test_what_breaks_the_reader_is_not_swallowed(channel: Channel, clock: ManualClock) -> None:
    class Broken(FakeSocket):
        async def receive(self) -> dict[str, Any]:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await Watcher(Broken(), channel, asyncio.Event(), clock).serve()  # type: ignore[arg-type]


async def test_opening_accepts_and_starts_the_time_of_an_unknown_job(channel: Channel, clock: ManualClock) -> None:
    socket, wake = FakeSocket(), asyncio.Event()
    watcher = Watcher(socket, channel, wake, clock)  # type: ignore[arg-type]
    await clock.advance(30)
    await watcher.open()
    assert socket.accepted
    serving = asyncio.create_task(watcher.serve())
    await clock.advance(59)
    assert socket.closed is None
    await clock.advance(1)
    assert socket.closed == 1000
    await serving
