"""One WebSocket connection."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidHeader,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.typing import Subprotocol

from harness.errors import HarnessError
from harness.trace.events import SWITCHING_PROTOCOLS, NotJson
from harness.transport.http import parse_json
from harness.transport.proxy import check_not_refused, check_proxy
from harness.transport.tls import verified_context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

    from harness.trace.events import Json

MAX_MESSAGE = 16 * 1024 * 1024
MAX_QUEUED = 256
CLOSE_TIMEOUT = 0.5
ABNORMAL = 1006
_RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: what is closed then is reset."""


class NotOpenedError(Exception):
    """The handshake failed.

    Attributes:
        status: the HTTP status that the server answered; 101 if the rest of its answer is no handshake; None if there
            was no HTTP answer.
        headers: of that answer, names in lower case.
        body: what came with it.
        problem: what happened, in one line.
    """

    def __init__(
        self, problem: str, status: int | None = None, headers: Mapping[str, str] | None = None, body: Json = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.headers = dict(headers or {})
        self.body = body


@dataclass(frozen=True, slots=True)
class Closed:
    """How a connection ended: the close frame's code and reason (RFC 6455 7.1.5; 1006 where none came), and by whom."""

    code: int
    reason: str
    by: str


class _Connect(connect):
    """Does not follow redirects: the target's headers are for the target's origin alone."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class WebSocket:
    """An open connection; make it with `open_websocket`, and `close` it in the end."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._closing = False

    async def receive(self) -> Json | NotJson | Closed:
        """The next message, parsed; or how the connection ended, and then nothing more."""
        try:
            frame = await self._connection.recv()
        except ConnectionClosed as error:
            close = error.rcvd
            by = "client" if self._closing else "server"
            if error.sent is not None and not error.rcvd_then_sent and not self._closing:
                # We could not go on: a frame too long, text that is no UTF-8, a broken frame (RFC 6455 7.1.7).
                return Closed(error.sent.code, f"not acceptable: {error.sent.reason}", "server")
            return Closed(close.code, close.reason, by) if close is not None else Closed(ABNORMAL, "", by)
        if isinstance(frame, bytes):
            return NotJson(frame)
        message = parse_json(frame, None)
        return message if isinstance(message, dict) else NotJson(frame)

    async def send(self, message: Json) -> bool:
        """Send one message as JSON text; False if the connection has ended."""
        return await self.send_text(json.dumps(message))

    async def send_text(self, text: str) -> bool:
        """Send one text frame as it is; False if the connection has ended."""
        try:
            await self._connection.send(text)
        except ConnectionClosed:
            return False
        return True

    async def close(self) -> None:
        """End the connection with 1000, if it has not ended."""
        self._closing = True
        await self._connection.close()

    async def reset(self) -> None:
        """End the connection without a close frame: the other side reads a TCP reset (RFC 9293 3.5.3)."""
        self._closing = True
        transport = self._connection.transport
        under = transport.get_extra_info("socket")
        with suppress(OSError):  # the other side may have ended it already
            under.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
        transport.abort()
        await self._connection.wait_closed()


async def open_websocket(
    url: str,
    headers: Mapping[str, str],
    *,
    subprotocols: Sequence[str] = (),
    most_queued: int = MAX_QUEUED,
    proxy: str | None = None,
    ca: Path | None = None,
) -> WebSocket:
    """Open a connection; it waits as long as the server does, cancel it to give up.

    Args:
        url: ws:// or wss://.
        headers: of the upgrade.
        subprotocols: offered, the first is preferred; if there are any the server must choose one.
        most_queued: frames that are read ahead of `receive`; then the server must wait.
        proxy: the address of a proxy to connect through, whatever the host is.
        ca: a PEM file of authorities to trust instead of the usual ones.

    Raises:
        NotOpenedError: the server answered with anything but 101, or did not answer.
        HarnessError: the proxy or the PEM file cannot be used.
    """
    context = verified_context(ca)
    options: dict[str, Any] = {}
    if proxy is not None:
        check_proxy(proxy)
        options = {"proxy_ssl": context} if proxy.lower().startswith("https:") else {}
    try:
        connection = await _Connect(
            url,
            additional_headers=dict(headers),
            ssl=context if url.startswith("wss:") else None,
            compression=None,
            proxy=proxy,
            open_timeout=None,
            ping_interval=None,
            close_timeout=CLOSE_TIMEOUT,
            max_size=MAX_MESSAGE,
            max_queue=most_queued,
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            **options,
        )
    except InvalidStatus as error:
        response = error.response
        text = bytes(response.body or b"").decode("utf-8", "replace")
        problem = f"the handshake was answered {response.status_code}"
        headers = {name.lower(): value for name, value in response.headers.raw_items()}
        raise NotOpenedError(problem, response.status_code, headers, parse_json(text, text)) from error
    except InvalidURI as error:
        raise NotOpenedError(f"{url!r} is no WebSocket address") from error
    except InvalidProxy as error:
        raise HarnessError(f"proxy: its address cannot be used: {error.msg}") from error
    except InvalidProxyStatus as error:
        check_not_refused(error.response.status_code)
        raise NotOpenedError(f"the proxy answered {error.response.status_code}") from error
    except (NegotiationError, InvalidHeader) as error:
        raise NotOpenedError(_with_offer(str(error), subprotocols), SWITCHING_PROTOCOLS) from error
    except (InvalidHandshake, OSError, EOFError, TimeoutError, ValueError) as error:
        raise NotOpenedError(str(error) or type(error).__name__) from error
    if subprotocols and connection.subprotocol is None:
        await connection.close()
        raise NotOpenedError(_with_offer("the server chose no subprotocol", subprotocols), SWITCHING_PROTOCOLS)
    return WebSocket(connection)


def _with_offer(told: str, subprotocols: Sequence[str]) -> str:
    """The sentence; of subprotocols, with what was offered."""
    return f"{told}; offered: {' or '.join(subprotocols) or 'none'}" if "subprotocol" in told else told
