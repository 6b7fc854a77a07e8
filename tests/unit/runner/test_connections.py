from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.client import Act, Client, Drop
from harness.contract.judge import Judge
from harness.contract.model import Aside, Request
from harness.contract.templates import Template
from harness.runner.connections import Connections, Together
from harness.runner.results import Example
from harness.trace.events import Event, What
from harness.trace.verdicts import Place, Verdict
from tests.unit.runner.examples import CONTRACT, answer, cases, closed, connecting, got, opened, request, sent, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.trace.events import Event, Json

    Hear = Callable[..., Together]

WHOLE = [connecting(0.2), opened(0.3), got(0.5, "tick", n=1), got(0.6, "done"), closed(0.7)]


def on(number: int, events: list[Event], later: float = 0.0) -> list[Event]:
    return [event._replace(connection=number, at=event.at + later) for event in events]


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
    first = [event._replace(at=0.0) for event in WHOLE[:2]]
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


# --- what a client does


def client_of(tmp_path: Path, client: Client, contract: str = CONTRACT, **more: Json) -> Callable[..., Connections]:
    def start(drawn: Json = None) -> Connections:
        case = cases(tmp_path, contract)[0]._replace(client=client, **more)
        example = Example(case, {**spec(), **({"client": drawn} if drawn else {})})
        return Connections(example, lambda held: Judge(held, {"n": 1}))

    return start


def feed(connections: Connections, *told: list[Event]) -> Connections:
    for event in sorted((event for events in told for event in events), key=lambda event: event.at):
        connections.take(event)
    return connections


PLACE = Place("c.yaml", 1, 1)
ANSWERED = [request(0.0), answer(0.1)]
RETURNS = Client(drop=Drop((0, 9)))
LEFT = [*WHOLE[:3], closed(0.55, 1000, "client")]


def test_one_that_returns_is_told_of_the_job_and_begins_with_its_first_event(tmp_path: Path) -> None:
    together = feed(client_of(tmp_path, RETURNS)({"drop": {"after_messages": 1}}), ANSWERED, LEFT, on(1, WHOLE, 1.0))
    done = together.conclude(2.0, ())
    assert together.done
    assert done.result.verdict is Verdict.PASSED
    assert done.result.verdicts["same-story"] is Verdict.PASSED
    assert [event.at for event in done.parts[1].events][:3] == [0.0, 0.1, 1.2]
    assert done.result.parts == done.parts


def test_one_that_returns_has_its_time_from_when_it_is_open(tmp_path: Path) -> None:
    """`news` runs from the answer, 5 s; it returns later than that and is told at once."""
    text = CONTRACT.replace("news: {from: [accepted, ready]", "news: {from: [accepted]")
    back = on(1, WHOLE, 9.0)
    right = feed(client_of(tmp_path, RETURNS, text)({"drop": {"after_messages": 1}}), ANSWERED, LEFT, back)
    assert right.conclude(20.0, ()).result.violations == ()
    late = [*back[:2], *on(1, WHOLE[2:], 14.0)]
    wrong = feed(client_of(tmp_path, RETURNS, text)({"drop": {"after_messages": 1}}), ANSWERED, LEFT, late)
    broken = wrong.conclude(20.0, ()).result.violations
    assert [(one.clause, one.connection) for one in broken] == [("deadlines/news", 1)]
    watchers = feed(client_of(tmp_path, Client(watchers=(2, 2)), text)(), ANSWERED, WHOLE, back)
    assert [one.clause for one in watchers.conclude(20.0, ()).result.violations] == ["deadlines/news"]


def test_one_that_reads_slowly_passes_no_deadline_and_breaks_it_by_silence_alone(tmp_path: Path) -> None:
    start = client_of(tmp_path, Client(watchers=(2, 2), slow=(0.0, 4.0)))
    slow = [*on(1, WHOLE[:2]), sent(0.31), *on(1, WHOLE[2:], 4.5)]
    slow[2] = slow[2]._replace(connection=1)
    told = feed(start({"slow": 4.0}), ANSWERED, WHOLE, slow).conclude(60.0, ())
    assert told.result.violations == ()
    assert told.parts[1].verdicts["deadlines/finished"] is Verdict.NOT_EXERCISED
    assert told.result.verdicts["deadlines/finished"] is Verdict.PASSED, "that of the other"
    quick = feed(start(), ANSWERED, WHOLE, slow).conclude(60.0, ()).result
    assert [one.clause for one in quick.violations] == ["deadlines/acknowledged"]
    alone = feed(client_of(tmp_path, Client(slow=(0.0, 4.0)))({"slow": 4.0}), ANSWERED, WHOLE).conclude(5.0, ())
    assert alone.result.verdicts["deadlines/finished"] is Verdict.NOT_EXERCISED
    unheard = feed(start({"slow": 4.0}), ANSWERED, WHOLE, slow[:3])
    assert unheard.next_deadline() == pytest.approx(slow[2].at + 4.0 + 1.0)
    silent = unheard.conclude(60.0, ()).result.violations
    assert [(one.clause, one.connection) for one in silent][:2] == [
        ("deadlines/acknowledged", 1),
        ("deadlines/news", 1),
    ]
    disordered = [*slow[:3], *on(1, [got(0.5, "done")], 50.0)]
    broken = feed(start({"slow": 4.0}), ANSWERED, WHOLE, disordered, on(1, [got(0.6, "tick")], 50.0))
    assert "order" in [one.clause for one in broken.conclude(60.0, ()).result.violations], "all else is judged"


