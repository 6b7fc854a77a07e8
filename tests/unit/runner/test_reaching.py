from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.contract.client import Client, Drop, Ending
from harness.errors import HarnessError
from harness.runner import asides, reaching
from harness.runner.reaching import UnreachableError, reach, restart, what_is_lacking
from harness.runner.services import RunStoppedError
from harness.targets.budget import Pace, Rate
from harness.targets.readiness import NotReadyError
from harness.targets.restarting import NotRestartedError
from harness.targets.target import Ready, RestartCommand, make_target
from harness.trace.events import Json
from harness.transport.clock import Clock
from harness.transport.http import TransportError
from tests.unit.runner.examples import CONTRACT, cases, services

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = replace(make_target("http://t", {"X-Key": "k"}), name="staging")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Json]]:
    def told(*statuses: int | str | None) -> list[Json]:
        left, asked = list(statuses), []

        async def send(request: Json, on_sent: Json, **way: Json) -> Json:
            asked.append((request.url, request.headers))
            status = left.pop(0)
            if status == "never":
                await asyncio.Event().wait()
            if status is None:
                raise TransportError("connection refused, or no such host")
            return {"status": status, "headers": {}, "body": {}}

        monkeypatch.setattr(reaching, "send", send)
        monkeypatch.setattr(asides, "send", send)
        return asked

    return told


async def test_any_answer_will_do_and_counts_as_a_request(answers: Callable[..., list[Json]]) -> None:
    asked = answers(500)
    needed = services(TARGET)
    pace = Pace(Rate(5, 60.0), needed.clock.now)
    await reach(replace(needed, pace=pace))
    assert asked == [("http://t/", {"X-Key": "k"})]
    assert pace.waiting() == 0.0
    assert len(pace._back) == 1


async def test_no_answer_is_unreachable(answers: Callable[..., list[Json]], monkeypatch: pytest.MonkeyPatch) -> None:
    answers(None)
    with pytest.raises(UnreachableError, match=r"^http://t cannot be reached: connection refused"):
        await reach(services(TARGET))
    monkeypatch.setattr(reaching, "REACH_TIMEOUT", 0.05)
    answers("never")
    with pytest.raises(UnreachableError, match="no answer within 50 ms"):
        await reach(services(TARGET))


async def test_the_build_under_test_is_waited_for(
    answers: Callable[..., list[Json]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = replace(TARGET, ready=Ready("/version", None, 0.01))
    asked = answers(None, 503, 503, 503)
    told: list[str] = []
    with pytest.raises(NotReadyError, match=r"^staging is not serving the build under test"):
        await reach(services(ready, tell=told.append))
    assert asked[0] == ("http://t/version", {"X-Key": "k"})
    asked = answers(200)
    await reach(services(ready))
    assert len(asked) == 1


ONLY_IF = """
only_if: there
probes:
  there: {method: GET, path: /test/state, present_if: {status: 400}}
cases:"""


MISSING = "does not have what the probe there asks for"


@pytest.mark.parametrize(("status", "lacking"), [(400, ""), (404, MISSING), (None, "")])
async def test_what_a_case_is_about_is_asked_for_once_a_run(
    tmp_path: Path, answers: Callable[..., list[Json]], status: int | None, lacking: str
) -> None:
    of_a_part = cases(tmp_path, CONTRACT.replace("cases:", ONLY_IF))
    asked = answers(status)
    needed = services(TARGET)
    assert [await what_is_lacking(case, needed) for case in of_a_part] == [lacking, lacking]
    assert asked == [("http://t/test/state", {"x-key": "k"})]


async def test_a_case_that_is_about_nothing_in_particular_lacks_nothing(
    tmp_path: Path, answers: Callable[..., list[Json]]
) -> None:
    asked = answers()
    assert await what_is_lacking(cases(tmp_path)[0], services(TARGET)) == ""
    assert asked == []


async def test_a_case_with_a_restart_needs_somebody_who_can_restart_the_target(tmp_path: Path) -> None:
    client = Client(drop=Drop((0, 0), (Ending.RESTART,)))
    case = cases(tmp_path)[0]._replace(client=client)
    assert await what_is_lacking(case, services(TARGET)) == "cannot be restarted"
    assert await what_is_lacking(case, services(TARGET, restart=Restarts())) == ""


class Restarts:
    """Counts how often the target was restarted."""

    def __init__(self, problem: str = "") -> None:
        self.times = 0
        self.problem = problem

    async def __call__(self) -> None:
        self.times += 1
        if self.problem:
            raise NotRestartedError(self.problem)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "AGAIN_AFTER", 0.0)


@pytest.mark.usefixtures("at_once")
async def test_after_a_restart_the_target_has_come_back_when_it_answers(answers: Callable[..., list[Json]]) -> None:
    asked, restarts = answers(None, 502, 404), Restarts()
    await restart(services(TARGET, restart=restarts))
    assert (restarts.times, len(asked)) == (1, 3), "a proxy's 502 is no answer of the target"


async def test_after_a_restart_the_target_has_come_back_when_it_is_ready(answers: Callable[..., list[Json]]) -> None:
    asked = answers(200)
    ready = replace(TARGET, ready=Ready("/version", None, 5.0))
    full = Pace(Rate(1, 60.0), Clock().now)
    async with full.turn():  # as an example has it that is under way
        await restart(services(ready, restart=Restarts(), pace=full))
    assert [url for url, _ in asked] == ["http://t/version"]


@pytest.mark.usefixtures("at_once")
async def test_a_target_that_does_not_come_back_ends_the_run(answers: Callable[..., list[Json]]) -> None:
    told = "the target did not come back after a restart: "
    with pytest.raises(RunStoppedError, match=f"{told}it ended with status 1"):
        await restart(services(TARGET, restart=Restarts("it ended with status 1")))
    command = replace(TARGET, restart=RestartCommand(("x",), 0.0, Path()))
    answers(503)
    with pytest.raises(RunStoppedError, match=f"{told}http://t cannot be reached: it answered 503"):
        await restart(services(command, restart=Restarts()))
    answers(503, 503)
    with pytest.raises(RunStoppedError, match=f"{told}staging is not serving the build under test"):
        await restart(services(replace(TARGET, ready=Ready("/version", None, 0.01)), restart=Restarts()))
    with pytest.raises(HarnessError, match="the target cannot be restarted"):
        await restart(services(TARGET))
