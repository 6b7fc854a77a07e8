from __future__ import annotations

import pytest

from harness.temporal.anytime import Anytime
from harness.temporal.order import MAX_LISTED, Deviation, Late, OrderMonitor
from harness.temporal.patterns import (
    EMPTY,
    NOTHING,
    Later,
    One,
    Pattern,
    Ref,
    bind,
    either,
    for_each,
    repeat,
    sequence,
)
from harness.trace.events import ACCEPTED, CLOSE, UNDECLARED, Event, Json, NotJson, What
from harness.trace.verdicts import Explanation, Place, Verdict, Violation

PLACE = Place("c.yaml", 7)
INIT, DONE, SHUT = One("init"), One("done"), One(CLOSE, {"code": 1000})
JOB = sequence([INIT, One("tick", {"n": 0}), One("tick", {"n": 1}), DONE, SHUT])


def message(kind: str, value: Json = None, at: float = 1.0) -> Event:
    return Event(at, What.RECEIVED, kind, value or {})


def tick(number: int) -> Event:
    return message("tick", {"n": number})


def close(code: int = 1000, by: str = "server", reason: str = "") -> Event:
    return Event(9.0, What.CLOSE, CLOSE, {"code": code, "reason": reason, "by": by})


def watching(pattern: Pattern = JOB, **anytime: Anytime) -> OrderMonitor:
    return OrderMonitor("order", PLACE, pattern, anytime)


def feed(monitor: OrderMonitor, *events: Event) -> OrderMonitor:
    for event in events:
        monitor.feed(event)
    return monitor


def broken(monitor: OrderMonitor, *events: Event) -> Violation:
    *before, last = events
    feed(monitor, *before)
    assert monitor.violation is None
    assert not monitor.hopeless
    monitor.feed(last)
    assert monitor.violation is not None
    assert monitor.hopeless
    assert monitor.verdict is Verdict.FAILED
    assert (monitor.violation.clause, monitor.violation.place, monitor.violation.at) == ("order", PLACE, last.at)
    return monitor.violation


WHOLE = (message("init"), tick(0), tick(1), message("done"))


def test_what_must_come_before_all_else() -> None:
    monitor = watching(sequence([either([INIT, One("late")]), repeat(One("tick")), DONE]))
    assert monitor.owes_only({"init", "late"})
    assert not monitor.owes_only({"init"})
    feed(monitor, message("init"))
    assert not monitor.owes_only({"done"}), "a tick may come, too"
    assert feed(monitor, message("done")).ended
    assert not monitor.owes_only({"done"}), "nothing must come"
    assert not feed(watching(), message("done")).owes_only({"init"}), "it is broken already"


def test_a_whole_job() -> None:
    monitor = watching()
    assert monitor.verdict is Verdict.NOT_EXERCISED
    assert monitor.owed == ("init",)
    feed(monitor, *WHOLE[:3])
    assert not monitor.ended
    assert monitor.verdict is Verdict.NOT_EXERCISED
    feed(monitor, WHOLE[3])
    assert monitor.ended
    assert monitor.owes_close
    assert monitor.owed == ("close(code 1000)",)
    assert monitor.verdict is Verdict.NOT_EXERCISED
    feed(monitor, close())
    assert not monitor.owes_close
    assert monitor.verdict is Verdict.PASSED
    assert monitor.received == 4
    monitor.finish(10.0)
    assert monitor.violation is None


def test_nothing_but_messages_and_closes_matters() -> None:
    monitor = feed(watching(), Event(0, What.ANSWER, ACCEPTED, {}), Event(0, What.SENT, "done", {}))
    monitor.advance(100)
    assert monitor.due() is None
    assert monitor.violation is None
    assert monitor.received == 0


def test_it_stops_at_its_first_violation() -> None:
    monitor = watching()
    first = broken(monitor, tick(0))
    feed(monitor, *WHOLE, tick(7), close())
    monitor.finish(100)
    assert monitor.violation is first
    assert not monitor.ended


