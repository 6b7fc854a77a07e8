from __future__ import annotations

import pytest

from harness.temporal.deadlines import Deadline, DeadlineMonitor, Gap, GapMonitor
from harness.temporal.invariants import Broken, Invariant, InvariantMonitor
from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import One, repeat, sequence
from harness.temporal.watch import History, Watch
from harness.trace.events import ACCEPTED, CLOSE, END, NOT_OPENED, OPEN, REFUSED, Event, Json, What
from harness.trace.verdicts import Explanation, Place, Verdict

PLACE = Place("c.yaml", 7)
ANSWER = Event(0.0, What.ANSWER, ACCEPTED, {"status": 202})


def message(at: float, kind: str, value: Json = None) -> Event:
    return Event(at, What.RECEIVED, kind, value or {})


def close(at: float, by: str = "server") -> Event:
    return Event(at, What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": by})


def ordered(*kinds: str) -> OrderMonitor:
    return OrderMonitor("order", PLACE, sequence(One(kind) for kind in kinds), {})


def deadline(clause: str, start: str, to: str, within: float = 5.0) -> DeadlineMonitor:
    return DeadlineMonitor(Deadline(clause, PLACE, (start,), (to,), within))


def relation(clause: str, point: str, summary: str = "") -> InvariantMonitor:
    def test(event: Event, previous: Event | None) -> Broken | None:
        return Broken(f"{summary} {event.value}") if summary else None

    return InvariantMonitor(Invariant(clause, PLACE, frozenset({point}), test))


def fed(watch: Watch, *events: Event) -> Watch:
    for event in events:
        watch.feed(event)
    return watch


def told(watch: Watch) -> list[tuple[str, Explanation, bool]]:
    return [(one.clause, one.explanation, one.consequence) for one in watch.violations()]


def test_where_the_order_was_left_is_handed_on() -> None:
    wrong = message(1, "done")
    watch = fed(Watch(ordered("init", "done"), [], History()), wrong)
    assert watch.deviation is not None
    assert watch.deviation.event is wrong
    assert fed(Watch(None, [], History()), wrong).deviation is None


def test_a_job_from_the_answer_to_the_close() -> None:
    history = History()
    watch = Watch(ordered("init", "done", CLOSE), [deadline("news", ACCEPTED, "init")], history)
    assert watch.next_deadline() is None
    sent = Event(0.5, What.SENT, "ready", {})
    fed(watch, ANSWER, sent)
    assert watch.next_deadline() == 5.0
    assert watch.owed == ("init",)
    first, second = message(1, "init"), message(2, "done")
    fed(watch, first)
    assert watch.next_deadline() is None
    assert not watch.ended
    fed(watch, second)
    assert watch.ended
    assert watch.owes_close
    assert not watch.done
    assert watch.received == 2
    fed(watch, close(3))
    assert watch.done
    assert not watch.owes_close
    watch.finish(4)
    assert watch.violations() == ()
    assert not watch.hopeless
    assert watch.verdicts() == {"order": Verdict.PASSED, "news": Verdict.PASSED}
    assert history.received == {"init": [first], "done": [second]}
    assert history.sent == {"ready": [sent]}


def test_the_terminal_message_is_an_end_to_all_but_the_order() -> None:
    broken = relation("at_end/x", END, "end with")
    watch = Watch(ordered("init", "done"), [broken, relation("at_end/y", END)], History())
    fed(watch, message(1, "init"))
    assert watch.verdicts()["at_end/y"] is Verdict.NOT_EXERCISED
    fed(watch, message(2, "done", {"n": 1}))
    assert broken.violation is not None
    assert (broken.violation.summary, broken.violation.at) == ("end with {'n': 1}", 2)
    assert watch.verdicts() == {"order": Verdict.PASSED, "at_end/x": Verdict.FAILED, "at_end/y": Verdict.PASSED}


def test_the_end_comes_once() -> None:
    ends: list[Event] = []

    def test(event: Event, previous: Event | None) -> None:
        ends.append(event)

    monitor = InvariantMonitor(Invariant("at_end", PLACE, frozenset({END}), test))
    fed(Watch(ordered("done", CLOSE), [monitor], History()), message(1, "done"), message(2, "late"), close(3))
    assert [event.at for event in ends] == [1]


def test_a_close_is_no_terminal_message() -> None:
    order = OrderMonitor("order", PLACE, One(CLOSE), {})
    watch = fed(Watch(order, [relation("at_end", END)], History()), ANSWER, close(1))
    assert watch.done
    assert not watch.ended
    assert watch.verdicts()["at_end"] is Verdict.NOT_EXERCISED


@pytest.mark.parametrize("named", [True, False])
def test_what_came_last_before_the_close_was_the_end_though_more_might_have_come(named: bool) -> None:
    steps = [One("init"), repeat(One("extra")), *([One(CLOSE)] if named else [])]
    finished = deadline("finished", ACCEPTED, END, 5.0)
    watch = fed(
        Watch(OrderMonitor("order", PLACE, sequence(steps), {}), [finished, relation("at_end", END)], History()),
        ANSWER, message(1, "init"), message(2, "extra"), close(3),
    )  # fmt: skip

    assert watch.ended
    assert watch.violations() == ()
    assert watch.verdicts() == {"order": Verdict.PASSED, "finished": Verdict.PASSED, "at_end": Verdict.PASSED}


def test_a_deadline_that_passed_before_an_event_of_others_is_broken_by_it() -> None:
    late = Watch(ordered("init", "done"), [deadline("news", ACCEPTED, "done", 5.0)], History())
    fed(late, ANSWER, message(6, "init"))

    assert [violation.clause for violation in late.violations()] == ["news"]


def test_no_end_after_a_broken_order() -> None:
    watch = Watch(ordered("init", "done"), [relation("at_end", END), relation("always", "done")], History())
    fed(watch, message(1, "done"))
    assert not watch.ended
    assert watch.hopeless
    assert watch.owed == ()
    assert watch.verdicts() == {
        "order": Verdict.FAILED,
        "at_end": Verdict.NOT_EXERCISED,
        "always": Verdict.PASSED,
    }


def test_what_never_came_after_a_broken_order_is_a_consequence() -> None:
    watch = Watch(ordered("init", "done"), [deadline("finished", "init", "done"), relation("r", "x", "bad")], History())
    fed(watch, ANSWER, message(1, "init"), message(2, "x"))
    watch.advance(6)
    assert told(watch) == [
        ("order", Explanation.UNEXPECTED, False),
        ("r", Explanation.RELATION, False),
        ("finished", Explanation.SILENT, True),
    ]


def test_what_never_came_after_a_silence_is_a_consequence() -> None:
    monitors = [deadline("finished", ACCEPTED, "done", 7.0), deadline("news", ACCEPTED, "init", 5.0)]
    watch = fed(Watch(ordered("init", "done"), monitors, History()), ANSWER)
    watch.advance(5)
    assert watch.hopeless
    watch.advance(7)
    watch.finish(7)
    assert told(watch) == [
        ("news", Explanation.SILENT, False),
        ("order", Explanation.MISSING, True),
        ("finished", Explanation.SILENT, True),
    ]


def test_a_job_that_cannot_go_on_without_what_did_not_come_is_not_waited_for() -> None:
    def acknowledged(*to: str) -> DeadlineMonitor:
        return DeadlineMonitor(Deadline("acknowledged", PLACE, (ACCEPTED,), to, 1.0, or_end=True))

    orders = {
        "it comes first": (ordered("ack", "done"), ("ack",), True),
        "any of these": (ordered("ack", "done"), ("nack", "ack"), True),
        "it comes later": (ordered("done", "ack"), ("ack",), False),
        "it may be left out": (OrderMonitor("order", PLACE, repeat(One("ack")), {}), ("ack",), False),
    }
    for name, (order, to, hopeless) in orders.items():
        watch = fed(Watch(order, [acknowledged(*to)], History()), ANSWER)
        assert not watch.hopeless
        watch.advance(1)
        assert watch.hopeless is hopeless, name
    late = fed(Watch(ordered("ack", "ack"), [acknowledged("ack")], History()), ANSWER, message(2, "ack"))
    assert not late.hopeless, "it came all the same"
    unordered = fed(Watch(None, [acknowledged("ack")], History()), Event(0.0, What.OPEN, ACCEPTED))
    unordered.advance(1)
    assert not unordered.hopeless


def test_what_was_not_waited_for_after_a_silence_that_ended_is_a_consequence() -> None:
    watch = fed(Watch(ordered("init", "done"), [deadline("news", ACCEPTED, "init", 5.0)], History()), ANSWER)
    watch.advance(5)
    fed(watch, message(6, "init"))
    assert watch.hopeless
    watch.finish(7)
    assert told(watch) == [("news", Explanation.LATE, False), ("order", Explanation.MISSING, True)]


def test_what_is_missing_after_a_broken_relation_or_a_late_event_is_its_own_fault() -> None:
    monitors = [relation("always", "init", "bad"), GapMonitor(Gap("gap", PLACE, ("init",), ("done",), 1.0))]
    watch = Watch(ordered("init", "tick", "done"), monitors, History())
    fed(watch, ANSWER, message(1, "init"), message(3, "tick"), close(3.5))
    assert told(watch) == [
        ("always", Explanation.RELATION, False),
        ("gap", Explanation.LATE, False),
        ("order", Explanation.MISSING, False),
    ]


def test_an_event_after_a_deadline_is_fed_to_all_each_time() -> None:
    watch = Watch(
        ordered("init", "done"), [relation("always", "done"), deadline("news", ACCEPTED, "init", 5.0)], History()
    )
    fed(watch, ANSWER, message(6, "other"))
    assert [clause for clause, _, _ in told(watch)] == ["news", "order"]


def test_an_event_that_nobody_waits_for_before_and_after() -> None:
    watch = Watch(ordered("init", "init"), [relation("always", "init")], History())
    fed(watch, message(1, "init"), message(2, "init"))
    assert watch.verdicts() == {"order": Verdict.PASSED, "always": Verdict.PASSED}


def test_it_may_be_over_although_more_may_come() -> None:
    loop = OrderMonitor("order", PLACE, sequence([One("init"), repeat(One("tick"))]), {})
    watch = Watch(loop, [], History())
    assert not watch.satisfied
    assert fed(watch, message(1, "init")).satisfied
    assert not watch.ended
    assert watch.deviation is None
    assert not fed(watch, message(2, "other")).satisfied
    assert watch.deviation == loop.deviation is not None
    assert Watch(None, [], History()).deviation is None
    assert not Watch(None, [], History()).satisfied


def test_what_no_clause_looks_back_on_is_dropped_and_counted() -> None:
    history = History(frozenset({"tick"}))
    watch = Watch(ordered("init"), [], history)
    fed(watch, *(message(at, kind) for at, kind in enumerate(("init", "tick", "tick", "init", "init"))))
    assert history.dropped == {"init": 2}
    assert [event.at for event in history.received["init"]] == [4]
    assert [event.at for event in history.received["tick"]] == [1, 2]


def test_violations_are_told_in_the_order_of_their_instants() -> None:
    monitors = [relation("second", "init", "bad"), deadline("first", ACCEPTED, "init", 1.0)]
    watch = fed(Watch(ordered("init"), monitors, History()), ANSWER, message(3, "init"))
    assert [clause for clause, _, _ in told(watch)] == ["first", "second"]


def test_nothing_more_is_read_once_refused_or_not_opened() -> None:
    for event in (Event(1, What.ANSWER, REFUSED, {}), Event(1, What.NOT_OPENED, NOT_OPENED, {})):
        watch = fed(Watch(ordered("init"), [], History()), event)
        assert watch.done
        watch.finish(2)
        assert watch.verdicts() == {"order": Verdict.NOT_EXERCISED}


def test_a_close_before_the_answer_is_not_the_last_event() -> None:
    watch = fed(Watch(ordered("init", CLOSE), [], History()), message(1, "init"), close(2))
    assert not watch.done
    assert fed(watch, ANSWER).done


def test_without_an_order_the_answer_is_all() -> None:
    watch = Watch(None, [deadline("within", OPEN, ACCEPTED)], History())
    assert not watch.owes_close
    assert watch.owed == ()
    assert watch.received == 0
    fed(watch, Event(0, What.OPEN, OPEN))
    assert not watch.done
    watch.finish(1)
    assert fed(watch, ANSWER).done
    assert not watch.ended
    assert watch.verdicts() == {"within": Verdict.PASSED}


def test_missing_at_the_end() -> None:
    watch = fed(Watch(ordered("init"), [], History()), ANSWER)
    watch.finish(3)
    assert told(watch) == [("order", Explanation.MISSING, False)]
