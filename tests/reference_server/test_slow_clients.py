"""Clients that do not read, and what they cost."""

import asyncio
import base64
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn

from reference_server import application, serving
from reference_server.components import Components
from reference_server.handshake import SocketProtocol
from tests.reference_server import client
from tests.reference_server.client import PATIENCE, Client, until
from tests.reference_server.shelf import photo, spine

HANDSHAKE = (
    "GET /ws/progress?jobId={} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\r\n"
)
PING = b"\x89\xfd\0\0\0\0" + b"p" * 125
linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


@contextlib.asynccontextmanager
async def deaf(url: str, job_id: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A socket on the job that reads nothing but what the test asks for, with small buffers on its side."""
    host, port = url.removeprefix("http://").split(":")
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=plain, limit=65536)
    writer.write(HANDSHAKE.format(job_id, base64.b64encode(os.urandom(16)).decode()).encode())
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.close()


async def read_to(reader: asyncio.StreamReader, end: bytes, pause: float = 0) -> None:
    """Read, with a pause after each piece, until what was read ends so: a close frame (RFC 6455 5.5.1)."""
    received = b""
    async with asyncio.timeout(PATIENCE):
        while not received.endswith(end):
            piece = await reader.read(65_536)
            assert piece, received[-100:]
            received = received[-100:] + piece
            await asyncio.sleep(pause)


async def no_watchers(server: Client) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await server.http.get("/health")).json()["watchers"]:  # noqa: ASYNC110 - the event is in the server
            await asyncio.sleep(0.02)


def memory(pid: int) -> int:
    """Bytes of memory that a process has now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


@contextlib.asynccontextmanager
async def impatient_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A server in this process that waits 0.5 s for a client to read, not 30."""
    monkeypatch.setattr(SocketProtocol, "unread_seconds", 0.5)
    listener = serving.listen("127.0.0.1", 0)
    server = uvicorn.Server(serving.configuration(application.build(Components())))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def test_a_client_that_does_not_read_is_dropped_with_1008_while_others_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cell = "x" * 9_000_000  # more than the buffers of both sides hold
    caplog.set_level("INFO", "reference_server")
    async with impatient_server(monkeypatch) as url, client.client(url) as server:
        job_id = await server.load(f"title,author\n{cell},b\n")
        async with deaf(url, job_id) as (reader, _):
            assert (await server.story(job_id)).kinds == [*["progress"] * 4, "complete"]
            await no_watchers(server)
            await read_to(reader, b"\x88\x0d\x03\xf0not reading")
    assert f"job '{job_id}': a client that does not read is dropped" in caplog.text


async def test_a_client_that_reads_slowly_is_sent_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes longer than one that does not read would be waited for."""
    cell = "x" * 9_000_000
    start = time.monotonic()
    async with impatient_server(monkeypatch) as url, client.client(url) as server:
        job_id = await server.load(f"title,author\n{cell},b\n")
        async with deaf(url, job_id) as (reader, _):
            await read_to(reader, b"\x88\x02\x03\xe8", pause=0.02)
    assert time.monotonic() - start > 2 * SocketProtocol.unread_seconds


@linux
async def test_pings_of_a_client_that_does_not_read_cost_no_memory() -> None:
    with client.process() as (running, url):
        async with deaf(url, "unknown") as (_, writer), client.client(url) as server:
            before = memory(running.pid)
            sent = 0
            end = time.monotonic() + 2
            while sent < 60_000_000 and time.monotonic() < end:
                writer.write(PING * 1000)
                sent += len(PING) * 1000
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(writer.drain(), 0.5)
            assert sent > 4_000_000
            assert (await server.http.get("/health")).status_code == 200
            assert memory(running.pid) - before < 5_000_000


@linux
async def test_clients_that_do_not_read_share_one_history() -> None:
    """Fifty deaf clients on one job of 1 MB of messages: far less than fifty times that."""
    csv = "title,author\n" + "".join(f"{'t' * 100},{'a' * 100}\n" for _ in range(5_000))
    with client.process("--csv-seconds", "2") as (running, url):
        async with client.client(url) as server, contextlib.AsyncExitStack() as stack:
            job_id = await server.load(csv)
            before = memory(running.pid)
            for _ in range(50):
                await stack.enter_async_context(deaf(url, job_id))
            assert (await server.story(job_id)).kinds[-1] == "complete"
            assert memory(running.pid) - before < 50 * 2_000_000 + 50_000_000


async def test_a_client_that_vanishes_ends_its_watcher() -> None:
    with client.process("--photo-seconds", "600") as (_, url):
        async with client.client(url) as server:
            job_id = await server.scan([photo(spine("Dune"))])
            async with server.socket(job_id) as connection:
                await until(connection, photoStatus="processing")
                assert (await server.http.get("/health")).json()["watchers"] == 1
                connection.transport.abort()
            await no_watchers(server)


if sys.platform == "win32":
    pytestmark = pytest.mark.skip(reason="buffers of loopback sockets are larger there")