def test_undeclared() -> None:
    violation = broken(watching(), message(UNDECLARED, {"type": "hello"}))
    assert violation.explanation is Explanation.UNDECLARED
    assert violation.summary == 'message 1 of the order is {"type": "hello"}: no declared kind fits it'
    violation = broken(watching(), message(UNDECLARED, NotJson("x")))
    assert violation.summary == "message 1 of the order is 'x': it is no JSON object"


OURS = {"init": {"type": "init", "parent": {"id": 7}}, "done": {"type": "done"}}


@pytest.mark.parametrize(
    ("kind", "value", "near_miss"),
    [
        (
            UNDECLARED,
            {"type": "init", "parent": {"id": 8}},
            "`init` would have been accepted, but parent.id is 8, not 7",
        ),
        ("other", {"type": "init"}, '`init` would have been accepted, but parent is missing, it should be {"id": 7}'),
        (UNDECLARED, {"type": "first", "parent": {"id": 8}}, ""),
        (UNDECLARED, {"type": "complete"}, ""),
        (UNDECLARED, NotJson("x"), ""),
    ],
)
def test_what_is_nearly_of_a_kind_that_may_come_is_told(kind: str, value: Json, near_miss: str) -> None:
    monitor = OrderMonitor("order", PLACE, either([JOB, DONE]), {}, kinds={**OURS, "other": {}})
    assert broken(monitor, message(kind, value)).near_miss == near_miss


def test_wrong_value() -> None:
    violation = broken(watching(), *WHOLE[:1], tick(1))
    assert violation.explanation is Explanation.WRONG_VALUE
    assert violation.summary == 'message 2 of the order is tick {"n": 1}: n is 1, not 0'
    assert violation.expected == ("tick(n 0)",)
    assert violation.near_miss == "tick(n 0) would have been accepted"


def test_where_an_order_without_snapshots_was_left() -> None:
    early = feed(late(), CONNECTS, ASKED, message("state"))
    assert early.deviation == Deviation(JOB, JOB, message("state"))


def test_each_difference_is_told_once() -> None:
    ones = either([One("tick", {"n": 1, "of": 2}), One("tick", {"n": 1, "of": 3}), One("tick", {"n": 2})])
    assert broken(watching(ones), tick(0)).summary.endswith("n is 0, not 1; n is 0, not 2")


def test_too_early() -> None:
    violation = broken(watching(), message("done"))
    assert (violation.explanation, violation.near_miss) == (Explanation.TOO_EARLY, "")
    assert violation.summary == "message 1 of the order is done {}: it may come later, but not yet"


def test_repeated_is_told_from_unexpected() -> None:
    pattern = sequence([One("tick", {"n": 1}), DONE])
    assert broken(watching(pattern), tick(1), tick(1)).explanation is Explanation.REPEATED
    assert broken(watching(pattern), tick(1), tick(2)).explanation is Explanation.UNEXPECTED
    assert broken(watching(pattern), tick(1), message("tick", {"n": True})).explanation is Explanation.UNEXPECTED
    assert broken(watching(pattern), tick(1), message("other")).explanation is Explanation.UNEXPECTED


def test_after_the_end() -> None:
    violation = broken(watching(), *WHOLE, tick(1))
    assert violation.explanation is Explanation.AFTER_THE_END
    assert violation.summary == 'message 5 of the order is tick {"n": 1}: it came after the terminal message, done'


def test_a_close_in_the_middle() -> None:
    violation = broken(watching(), *WHOLE[:2], close(1001, reason="going away"))
    assert violation.explanation is Explanation.MISSING
    assert violation.summary == "the socket was closed with code 1001, 'going away' while tick(n 1) was owed"
    assert violation.expected == ("tick(n 1)",)


def test_a_close_with_the_wrong_code() -> None:
    violation = broken(watching(), *WHOLE, close(1006))
    assert violation.explanation is Explanation.WRONG_VALUE
    assert violation.summary == "the socket was closed with code 1006 while close(code 1000) was owed"
    assert (violation.expected, violation.near_miss) == (("close(code 1000)",), "")