def test_what_the_job_outran_is_not_exercised_and_what_is_broken_counts(tmp_path: Path) -> None:
    start = client_of(tmp_path, RETURNS)
    quick = feed(start({"drop": {"after_messages": 7}}), ANSWERED, WHOLE).conclude(2.0, ()).result
    assert "after 7 messages, and 2 came" in quick.outran
    assert set(quick.verdicts.values()) == {Verdict.NOT_EXERCISED}
    wrong = feed(start({"drop": {"after_messages": 7}}), ANSWERED, [*WHOLE[:4], closed(0.7, 1001)]).conclude(2.0, ())
    assert wrong.result.verdict is Verdict.FAILED
    assert wrong.result.verdicts["order"] is Verdict.FAILED
    assert start({"drop": {"after_messages": 7}}).conclude(0.0, (), cut=True).result.outran == ""


@pytest.mark.parametrize(("asked", "in_time"), [(0.5, True), (0.65, False)])
def test_what_is_asked_for_after_the_end_came_too_late(tmp_path: Path, asked: float, in_time: bool) -> None:
    """The job ends at 0.6, and closes at 0.7; what counts is when it was asked for, not when it was answered."""
    cancel = Aside("cancel", PLACE, Request("POST", Template("/c", frozenset()), {}, None, None, None))
    start = client_of(tmp_path, Client(acts=(Act(cancel, "tick"),)))
    value = {"status": 200, "headers": {}, "body": None, "seconds": 0.2}
    acted = Event(asked + 0.2, What.ACTION, "cancel", value)
    told = feed(start(), ANSWERED, WHOLE, [acted]).conclude(2.0, ()).result
    assert told.outran == ("" if in_time else "the job was over before cancel was asked for")
    assert (told.verdict is Verdict.PASSED) is in_time


def test_a_job_that_fell_silent_outran_nobody(tmp_path: Path) -> None:
    """What did not come about exercises nothing all the same."""
    silent = feed(client_of(tmp_path, RETURNS)({"drop": {"after_messages": 7}}), ANSWERED, [*WHOLE[:2], sent(0.31)])
    told = silent.conclude(60.0, ()).result
    assert told.verdict is Verdict.FAILED
    assert told.outran == ""
    assert Verdict.PASSED not in told.verdicts.values()


def test_it_is_hopeless_only_when_all_that_are_read_are(several: Callable[..., Connections]) -> None:
    connections = several(0, 1)
    feed(connections, ANSWERED, WHOLE[:2], on(1, WHOLE[:2]), [got(0.5, "nonsense")])
    assert not connections.hopeless
    assert connections.owed == ("tick", "done")
    connections.take(got(0.6, "nonsense")._replace(connection=1))
    assert connections.hopeless
    assert not connections.done


def test_one_that_reads_slowly_does_not_keep_the_others_from_giving_up(tmp_path: Path) -> None:
    start = client_of(tmp_path, Client(watchers=(2, 2), slow=(0.0, 4.0)))
    slow = on(1, WHOLE[:3], 3.0)
    connections = feed(start({"slow": 4.0}), ANSWERED, [*WHOLE[:2], sent(0.31), got(0.4, "ack")], slow)
    assert not connections.hopeless
    told = connections.conclude(8.0, ())
    assert connections.hopeless
    assert [one.clause for one in told.result.violations if not one.consequence] == ["deadlines/news"]
    assert (told.result.inconclusive, told.parts[1].violations) == ("", ()), "nobody waited for what it has not read"
    unwatched = feed(start({"slow": 4.0}), ANSWERED, WHOLE, slow)
    assert not unwatched.hopeless, "it alone is still read"
    disordered = feed(start({"slow": 4.0}), ANSWERED, WHOLE, [*slow, *on(1, [got(0.6, "nonsense")], 3.0)])
    assert disordered.hopeless


def test_the_end_is_that_of_the_first_that_sees_it(several: Callable[..., Connections]) -> None:
    connections = several(0, 1)
    feed(connections, ANSWERED, WHOLE[:3], on(1, WHOLE[:3]))
    assert not connections.ended
    connections.take(got(0.8, "done")._replace(connection=1))
    assert connections.ended


def test_a_contract_may_have_a_story_for_each(tmp_path: Path) -> None:
    start = client_of(tmp_path, Client(watchers=(2, 2)), same_story=False)
    other = [*WHOLE[:2], got(0.5, "tick", n=7), *WHOLE[3:]]
    result = feed(start(), ANSWERED, WHOLE, on(1, other, 1.0)).conclude(5.0, ()).result
    assert "same-story" not in result.verdicts
    assert result.violations == ()


def test_a_result_can_be_kept_without_its_events(hear: Hear) -> None:
    result = hear(WHOLE, on(1, WHOLE, 1.0)).result
    kept = result.stripped()
    assert (kept.events, kept.parts) == ((), {})
    assert kept.verdicts == result.verdicts
