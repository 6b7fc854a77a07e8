from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from harness.contract.building import build
from harness.contract.classes import CLASSES, HINT_KEYS, STAGES
from harness.contract.client import Client, Connect, Drop, Ending
from harness.contract.judge import Judge
from harness.contract.loading import bundled_contracts, load
from harness.inputs import registry
from harness.runner.connections import Connections, Together
from harness.runner.diagnose import diagnose, lost_on_restart, lost_to_late_client
from harness.runner.judging import READ_ON
from harness.runner.next_steps import NEXT_STEPS
from harness.runner.results import Diagnosis, Example
from harness.temporal.generating import Change, Made, violating
from harness.trace.events import CLOSE, UNDECLARED, Event, Json, What
from harness.trace.verdicts import Explanation
from tests.unit.runner.examples import (
    answer,
    closed,
    connecting,
    got,
    not_opened,
    opened,
    request,
    result,
    sent,
    spec,
    violation,
)
from tests.unit.runner.situations import (
    ACKNOWLEDGED,
    BEGUN,
    CLOSED,
    DONE,
    DRAWN,
    FIRST,
    JOB,
    OPENED,
    OTHER,
    SITUATIONS,
    cases,
    judged,
    judged_until,
    page,
    situation,
    without,
)

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import ExampleResult
    from harness.trace.verdicts import Violation


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    return cases(tmp_path_factory.mktemp("renders"))


def order_of(of: dict[str, Case], events: tuple[Event, ...], name: str = "draws") -> Diagnosis:
    example = judged(of[name], events)
    broken = example.violation_of("order")
    assert broken is not None
    return diagnose(example, broken)


# --- classes


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_has_its_class(name: str, of: dict[str, Case]) -> None:
    kind, stage, *_ = SITUATIONS[name]
    diagnosis = diagnose(*situation(name, of))
    assert (diagnosis.kind, diagnosis.stage) == (kind, stage)
    assert diagnosis.story
    assert len(diagnosis.evidence) <= 3
    assert diagnosis.next_step
    assert "\n" not in diagnosis.story + diagnosis.next_step + "".join(diagnosis.evidence)


def test_every_class_and_every_stage_has_a_situation() -> None:
    later = {"lost-to-a-late-client", "lost-on-restart"}  # told only once the example has run again
    assert {kind for kind, *_ in SITUATIONS.values()} == set(CLASSES) - later
    assert {stage for _, stage, *_ in SITUATIONS.values()} == {*STAGES, ""}


@pytest.mark.parametrize("explanation", list(Explanation))
@pytest.mark.parametrize("clause", ["order", "accepted/status", "refused/body", "always/drawn", "schemas/page", "x"])
@pytest.mark.parametrize("events", [(), OPENED, FIRST, CLOSED[6:]], ids=["none", "open", "begun", "no request"])
def test_every_explanation_has_a_class_whatever_is_known_of_the_job(
    of: dict[str, Case], explanation: Explanation, clause: str, events: tuple[Event, ...]
) -> None:
    broken = violation(clause, explanation, "what happened")
    for case in of.values():
        diagnosis = diagnose(result(case, broken, events=events), broken)
        assert diagnosis.kind in CLASSES
        assert diagnosis.stage in {*STAGES, ""}
        assert diagnosis.story
        assert diagnosis.next_step


def test_every_class_and_stage_has_a_next_step() -> None:
    staged = {"silent-job"}
    assert set(HINT_KEYS) - set(NEXT_STEPS) - staged == {"ended-without-close"}
    assert set(NEXT_STEPS) <= set(HINT_KEYS)


# --- silence


def test_a_client_that_connects_first_and_gets_no_answer_to_its_request(of: dict[str, Case]) -> None:
    silent = violation("accepted/within", Explanation.SILENT, at=12.0, start=10.0, expected=("accepted",))
    events = (connecting(9.0), opened(9.5), sent(9.6), got(9.7, "ack"), request(10.0))
    assert diagnose(result(of["draws"], silent, events=events), silent).stage == "no-answer"


