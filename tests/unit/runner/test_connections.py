from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.runner.connections import Connections, Together
from harness.runner.results import Example
from harness.trace.verdicts import Verdict
from tests.unit.runner.examples import CONTRACT, answer, cases, closed, connecting, got, opened, request, sent, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.trace.events import Event

    Hear = Callable[..., Together]

WHOLE = [connecting(0.2), opened(0.3), got(0.5, "tick", n=1), got(0.6, "done"), closed(0.7)]


def on(number: int, events: list[Event], later: float = 0.0) -> list[Event]:
    return [replace(event, connection=number, at=event.at + later) for event in events]


@pytest.fixture
def several(tmp_path: Path) -> Callable[..., Connections]:
    def make(*numbers: int, contract: str = CONTRACT) -> Connections:
        case = cases(tmp_path, contract)[0]
        return Connections(Example(case, spec()), lambda held: Judge(held, {"n": 1}), numbers)

    return make


@pytest.fixture
def hear(several: Callable[..., Connections]) -> Hear:
    def run(*told: list[Event], end: float = 60.0, contract: str = CONTRACT) -> Together:
        events = sorted((event for events in told for event in events), key=lambda event: event.at)
        connections = several(*sorted({event.connection for event in events}), contract=contract)
        for event in [request(0.0), answer(0.1), *events]:
            connections.take(event)
        return connections.conclude(end, ())

    return run


def test_each_connection_has_monitors_of_its_own(hear: Hear) -> None:
    together = hear(WHOLE, on(1, WHOLE, 1.0))
    assert together.result.verdict is Verdict.PASSED
    assert together.result.verdicts["same-story"] is Verdict.PASSED
    assert set(together.parts) == {0, 1}
    assert len(together.result.events) == 2 + 2 * len(WHOLE)
    assert [event.at for event in together.parts[1].events][:3] == [0.0, 0.1, 1.2]


def test_a_violation_knows_its_connection(hear: Hear) -> None:
    together = hear(WHOLE, on(1, [*WHOLE[:2], got(0.6, "done")], 1.0), end=90)
    (story, closing) = (one for one in together.result.violations if not one.consequence)
    assert (story.clause, story.connection) == ("same-story", None)
    assert (closing.clause, closing.connection) == ("deadlines/closed", 1)
    assert together.part(closing) is together.parts[1]
    assert together.part(story) is together.result
    assert together.result.verdicts["deadlines/closed"] is Verdict.FAILED
    assert together.parts[0].verdicts["deadlines/closed"] is Verdict.PASSED


def test_what_is_broken_alike_on_all_is_told_once(several: Callable[..., Connections]) -> None:
    connections = several(0, 1)
    for event in (request(0.0), answer(3.0)):
        connections.take(event)
    result = connections.conclude(3.0, ()).result
    late = [(one.clause, one.connection) for one in result.violations if one.clause == "accepted/within"]
    assert late == [("accepted/within", None)]


def test_the_next_deadline_is_the_next_of_any(several: Callable[..., Connections]) -> None:
    connections = several(0, 1)
    assert connections.next_deadline() is None
    for event in [request(0.0), answer(0.1), *WHOLE, *on(1, [*WHOLE[:2], sent(0.4)], 1.0)]:
        assert not connections.done
        connections.take(event)
    assert connections.next_deadline() == 1.4 + 1.0
    connections.wait(2.5)
    connections.take(got(2.6, "ack"))
    assert len(connections.conclude(2.6, ()).result.events) == 2 + len(WHOLE) + 3, "connection 0 was over"


def test_all_are_over_when_each_is(several: Callable[..., Connections]) -> None:
    connections = several(0, 1)
    for event in [request(0.0), answer(0.1), *WHOLE, *on(1, WHOLE, 1.0)]:
        assert not connections.done
        connections.take(event)
    assert connections.done
    assert connections.next_deadline() is None


def test_one_that_cannot_be_judged_is_named(hear: Hear) -> None:
    result = hear(WHOLE, on(4, WHOLE[:3], 1.0), end=2.0).result
    assert result.inconclusive.startswith("connection 4: no deadline watches this job")


def test_of_one_connection_nothing_is_said(hear: Hear) -> None:
    together = hear(on(3, WHOLE))
    assert together.result is together.parts[3]
    assert "same-story" not in together.result.verdicts


def test_with_snapshots_a_late_one_is_told_its_own_story(hear: Hear) -> None:
    text = CONTRACT.replace("done: {type: done}}", "done: {type: done}, state: {type: state}}")
    text = text.replace("  order:", "  late_join: {snapshot: state}\n  order:")
    text = text.replace("to: tick,", "to: [tick, state],")
    first = [replace(event, at=0.0) for event in WHOLE[:2]]
    late = on(1, [*WHOLE[:2], got(0.5, "state", n=7), *WHOLE[3:]], 1.0)
    early = hear([*first, *WHOLE[2:]], late, contract=text).result
    assert early.verdicts["same-story"] is Verdict.NOT_EXERCISED
    assert early.violations == ()


def test_a_refused_request_has_no_story(several: Callable[..., Connections]) -> None:
    text = CONTRACT.replace("works: {}", "works: {refused: {status: 400, within: 2s}}")
    connections = several(0, 1, contract=text)
    for event in (request(0.0), answer(0.1, 400)):
        connections.take(event)
    assert connections.conclude(0.1, ()).result.verdicts.keys() == {"refused/within", "refused/status"}
