"""A process of the server, and a plain client for it."""

import asyncio
import contextlib
import json
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.reference_server import shelf

Message = dict[str, Any]
PATIENCE = 20


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "reference_server", *arguments]


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server and its URL; it ends with the block."""
    with subprocess.Popen(
        command("--port", "0", "--until-stdin-closes", *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        line = running.stdout.readline()
        if not line:
            raise AssertionError(f"the server did not start: {running.communicate()[1]}")
        try:
            yield running, line.removeprefix("listening on ").strip()
        finally:
            if running.poll() is None:
                running.communicate(timeout=PATIENCE)


@dataclass
class Story:
    """What one connection was sent."""

    messages: list[Message] = field(default_factory=list)
    close: int | None = None

    @property
    def job(self) -> list[Message]:
        return [
            message
            for message in self.messages
            if message["type"] not in ("ready_ack", "ping") and not message.get("data", {}).get("keepAlive")
        ]

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.job]


class Client:
    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self.http = http

    async def scan(self, photos: Sequence[bytes | str], job_id: str | None = None) -> str:
        job_id = job_id or str(uuid.uuid4())
        answer = await self.http.post("/api/scan-bookshelf/batch", json=shelf.request(job_id, photos))
        assert answer.status_code == 202, answer.text
        return job_id

    async def cancel(self, job_id: str) -> str:
        answer = await self.http.post("/api/scan-bookshelf/cancel", json={"jobId": job_id})
        assert answer.status_code == 200, answer.text
        status = answer.json()["data"]["status"]
        assert isinstance(status, str)
        return status

    async def load(self, content: bytes | str) -> str:
        answer = await self.http.post("/api/import/csv-gemini", files={"file": ("books.csv", content)})
        assert answer.status_code == 202, answer.text
        job_id = answer.json()["data"]["jobId"]
        assert isinstance(job_id, str)
        return job_id

    @contextlib.asynccontextmanager
    async def socket(self, job_id: str, *, ready: bool = True) -> AsyncIterator[ClientConnection]:
        url = f"{self.url.replace('http', 'ws', 1)}/ws/progress?jobId={job_id}"
        async with connect(url, compression=None, proxy=None, max_size=None) as connection:
            if ready:
                with contextlib.suppress(ConnectionClosed):  # a job that is over may have closed already
                    await connection.send('{"type": "ready"}')
            yield connection

    async def story(self, job_id: str, *, ready: bool = True) -> Story:
        """Everything until the server closes."""
        async with self.socket(job_id, ready=ready) as connection:
            return await rest(connection)

    async def csv(self, content: bytes | str) -> Story:
        return await self.story(await self.load(content))


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) as http:
        yield Client(url, http)


def parse(text: str | bytes) -> Message:
    message = json.loads(text)
    assert isinstance(message, dict)
    return message


async def receive(connection: ClientConnection) -> Message:
    async with asyncio.timeout(PATIENCE):
        return parse(await connection.recv())


async def until(connection: ClientConnection, **fields: object) -> Message:
    """The next message that has `fields`."""
    while True:
        message = await receive(connection)
        if fields.items() <= message.items():
            return message


async def rest(connection: ClientConnection) -> Story:
    story = Story()
    try:
        while True:
            story.messages.append(await receive(connection))
    except ConnectionClosed as closed:
        story.close = closed.rcvd.code if closed.rcvd else None
    return story