def test_where_the_order_was_left_by_silence_there_is_no_event() -> None:
    monitor = feed(watching(), message("init"))
    monitor.finish(9.0)
    assert monitor.deviation is not None
    assert monitor.deviation.event is None


def test_a_late_connection_leaves_the_order_that_it_was_held_to() -> None:
    late = Late(sequence([One("snapshot"), DONE]), ("snapshot",))
    first = OrderMonitor("order", PLACE, JOB, {}, late)
    feed(first, Event(0.0, What.CONNECT, "connect"), message("done"))
    second = feed(OrderMonitor("order", PLACE, JOB, {}, late), message("done"))
    assert [one.deviation.whole for one in (first, second) if one.deviation] == [JOB, late.pattern]


def test_a_close_by_the_client_owes_nothing() -> None:
    monitor = feed(watching(), *WHOLE[:2], close(by="client"))
    monitor.finish(100)
    assert monitor.violation is None
    assert monitor.verdict is Verdict.PASSED
    assert feed(watching(), close(by="client")).verdict is Verdict.NOT_EXERCISED


@pytest.mark.parametrize(
    ("pattern", "events"),
    [
        (sequence([INIT, DONE]), (message("init"), message("done"))),
        (sequence([INIT, repeat(One("tick"))]), (message("init"), tick(4))),
        (either([sequence([INIT, SHUT]), DONE]), (message("done"),)),
    ],
)
def test_where_no_close_is_named_the_server_may_close_once_nothing_is_owed(
    pattern: Pattern, events: tuple[Event, ...]
) -> None:
    monitor = feed(watching(pattern), *events, close(4000))
    monitor.finish(100)
    assert monitor.violation is None
    assert monitor.verdict is Verdict.PASSED


def test_where_no_close_is_named_the_rest_is_still_owed() -> None:
    assert broken(watching(sequence([INIT, DONE])), message("init"), close()).explanation is Explanation.MISSING


def test_a_close_that_is_named_must_be_as_it_is_named_even_where_none_is_owed() -> None:
    pattern = sequence([INIT, repeat(SHUT, 0, 1)])
    assert feed(watching(pattern), message("init"), close()).verdict is Verdict.PASSED
    assert broken(watching(pattern), message("init"), close(1006)).explanation is Explanation.WRONG_VALUE


def test_an_order_of_nothing_is_kept_by_a_close() -> None:
    monitor = feed(watching(EMPTY), close())
    monitor.finish(100)
    assert monitor.verdict is Verdict.NOT_EXERCISED


def test_an_order_that_nothing_can_keep_is_told() -> None:
    assert broken(watching(NOTHING), close()).summary.endswith("while what can never come was owed")


def test_missing_at_the_end() -> None:
    monitor = feed(watching(sequence([INIT, either([One(kind) for kind in "abcde"])])), message("init"))
    monitor.finish(42.0)
    violation = monitor.violation
    assert violation is not None
    assert violation.explanation is Explanation.MISSING
    assert violation.summary == "nothing more came while a or b or c or 2 others was owed"
    assert (violation.at, violation.expected) == (42.0, ("a", "b", "c", "d", "e"))


def test_what_was_owed_is_listed_up_to_a_number() -> None:
    monitor = watching(either([One(kind) for kind in "abcdefgh"]))
    assert monitor.owed == ("a", "b", "c", "d", "e", "f", "and 2 more")
    assert len(monitor.owed) == MAX_LISTED + 1


def test_anytime_until_the_end() -> None:
    ping = message("ping")
    monitor = feed(watching(ping=Anytime()), ping, *WHOLE[:1], ping, ping, *WHOLE[1:])
    assert monitor.ended
    assert monitor.received == 4
    assert broken(monitor, ping).explanation is Explanation.AFTER_THE_END


def test_anytime_until_the_close() -> None:
    ping = message("ping")
    monitor = feed(watching(ping=Anytime(until_close=True)), *WHOLE, ping, close())
    assert monitor.verdict is Verdict.PASSED


