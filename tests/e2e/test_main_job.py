"""The main job: the bundled contracts against the bundled server, as it should be and as it was in the incident."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.contract.loading import bundled_contracts, load
from harness.inputs import registry
from tests.e2e.conftest import Ran

CASES = [case for path in bundled_contracts() for case in load(path, registry()).cases]
SILENT = "then nothing for 5 s"


def test_a_correct_server_passes(harness: Callable[..., Ran]) -> None:
    ran = harness("run", "--examples", "4")

    assert ran.status == 0, ran.out + ran.err
    assert ran.err == ""
    lines = ran.out.splitlines()
    assert "passed       batch-scan/scans-every-photo" in ran.out
    assert "passed       csv-import/imports-every-row" in ran.out
    assert lines[-1].startswith(f"passed: {len(CASES)} cases ({len(CASES)} passed)")
    assert not any(line.startswith("failed") for line in lines)
    assert "left out" not in ran.out
    assert not (ran.folder / ".harness" / "failures").exists()
    assert [path.name for path in ran.folder.iterdir()] in ([], [".harness"])


@pytest.mark.parametrize(
    ("fault", "broken", "whole", "likely"),
    [
        (
            "batch-progress-as-fetch",
            ("batch-scan", "batch-cancel"),
            "csv-import",
            "an HTTP-style call on an object that only offers methods",
        ),
        ("csv-task-without-context", ("csv-import",), "batch-scan", "the handler has no runtime context"),
    ],
)
def test_the_incident_is_caught(
    harness: Callable[..., Ran], fault: str, broken: tuple[str, ...], whole: str, likely: str
) -> None:
    ran = harness("run", "--fault", fault, "--examples", "2", timeout=120)

    assert ran.status == 1, ran.out + ran.err
    assert ran.err == ""
    failed = {line.split()[1] for line in ran.out.splitlines() if line.startswith("failed  ")}
    waiting = [case for case in CASES if any(one.clause == "deadlines/first-news" for one in case.timed)]
    silent = {case.full_name for case in waiting if case.contract in broken}
    assert failed == {name for name in silent if f"inconclusive {name} " not in ran.out}
    assert f"passed       {whole}/connects-late" in ran.out
    (told,) = [line for line in ran.out.splitlines() if line.startswith("FAILED")]  # one cause is told once
    assert told.startswith(f"FAILED  {', '.join(f'{one}/deadlines/first-news' for one in broken)} ")
    assert "silent job (acknowledged-but-nothing): the 202 came after" in ran.out
    assert f"`ready` was answered by `ready_ack`, {SILENT}" in ran.out
    assert likely in ran.out
    assert "and the same in" in ran.out


def test_a_replay_shows_the_failure_again_and_holds_elsewhere(
    harness: Callable[..., Ran], reference: Callable[..., str]
) -> None:
    ran = harness("run", "--fault", "batch-progress-as-fetch", "--case", "batch-scan/scans-every-photo")
    file = ran.replay_file()
    kept = json.loads(file.read_text("utf-8"))
    assert kept["faults"] == ["batch-progress-as-fetch"]
    assert [event["point"] for event in kept["events"]][-1] == "ready_ack"

    again = harness("replay", str(file))
    assert again.status == 1
    assert "FAILED  batch-scan/deadlines/first-news" in again.out
    assert SILENT in again.out

    mended = harness("replay", str(file), "--target", reference())
    assert mended.status == 0, mended.out + mended.err
    assert "deadlines/first-news holds now" in mended.out


def test_a_server_started_elsewhere_is_judged_the_same(
    harness: Callable[..., Ran], reference: Callable[..., str]
) -> None:
    good = harness("run", "--target", reference(), "--max-jobs", "60", "--examples", "1")
    assert good.status == 0, good.out + good.err

    broken = reference("--fault", "csv-task-without-context")
    bad = harness("run", "--target", broken, "--case", "csv-import/imports-every-row", "--case", "no-file")
    assert bad.status == 1
    assert "FAILED  csv-import/deadlines/first-news" in bad.out
    assert "passed       csv-import/no-file" in bad.out