def test_silence_is_measured_from_the_last_message(of: dict[str, Case]) -> None:
    example = judged(of["draws"], FIRST)
    broken = example.violation_of("deadlines/finished")
    assert broken is not None
    assert diagnose(example, broken).story.endswith(f"then nothing for {broken.at - FIRST[-1].at:.2f} s")


@pytest.mark.parametrize(
    ("last", "kind"), [(29.9, "too-late"), (30.2, "too-late"), (28.0, "too-late"), (10.0, "silent-job")]
)
def test_a_job_that_was_not_quiet_for_longer_than_before_is_late_and_not_silent(
    of: dict[str, Case], last: float, kind: str
) -> None:
    example = judged(of["draws"], (*BEGUN, page(5.0, 0), page(last, 1)))
    broken = example.violation_of("deadlines/finished")
    assert broken is not None
    assert diagnose(example, broken).kind == kind


def test_without_an_order_that_can_be_judged_a_missing_close_is_still_only_that(of: dict[str, Case]) -> None:
    silent = violation("deadlines/closed", Explanation.SILENT, at=5.4, start=3.4, expected=("close",))
    assert diagnose(result(of["draws"], silent, events=DONE), silent).kind == "not-closed"


def test_a_close_that_never_comes_is_not_what_is_missing_of_a_job_that_stopped(of: dict[str, Case]) -> None:
    silent = violation("deadlines/closed", Explanation.SILENT, at=90.0, start=0.1, expected=("close",))
    example = replace(judged(of["draws"], FIRST), violations=(silent,))
    assert diagnose(example, silent).stage == "stopped-after-message"


def test_what_a_job_has_ended_without_is_lost_and_no_silence_of_the_job(of: dict[str, Case]) -> None:
    silent = violation("deadlines/x", Explanation.SILENT, "no `page` came", at=3.41, start=0.3, expected=("page",))
    diagnosis = diagnose(judged(of["draws"], CLOSED), silent)
    assert (diagnosis.kind, diagnosis.story) == ("lost-message", "no `page` came")


# --- messages


def test_a_message_that_comes_in_the_end_is_not_lost(of: dict[str, Case]) -> None:
    late = (*FIRST, page(2.3, 2), page(3.1, 1))
    diagnosis = order_of(of, late)
    assert diagnosis.kind == "wrong-order"
    assert diagnosis.story == "page(n 2) came before page(n 1), which came 800 ms after it"
    assert order_of(of, late[:-1]).kind == "lost-message"


def test_of_many_lost_messages_the_first_are_named(of: dict[str, Case]) -> None:
    diagnosis = order_of(of, (*ACKNOWLEDGED, got(3.4, "done", id=JOB, total=3), closed(3.5)))
    assert diagnosis.kind == "lost-message"
    assert diagnosis.story.startswith(
        f"begun(id {JOB!r}) and page(n 0) and page(n 1) and 1 other never came: `done` came"
    )


def test_one_message_twice_is_only_repeated_if_the_rest_is_right_without_it(of: dict[str, Case]) -> None:
    twice = (*FIRST, page(1.4, 0))
    assert order_of(of, (*twice, *CLOSED[len(FIRST) :])).kind == "repeated-message"
    assert order_of(of, (*twice, page(3.3, 2))).kind != "repeated-message"


def test_a_kind_that_has_many_places_is_not_taken_for_repeated(of: dict[str, Case]) -> None:
    assert order_of(of, (*DRAWN, page(3.35, 5))).kind == "wrong-order"


@pytest.mark.parametrize(("pages", "kind"), [(1, "repeated-message"), (2, "wrong-order")])
def test_of_a_kind_that_may_come_often_one_more_is_not_a_repeated_one(
    of: dict[str, Case], pages: int, kind: str
) -> None:
    before = [page(0.2 + n / 100, n) for n in range(pages)]
    assert order_of(of, (*ACKNOWLEDGED, *before, BEGUN[-1], page(0.4, 7)), "pages-first").kind == kind


