from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.runner import asides, reaching
from harness.runner.reaching import UnreachableError, is_there, reach
from harness.targets.budget import Pace, Rate
from harness.targets.readiness import NotReadyError
from harness.targets.target import Ready, make_target
from harness.trace.events import Json
from harness.transport.http import TransportError
from tests.unit.runner.examples import CONTRACT, cases, services

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@pytest.mark.parametrize(("status", "there"), [(400, True), (404, False), (None, True)])
async def test_what_a_case_is_about_is_asked_for_once_a_run(
    tmp_path: Path, answers: Callable[..., list[Json]], status: int | None, there: bool
) -> None:
    of_a_part = cases(tmp_path, CONTRACT.replace("cases:", ONLY_IF))
    asked = answers(status)
    needed = services(TARGET)
    assert [await is_there(case, needed) for case in of_a_part] == [there, there]
    assert asked == [("http://t/test/state", {"x-key": "k"})]


async def test_a_case_that_is_about_nothing_in_particular_is_there(
    tmp_path: Path, answers: Callable[..., list[Json]]
) -> None:
    asked = answers()
    assert await is_there(cases(tmp_path)[0], services(TARGET))
    assert asked == []