@pytest.mark.parametrize("until_close", [False, True])
def test_anytime_after_a_kind_of_the_order(until_close: bool) -> None:
    ping = message("ping")
    monitor = watching(ping=Anytime("init", until_close))
    assert feed(monitor, message("init"), ping, tick(0), ping).violation is None
    violation = broken(watching(ping=Anytime("init", until_close)), ping)
    assert violation.explanation is Explanation.TOO_EARLY
    assert violation.summary == "message 1 of the order is ping {}: it may come only after init"


def test_a_kind_of_the_order_may_come_at_any_time_besides() -> None:
    pattern = sequence([One("ping"), INIT, DONE])
    monitor = feed(watching(pattern, ping=Anytime("init")), *(message(kind) for kind in ("ping", "init", "ping")))
    assert monitor.violation is None
    assert monitor.received == 2


def items(count: int) -> Pattern:
    return for_each({n: sequence([One("tick", {"n": n}), One("tock", {"n": n})]) for n in range(count)})


def test_what_many_items_owe_is_told_in_short() -> None:
    monitor = feed(watching(sequence([items(9), DONE])), tick(3), tick(8), message("tock", {"n": 3}))
    assert monitor.owed == ("tick(n 0) or 6 others like it", "tock(n 8)")
    monitor.finish(5.0)
    assert monitor.violation is not None
    assert monitor.violation.summary == "nothing more came while tick(n 0) or 6 others like it or tock(n 8) was owed"


def test_an_unknown_item() -> None:
    violation = broken(watching(items(3)), tick(1), message("tock", {"n": 7}))
    assert violation.explanation is Explanation.UNKNOWN_ITEM
    assert violation.summary == 'message 2 of the order is tock {"n": 7}: n 7 is no item\'s'
    assert violation.near_miss == "tock(n 1) would have been accepted"
    assert broken(watching(items(3)), message("tock", {"n": 7})).near_miss == "tick(n 0) would have been accepted"


def test_an_item_that_has_captured_what_tells_it() -> None:
    item = bind(
        One("new"), {"job": ("id",)}, sequence([One("work", {"id": Ref("job")}), One("end", {"id": Ref("job")})])
    )
    new, work = message("new", {"id": "j"}), message("work", {"id": "j"})
    violation = broken(watching(for_each({1: item, 2: item})), new, message("work", {"id": "k"}))
    assert violation.explanation is Explanation.UNKNOWN_ITEM
    assert violation.summary == 'message 2 of the order is work {"id": "k"}: id \'k\' is no item\'s'
    assert violation.near_miss == "work(id 'j') would have been accepted"
    assert broken(watching(for_each({1: item, 2: item})), new, work, work).explanation is Explanation.REPEATED
    assert broken(watching(for_each({1: item, 2: item})), new, message("end", {"id": "j"})).explanation is (
        Explanation.TOO_EARLY
    )


def test_an_event_of_an_item_that_there_is() -> None:
    assert broken(watching(items(3)), message("tock", {"n": 1})).explanation is Explanation.TOO_EARLY
    assert broken(watching(items(3)), tick(1), tick(1)).explanation is Explanation.REPEATED
    later = for_each({n: One("tick", {"n": n, "of": 3}) for n in range(3)})
    violation = broken(watching(later), message("tick", {"n": 1, "of": 4}))
    assert (violation.explanation, violation.near_miss) == (
        Explanation.WRONG_VALUE, "tick(n 1, of 3) would have been accepted",
    )  # fmt: skip


def test_it_concerns_every_point_and_knows_its_terminal() -> None:
    monitor = watching()
    assert monitor.points is None
    assert monitor.terminal is None
    feed(monitor, *WHOLE)
    assert monitor.terminal == WHOLE[-1]


def test_thousands_of_items_that_finish_pass() -> None:
    monitor = watching(items(2000))
    feed(monitor, *map(tick, range(2000)), *(message("tock", {"n": n}) for n in reversed(range(2000))))
    assert monitor.verdict is Verdict.PASSED