def test_a_text_of_the_answer_that_is_no_id_does_not_make_a_message_foreign(of: dict[str, Case]) -> None:
    """The order asks for a text that the answer has too: only as its id it tells jobs apart."""
    begun = (*ACKNOWLEDGED[:1], answer(0.041, body={"state": JOB, "pages": 3}), *ACKNOWLEDGED[2:])
    example = judged(of["draws"], (*begun, got(0.3, "begun", id="drawn")))
    broken = example.violation_of("order")
    assert broken is not None
    assert diagnose(example, broken).kind == "foreign-message", "it is new for every job"
    assert diagnose(replace(example, fresh={}), broken).kind == "wrong-order"


@pytest.mark.parametrize(
    ("source", "summary", "kind"),
    [
        ("msg.total >= prev.total", "msg.total = 0, prev.total = 1", "wrong-totals"),
        ("last.done.total == size(all.page)", "last.done.total = 4, size(all.page) = 3", "wrong-totals"),
        ("msg.total == prev.total", "msg.total = 0, prev.total = 1.5", "wrong-totals"),
        ("msg.total == prev.total", "msg.total = '0', prev.total = 1", "broken-relation"),
        ("msg.state == \"drawn\"", "msg.state = 'queued'", "broken-relation"),
        ("all.page.all(p, p.total > 0)", "size(all.page) = 3", "broken-relation"),
        ("size(all.page) == 3", None, "broken-relation"),
    ],
)  # fmt: skip
def test_totals_are_told_from_other_relations(of: dict[str, Case], source: str, summary: str | None, kind: str) -> None:
    draws = of["draws"]
    relation = next(one for one in draws.relations if one.clause == "always/drawn")
    case = draws._replace(relations=(relation._replace(expect=recompiled(source)),))
    told = f"{source} is false: {summary}" if summary else f"{source}: there is no 'page'"
    broken = violation("always/drawn", Explanation.RELATION, told)
    assert diagnose(result(case, broken, events=CLOSED), broken).kind == kind


def recompiled(source: str):  # noqa: ANN201 - an expression over a message
    from harness.expressions.cel import Environment

    return Environment(("msg", "prev", "last", "all", "accepted")).compile(source)


@pytest.mark.parametrize(
    ("source", "value", "kind"),
    [
        ("msg.order_id == accepted.body.order_id", "o-4", "foreign-message"),
        ("accepted.body.order_id == msg.order_id", "o-4", "foreign-message"),
        ("msg.order_id == accepted.body.state", "o-4", "broken-relation"),
        ("msg.order_id == accepted.body.order_id", 4, "wrong-totals"),
        ("msg.order_id == accepted.body.none_id", "o-4", "broken-relation"),
    ],
)
def test_a_message_is_of_another_job_if_a_text_that_is_an_id_differs(
    of: dict[str, Case], source: str, value: Json, kind: str
) -> None:
    draws = of["draws"]
    relation = next(one for one in draws.relations if one.clause == "always/drawn")
    case = draws._replace(relations=(relation._replace(expect=recompiled(source)),))
    body = {"order_id": 17 if value == 4 else "o-17", "state": "queued"}
    values = ", ".join(f"x = {one!r}" for one in (value, body["order_id"]))
    broken = violation("always/drawn", Explanation.RELATION, f"{source} is false: {values}", at=2.3)
    events = (request(0.0), answer(0.1, body=body), page(2.3, 1, order_id=value))
    assert diagnose(result(case, broken, events=events), broken).kind == kind


# --- several connections


def on(connection: int, *events: Event) -> list[Event]:
    return [event._replace(connection=connection) for event in events]


