"""Restarting a target by the command that its target file names."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.trace.units import duration

if TYPE_CHECKING:
    from typing import IO

    from harness.targets.target import RestartCommand

_LONGEST_TOLD = 2000


class NotRestartedError(HarnessError):
    """The target could not be restarted."""


async def run_restart(restart: RestartCommand) -> None:
    """Run the command, without a shell and in the folder of the target file, until it has ended.

    Nothing that it prints is shown, unless it fails.

    Raises:
        NotRestartedError: it cannot be run, fails, or takes too long; its text has the end of what it printed.
    """
    shown = " ".join(restart.command)
    with tempfile.TemporaryFile() as printed:  # a pipe would stay open as long as a server that the command has started
        status = await _ended(restart, shown, printed)
        if status:
            printed.seek(max(printed.seek(0, os.SEEK_END) - _LONGEST_TOLD, 0))
            told = printed.read().decode("utf-8", "replace").strip() or "it printed nothing"
            raise NotRestartedError(f"{shown!r} ended with status {status}: {told}")


async def _ended(restart: RestartCommand, shown: str, printed: IO[bytes]) -> int:
    try:
        process = await asyncio.create_subprocess_exec(
            *restart.command,
            cwd=restart.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            start_new_session=sys.platform != "win32",  # Ctrl-C is for the harness, not for what the command starts
        )
    except (OSError, ValueError) as error:
        raise NotRestartedError(f"{shown!r} cannot be run: {error}") from error
    try:
        async with asyncio.timeout(restart.within):
            return await process.wait()
    except TimeoutError:
        raise NotRestartedError(f"{shown!r} took longer than {duration(restart.within)}") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
