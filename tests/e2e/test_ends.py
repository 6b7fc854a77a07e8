"""However a run ends, it ends soon, with one clear word and the right status."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import ENVIRONMENT, HARNESS, HERE, Ran, Running

TICKS = str(HERE / "ticks.contract.yaml")


SILENT_ONLY_AT_FIRST_SIGHT = """\
language: 1
contract: ticks
inputs: {n: {integer: 1..2}}
request: {method: POST, path: /jobs, json: {n: "${n}"}}
accepted: {status: 202, within: 2s}
socket:
  connect: ${accepted.body.stream}
  within: 2s
  messages: {tick: {event: tick}, done: {event: done}}
  order: [{for_each: {i: n}, body: [tick]}, done, close: 1000]
deadlines:
  begun: {from: open, to: tick, within: 1s, or_end: true}
cases:
  cannot-go-on-without-it: {}
  watched-by-a-slow-reader-too:
    client: {watchers: 2, slow: 300ms}
    deadlines: {begun: {or_end: null}}
"""
"""No deadline is left once the first has passed; and a slow reader has none at all."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_unreachable_target(harness: Callable[..., Ran]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ran = harness("run", "--target", url)

    assert ran.status == 3
    assert ran.out == ""
    assert ran.err.startswith(f"harness: {url} cannot be reached: ")
    assert ran.err.endswith("nothing was judged, this is not your change\n")
    assert ran.err.count("\n") == 1