def watched(case: Case, *watchers: tuple[Event, ...]) -> Together:
    """A job with several watchers, each of whom reads these events after the answer."""
    connections = Connections(
        Example(case, spec()), lambda held: Judge(held, {"job_id": JOB, "pages": 3}), range(len(watchers))
    )
    events = [event for number, seen in enumerate(watchers) for event in on(number, *seen[2:])]
    for event in (*OPENED[:2], *sorted(events, key=lambda event: event.at)):
        connections.take(event)
    return connections.conclude(9.0, ())


def test_a_message_is_misplaced_among_those_of_its_own_connection(of: dict[str, Case]) -> None:
    twice = (*FIRST, page(1.4, 0), *CLOSED[len(FIRST) :])
    together = watched(of["draws"], CLOSED, twice)
    broken = next(one for one in together.result.violations if one.clause == "order")
    diagnosis = diagnose(together.result, broken)
    assert diagnosis.kind == "repeated-message"
    assert diagnosis.story == "connection 1: page(n 0) came again, 100 ms after the first time"


def test_what_a_client_misses_that_comes_after_the_end_is_lost_to_it(of: dict[str, Case]) -> None:
    late = of["draws"]._replace(client=of["draws"].client._replace(connect=Connect.AFTER_END))
    lacking = without(CLOSED, "page")
    diagnosis = diagnose(*_order_of(watched(late, CLOSED, lacking)))
    assert diagnosis.kind == "lost-to-a-late-client"
    assert diagnosis.story.startswith("connection 1: a client that connects after the end misses messages")
    assert diagnosis.evidence[0].startswith("by itself it looks like lost message: page(n 0) never came")
    assert diagnose(*_order_of(watched(of["draws"], CLOSED, lacking))).kind == "lost-message", "nobody came late"
    refused = watched(late, CLOSED, (*OPENED[:2], connecting(3.1), not_opened(3.2, 410))).result
    (broken,) = (one for one in refused.violations if one.clause == "socket/opens")
    assert diagnose(refused, broken).story.startswith("connection 1: a client that connects after the end is refused;")
    both = watched(late, lacking, lacking).result
    assert {diagnose(both, one).kind for one in both.violations if one.clause == "order"} == {"lost-message"}


def _order_of(together: Together) -> tuple[ExampleResult, Violation]:
    return together.result, next(one for one in together.result.violations if one.clause == "order")


def test_messages_that_come_again_together_are_repeated(of: dict[str, Case]) -> None:
    again = tuple(event._replace(at=event.at + 0.001) for event in DRAWN[len(ACKNOWLEDGED) :])
    diagnosis = order_of(of, (*DRAWN, *again, *CLOSED[len(DRAWN) :]), "together")
    assert diagnosis.kind == "repeated-message"
    assert diagnosis.story.startswith("`begun` came again")


def test_a_message_of_another_job_is_blamed_not_the_one_whose_place_it_took(of: dict[str, Case]) -> None:
    foreign = tuple(page(at, n, id=OTHER) for at, n in ((1.2, 0), (2.2, 1)))
    diagnosis = order_of(of, (*BEGUN, foreign[0], *DRAWN[len(BEGUN) :], foreign[1], *CLOSED[len(DRAWN) :]), "together")
    assert diagnosis.kind == "foreign-message"
    assert diagnosis.story.startswith("`page` is of another job: its id is")
    assert diagnosis.evidence[0].startswith("it came at +1.2 s")


def test_a_message_of_another_job_after_the_end_is_foreign(of: dict[str, Case]) -> None:
    assert order_of(of, (*DONE, page(3.405, 1, id=OTHER), closed(3.41))).kind == "foreign-message"
    assert order_of(of, (*DONE, page(3.405, 1), closed(3.41))).kind == "message-after-the-end"


