from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from harness.targets.restarting import NotRestartedError, run_restart
from harness.targets.target import RestartCommand

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 30


def python(folder: Path, program: str, *arguments: str, within: float = 20.0) -> RestartCommand:
    return RestartCommand((sys.executable, "-c", program, *arguments), within, folder)


async def test_the_command_is_run_in_its_folder_by_no_shell_and_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = "import sys, pathlib; print('noise', flush=True); pathlib.Path('seen').write_text(' '.join(sys.argv[1:]))"
    async with asyncio.timeout(LIMIT):
        await run_restart(python(tmp_path, program, "$HOME", "a; b"))
    assert (tmp_path / "seen").read_text() == "$HOME a; b"
    assert capfd.readouterr() == ("", "")


async def test_a_command_that_leaves_a_server_behind_has_ended(tmp_path: Path) -> None:
    """What it has started keeps the standard output of the command open."""
    server = "[sys.executable, '-c', 'import time; time.sleep(600)']"
    program = f"import pathlib, subprocess, sys; pathlib.Path('pid').write_text(str(subprocess.Popen({server}).pid))"
    async with asyncio.timeout(LIMIT):
        await run_restart(python(tmp_path, program, within=LIMIT * 2))
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise SystemExit('no such service')", "ended with status 1: no such service"),
        ("print('x' * 5000 + 'the end'); raise SystemExit(3)", "ended with status 3: x+the end$"),
        ("raise SystemExit(2)", "ended with status 2: it printed nothing"),
    ],
)
async def test_a_command_that_fails_is_told_with_the_end_of_what_it_printed(
    tmp_path: Path, program: str, told: str
) -> None:
    with pytest.raises(NotRestartedError, match=told) as error:
        await run_restart(python(tmp_path, program))
    assert len(str(error.value)) < 2200


async def test_a_command_that_there_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotRestartedError, match=r"^'no-such-program api' cannot be run: "):
        await run_restart(RestartCommand(("no-such-program", "api"), 1.0, tmp_path))


WAITS = "import os, pathlib; pathlib.Path('pid').write_text(str(os.getpid())); input()"
"""Waits for ever where its standard input stays open."""


async def test_the_command_has_no_standard_input_to_wait_for(tmp_path: Path) -> None:
    with pytest.raises(NotRestartedError, match="EOFError"):
        await run_restart(python(tmp_path, WAITS))


HANGS = WAITS.replace("input()", "import time; time.sleep(600)")


def is_gone(folder: Path) -> bool:
    try:
        os.kill(int((folder / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(NotRestartedError, match=r"took longer than 2 s$"):
        await run_restart(python(tmp_path, HANGS, within=2.0))
    assert is_gone(tmp_path)


async def test_a_command_that_is_cancelled_is_ended(tmp_path: Path) -> None:
    running = asyncio.create_task(run_restart(python(tmp_path, HANGS)))
    async with asyncio.timeout(LIMIT):
        while not (tmp_path / "pid").exists():  # noqa: ASYNC110 - a process tells nobody that it has got so far
            await asyncio.sleep(0.005)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert is_gone(tmp_path)
