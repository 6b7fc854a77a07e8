from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect

from harness.errors import HarnessError
from harness.targets import reference
from harness.targets.reference import reference_server
from harness.targets.restarting import NotRestartedError
from harness.trace.events import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 30


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """Every process that is started."""
    started: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def keep(*arguments: Json, **options: Json) -> asyncio.subprocess.Process:
        started.append(await create(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", keep)
    return started


async def starts(faults: Sequence[str] = ()) -> str:
    async with asyncio.timeout(LIMIT), reference_server(faults) as server:
        return server.url


async def test_it_listens_while_the_block_runs_and_is_gone_after_it(
    children: list[asyncio.subprocess.Process],
) -> None:
    async with asyncio.timeout(LIMIT):
        async with reference_server(()) as server:
            assert server.url.startswith("http://127.0.0.1:")
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server.url).port)
            writer.close()
        assert children[0].returncode is not None
        with pytest.raises(OSError, match=r"\w"):
            await asyncio.open_connection("127.0.0.1", urlsplit(server.url).port)


async def test_it_is_gone_after_an_exception_too(children: list[asyncio.subprocess.Process]) -> None:
    with pytest.raises(ValueError, match="broken"):
        async with asyncio.timeout(LIMIT), reference_server(()):
            raise ValueError("broken")
    assert children[0].returncode is not None


async def test_it_ends_when_its_standard_input_closes(children: list[asyncio.subprocess.Process]) -> None:
    """So it cannot outlive a harness that was killed."""
    async with asyncio.timeout(LIMIT), reference_server(()):
        stdin = children[0].stdin
        assert stdin is not None
        stdin.close()
        assert await children[0].wait() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="it forks on Linux alone, which tells of /proc")
async def test_one_that_hangs_is_gone_after_the_block_too(
    monkeypatch: pytest.MonkeyPatch, children: list[asyncio.subprocess.Process]
) -> None:
    monkeypatch.setattr(reference, "STOP_TIMEOUT", 0.1)
    async with asyncio.timeout(LIMIT):
        async with reference_server(()) as server:
            forker = children[0].pid
            os.kill(int(Path(f"/proc/{forker}/task/{forker}/children").read_text()), signal.SIGSTOP)
        with suppress(ConnectionRefusedError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server.url).port)
                writer.close()


