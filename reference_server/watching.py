"""One client on the progress socket: the history first, then the news, then the close."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.messages import as_text

KEEP_ALIVE_SECONDS = 5.0
UNKNOWN_SECONDS = 60.0
_DONE = 1000
_NOT_READING = 1008

logger = logging.getLogger(__name__)


class NotReading(Exception):
    """The client has not read for so long that it must be taken for gone; raised where it is sent to."""


class Watcher:
    """Serves a socket until its job is over or its client is gone: `open`, then `serve`.

    One task reads and one writes; only the writer sends. `wake` is the event that the channel sets at each piece of
    news. Followers of a job share its history: what a watcher holds is its position and how many acknowledgements it
    owes.
    """

    def __init__(self, socket: WebSocket, channel: Channel, wake: asyncio.Event, clock: Clock) -> None:
        self._socket = socket
        self._channel = channel
        self._wake = wake
        self._clock = clock
        self._gone = False
        self._acks_owed = 0
        self._position = 0
        self._opened_at = self._news_at = clock.monotonic()

    async def open(self) -> None:
        """Accept the upgrade."""
        await self._socket.accept()
        self._opened_at = self._news_at = self._clock.monotonic()

    async def serve(self) -> None:
        """Serve the accepted socket; returns once it is closed by either side."""
        reading = asyncio.create_task(self._read())
        try:
            await self._write()
        except WebSocketDisconnect:
            pass  # the client left in the middle of a message, as it may
        except NotReading:
            job_id = self._channel.job_id
            logger.info("job %.80r: a client that does not read is dropped", job_id, extra={"job": job_id})
            await self.close(_NOT_READING, "not reading")
        finally:
            reading.cancel()
            await asyncio.wait({reading})
        if not reading.cancelled():
            reading.result()  # raises what broke the reader, if anything did

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket (RFC 6455 7.4)."""
        await self._socket.close(code, reason)

    async def _read(self) -> None:
        try:
            while (frame := await self._socket.receive())["type"] == "websocket.receive":
                if _is_ready(frame):
                    self._acks_owed += 1
                    self._channel.ready.set()
                    self._wake.set()
        finally:
            self._gone = True
            self._wake.set()

    async def _write(self) -> None:
        while not self._gone:
            self._wake.clear()
            await self._catch_up()
            if self._channel.over(self._position):
                return await self.close(_DONE)
            wait = self._seconds_to_wait()
            if wait is None or wait > 0:
                await self._clock.wait(self._wake, wait)
            elif self._channel.keep_alive is None:
                return await self.close(_DONE, "no such job")
            else:
                await self._send_news(as_text(self._channel.keep_alive()))
        return None

    async def _catch_up(self) -> None:
        await self._acknowledge()
        while news := self._channel.since(self._position):
            for text in news:
                await self._send_news(text)
                self._position += 1
            if not self._channel.over(self._position):
                await self._acknowledge()

    async def _acknowledge(self) -> None:
        while self._acks_owed:
            self._acks_owed -= 1
            await self._send(as_text({"type": "ready_ack", "timestamp": self._clock.timestamp()}))

    def _seconds_to_wait(self) -> float | None:
        """How long silence may last: None for as long as it likes, 0 or less if something is due now."""
        if not self._channel.known:
            return self._opened_at + UNKNOWN_SECONDS - self._clock.monotonic()
        if self._position == 0:
            return None
        return self._news_at + KEEP_ALIVE_SECONDS - self._clock.monotonic()

    async def _send_news(self, text: str) -> None:
        await self._send(text)
        self._news_at = self._clock.monotonic()

    async def _send(self, text: str) -> None:
        await self._socket.send_text(text)


def _is_ready(frame: Mapping[str, Any]) -> bool:
    """Whether a frame is the `ready` message; whatever else it is, it is ignored."""
    try:
        message = json.loads(frame.get("text") or "")
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("type") == "ready"
