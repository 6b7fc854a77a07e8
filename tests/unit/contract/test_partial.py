"""What is not known is not judged: no clause fails for want of an input or of a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, OPEN, REQUEST, Event, What
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract
    from harness.trace.events import Json

NO_REQUEST = ("request", "accepted", "refused", "connect", "not_opened", "open", "ready")
NOT_EXERCISED, PASSED, FAILED = Verdict.NOT_EXERCISED, Verdict.PASSED, Verdict.FAILED


@pytest.fixture
def case(read: Callable[..., Contract], minimal: str) -> Case:
    return read(minimal).cases[0]


def got(at: float, kind: str, **more: Json) -> Event:
    return Event(at, What.RECEIVED, "", {"type": kind, "id": "j", **more})


JOB = [
    got(10.0, "started"),
    got(10.1, "tick", number=0),
    got(10.2, "tick", number=1),
    got(10.3, "done"),
    Event(10.4, What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": "server"}),
]


def judged(case: Case, names: dict[str, Json], absent: tuple[str, ...] = (), events: list[Event] = JOB) -> Judge:
    judge = Judge(case, names, absent)
    for event in events:
        judge.feed(event)
    return judge


def test_with_everything_known_everything_is_judged(case: Case) -> None:
    before = [
        Event(0.0, What.REQUEST, REQUEST, {}),
        Event(0.1, What.ANSWER, ACCEPTED, {"status": 202, "headers": {}, "body": None}),
        Event(0.2, What.CONNECT, CONNECT, {}),
        Event(0.3, What.OPEN, OPEN),
        Event(0.4, What.SENT, "ready", {"type": "ready"}),
        *(Event(event.at - 9.0, event.what, event.point, event.value) for event in JOB),
    ]
    judge = judged(case, {"count": 2, "job_id": "j"}, events=before)
    assert judge.order_needs == frozenset()
    assert set(judge.watch.verdicts().values()) == {PASSED}


def test_messages_alone_are_judged_as_far_as_they_go(case: Case) -> None:
    verdicts = judged(case, {"count": 2, "job_id": "j"}, NO_REQUEST).watch.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict is PASSED} == {
        "order", "always/same-job", "at_end/all-ticks",
    }  # fmt: skip
    assert set(verdicts.values()) == {PASSED, NOT_EXERCISED}


def test_what_breaks_in_messages_alone_is_found(case: Case) -> None:
    judge = judged(case, {"count": 3, "job_id": "other"}, NO_REQUEST)
    assert [violation.clause for violation in judge.watch.violations()] == ["always/same-job", "order"]


def test_without_a_value_for_the_order_the_order_is_not_judged(case: Case) -> None:
    judge = judged(case, {"job_id": "j"}, NO_REQUEST)
    assert judge.order_needs == {"count"}
    verdicts = judge.watch.verdicts()
    assert verdicts["order"] is NOT_EXERCISED
    assert verdicts["at_end/all-ticks"] is NOT_EXERCISED
    assert verdicts["always/same-job"] is PASSED
    assert judge.watch.owed == ()
    judge.watch.finish(99.0)
    assert judge.watch.violations() == ()


def test_without_a_value_for_a_clause_only_that_one_is_not_judged(case: Case) -> None:
    verdicts = judged(case, {"count": 2}, NO_REQUEST).watch.verdicts()
    assert (verdicts["order"], verdicts["always/same-job"]) == (PASSED, NOT_EXERCISED)


def test_a_loops_own_name_is_not_needed(case: Case) -> None:
    assert judged(case, {}).order_needs == {"count"}


def test_what_an_earlier_message_brings_is_not_needed(read: Callable[..., Contract], minimal: str) -> None:
    text = minimal.replace(
        "order: [started, {for_each: {i: count}", "order: [{started: , capture: {n: n}}, {for_each: {i: n}"
    )
    assert judged(read(text).cases[0], {}).order_needs == set()


def test_without_a_value_for_a_kind_no_kind_is_told(read: Callable[..., Contract], minimal: str) -> None:
    case = read(minimal.replace("{type: tick}", '{type: tick, id: "${job_id}"}')).cases[0]
    judge = judged(case, {"count": 2}, NO_REQUEST)
    assert judge.order_needs == {"job_id"}
    assert set(judge.watch.verdicts().values()) == {NOT_EXERCISED}


@pytest.mark.parametrize(
    "deadline",
    ["{from: open, to: done, within: 1ms}", "{from: started, to: tick, within: 1ms, or_end: true}",
     "{between: received, from: started, to: done, within: 1ms}"],
)  # fmt: skip
def test_a_deadline_that_the_jobs_end_may_meet_needs_the_order(
    read: Callable[..., Contract], minimal: str, deadline: str
) -> None:
    case = read(minimal.replace("{from: [accepted, ready], to: started, within: 5s}", deadline)).cases[0]
    assert judged(case, {"job_id": "j"}, NO_REQUEST).watch.verdicts()["deadlines/news"] is NOT_EXERCISED


def test_what_the_client_sent_is_only_counted_where_it_was_recorded(
    read: Callable[..., Contract], minimal: str
) -> None:
    case = read(minimal.replace("size(all.tick) == count", "size(sent.ready) == 1")).cases[0]
    names = {"count": 2, "job_id": "j"}
    assert judged(case, names, NO_REQUEST).watch.verdicts()["at_end/all-ticks"] is NOT_EXERCISED
    known = tuple(set(NO_REQUEST) - {"ready"})
    assert judged(case, names, known).watch.verdicts()["at_end/all-ticks"] is FAILED


def test_a_refusal_whose_body_needs_an_input_is_judged_by_its_status(
    read: Callable[..., Contract], minimal: str
) -> None:
    text = minimal.replace("E_BAD", '"${job_id}"').replace(
        "works: {}", "bad: {socket: null, deadlines: null, always: null, at_end: null, refused: {status: 400}}"
    )
    case = read(text).cases[0]
    answer = Event(0.1, What.ANSWER, "", {"status": 400, "headers": {}, "body": {"error": {"code": "j"}}})
    verdicts = judged(case, {}, events=[answer]).watch.verdicts()
    assert (verdicts["refused/status"], verdicts["refused/body"]) == (PASSED, NOT_EXERCISED)
