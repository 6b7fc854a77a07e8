"""The server as a process: how it starts, what it prints, how it ends."""

import asyncio
import signal
import socket
import subprocess
import sys

import pytest

from tests.reference_server import client
from tests.reference_server.client import PATIENCE, command, rest, until
from tests.reference_server.shelf import photo, spine

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")


async def test_it_prints_one_line_and_logs_jobs_to_stderr() -> None:
    with client.process() as (running, url):
        async with client.client(url) as server:
            job_id = await server.scan([photo(spine("Dune"))])
            await server.story(job_id)
        out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0
    assert out == ""
    assert url.startswith("http://127.0.0.1:")
    assert f"job '{job_id}': accepted" in err
    assert f"job '{job_id}' is done" in err
    assert "Traceback" not in err
    assert "Warning" not in err


@unix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_with_open_sockets_and_running_jobs(number: signal.Signals) -> None:
    with client.process("--photo-seconds", "600") as (running, url):
        async with client.client(url) as server:
            job_id = await server.scan([photo(spine("Dune"))])
            async with server.socket(job_id) as connection, server.socket("unknown") as quiet:
                await until(connection, photoStatus="processing")
                await until(quiet, type="ready_ack")
                running.send_signal(number)
                assert (await rest(connection)).close == 1012
                assert (await rest(quiet)).close == 1012
        status = await asyncio.to_thread(running.wait, PATIENCE)
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()
    assert status == 0


async def test_the_end_of_stdin_ends_it_with_open_sockets_and_running_jobs() -> None:
    with client.process("--csv-seconds", "600") as (running, url):
        async with client.client(url) as server:
            job_id = await server.load("title,author\na,b\n")
            async with server.socket(job_id) as connection:
                await until(connection, type="progress")
                assert running.stdin is not None
                running.stdin.close()
                assert (await rest(connection)).close == 1012
        status = await asyncio.to_thread(running.wait, PATIENCE)
    assert status == 0


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(command("--port", str(port)), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"reference_server: cannot listen on '127.0.0.1' port {port}: Address already in use\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--port", "x"),
        ("--photo-seconds", "-1"),
        ("--csv-seconds", "nan"),
        ("--host", "no.invalid"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    ended = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert arguments[1] in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_it_listens_on_ipv6_too() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with client.process("--host", "::1") as (_, url):
        assert url.startswith("http://[::1]:")
        async with client.client(url) as server:
            assert (await server.http.get("/health")).status_code == 200