def test_what_is_remembered_of_derivatives_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.temporal.order.REMEMBERED", 3)
    kinds = [f"kind{number}" for number in range(9)]
    monitor = watching(sequence([*(repeat(One(kind)) for kind in kinds), DONE]))
    for kind in kinds:
        feed(monitor, *[message(kind)] * 3)
        assert len(monitor._steps) <= 3
    assert broken(monitor, message(kinds[0])).explanation is Explanation.UNEXPECTED, "too long ago to be a repetition"


# --- a connection that is made after the answer

ASKED, CONNECTS = Event(0.1, What.ANSWER, ACCEPTED, {"status": 202}), Event(0.2, What.CONNECT, "connect", {})
LIVE = sequence([One("state"), repeat(either([One("state"), One("init"), One("tick")])), DONE, SHUT])


def late(**anytime: Anytime) -> OrderMonitor:
    return OrderMonitor("order", PLACE, JOB, anytime, Late(either([LIVE, JOB]), ("state",)))


def test_a_late_connection_may_begin_with_a_snapshot() -> None:
    monitor = feed(late(), ASKED, CONNECTS, message("state"), tick(7), message("init"), message("done"))
    assert monitor.ended
    assert monitor.terminal == message("done")
    assert feed(monitor, close()).verdict is Verdict.PASSED


def test_a_late_connection_may_have_the_whole_order() -> None:
    assert feed(late(), ASKED, CONNECTS, *WHOLE, close()).verdict is Verdict.PASSED


def test_whether_a_connection_is_late_need_not_be_known() -> None:
    assert feed(late(), message("state"), message("done"), close()).verdict is Verdict.PASSED


def test_a_connection_before_the_answer_has_missed_nothing() -> None:
    assert feed(late(), CONNECTS, ASKED, *WHOLE, close()).verdict is Verdict.PASSED
    violation = broken(feed(late(), CONNECTS, ASKED), message("state"))
    assert (violation.explanation, violation.expected) == (Explanation.UNEXPECTED, ("init",))


def test_a_late_connection_begins_with_nothing_else() -> None:
    violation = broken(feed(late(), ASKED, CONNECTS), tick(0))
    assert violation.explanation is Explanation.TOO_EARLY
    assert violation.summary.endswith("on a late connection state comes first, or the order from its beginning")
    assert violation.expected == ("state", "init")
    assert broken(late(), message("init"), message("done")).summary.endswith("it may come later, but not yet")


def test_a_snapshot_does_for_all_that_was_missed() -> None:
    ping = message("ping")
    monitor = feed(late(ping=Anytime("init")), message("state"), ping, tick(3), ping)
    assert monitor.violation is None
    assert broken(late(ping=Anytime("init")), ping).explanation is Explanation.TOO_EARLY
    after_state = broken(OrderMonitor("order", PLACE, sequence([One("state"), JOB]), {"ping": Anytime("init")}),
                         message("state"), ping)  # fmt: skip
    assert after_state.summary.endswith("it may come only after init"), "here it is no snapshot"


def test_what_an_item_that_is_open_would_take_is_a_near_miss() -> None:
    violation = broken(watching(items(3)), tick(1), message("tock", {"n": 2}))
    assert violation.near_miss == "tock(n 1) would have been accepted"
    assert broken(watching(items(3)), message("tock", {"n": 2})).near_miss == ""


def test_what_a_loop_cannot_go_over() -> None:
    loop = Later(Ref("pages"), "page", One("page", {"name": Ref("page")}))
    monitor = OrderMonitor("order", PLACE, bind(One("init"), {"pages": ("pages",)}, loop), {})
    monitor.feed(message("init", {"pages": "ab"}))
    violation = monitor.violation
    assert violation is not None
    assert violation.explanation is Explanation.WRONG_VALUE
    assert violation.summary.endswith("a loop is to go over what it brings, and cannot")
    assert violation.near_miss == ""
    monitor = OrderMonitor("order", PLACE, bind(One("init"), {"pages": ("pages",)}, loop), {})
    monitor.feed(message("init", {"pages": ["a"]}))
    monitor.feed(message("page", {"name": "b"}))
    assert monitor.violation is not None
    assert monitor.violation.near_miss == "page(name 'a') would have been accepted"
