"""Jobs that survive the end of the process that did them: real servers, really killed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.restart_reference import end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Ran

SCRIPT = Path(__file__).with_name("restart_reference.py")
SURVIVES = ("run", "--case", "csv-import/survives-a-restart")
PACE = ("--csv-seconds", "0.4")


def test_the_bundled_server_is_killed_and_what_was_recorded_is_judged_alike(harness: Callable[..., Ran]) -> None:
    ran = harness("run", "--case", "survives-a-restart", "--record", "traces", "--verbose")
    assert (ran.status, ran.err) == (0, ""), ran.out
    assert ran.out.count("-> close 1006 'the target is restarted'") == 4
    assert "passed: 2 cases" in ran.out
    again = harness("check", "traces")
    assert (again.status, again.err) == (0, ""), again.out


def test_what_is_lost_on_a_restart_is_told_as_that_and_shows_again(harness: Callable[..., Ran]) -> None:
    ran = harness(*SURVIVES, "--examples", "1", "--fault", "lost-on-restart")
    assert ran.status == 1, ran.out
    assert "FAILED  csv-import/deadlines/first-news" in ran.out
    assert "lost on restart: a client that returns after a restart misses messages" in ran.out
    assert "smallest input: 1 row; the target is restarted at once" in ran.out
    replayed = harness("replay", str(ran.replay_file()))
    assert replayed.status == 1
    assert "connection 1 was made after a restart of the target" in replayed.out


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def restarted(tmp_path: Path, port: int) -> Iterator[Path]:
    """The folder of a server that a command has started, and can start again; the server ends with the test."""
    folder = tmp_path / "a server"
    folder.mkdir()
    subprocess.run([sys.executable, str(SCRIPT), str(port), str(folder), *PACE], check=True, capture_output=True)
    yield folder
    end(folder / "pid")


def target(harness: Callable[..., Ran], port: int, *command: str) -> None:
    folder = harness("--version").folder
    own = {"url": f"http://127.0.0.1:{port}", "restart": {"command": command, "within": "30s"}}
    (folder / "targets.yaml").write_text(json.dumps({"targets": {"own": own}}), encoding="utf-8")


def test_a_target_is_restarted_by_its_command(harness: Callable[..., Ran], restarted: Path, port: int) -> None:
    before = (restarted / "pid").read_text()
    target(harness, port, sys.executable, str(SCRIPT), str(port), str(restarted), *PACE)
    ran = harness(*SURVIVES, "--target", "own")
    assert (ran.status, ran.err) == (0, ""), ran.out
    assert "passed: 1 case" in ran.out
    assert "listening on" not in ran.out
    assert (restarted / "pid").read_text() != before


def test_a_command_that_fails_ends_the_run(harness: Callable[..., Ran], restarted: Path, port: int) -> None:
    assert restarted.exists()
    target(harness, port, sys.executable, "-c", "raise SystemExit('no such service: api')")
    ran = harness(*SURVIVES, "--case", "no-file", "--target", "own")
    assert ran.status == 3
    assert "the target did not come back after a restart: " in ran.out
    assert "no such service: api" in ran.out
    assert "csv-import/no-file" in ran.out


def test_where_nothing_can_restart_the_target_the_case_is_left_out(
    harness: Callable[..., Ran], reference: Callable[..., str]
) -> None:
    ran = harness(*SURVIVES, "--case", "no-file", "--target", reference())
    assert ran.status == 0, ran.out
    assert "csv-import: 1 case left out, the target cannot be restarted" in ran.out
    assert "survives-a-restart" not in ran.out
