"""uvicorn's two protocols, corrected where they would answer outside the envelope or not close at all."""

import asyncio
import base64
import binascii
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from reference_server.answers import Answers, Refusal
from reference_server.clock import Clock
from reference_server.watching import NotReading

_MAX_TARGET_BYTES = 8000
_MAX_HEADERS = 100
_MAX_HEAD_BYTES = 64 * 1024


class RequestProtocol(HttpToolsProtocol):
    """HTTP/1.1, handing over to the WebSocket protocol only what is a whole handshake (RFC 6455 4.2.1).

    uvicorn hands over whatever names `websocket` in `Upgrade`, and answers what then proves to be no handshake in plain
    text or with 500. Here such a request is an ordinary one, and the application says what is wrong with it.
    """

    _head_bytes = 0
    _in_head = False

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, unless it is a head without end, which uvicorn would keep in memory."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES and not self.transport.is_closing():
                self._refuse_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def _refuse_head(self) -> None:
        refusal = Refusal(431, "E_INVALID_REQUEST", f"the headers are larger than {_MAX_HEAD_BYTES:,} bytes")
        body = bytes(Answers(Clock()).refusal(refusal).body)
        head = (
            "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _should_upgrade(self) -> bool:
        return super()._should_upgrade() and _is_handshake(self.parser.get_method(), self.url, self.headers)

    def on_headers_complete(self) -> None:
        """Make a request that will not be upgraded the last one here: the parser reads no other after it."""
        self._in_head = False
        if self.parser.should_upgrade() and not self._should_upgrade():
            self.headers.append((b"connection", b"close"))
        super().on_headers_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Not worth a line: a client may offer an upgrade (h2c) with any request."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket to a client that may not read, or not say goodbye: it costs bounded memory for a bounded time.

    uvicorn does not tell whether what it was given to send has left, closes no client that does not read, answers its
    pings all the same, and at the end waits for ever until it has read.
    """

    unread_seconds = 30.0

    async def send(self, message: Any) -> None:  # noqa: ANN401 - uvicorn's union of messages is private
        """Send one ASGI message, and return when the client has read all but a last piece.

        A close does not wait, and ends the transport after `close_timeout`.

        Raises:
            NotReading: the client has read nothing for `unread_seconds`.
        """
        if message["type"] == "websocket.close":
            self.writable.set()
            await super().send(message)
            self.loop.call_later(self.close_timeout, self.transport.abort)
        else:
            await self._drained()
            await super().send(message)
            await self._drained()

    async def _drained(self) -> None:
        while not self.writable.is_set():
            left = self.transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self.unread_seconds):
                    await self.writable.wait()
            except TimeoutError:
                if self.transport.get_write_buffer_size() >= left:
                    raise NotReading from None

    def handle_ping(self) -> None:
        """Answer a ping if the client reads; of several the last is enough (RFC 6455 5.5.3)."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # the pong, which nobody would read


def _is_handshake(method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    fields = dict(headers)
    return (
        method == b"GET"
        and len(target) <= _MAX_TARGET_BYTES
        and len(headers) <= _MAX_HEADERS
        and fields.get(b"sec-websocket-version") == b"13"
        and _is_key(fields.get(b"sec-websocket-key", b""))
        and fields.get(b"content-length", b"0") == b"0"
        and b"transfer-encoding" not in fields
    )


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except binascii.Error:
        return False
