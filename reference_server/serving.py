"""Runs the application on a socket until it is told to end."""

import contextlib
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Generator, Iterable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from reference_server.handshake import RequestProtocol, SocketProtocol

_MAX_FRAME_BYTES = 64 * 1024
_ENDING_SECONDS = 1
_SOCKETS = 8192


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port` (0: a free one).

    Raises:
        OSError: the port is taken, or the host is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


class Ending:
    """How a server is told to end from inside."""

    def __init__(self) -> None:
        self.failed = False
        self.tell: Callable[[], None] = lambda: None

    def with_failure(self) -> None:
        """End, because the server cannot do its work any more."""
        self.failed = True
        self.tell()


def serve(app: ASGIApp, listener: socket.socket, ending: Ending, ends: Iterable[int]) -> None:
    """Serve `app` on `listener` until SIGINT or SIGTERM, `ending`, or the end of one of the descriptors `ends`.

    Prints `listening on http://HOST:PORT` once it accepts connections. At the end open sockets are closed with 1012.
    """
    server = _Server(configuration(app), listener)
    ending.tell = server.end
    for descriptor in ends:
        threading.Thread(target=_end_with, args=(descriptor, weakref.ref(server)), name="end", daemon=True).start()
    _allow_many_sockets()
    server.run(sockets=[listener])


def configuration(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves `app`: with our protocols, and limits on all that a client can send."""
    return uvicorn.Config(
        app,
        http=RequestProtocol,
        ws=SocketProtocol,
        ws_max_size=_MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who a client is, it does not say itself
        timeout_graceful_shutdown=_ENDING_SECONDS,
    )


def _allow_many_sockets() -> None:
    """Take what the system allows, where it allows a process less by default than a thousand watchers need."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _SOCKETS if hard == resource.RLIM_INFINITY else min(_SOCKETS, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Server(uvicorn.Server):
    """A server that says where it listens, and whose process survives the signal that ends it."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self._signalled = False
        host, port = listener.getsockname()[:2]
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"listening on {self._url}\n")
        sys.stdout.flush()

    def end(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """As uvicorn's, but the signal is not raised again afterwards: being told to end is no failure."""
        previous = {number: signal.signal(number, self._end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.force_exit = self._signalled  # the second signal waits for nothing
        self._signalled = self.should_exit = True


def _end_with(descriptor: int, server: weakref.ref[_Server]) -> None:
    # Not sys.stdin: a thread that waits in its buffer would keep the interpreter from ending. And a reference that
    # lets go: one that waits when the interpreter ends would keep all that the server has, of which libraries complain.
    while os.read(descriptor, 4096):
        pass
    if (running := server()) is not None:
        running.end()
