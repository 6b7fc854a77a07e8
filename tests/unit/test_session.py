"""How a session ends when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from harness import session


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal handlers of a loop")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_run_between_two_steps_and_a_second_one_soon(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried: list[bool] = []
    monkeypatch.setattr(session, "_end_soon", lambda: hurried.append(True))
    told: list[int] = []

    async def run() -> None:
        session._end_on_signals()
        for _ in range(2):
            os.kill(os.getpid(), number)
            told.append(len(hurried))  # a KeyboardInterrupt would come up here
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append(len(hurried))

    await asyncio.wait_for(asyncio.create_task(run()), 10)
    assert told == [0, 0, 0, 1], "only the second one hurries"
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(one)
