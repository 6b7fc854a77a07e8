"""The server as a process: how it starts, what it prints, how it ends."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from reference_server.database import open_database
from tests.reference_server import client
from tests.reference_server.client import PATIENCE, command, rest, until
from tests.reference_server.shelf import photo, spine
from tests.reference_server.test_http import check

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")


def children(process: subprocess.Popen[str]) -> list[int]:
    """The processes that its main thread has started, where the system tells."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(number) for number in listed.read_text().split()] if listed.exists() else []


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


@unix
def test_one_signal_beside_the_end_of_stdin_hurries_nothing() -> None:
    with client.process() as (running, _):
        assert running.stdin is not None
        running.stdin.close()
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""


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
        ("--rate-limit", "often"),
        ("--log", "xml"),
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


def test_help_has_examples() -> None:
    told = subprocess.run(command("--help"), capture_output=True, text=True, check=True).stdout
    assert "harness serve --data ./jobs" in told
    assert "--rate-limit" in told


async def test_the_log_may_be_json_lines() -> None:
    with client.process("--log", "json") as (running, url):
        async with client.client(url) as server:
            job_id = await server.scan([photo(spine("Dune"))], 'a "job"\n\ud7ff')
            await server.story("a%20%22job%22%0A%ED%9F%BF")
        _, err = running.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["level"] for line in lines] == ["info", "info"]
    assert [line["job"] for line in lines] == [job_id, job_id]
    assert "accepted" in lines[0]["message"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lines[0]["time"])


async def test_a_quiet_server_logs_what_is_wrong_alone() -> None:
    with client.process("--quiet", "--fault", "no-op") as (running, url):
        async with client.client(url) as server:
            await server.scan([photo(spine("Dune"))], "job")
            await server.story("job")
        _, err = running.communicate(timeout=PATIENCE)
    assert len(err.splitlines()) == 1
    assert "WARNING fault no-op is on" in err


async def test_health_counts_jobs_and_watchers() -> None:
    with client.process("--photo-seconds", "600") as (_, url):
        async with client.client(url) as server:
            job_id = await server.scan([photo(spine("Dune"))])
            await server.load("")
            async with server.socket(job_id) as one, server.socket("unknown"):
                await until(one, photoStatus="processing")
                health = (await server.http.get("/health")).json()
    assert health == {"status": "ok", "jobs": {"accepted": 2, "running": 2}, "watchers": 2}


async def test_the_rate_limit_counts_posts_alone() -> None:
    with client.process("--rate-limit", "2/h") as (_, url):
        async with client.client(url) as server:
            await server.scan([b"x"])
            answer = await server.http.post("/api/scan-bookshelf/cancel", json={"jobId": "nobody"})
            assert answer.status_code == 404
            refused = await server.http.post("/api/import/csv-gemini", content=b"x")
            error = check(refused, 429, "RATE_LIMIT_EXCEEDED")
            assert 3500 < error["details"]["retryAfter"] == int(refused.headers["retry-after"]) <= 3600
            assert (await server.http.get("/health")).status_code == 200


@pytest.mark.parametrize("made", ["in use", "a file", "newer", "no database", "not writable"])
def test_data_that_cannot_be_used_is_one_clear_line(tmp_path: Path, made: str) -> None:
    folder = tmp_path / "data"
    expected = {
        "in use": f"'{folder}' is in use by another server; name another folder with --data",
        "a file": f"cannot use '{folder}' for data: File exists",
        "newer": f"'{folder}' was written by a newer version of this server (layout 9, not 2); "
        "use that version, or name another folder with --data",
        "no database": f"cannot use '{folder}' for data: file is not a database",
        "not writable": "",
    }[made]
    with contextlib.ExitStack() as stack:
        if made == "in use":
            stack.enter_context(client.process("--data", str(folder)))
        elif made == "a file":
            folder.write_text("x")
        elif made == "not writable":
            folder = Path("/proc/none" if Path("/proc").exists() else "/dev/null/none")
            expected = f"cannot use '{folder}' for data: "
        else:
            folder.mkdir()
            database = folder / "jobs.sqlite"
            if made == "newer":
                open_database(folder, outlives_power=False).close()
                with contextlib.closing(sqlite3.connect(database)) as connection:
                    connection.execute("PRAGMA user_version = 9")
            else:
                database.write_bytes(b"no database " * 1000)
        ended = subprocess.run(
            command("--port", "0", "--data", str(folder)), capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"reference_server: {expected}")
    assert ended.stderr.count("\n") == 1


async def test_a_temporary_folder_is_gone_after_a_clean_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TEMP", str(tmp_path))
    with client.process("--photo-seconds", "600") as (_, url):
        async with client.client(url) as server:
            await server.scan([photo(spine("Dune"))])
            assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of /proc, and has the workers ready at once")
async def test_no_large_thing_waits_for_the_start_of_a_process() -> None:
    with client.process() as (running, url):
        at_the_start = children(running)
        async with client.client(url) as server:
            for _ in range(3):
                await server.csv("title,author\na,b\n" + "x" * 300_000 + ",b\n")
        assert children(running) == at_the_start != []


@unix
async def test_workers_end_with_a_server_that_is_killed() -> None:
    with client.process() as (running, url):
        async with client.client(url) as server:
            await server.csv("title,author\n" + "a,b\n" * 9_000 + "x" * 300_000 + ",b\n")
            running.kill()
            # Its workers hold the ends of the same pipes: they are at their end only once all of them are gone.
            await asyncio.to_thread(running.communicate, timeout=PATIENCE)


@unix
async def test_workers_end_with_a_server_that_is_interrupted_with_its_whole_group() -> None:
    """As Ctrl-C in a terminal does."""
    with client.process() as (running, url):
        async with client.client(url) as server:
            await server.csv("title,author\n" + "a,b\n" * 9_000 + "x" * 300_000 + ",b\n")
            for child in children(running):
                os.kill(child, signal.SIGINT)
            running.send_signal(signal.SIGINT)
            _, err = await asyncio.to_thread(running.communicate, timeout=PATIENCE)
    assert running.returncode == 0
    assert "Traceback" not in err


@unix
async def test_a_server_that_cannot_keep_its_data_any_more_says_so_and_ends(tmp_path: Path) -> None:
    """Files may not grow over one or two MB, as if the disk were full."""
    limited = ["sh", "-c", 'ulimit -f 2000; exec "$@"', "sh", *command("--port", "0", "--data", str(tmp_path))]
    with subprocess.Popen(limited, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            url = running.stdout.readline().removeprefix("listening on ").strip()
            async with client.client(url) as server, server.socket("unknown") as quiet:
                await until(quiet, type="ready_ack")
                for _ in range(4):
                    files = {"file": ("b.csv", b"title,author\n" + b"x" * 800_000)}
                    answer = await server.http.post("/api/import/csv-gemini", files=files)
                    if answer.status_code != 202:
                        break
                check(answer, 503, "E_STORAGE_FAILED")
                assert (await rest(quiet)).close == 1012
            _, err = await asyncio.to_thread(running.communicate, timeout=PATIENCE)
        finally:
            running.kill()
    assert running.returncode == 1
    assert "CRITICAL the storage failed: " in err
    with client.process("--data", str(tmp_path)) as (_, url):  # with room again, all is well
        async with client.client(url) as server:
            assert (await server.csv("title,author\na,b\n")).kinds[-1] == "complete"
