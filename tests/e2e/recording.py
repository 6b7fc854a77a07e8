"""A server that records what reaches it on the wire: requests, handshakes, frames, and how each connection ends.

`POST /jobs {"id": ..., "n": 3}` is answered 202; `POST /cancel` 200; `GET /state` 200. A socket at `/ws?job=ID` is told
`started`, n times `tick`, `done`, all of it from the beginning whenever it connects, and is then closed with 1000,
unless the server leaves that to its clients.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from websockets.asyncio.server import Request, ServerConnection

    from harness.trace.events import Json

STEP = 0.01
"""Seconds between two messages of a job."""


@dataclass
class Job:
    told: list[Json] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def tell(self, message: Json) -> None:
        async with self.news:
            self.told.append(message)
            self.news.notify_all()

    async def message(self, number: int) -> Json:
        async with self.news:
            await self.news.wait_for(lambda: len(self.told) > number)
            return self.told[number]


@dataclass
class Recorder:
    """What has happened, in order: (what, number of the connection or None, what of it)."""

    port: int = 0
    sockets: int = 0
    seen: list[tuple[str, int | None, Json]] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    connections: int = 0
    busy: int = 0
    limit_on: str = "/jobs"
    closes: bool = True
    location: str = ""
    answers_after: int = 0
    handshake: float = 0.0
    restart_takes: float = 0.05
    open: set[ServerConnection] = field(default_factory=set)
    ended: asyncio.Condition = field(default_factory=asyncio.Condition)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, what: str, number: int | None = None, value: Json = None) -> None:
        self.seen.append((what, number, value))

    def whats(self, *names: str) -> list[str]:
        return [what for what, _, _ in self.seen if what in names]

    def of(self, what: str, number: int | None = None) -> list[Json]:
        return [value for name, at, value in self.seen if name == what and at == number]

    async def restart(self) -> None:
        """End every connection as the end of this process would; what was told is known still."""
        self.note("goes down")
        for connection in self.open:
            connection.transport.abort()
        await asyncio.sleep(self.restart_takes)
        self.note("comes back")

    async def all_ended(self) -> None:
        async with self.ended:
            await self.ended.wait_for(lambda: len(self.whats("closed", "reset")) == self.connections)

    def job(self, name: str) -> Job:
        return self.jobs.setdefault(name, Job())

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.one_request(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it went before all of its request was there, as a client does that Ctrl-C ends
        finally:
            writer.close()

    async def one_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line.split(":")[1]) for line in head.lower().split("\r\n") if "content-length" in line), 0)
        body = json.loads(await reader.readexactly(length) or b"null")
        method, path, *_ = head.split()
        self.note(f"{method} {path}", None, body)
        status, answer = self.answer(path, body)
        if path == "/jobs" and self.answers_after:
            await self.job(body["id"]).message(self.answers_after)
        content = json.dumps(answer).encode()
        first = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nretry-after: 0\r\nconnection: close\r\n"
        if self.location and body:
            first += f"location: {self.location.replace('PORT', str(self.sockets)).replace('JOB', body['id'])}\r\n"
        writer.write(f"{first}content-length: {len(content)}\r\n\r\n".encode() + content)
        await writer.drain()

    def answer(self, path: str, body: Json) -> tuple[int, Json]:
        if path == self.limit_on and self.busy:
            self.busy -= 1
            return 429, {}
        if path == "/jobs":
            task = asyncio.create_task(self.work(self.job(body["id"]), body["n"]))
            self.tasks.add(task)
            return 202, {"id": body["id"]}
        return 200, {"path": path}

    async def work(self, job: Job, n: int) -> None:
        await job.tell({"type": "started"})
        for i in range(n):
            await asyncio.sleep(STEP)
            await job.tell({"type": "tick", "i": i})
        await asyncio.sleep(STEP)
        await job.tell({"type": "done"})

    async def socket(self, connection: ServerConnection) -> None:
        number, self.connections = self.connections, self.connections + 1
        request = connection.request
        assert request is not None
        self.note("connect", number, connection.subprotocol)
        self.open.add(connection)
        reading = asyncio.create_task(self.read(connection, number))
        telling = asyncio.create_task(self.tell(connection, number, self.job(request.path.partition("job=")[2])))
        await asyncio.wait([reading])
        self.open.remove(connection)
        async with self.ended:
            self.ended.notify_all()
        telling.cancel()
        await asyncio.wait([telling])

    async def shake_hands(self, connection: ServerConnection, request: Request) -> None:
        await asyncio.sleep(self.handshake * self.connections)

    async def read(self, connection: ServerConnection, number: int) -> None:
        try:
            while True:
                self.note("frame", number, await connection.recv())
        except ConnectionClosed as closed:
            reset = isinstance(closed.__cause__, ConnectionResetError)
            self.note("reset" if reset else "closed", number, closed.rcvd.code if closed.rcvd is not None else None)

    async def tell(self, connection: ServerConnection, number: int, job: Job) -> None:
        at = 0
        try:
            while True:
                message = await job.message(at)
                await connection.send(json.dumps(message))
                at += 1
                if message["type"] == "done" and self.closes:
                    await connection.close(1000)
                    return
        except ConnectionClosed:
            return


@asynccontextmanager
async def recording(**options: Json) -> AsyncIterator[Recorder]:
    """A recorder that listens until the block is left."""
    recorder = Recorder(**options)
    http = await asyncio.start_server(recorder.http, "127.0.0.1", 0)
    async with (
        http,
        serve(
            recorder.socket, "127.0.0.1", 0, select_subprotocol=_chosen, process_request=recorder.shake_hands
        ) as sockets,
    ):
        recorder.port = http.sockets[0].getsockname()[1]
        recorder.sockets = next(iter(sockets.sockets)).getsockname()[1]
        yield recorder
        await asyncio.gather(*recorder.tasks)


def _chosen(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return Subprotocol("v2.progress") if "v2.progress" in offered else None
