"""Starting, restarting and stopping the bundled reference server, as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import HarnessError
from harness.targets.restarting import NotRestartedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

START_TIMEOUT = 20.0
STOP_TIMEOUT = 2.0
_READY = b"listening on "
_WRONG_USAGE = 2
_FORKS = sys.platform == "linux"
"""Whether the server can be restarted without another start of Python."""
_PACE = ("--photo-seconds", "0.15", "--csv-seconds", "0.4")
"""Work that takes no time is over before a client can cancel it, leave it or say anything in the midst of it."""


class ReferenceServer:
    """The bundled reference server, running.

    Attributes:
        url: where it listens, on loopback.
    """

    def __init__(self, faults: Sequence[str], data: str) -> None:
        """Prepare one with these faults that keeps its jobs in the folder `data`."""
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None
        self._errors: asyncio.Task[bytes] | None = None
        self._arguments = ["-P", "-m", "reference_server", "--until-stdin-closes", "--quiet", *_PACE]
        self._arguments += ["--data", data, "--no-fsync", *(["--restartable"] if _FORKS else [])]
        for fault in faults:
            self._arguments += ["--fault", fault]

    async def start(self, port: int = 0) -> None:
        """Start it on this port, or on a free one; `stop` it however that ends.

        Raises:
            HarnessError: it does not start.
        """
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._arguments,
            "--port",
            str(port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(
                subprocess, "CREATE_NEW_PROCESS_GROUP", 0
            ),  # Windows: Ctrl-C is for the harness alone
        )
        self._errors = asyncio.create_task(_drain(process.stderr))
        self.url = await _address(process, self._errors)

    async def restart(self) -> None:
        """Kill it, and start it again where it was.

        Raises:
            NotRestartedError: it does not start again.
        """
        if self._process is None or self._errors is None:
            raise NotRestartedError("the reference server was not started")
        try:
            if _FORKS:
                with suppress(ProcessLookupError):  # it may have ended by itself
                    self._process.send_signal(signal.SIGUSR1)  # it kills what serves, with SIGKILL
                self.url = await _address(self._process, self._errors)
            else:
                await _kill(self._process)
                await self.start(urlsplit(self.url).port or 0)
        except HarnessError as error:
            raise NotRestartedError(str(error)) from error

    async def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process is not None:
            await _stop(self._process)
        if self._errors is not None:
            self._errors.cancel()


@asynccontextmanager
async def reference_server(faults: Sequence[str]) -> AsyncIterator[ReferenceServer]:
    """The bundled reference server on a free loopback port, while the block runs.

    It ends with this process, however that ends: it stops when its standard input closes.

    Raises:
        HarnessError: it does not start, for example because a fault is unknown.
    """
    with _folder() as data:
        server = ReferenceServer(faults, data)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()


def _folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="after202-", ignore_cleanup_errors=True)
    except OSError as error:
        raise HarnessError(f"there is no place for what the reference server keeps: {error.strerror}") from error


async def _address(process: asyncio.subprocess.Process, errors: asyncio.Task[bytes]) -> str:
    if process.stdout is None:
        raise HarnessError("the reference server has no standard output")
    try:
        async with asyncio.timeout(START_TIMEOUT):
            line = await process.stdout.readline()
    except TimeoutError:
        line = b""
    if not line.startswith(_READY):
        await _stop(process)
        told = (await errors).decode("utf-8", "replace").strip() or "it said nothing"
        if process.returncode == _WRONG_USAGE:  # a fault that there is not; its own line says so best
            raise HarnessError(told.removeprefix("reference_server: "))
        raise HarnessError(f"the reference server did not start: {told}")
    return line.removeprefix(_READY).decode("ascii").strip()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        await _kill(process)


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):  # it may have ended by itself
        if sys.platform == "win32":
            process.kill()
        elif process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # with what it has forked, which may hang
    await process.wait()


async def _drain(stream: asyncio.StreamReader | None) -> bytes:
    """Read the server's log so that it never blocks; keep its last 64 KiB."""
    kept = b""
    while stream is not None and (chunk := await stream.read(65536)):
        kept = (kept + chunk)[-65536:]
    return kept
