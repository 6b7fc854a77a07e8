from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.contract.client import Client, Drop
from harness.contract.judge import Judge
from harness.errors import HarnessError
from harness.runner import asking, attempt, live_client
from harness.runner.attempt import Attempt
from harness.runner.drive import drive
from harness.runner.live_client import LiveClient
from harness.runner.requests import render_request
from harness.runner.results import Example
from harness.targets.budget import Budget
from harness.targets.target import make_target
from harness.trace.events import Json, What
from harness.trace.verdicts import Explanation, Verdict
from harness.transport.clock import Clock
from harness.transport.websocket import Closed
from tests.unit.runner.examples import CONTRACT, cases, services, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult

LIMIT = 20
SLOW = Client(slow=(0.01, 0.01))
STORY = [{"type": "ack"}, {"type": "tick"}, {"type": "done"}, Closed(1000, "", "server")]


class Transport:
    """In the place of the real one: gives an answer, then messages; `None` among them is silence for good."""

    def __init__(self, messages: list[Json], answer: dict[str, Json] | None, lag: Callable[[Json], None]) -> None:
        self.messages, self.answer, self.lag = list(messages), answer, lag
        self.requests: list[Json] = []

    async def send(self, request: Json, on_sent: Callable[[], None], **way: Json) -> dict[str, Json]:
        self.requests.append(request)
        on_sent()
        if self.answer is None:
            await asyncio.Event().wait()
        return self.answer or {}

    async def open_websocket(self, url: str, headers: Json, **way: Json) -> Transport.Socket:
        return self.Socket(self)

    class Socket:
        def __init__(self, transport: Transport) -> None:
            self.transport = transport
            self.messages = list(transport.messages)

        async def receive(self) -> Json:
            message = self.messages.pop(0) if self.messages else None
            if message is None:
                await asyncio.Event().wait()
            self.transport.lag(message)
            return message

        async def send(self, message: Json) -> bool:
            return True

        async def close(self) -> None:
            return


class HandClock(Clock):
    """Goes on only when it is told to; nothing stalls."""

    def __init__(self) -> None:
        super().__init__()
        self.instant = 100.0

    def now(self) -> float:
        return self.instant


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Json]:
    async def run(
        case: Case,
        messages: list[Json],
        body: Json = None,
        *,
        status: int | None = 202,
        clock: Clock | None = None,
        lag: Callable[[Json], None] = lambda message: None,
    ) -> tuple[ExampleResult, Transport]:
        answer = None if status is None else {"status": status, "headers": {}, "body": body}
        transport = Transport(messages, answer, lag)
        monkeypatch.setattr(asking, "send", transport.send)
        monkeypatch.setattr(live_client, "open_websocket", transport.open_websocket)
        needed = services(clock=clock)
        before = asyncio.all_tasks()
        async with asyncio.timeout(LIMIT):
            result = await drive(Example(case, spec()), needed)
        assert asyncio.all_tasks() == before, "a task was left behind"
        return result, transport

    return run


async def test_what_a_job_was_judged_by_goes_with_it(case: Case, driven: Callable[..., Json]) -> None:
    gc.collect()
    gc.disable()
    try:
        await driven(case, STORY)
        left = [type(one).__name__ for one in gc.get_objects() if isinstance(one, Attempt | Judge | LiveClient)]
    finally:
        gc.enable()
    assert left == [], "they wait for the garbage collector"


async def test_a_correct_job_passes(case: Case, driven: Callable[..., Json]) -> None:
    result, _ = await driven(case, STORY)
    assert result.verdict is Verdict.PASSED
    assert (result.jobs, result.inconclusive) == (1, "")


async def test_what_was_read_in_time_is_in_time_however_late_it_is_judged(
    case: Case, driven: Callable[..., Json]
) -> None:
    """All is read at 100 s; judging gets to it only after every deadline."""
    clock = HandClock()

    def lag(message: Json) -> None:
        if isinstance(message, Closed):
            asyncio.get_running_loop().call_soon(lambda: setattr(clock, "instant", 1000.0))

    result, _ = await driven(case, STORY, clock=clock, lag=lag)
    assert result.violations == ()


async def test_a_broken_deadline_that_nothing_else_watches_is_a_failure(
    tmp_path: Path, driven: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "UNWATCHED", 0.2)
    kept = [line for line in CONTRACT.splitlines() if not line.startswith(("  news", "  finished", "  closed"))]
    case = cases(tmp_path, "\n".join(kept).replace("within: 1s, or_end", "within: 50ms, or_end"))[0]
    result, _ = await driven(case, [None])
    assert result.inconclusive == ""
    assert result.violation_of("deadlines/acknowledged") is not None


