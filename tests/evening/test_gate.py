"""What a gate promises, held against the render farm: pace, budget, cleaning up, what is known and waived, secrets."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.conftest import ENVIRONMENT, HARNESS
from tests.evening.conftest import PASSWORD, TOKEN, Farm
from tests.evening.test_evening import BLOCK, PAGE

CONTRACT = next(block["body"] for block in BLOCK.finditer(PAGE) if "file=renders.contract.yaml" in block["info"])
FAST = re.sub(r"within: 10s", "within: 3s", CONTRACT)
WRONG_COUNT = "renders/at_end/every-frame-counted"
LIMIT = 120.0


@dataclass
class Gate:
    """A folder with a contract and a target file, in which the harness is run."""

    folder: Path
    url: str

    def target(self, *lines: str) -> None:
        head = ["targets:", "  staging:", f"    url: {self.url}"]
        token = '    headers: {Authorization: "Bearer ${env.FARM_TOKEN}"}'
        (self.folder / "targets.yaml").write_text("\n".join([*head, token, *(f"    {line}" for line in lines)]) + "\n")

    def contract(self, text: str) -> None:
        (self.folder / "renders.contract.yaml").write_text(text, "utf-8")

    def start(self, *arguments: str, command: str = "run") -> subprocess.Popen[str]:
        more = {"FARM_TOKEN": TOKEN, "FARM_PASSWORD": PASSWORD, "GIT_SHA": "a1b2c3d", "COLUMNS": "120"}
        contract = ["renders.contract.yaml"] if command == "run" else []
        return subprocess.Popen(
            [*HARNESS, command, *contract, "--target", "staging", *arguments],
            cwd=self.folder, env={**ENVIRONMENT, **more}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=LIMIT)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def gate(tmp_path: Path, farm: Callable[..., Farm]) -> Callable[..., tuple[Gate, Farm]]:
    def start(*arguments: str, target: tuple[str, ...] = (), contract: str = FAST) -> tuple[Gate, Farm]:
        running = farm("--renders", "1000", *arguments)
        folder = tmp_path / "gate"
        folder.mkdir()
        made = Gate(folder, f"http://127.0.0.1:{running.port}")
        made.target(*target)
        made.contract(contract)
        return made, running

    return start


def most_in_a_window(instants: list[float], seconds: float) -> int:
    return max(sum(first <= at < first + seconds for at in instants) for first in instants)


def test_neither_the_rate_nor_the_budget_is_ever_exceeded(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    made, farm = gate("--broken", "counts-one-too-many", target=("rate: 12/s", "jobs: 6", "concurrency: 8"))
    ran = made.run()
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert 1 < len(farm.recorded("accepted")) <= 6, "pilots, further tries and all"
    asked = [one["at"] for what in ("version", "render", "ticket", "upgrade", "cancel") for one in farm.recorded(what)]
    assert most_in_a_window(sorted(asked), 1.0) <= 12
    ran = made.run("--rate", "6/s", "--max-jobs", "3")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    again = [one["at"] for what in ("render", "ticket", "upgrade", "cancel") for one in farm.recorded(what)]
    assert most_in_a_window([at for at in sorted(again) if at > max(asked)], 1.0) <= 6


def test_a_rate_that_one_example_does_not_fit_into_is_wrong_usage(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    made, farm = gate()
    ran = made.run("--rate", "3/m")
    assert ran.returncode == 2
    assert ran.stderr == "harness: one example takes 4 requests, but the rate is 3/m: allow more\n"
    assert farm.recorded("accepted") == []


def test_a_budget_that_does_not_reach_every_case_is_inconclusive_and_names_them(
    gate: Callable[..., tuple[Gate, Farm]],
) -> None:
    made, farm = gate()
    ran = made.run("--max-jobs", "1")
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert len(farm.recorded("accepted")) == 1
    assert re.search(r"^inconclusive +renders/connects-late .*\n  the budget of 1 job ran out$", ran.stdout, re.M)
    assert "not your change" in ran.stdout.splitlines()[-1]


@pytest.mark.parametrize(("ends", "presses"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_ctrl_c_leaves_no_render_burning(
    gate: Callable[..., tuple[Gate, Farm]], ends: signal.Signals, presses: int
) -> None:
    made, farm = gate("--render-seconds", "60")
    process = made.start("--concurrency", "2")
    began = time.monotonic()
    while len(farm.recorded("upgrade")) < 2:
        assert time.monotonic() < began + LIMIT
    for _ in range(presses):
        process.send_signal(ends)
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    if presses == 1:
        accepted = {one["id"] for one in farm.recorded("accepted")}
        assert {one["id"] for one in farm.recorded("cancel")} == accepted
        assert "cleaning up what was started" in out


def test_a_known_failure_does_not_stop_the_gate_until_it_holds_again(
    gate: Callable[..., tuple[Gate, Farm]], farm: Callable[..., Farm]
) -> None:
    until = "2099-01-31"
    known = f"- {{clause: {WRONG_COUNT}, reason: the counter counts the credits, until: {until}}}"
    made, running = gate("--broken", "counts-one-too-many", target=("jobs: 4", "known_failures:", f"  {known}"))
    ran = made.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"KNOWN   {WRONG_COUNT}" in ran.stdout
    assert "the counter counts the credits" in ran.stdout
    assert len(running.recorded("accepted")) == 2, "what is known is not looked into"

    made.target("jobs: 4", "known_failures:", f"  {known.replace(until, '2020-01-31')}")
    expired = made.run()
    assert expired.returncode == 1
    assert "expired on 2020-01-31" in expired.stdout

    running.process.kill()
    running.process.wait()
    farm("--renders", "1000", port=running.port)
    made.target("jobs: 4", "known_failures:", f"  {known}")
    holds = made.run()
    assert holds.returncode == 1, holds.stdout + holds.stderr
    assert "no longer fails: remove it from targets.yaml:7" in holds.stdout
    assert made.run("--case", "renders").returncode == 0, "one case alone does not show that it holds"


def test_a_waived_group_is_not_judged_and_that_is_said(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    grouped = FAST.replace("every-frame-counted: last", "every-frame-counted:\n    group: counting\n    expect: last")
    made, _ = gate("--broken", "counts-one-too-many", target=("jobs: 4",), contract=grouped)
    assert made.run().returncode == 1
    made.target("jobs: 4", "waives: {counting: the farm counts the credits too}")
    ran = made.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"WAIVED  counting: the farm counts the credits too   (1 clause: {WRONG_COUNT})" in ran.stdout


def test_slack_is_for_a_target_that_is_far_away(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    hasty = re.sub(r"(finished: .*within: )60s", r"\g<1>100ms", FAST)
    made, _ = gate(target=("jobs: 2",), contract=hasty)
    assert made.run().returncode == 1
    made.target("jobs: 2", "slack: 20s")
    ran = made.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_nothing_is_judged_before_the_right_build_serves(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    ready = "ready: {path: /v1/version, expect: body.commit == env.GIT_SHA, within: 1s}"
    made, farm = gate("--commit", "0ld", target=(ready,))
    ran = made.run()
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "staging is not serving the build under test" in ran.stderr
    assert 'body.commit is "0ld"' in ran.stderr
    assert farm.recorded("render") == []


def test_production_needs_leave(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    made, farm = gate(target=("production: true",))
    ran = made.run()
    assert (ran.returncode, farm.recorded("version")) == (2, [])
    assert "add --yes" in ran.stderr
    assert made.run("--yes", "--max-jobs", "2").returncode == 0


def test_what_fails_now_and_then_is_flaky(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    made, farm = gate("--broken", "counts-now-and-then", target=("jobs: 10",))
    ran = made.run("--case", "renders", "--examples", "1")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "flaky: failed 1 of 3 tries of the same example" in ran.stdout
    assert len({one["id"] for one in farm.recorded("accepted")}) == 3


def forms(secret: str) -> list[str]:
    return [secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]]


def test_a_secret_is_nowhere(gate: Callable[..., tuple[Gate, Farm]]) -> None:
    """The farm says whatever it is given wherever it can; nothing of it may be printed, stored or seen."""
    login = 'login: {method: POST, path: /v1/login, json: {password: "${env.FARM_PASSWORD}"}, secret: true}'
    contract = FAST.replace("before:\n", f"before:\n  {login}\n").replace(
        "path: /v1/renders\n",
        'path: /v1/renders\n  headers: {x-session: "${login.body.session}", cookie: "a=${env.FARM_TOKEN}"}\n',
        1,
    )
    made, _ = gate("--broken", "echoes-secrets", target=("jobs: 8",), contract=contract)
    reports = [f"--report={form}:out/{form}.txt" for form in ("junit", "json")]
    summary = made.folder / "summary.md"
    os.environ["GITHUB_STEP_SUMMARY"] = str(summary)
    try:
        ENVIRONMENT["GITHUB_STEP_SUMMARY"] = str(summary)
        process = made.start("-v", "--record", "traces", "--report", "github", *reports)
        seen = Path(f"/proc/{process.pid}/cmdline").read_bytes() if sys.platform == "linux" else b""
        out, err = process.communicate(timeout=LIMIT)
    finally:
        del ENVIRONMENT["GITHUB_STEP_SUMMARY"], os.environ["GITHUB_STEP_SUMMARY"]
    assert process.returncode == 1, out + err
    assert f"FAILED  {WRONG_COUNT}" in out
    replay = out.split("harness replay ", 1)[1].split()[0]
    again = made.start(replay, "-v", command="replay").communicate(timeout=LIMIT)

    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".ndjson", ".json", ".txt", ".md", ".yaml"}
    texts = {"console": out + err, "replayed": "".join(again), "process list": seen.decode("utf-8", "replace")}
    texts |= {str(path): path.read_text("utf-8", "replace") for path in files}
    for where, text in texts.items():
        for secret in (TOKEN, PASSWORD):
            assert not any(form in text for form in forms(secret)), where
        assert not re.search(r"(tkt|ses)_[0-9a-f]{6}", text), where
    assert "[secret]" in texts["console"]
