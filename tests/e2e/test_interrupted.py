"""Ctrl-C in the midst of examples: what was heard of them is kept, and can be judged as far as it goes."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING

from tests.e2e.conftest import ENVIRONMENT, HARNESS, HERE, Ran, Running

if TYPE_CHECKING:
    from collections.abc import Callable

TICKS = str(HERE / "ticks.contract.yaml")
LIMIT = 60


async def test_what_was_heard_until_ctrl_c_is_recorded(
    harness: Callable[..., Ran], service: Callable[..., Running]
) -> None:
    target = service("--hang-at-end").url
    folder = harness("--version").folder
    # told in full, event by event, so that it is known when something has been heard
    command = [*HARNESS, "run", TICKS, "--target", target, "--record", "traces", "-v"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=ENVIRONMENT, stdout=PIPE, stderr=PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT):
        while b"open" not in await process.stdout.readline():
            assert not process.stdout.at_eof()
        process.send_signal(signal.SIGINT)
        await process.communicate()
    assert process.returncode == 130
    (trace,) = (folder / "traces").iterdir()
    lines = [json.loads(line) for line in trace.read_text("utf-8").splitlines()]
    assert "open" in [line.get("event") for line in lines]
    assert lines[-1]["interrupted"] is True

    again = harness("check", "traces")
    assert again.status == 0, again.out
    assert re.search(r"the recording was interrupted after \d+ events?, .*; expected next: done", again.out)
