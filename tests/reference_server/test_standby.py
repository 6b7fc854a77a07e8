"""A server that is forked by a process that stands by: killed and forked again, and never left behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reference_server import client, oracle
from tests.reference_server.client import PATIENCE, command, rest, until
from tests.reference_server.shelf import photo, spine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it forks on Linux alone, which tells of /proc")


def serving(running: subprocess.Popen[str]) -> int:
    """The process id of the server, which is the only child of the one that stands by."""
    (child,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    return int(child)


def restart(running: subprocess.Popen[str]) -> str:
    running.send_signal(signal.SIGUSR1)
    assert running.stdout is not None
    return running.stdout.readline().removeprefix("listening on ").strip()


async def test_the_next_server_is_another_process_on_the_same_port_that_knows_what_was_kept(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path), "--photo-seconds", "0.3") as (running, url):
        async with client.client(url) as server:
            job_id = await server.scan([photo(spine("Dune"))] * 3)
            async with server.socket(job_id) as connection:
                await until(connection, photoStatus="processing")
                before = serving(running)
                assert restart(running) == url
                assert (await rest(connection)).close is None
        assert not Path(f"/proc/{before}").exists()
        assert serving(running) != before
        async with client.client(url) as server:
            assert (await server.http.get("/health")).json()["jobs"]["accepted"] == 0  # what is in memory alone
            oracle.check_batch((await server.story(job_id)).job, job_id, 3)
        assert restart(running) == url
    assert running.returncode == 0


def test_what_stands_by_has_nothing_open_and_no_threads(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, _):
        for _ in range(3):
            restart(running)
        stands_by = Path(f"/proc/{running.pid}")
        assert "Threads:\t1\n" in (stands_by / "status").read_text()
        opened = [str(descriptor.readlink()) for descriptor in (stands_by / "fd").iterdir()]
        assert [name for name in opened if not name.startswith("pipe:")] == []
        assert len(opened) == 3 + 3  # its own, both ends of one, and where the server tells its port


def test_being_told_twice_is_being_told_once(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, url):
        for _ in range(20):
            running.send_signal(signal.SIGUSR1)
        assert restart(running) == url


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_server_gracefully(tmp_path: Path, number: signal.Signals) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, url):
        assert restart(running) == url
        async with client.client(url) as server, server.socket("unknown") as connection:
            await until(connection, type="ready_ack")
            if number == signal.SIGINT:  # as a terminal does
                os.kill(serving(running), number)
            running.send_signal(number)
            assert (await rest(connection)).close == 1012
        assert await asyncio.to_thread(running.wait, PATIENCE) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""


async def with_workers(url: str) -> None:
    """Have the server use its workers."""
    async with client.client(url) as server:
        await server.csv("title,author\n" + "a,b\n" * 9_000 + "x" * 300_000 + ",b\n")


async def test_the_server_and_its_workers_end_with_what_stands_by_when_that_is_killed(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, url):
        assert restart(running) == url
        await with_workers(url)
        running.kill()
        assert running.stdout is not None
        # All of them hold this pipe. Standard input is still open.
        assert await asyncio.wait_for(asyncio.to_thread(running.stdout.read), PATIENCE) == ""


async def test_all_end_with_standard_input(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, url):
        assert restart(running) == url
        await with_workers(url)
        out, _ = await asyncio.to_thread(running.communicate, timeout=PATIENCE)
    assert (out, running.returncode) == ("", 0)


def test_a_server_that_something_else_has_killed_is_not_started_again(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, _):
        os.kill(serving(running), signal.SIGKILL)
        assert running.wait(PATIENCE) == 128 + signal.SIGKILL


def test_a_server_that_does_not_start_is_not_started_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ("--restartable", "--data", str(tmp_path), "--port", str(taken.getsockname()[1]))
        ended = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.endswith("Address already in use\n")
    assert ended.stderr.count("\n") == 1


def test_a_server_that_does_not_come_back_is_told_by_its_status(tmp_path: Path) -> None:
    with client.process("--restartable", "--data", str(tmp_path)) as (running, _):
        (tmp_path / "lock").unlink()
        (tmp_path / "lock").mkdir()
        assert restart(running) == ""
        assert running.wait(PATIENCE) == 2
        assert running.stderr is not None
        assert "unable to open database file" in running.stderr.read()