async def test_a_job_that_nothing_watches_is_given_up_after_a_while(
    tmp_path: Path, driven: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "UNWATCHED", 0.05)
    before, _, after = CONTRACT.partition("deadlines:")
    case = cases(tmp_path, before + after[after.index("hints:") :])[0]
    result, _ = await driven(case, [None])
    assert "no deadline watches this job" in result.inconclusive


async def test_a_silent_job_that_only_a_slow_client_watches_breaks_its_deadline(
    tmp_path: Path, driven: Callable[..., Json]
) -> None:
    case = cases(tmp_path, CONTRACT.replace("within: 5s}", "within: 50ms}"))[0]._replace(client=SLOW)
    result, _ = await driven(case, [None])
    assert result.inconclusive == ""
    (broken, *_) = result.violations
    assert (broken.clause, broken.explanation) == ("deadlines/news", Explanation.SILENT)
    assert broken.at == pytest.approx(broken.start + SLOW.slow[0] + 0.05)


async def test_an_answer_that_does_not_say_where_the_socket_is_is_the_targets_mistake(
    tmp_path: Path, driven: Callable[..., Json]
) -> None:
    case = cases(tmp_path, CONTRACT.replace("connect: /ws", "connect: ${accepted.body.stream}"))[0]
    for body in ({}, {"id": 1}, "text", None, [1]):
        result, _ = await driven(case, STORY, body)
        assert result.violation_of("socket/opens") is not None, body


async def test_a_request_without_an_answer_may_have_made_a_job(tmp_path: Path, driven: Callable[..., Json]) -> None:
    case = cases(tmp_path, CONTRACT.replace("status: 202, within: 2s", "status: 202, within: 50ms"))[0]
    result, _ = await driven(case, [], status=None)
    assert result.violation_of("accepted/within") is not None
    assert result.jobs == 1


async def test_a_refused_request_makes_no_job(case: Case, driven: Callable[..., Json]) -> None:
    result, _ = await driven(case, [], status=500)
    assert result.violation_of("accepted/status") is not None
    assert result.jobs == 0


async def test_a_dropped_connection_reads_nothing_more_even_if_more_has_arrived(
    case: Case, driven: Callable[..., Json]
) -> None:
    """All messages have been read from the socket before the first is judged."""
    result, _ = await driven(case._replace(client=Client(drop=Drop((2, 2)))), STORY)
    first = result.parts[0].events
    assert [event.point for event in first if event.what is What.RECEIVED] == ["ack", "tick", "done"]
    assert first[-1].value["by"] == "client"
    sooner, _ = await driven(case._replace(client=Client(drop=Drop((1, 1)))), STORY)
    assert [event.point for event in sooner.parts[0].events if event.what is What.RECEIVED] == ["ack", "tick"]
    assert [event.point for event in sooner.parts[1].events if event.what is What.RECEIVED] == ["ack", "tick", "done"]
    assert sooner.verdict is Verdict.PASSED


async def test_jobs_at_once_need_a_budget_for_all(case: Case) -> None:
    needed = services(budget=Budget(1))
    two = {**spec(), "beside": [{"inputs": {"n": 2}}]}
    assert await drive(Example(case._replace(client=Client(jobs=(2, 2))), two), needed) is None
    assert await needed.budget.reserve(), "none is left reserved"


async def test_an_input_that_cannot_be_built_is_a_harness_error(case: Case) -> None:
    needed = services()
    with pytest.raises(HarnessError, match=r"ticks/works.*\bn\b"):
        await drive(Example(case, {"inputs": {}, "connect_after": 0.0}), needed)


def test_a_contracts_header_takes_the_place_of_ours_in_whatever_letters(tmp_path: Path) -> None:
    text = CONTRACT.replace("path: /jobs,", 'path: /jobs, headers: {Content-Type: text/x, AUTHORIZATION: "own"},')
    case = cases(tmp_path, text)[0]
    target = make_target("http://t", {"Authorization": "Bearer x", "X-Mine": "1"})
    request = render_request(case.request, {"n": 1}, target, "ticks/works")
    sent = {name.lower(): value for name, value in request.headers.items()}
    assert sent == {"content-type": "text/x", "authorization": "own", "x-mine": "1"}
    assert len(request.headers) == len(sent)
    assert replace(request, url="").content == b'{"n": 1}'


async def test_a_library_that_swallows_a_cancellation_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asyncio.Event()

    async def stubborn(request: Json, on_sent: Callable[[], None], **way: Json) -> dict[str, Json]:
        waiting.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(asking, "send", stubborn)
    needed = services()
    (case, *_) = cases(tmp_path, CONTRACT)
    running = asyncio.create_task(drive(Example(case, spec(1)), needed))
    await waiting.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(LIMIT):
            await running
