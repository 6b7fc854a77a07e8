from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import pytest_asyncio
from websockets.asyncio.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from ssl import SSLContext

    from websockets.asyncio.server import ServerConnection

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest_asyncio.fixture
async def raw() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Starts a server of raw TCP on loopback; gives its host and port."""
    async with AsyncExitStack() as stack:
        writers: list[asyncio.StreamWriter] = []
        tasks: list[asyncio.Task[None]] = []

        async def start(handler: Handler, ssl: SSLContext | None = None) -> str:
            async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writers.append(writer)
                task = asyncio.current_task()
                assert task is not None
                tasks.append(task)
                try:
                    await handler(reader, writer)
                except (ConnectionError, asyncio.CancelledError):
                    pass
                finally:
                    writer.close()

            server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=ssl)
            stack.callback(server.close)
            return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            with suppress(AttributeError):  # of asyncio (3.11), where the connection below TLS has gone already
                writer.transport.abort()


@pytest_asyncio.fixture
async def sockets() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Starts a WebSocket server on loopback; gives its address."""
    async with AsyncExitStack() as stack:

        async def start(handler: Callable[[ServerConnection], Awaitable[None]], **options: object) -> str:
            server = await serve(handler, "127.0.0.1", 0, close_timeout=0.1, **options)  # type: ignore[arg-type]

            async def stop() -> None:
                server.close()
                for connection in server.connections:
                    connection.transport.abort()
                await server.wait_closed()

            stack.push_async_callback(stop)
            return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"

        yield start