async def posted(url: str) -> str:
    """The id of an import that was accepted."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url}/api/import/csv-gemini", files={"file": ("a.csv", b"title,author\nA,B\n")})
    return str(answer.json()["data"]["jobId"])


async def told(url: str, job: str) -> list[str]:
    async with connect(f"{url.replace('http', 'ws')}/ws/progress?jobId={job}") as socket:
        await socket.send('{"type": "ready"}')
        return [json.loads(text)["type"] async for text in socket]


async def test_after_a_restart_it_is_where_it_was_and_goes_on_with_its_jobs(
    children: list[asyncio.subprocess.Process],
) -> None:
    async with asyncio.timeout(LIMIT), reference_server(["no-op"]) as server:
        url, job = server.url, await posted(server.url)
        await server.restart()
        assert server.url == url
        assert [kind for kind in await told(url, job) if kind != "ready_ack"] == ["progress"] * 4 + ["complete"]
        await server.restart()
    assert children[-1].returncode == 0


async def test_where_it_cannot_fork_a_restart_starts_it_anew(
    monkeypatch: pytest.MonkeyPatch, children: list[asyncio.subprocess.Process]
) -> None:
    monkeypatch.setattr(reference, "_FORKS", False)
    async with asyncio.timeout(LIMIT), reference_server(["no-op"]) as server:
        url, job = server.url, await posted(server.url)
        await server.restart()
        killed, again = children
        assert (server.url, killed.returncode, again.returncode) == (url, -signal.SIGKILL, None)
        assert [kind for kind in await told(url, job) if kind != "ready_ack"] == ["progress"] * 4 + ["complete"]
    assert again.returncode == 0


async def test_a_restart_has_the_same_faults(children: list[asyncio.subprocess.Process]) -> None:
    async with asyncio.timeout(LIMIT), reference_server(["lost-on-restart"]) as server:
        job = await posted(server.url)
        await server.restart()
        async with connect(f"{server.url.replace('http', 'ws')}/ws/progress?jobId={job}") as socket:
            await socket.send('{"type": "ready"}')
            assert json.loads(await socket.recv())["type"] == "ready_ack"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await socket.recv()


async def test_a_server_that_does_not_start_again_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, children: list[asyncio.subprocess.Process]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with asyncio.timeout(LIMIT), reference_server(()) as server:
        (lock,) = tmp_path.glob("*/lock")
        lock.unlink()
        lock.mkdir()
        with pytest.raises(NotRestartedError, match="unable to open database file"):
            await server.restart()
        with pytest.raises(NotRestartedError, match="unable to open database file"):
            await server.restart()
    assert all(child.returncode is not None for child in children)


async def test_what_it_keeps_is_gone_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with asyncio.timeout(LIMIT), reference_server(()):
        (folder,) = tmp_path.iterdir()
        assert (folder / "jobs.sqlite").exists()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(HarnessError, match="there is no place for what the reference server keeps"):
        await starts()


async def test_a_fault_that_there_is_not_is_told(children: list[asyncio.subprocess.Process]) -> None:
    with pytest.raises(HarnessError, match=r"^unknown fault 'nope'"):
        await starts(["nope"])
    assert children[0].returncode is not None


async def test_cancelling_while_it_starts_leaves_nothing_behind(children: list[asyncio.subprocess.Process]) -> None:
    starting = asyncio.create_task(starts())
    async with asyncio.timeout(LIMIT):
        while not children:  # noqa: ASYNC110 - a process tells nobody that it has been started
            await asyncio.sleep(0.005)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert children[0].returncode is not None


def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Let another program run in the place of the server."""
    path = tmp_path / "instead.py"
    path.write_text(program, encoding="utf-8")
    create = asyncio.create_subprocess_exec

    async def start(executable: str, *_arguments: str, **options: Json) -> asyncio.subprocess.Process:
        return await create(executable, str(path), **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("", "it said nothing"),
        ("print('hello')", "it said nothing"),
        ("raise SystemExit('no such port')", "no such port"),
    ],
)
async def test_a_server_that_ends_or_says_something_else_did_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, told: str
) -> None:
    instead(monkeypatch, tmp_path, program)
    with pytest.raises(HarnessError, match=f"the reference server did not start: {told}"):
        await starts()


async def test_a_server_that_says_nothing_and_does_not_end_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, children: list[asyncio.subprocess.Process]
) -> None:
    monkeypatch.setattr(reference, "START_TIMEOUT", 0.3)
    monkeypatch.setattr(reference, "STOP_TIMEOUT", 0.1)
    instead(monkeypatch, tmp_path, "import time\nwhile True: time.sleep(1)")
    with pytest.raises(HarnessError, match="did not start"):
        await starts()
    assert children[0].returncode is not None


async def test_a_talkative_server_is_not_blocked_by_its_own_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, children: list[asyncio.subprocess.Process]
) -> None:
    program = (
        "import sys\nprint('listening on http://127.0.0.1:1', flush=True)\n"
        "sys.stderr.write('x' * 5_000_000)\nsys.stderr.flush()\nsys.stdin.read()\n"
    )
    instead(monkeypatch, tmp_path, program)
    monkeypatch.setattr(reference, "STOP_TIMEOUT", 20.0)
    assert await starts() == "http://127.0.0.1:1"
    assert children[0].returncode == 0


async def test_files_of_the_current_folder_do_not_take_the_place_of_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "logging.py").write_text("raise SystemExit('the wrong module')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert (await starts()).startswith("http://")