def test_a_silence_that_nothing_can_mend_is_not_waited_out(
    harness: Callable[..., Ran], service: Callable[..., Running], tmp_path: Path
) -> None:
    contract = tmp_path / "ticks.contract.yaml"
    contract.write_text(SILENT_ONLY_AT_FIRST_SIGHT, encoding="utf-8")
    options = ["--target", service("--silent").url, "--confirm-seconds", "0"]
    ran = harness("run", str(contract), *options, timeout=60)  # an example that nothing ends is given up after 120 s

    assert ran.status == 1, ran.out + ran.err
    assert "failed: 2 cases (2 failed)" in ran.out
    assert (
        "it was not tried again: the time for trying failures again was over (--confirm-seconds allows more)" in ran.out
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--no-such-option"], "No such option: --no-such-option"),
        (["run", "--examples", "0"], "--examples"),
        (["run", "--target", "ftp://x"], "--target takes an address such as"),
        (["run", "--target", "http://user:pass@x"], "--target takes no user or password"),
        (["run", "--case", "scans-every-foto"], "Did you mean 'scans-every-photo'?"),
        (["run", "--fault", "no-such-fault"], "no-such-fault"),
        (["run", "--target", "http://127.0.0.1:9", "--fault", "x"], "--fault is for the bundled server"),
        (["run", "--seed", "seven"], "--seed takes a number or 'random'"),
        (["run", "--header", "nonsense"], "--header takes NAME: VALUE"),
        (["run", "missing.contract.yaml"], "missing.contract.yaml:1:1: this file cannot be read"),
        (["replay", "missing.json"], "missing.json is no replay file"),
        (["serve", "--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_usage(harness: Callable[..., Ran], arguments: list[str], told: str) -> None:
    ran = harness(*arguments)

    assert ran.status == 2, ran.out + ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_a_wrong_contract_is_told_with_place_and_caret(harness: Callable[..., Ran], tmp_path: Path) -> None:
    text = Path(TICKS).read_text("utf-8").replace("to: done", "to: dome").replace("- done\n", "- dune\n")
    broken = tmp_path / "brøken contract.yaml"
    broken.write_text(text, "utf-8")
    ran = harness("run", str(broken))

    assert ran.status == 2
    line = text.splitlines().index("    - dune") + 1
    assert f"brøken contract.yaml:{line}:7: unknown kind 'dune'" in ran.err
    assert f"{line:5d} |     - dune\n      |       ^^^^\n  here: done, tick. Did you mean 'done'?" in ran.err
    assert "unknown point 'dome'" in ran.err


def test_the_whole_run_has_a_time_limit(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    start = time.monotonic()
    ran = harness("run", TICKS, "--target", service("--hang-at-end").url, "--timeout", "2")

    assert time.monotonic() - start < 20
    assert ran.status == 3
    assert "the run's own time limit of 2 s was reached" in ran.out


def test_a_target_that_accepts_and_never_answers(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    ran = harness("run", TICKS, "--target", service("--never-answer").url, "--examples", "2")

    assert ran.status == 1
    assert "FAILED  ticks/accepted/within" in ran.out
    assert "silent job (no-answer)" in ran.out


def test_silence_at_every_stage_is_named(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    silent = harness("run", TICKS, "--target", service("--silent").url)
    assert "silent job (open-but-nothing)" in silent.out
    assert "likely: the worker that should tick is not running" in silent.out

    stopped = harness("run", TICKS, "--target", service("--hang-at-end").url, "--examples", "3", "--seed", "3")
    assert stopped.status == 1
    assert "silent job" in stopped.out


def test_a_target_that_never_sends_a_message_costs_no_deadline_for_each_example(
    harness: Callable[..., Ran], service: Callable[..., Running], tmp_path: Path
) -> None:
    """40 cases; a silent example takes 1.5 s, and 2 s to read on. `benchmarks/running.py silent` has the real ones."""
    contract = tmp_path / "ticks.contract.yaml"
    text = Path(TICKS).read_text("utf-8").replace("within: 3s}", "within: 1500ms}")
    delayed = "".join(f"  late-{n}: {{client: {{connect_after: {n}ms}}}}\n" for n in range(1, 40))
    contract.write_text(text + delayed, "utf-8")
    url = service("--silent").url
    ran = harness(
        "run", str(contract), "--target", url, "--max-jobs", "500", "--examples", "3", "--report", "json:r.json"
    )

    assert ran.status == 1, ran.out + ran.err
    told = json.loads((ran.folder / "r.json").read_text("utf-8"))
    assert {case["verdict"] for case in told["cases"]} == {"failed", "inconclusive"}
    standings = {clause["clause"]: clause["standing"] for clause in told["clauses"]}
    assert standings["ticks/deadlines/finished"] == "failed"
    assert {standings[f"ticks/{name}"] for name in ("order", "deadlines/closed", "always/counts-up")} <= {
        "failed", "not_exercised",
    }  # fmt: skip
    assert told["seconds"] < 15
    assert told["jobs"] == told["totals"]["examples"] < 40, "one wave of them, and none is tried again"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_ctrl_c_tells_what_is_known(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*HARNESS, "run", "--fault", "batch-progress-as-fetch"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever started the tests may ignore SIGINT, as shells do for what they run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    server = int(first.split("http://127.0.0.1:")[1].split()[0])
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert time.monotonic() - interrupted < 15, "a busy machine is slow, but nothing is waited for"
    assert process.returncode == 130
    assert "the run did not finish: interrupted" in out
    assert "inconclusive batch-scan/scans-every-photo" in out
    assert "Traceback" not in err
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server), timeout=5)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_harness_leaves_no_server_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*HARNESS, "run", "--fault", "batch-progress-as-fetch"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    port = int(process.stdout.readline().split("http://127.0.0.1:")[1].split()[0])
    process.kill()
    process.communicate(timeout=20)

    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            break
        assert time.monotonic() < deadline, "the reference server outlives the harness"
        os.sched_yield()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_harness_that_slept_does_not_blame_the_target(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*HARNESS, "run", "--case", "connects-late", "--case", "scans-every-photo", "--examples", "12"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    for _ in range(2):
        process.send_signal(signal.SIGSTOP)
        threading.Event().wait(3)  # longer than the 2 s in which a 202 and an open socket are owed
        process.send_signal(signal.SIGCONT)
        threading.Event().wait(0.7)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 0, out
    assert "passed: 3 cases (3 passed)" in out


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of another kind")
def test_a_reader_that_leaves_changes_no_verdict(tmp_path: Path, service: Callable[..., Running]) -> None:
    process = subprocess.Popen(
        [*HARNESS, "run", TICKS, "--target", service().url, "--examples", "5"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()

    assert process.wait(timeout=30) == 0, err
    assert err == ""
    process.stderr.close()
