"""Starting and stopping the bundled reference server, as a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

START_TIMEOUT = 20.0
STOP_TIMEOUT = 2.0
_READY = b"listening on "
_WRONG_USAGE = 2
_PACE = ("--photo-seconds", "0.15", "--csv-seconds", "0.4")
"""Work that takes no time is over before a client can cancel it, leave it or say anything in the midst of it."""


@asynccontextmanager
async def reference_server(faults: Sequence[str]) -> AsyncIterator[str]:
    """The bundled reference server on a free loopback port, while the block runs; gives its URL.

    It ends with this process, however that ends: it stops when its standard input closes.

    Raises:
        HarnessError: it does not start, for example because a fault is unknown.
    """
    arguments = ["-P", "-m", "reference_server", "--port", "0", "--until-stdin-closes", *_PACE]
    for fault in faults:
        arguments += ["--fault", fault]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows: Ctrl-C is for the harness alone
    )
    errors = asyncio.create_task(_drain(process.stderr))
    try:
        yield await _address(process, errors)
    finally:
        await _stop(process)
        errors.cancel()


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
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _drain(stream: asyncio.StreamReader | None) -> bytes:
    """Read the server's log so that it never blocks; keep its last 64 KiB."""
    kept = b""
    while stream is not None and (chunk := await stream.read(65536)):
        kept = (kept + chunk)[-65536:]
    return kept
