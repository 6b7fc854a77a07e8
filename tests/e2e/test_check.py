"""What `check` says of recorded traces is what the run said of the same examples, to the letter."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.loading import load
from harness.inputs import registry
from harness.runner.check import check, read_trace
from harness.runner.record import Recorder
from harness.runner.results import ExampleResult
from harness.runner.run import Run
from harness.runner.settings import Settings
from harness.targets.budget import Budget
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from tests.e2e.conftest import HERE, Ran, Running
from tests.unit.runner.examples import services

TICKS = str(HERE / "ticks.contract.yaml")
SECRET = "s3cret/tok+en"
FOLDER = "my traces/of today"
MISBEHAVIOURS = [
    (),
    ("--wrong-from", "7"),
    ("--wrong-from", "1"),
    ("--silent",),
    ("--hang-at-end",),
    ("--never-answer",),
    ("--echo-headers",),
    ("--redirect", "http://127.0.0.1:9/jobs"),
    ("--stream-origin", "ws://127.0.0.1:9"),
    ("--busy", "1"),
]


def named(arguments: tuple[str, ...]) -> str:
    return "-".join(arguments).replace("/", "") or "correct"


def blocks(out: str) -> list[str]:
    """The failures as the console tells them, but for what only a run can know: further tries, and how to replay."""
    found = [part for part in out.split("\n\n") if part.startswith("FAILED ")]
    live = ("  replay: ", "  fails always", "  flaky: ", "  shrunk with ", "  - probe ", "  - it was not tried again")
    return ["\n".join(line for line in part.splitlines() if not line.startswith(live)) for part in found]


def assert_same(harness: Callable[..., Ran], ran: Ran) -> Ran:
    checked = harness("check", FOLDER)
    assert checked.err == ""
    assert checked.status == ran.status
    assert blocks(checked.out) == blocks(ran.out)
    assert bool(blocks(ran.out)) == (ran.status == 1)
    return checked


@pytest.mark.parametrize("fault", ["batch-progress-as-fetch", "csv-task-without-context"])
def test_the_incident_is_told_again_without_the_network(harness: Callable[..., Ran], fault: str) -> None:
    cases = [word for case in ("scans-every-photo", "imports-every-row", "connects-late") for word in ("--case", case)]
    ran = harness("run", "--fault", fault, *cases, "--examples", "3", "--record", FOLDER)
    assert ran.status == 1, ran.out + ran.err

    checked = assert_same(harness, ran)
    assert "silent job (acknowledged-but-nothing): the 202 came after" in checked.out
    traces = sorted((ran.folder / FOLDER).iterdir())
    assert f"failed: {len(traces)} traces (" in checked.out
    failed = [line for line in checked.out.splitlines() if line.startswith("failed  ")]
    assert len(failed) >= ran.out.count("\nfailed  "), "an example for each case, and what was tried again"
    told = blocks(ran.out)[0]
    case = re.search(r"in case: ([\w-]+)", told)[1]
    line = next(line for line in failed if f"/{case} " in line)
    alone = harness("check", f"{FOLDER}/{line.partition(FOLDER + '/')[2]}")
    assert alone.status == 1
    assert blocks(alone.out) == [re.sub(", and the same in .*", "", told)]


def test_a_correct_server_passes_again(harness: Callable[..., Ran]) -> None:
    ran = harness("run", "--examples", "2", "--record", FOLDER, "--report", "json:report.json")
    assert ran.status == 0, ran.out + ran.err

    checked = assert_same(harness, ran)
    cases = json.loads((ran.folder / "report.json").read_text("utf-8"))["cases"]
    examples, outran = sum(case["examples"] for case in cases), sum(case["outran"] for case in cases)
    others = f", {outran} not exercised" if outran else ""
    assert checked.out.splitlines()[-1] == f"passed: {examples} traces ({examples - outran} passed{others})"
    assert outran < examples / 10, "few are outrun by their jobs"
    header = json.loads(next((ran.folder / FOLDER).glob("*scans-every-photo*")).read_text("utf-8").splitlines()[0])
    assert header["contract"] == "bundled:batch-scan.contract.yaml"
    scans = list((ran.folder / FOLDER).glob("*batch-scan*"))
    assert scans
    assert all(path.stat().st_size < 100_000 for path in scans), "photos are built again"


@pytest.mark.parametrize("wrong", MISBEHAVIOURS, ids=named)
def test_what_the_console_says_is_said_again(
    harness: Callable[..., Ran], service: Callable[..., Running], wrong: tuple[str, ...]
) -> None:
    url = service(*wrong).url
    ran = harness("run", TICKS, "--target", url, "--max-jobs", "60", "--examples", "12", "--record", FOLDER)
    assert ran.status in (0, 1), ran.out + ran.err

    assert_same(harness, ran)


@pytest.mark.parametrize("wrong", MISBEHAVIOURS, ids=named)
async def test_every_example_comes_to_the_same_result(
    service: Callable[..., Running], wrong: tuple[str, ...], tmp_path: Path
) -> None:
    case = load(Path(TICKS), registry()).cases[0]
    results: list[ExampleResult] = []
    recorder = Recorder(tmp_path / "traces", {"ticks": Path(TICKS)}, Secrets().redact_json, pytest.fail)

    def record(result: ExampleResult, seed: int) -> None:
        results.append(result)
        recorder(result, seed)

    target = make_target(service(*wrong).url, {})
    needed = services(target, registry=registry(), budget=Budget(40))
    await Run(
        [case],
        needed,
        Settings(examples=12, concurrency=1, investigate=False),
        lambda event: None,
        lambda failure: "",
        None,
        record,
    ).run()

    paths = await asyncio.to_thread(lambda: sorted((tmp_path / "traces").iterdir()))
    assert len(paths) == len(results) >= 1
    for path, live in zip(paths, results, strict=True):
        assert check(read_trace(path), "f", case, registry(), {}).result == replace(live, jobs=0)


def test_a_trace_is_judged_by_todays_contract(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    ran = harness("run", TICKS, "--target", service().url, "--examples", "4", "--record", FOLDER)
    assert ran.status == 0, ran.out + ran.err
    stricter = ran.folder / "stricter.contract.yaml"
    stricter.write_text(Path(TICKS).read_text("utf-8").replace("msg.data.i <= n", "msg.data.i < 0"), "utf-8")

    checked = harness("check", FOLDER, "--contract", stricter.name)
    assert checked.status == 1
    assert "FAILED  ticks/always/counts-up" in checked.out
    assert "stricter.contract.yaml:" in checked.out
    assert re.search(r"smallest input: n = [1-9]\d?   \(seed \d+\)\n", checked.out)


def test_a_secret_does_not_get_into_a_trace(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    header = ["--header", "Authorization: Bearer ${env.TOKEN}", "--record", FOLDER, "--examples", "2"]
    ran = harness("run", TICKS, "--target", service("--echo-headers").url, *header, TOKEN=SECRET)

    assert ran.status == 1
    kept = [path.read_text("utf-8") for path in (ran.folder / FOLDER).iterdir()]
    assert kept
    assert all("[secret]" in text and SECRET not in text for text in kept)
    assert_same(harness, ran)


def test_a_folder_for_traces_that_cannot_be_made_is_wrong_usage(
    harness: Callable[..., Ran], service: Callable[..., Running]
) -> None:
    running = service()
    ran = harness("run", TICKS, "--target", running.url, "--examples", "4", "--record", "/dev/null/traces")

    assert ran.status == 2
    assert ran.err.startswith("harness: no traces can be recorded in /dev/null/traces: ")
    assert running.recorded() == []


def test_damage_is_one_line_and_the_others_are_judged(
    harness: Callable[..., Ran], service: Callable[..., Running]
) -> None:
    ran = harness("run", TICKS, "--target", service().url, "--examples", "3", "--record", "traces")
    first, *others = sorted((ran.folder / "traces").iterdir())
    first.write_bytes(first.read_bytes()[:-20])

    checked = harness("check", "traces")
    assert checked.status == 2
    assert checked.err.startswith(f"harness: traces/{first.name}:")
    assert len(checked.err.splitlines()) == 1
    assert checked.out.splitlines()[-1] == f"error: {len(others) + 1} traces (1 error, {len(others)} passed)"


def test_help_has_examples(harness: Callable[..., Ran]) -> None:
    assert "harness check traces" in harness("check", "--help").out
    assert "--record" in harness("run", "--help").out