def test_what_all_connections_have_is_told_of_the_first(of: dict[str, Case]) -> None:
    twice = (*FIRST, page(1.4, 0), *CLOSED[len(FIRST) :])
    together = watched(of["draws"], twice, twice)
    (broken,) = [one for one in together.result.violations if one.clause == "order"]
    assert diagnose(together.result, broken).story == "page(n 0) came again, 100 ms after the first time"


def test_watchers_that_are_told_different_things_break_a_relation(of: dict[str, Case]) -> None:
    together = watched(of["draws"], CLOSED, tuple(page(1.3, 0, total=9) if one == FIRST[-1] else one for one in CLOSED))
    broken = next(one for one in together.result.violations if one.clause == "same-story")
    assert diagnose(together.result, broken).kind == "broken-relation"


# --- hints and the late client


def test_a_hint_is_found_by_stage_then_by_class_and_stands_for_the_next_step(of: dict[str, Case]) -> None:
    example, broken = situation("the client is greeted, and nothing comes", of)

    def hinted(**hints: str) -> Diagnosis:
        case = example.example.case._replace(hints={key.replace("_", "-"): hint for key, hint in hints.items()})
        return diagnose(replace(example, example=Example(case, spec())), broken)

    assert (hinted().likely, bool(hinted().next_step)) == ("", True)
    assert (hinted(silent_job="kind").likely, hinted(silent_job="kind").next_step) == ("kind", "")
    assert hinted(silent_job="kind", acknowledged_but_nothing="stage").likely == "stage"
    assert hinted(open_but_nothing="another").likely == ""


def test_what_is_lost_to_a_late_client_keeps_what_it_looked_like(of: dict[str, Case]) -> None:
    before = diagnose(*situation("the first messages are lost", of))
    late = lost_to_late_client(before, 1.25, "the client connects first")
    assert (late.kind, late.stage) == ("lost-to-a-late-client", "")
    assert "1.25 s after the answer" in late.story
    assert late.story.endswith("passes when the client connects first")
    assert before.story in late.evidence[0]
    assert late.evidence[1:] == before.evidence
    assert late.next_step
    assert "right after the answer" in lost_to_late_client(before, 0.0, "it waits").story


def test_what_is_lost_on_a_restart_keeps_what_it_looked_like(of: dict[str, Case]) -> None:
    before = diagnose(*situation("the job stops", of))
    lost = lost_on_restart(before, "the client only drops", {})
    assert (lost.kind, lost.stage) == ("lost-on-restart", "")
    assert lost.story.endswith("passes when the client only drops")
    assert before.story in lost.evidence[0]
    assert lost.evidence[1:] == before.evidence
    assert lost.next_step
    assert lost_on_restart(before, "it stays", {"lost-on-restart": "in memory only"}).likely == "in memory only"


@pytest.mark.parametrize(("by", "told"), [("restart", True), ("close", False)])
def test_what_is_seen_after_a_restart_is_told_as_seen_after_it(of: dict[str, Case], by: str, told: bool) -> None:
    found, broken = situation("a message comes twice", of)
    case = found.example.case._replace(client=Client(drop=Drop((1, 1), (Ending(by),))))
    first = replace(found, example=Example(case, spec()), violations=())
    both = replace(first, violations=(broken,), parts={0: first, 1: replace(first, violations=(broken,))})
    diagnosis = diagnose(both, broken._replace(connection=1))
    assert diagnosis.kind == "repeated-message"
    assert ("connection 1 was made after a restart of the target" in diagnosis.evidence) is told


def test_the_contract_may_know_what_is_lost_to_a_late_client(of: dict[str, Case]) -> None:
    before = diagnose(*situation("the first messages are lost", of))
    late = lost_to_late_client(before, 1.0, "it waits", {"lost-to-a-late-client": "nothing is kept"})
    assert (late.likely, late.next_step) == ("nothing is kept", "")


# --- the bundled contracts, with one thing wrong


NAMES = {"job_id": JOB, "shelf": {"images": [{}, {}, {}], "photos": [], "books": []}}
LOOKS_LIKE = {
    Change.DROP: {"lost-message", "silent-job", "not-closed"},
    Change.REPEAT: {"repeated-message", "message-after-the-end"},
    Change.SWAP: {"wrong-order", "silent-job"},
    Change.INSERT: {"foreign-message"},
    Change.VALUE: {"wrong-order", "lost-message", "wrong-close"},
    Change.STOP: {"silent-job", "not-closed"},
}


@cache
def batch() -> Case:
    paths = [path for path in bundled_contracts() if path.name.startswith("batch-scan")]
    return next(case for case in load(paths[0], registry()).cases if case.name == "scans-every-photo")


def connection(trace: list[Made]) -> Iterator[Event]:
    """The events of a connection on which a trace comes."""
    yield from (request(0.0), answer(0.01), connecting(0.02), opened(0.03), sent(0.04))
    socket = batch().socket
    assert socket is not None
    for number, made in enumerate(trace):
        event = made.event(0.1 + number / 10)
        if made.kind not in (CLOSE, UNDECLARED):
            event = event._replace(value={**socket.kinds[made.kind].render(NAMES), **event.value})
        yield event


def mutant(change: Change, seed: int) -> tuple[list[Made], ExampleResult] | None:
    case = batch()
    assert case.socket is not None
    pattern = build(case.socket.order, NAMES)
    trace = violating(pattern, change, random.Random(seed).randrange)
    if trace is None:
        return None
    events = tuple(connection(trace))
    return trace, judged_until(case, NAMES, events, 95.0 + READ_ON)


@pytest.mark.parametrize("change", LOOKS_LIKE)
def test_a_changed_trace_looks_like_its_change(change: Change) -> None:
    found = set()
    for seed in range(60):
        made = mutant(change, seed)
        broken = made[1].violation_of("order") if made is not None else None
        if made is None or broken is None:
            continue
        kind = diagnose(made[1], broken).kind
        assert kind in LOOKS_LIKE[change], made[0]
        found.add(kind)
    assert found == LOOKS_LIKE[change]


def asked(at: float, what: What, name: str, status: int | None = 409, body: Json = None) -> Event:
    value = {"status": status, "headers": {}, "body": body, "seconds": 0.25}
    return Event(at, what, name, value)


@pytest.mark.parametrize(
    ("explanation", "status", "kind"),
    [
        (Explanation.ANSWER, 409, "wrong-answer"),
        (Explanation.ANSWER, 500, "server-error"),
        (Explanation.ANSWER, None, "wrong-answer"),
        (Explanation.LATE, 200, "too-late"),
        (Explanation.SHAPE, 200, "wrong-shape"),
        (Explanation.RELATION, 200, "broken-relation"),
    ],
)
def test_an_action_is_told_with_its_moment(case: Case, explanation: Explanation, status: int | None, kind: str) -> None:
    events = (request(0.0), answer(0.1), got(0.5, "tick"), asked(1.0, What.ACTION, "cancel", status, {"why": "no"}))
    broken = violation("actions/cancel/x", explanation, "it is not so")
    told = diagnose(result(case, broken, events=events), broken)
    assert (told.kind, told.story) == (kind, "the action cancel: it is not so")
    assert told.evidence == ("it was asked at +750 ms, after `tick`", 'its body: {"why": "no"}')


def test_what_is_asked_afterwards_is_told_so(case: Case) -> None:
    events = (request(0.0), asked(0.2, What.AFTERWARDS, "settled"), asked(1.0, What.AFTERWARDS, "settled"))
    broken = violation("afterwards/settled/status", Explanation.ANSWER, "the answer was 409: None")
    told = diagnose(result(case, broken, events=events), broken)
    assert told.story == "settled, asked once the job had ended: the answer was 409: None"
    assert told.evidence == ("it was asked at +750 ms, before any message",)
    assert diagnose(result(case, broken), broken).evidence == (), "the event is not known"
