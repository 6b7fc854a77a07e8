from __future__ import annotations

import pytest

from harness.temporal import keyed
from harness.temporal.keyed import KeyedDeadline, KeyedMonitor
from harness.trace.events import ACCEPTED, CLOSE, END, Event, What
from harness.trace.verdicts import Explanation, Place, Verdict, Violation

PLACE = Place("c.yaml", 7)


def started(at: float, number: object = 1, kind: str = "started") -> Event:
    return Event(at, What.RECEIVED, kind, {"photo": {"number": number}})


def done(at: float, number: object = 1) -> Event:
    return started(at, number, "done")


def end(at: float) -> Event:
    return Event(at, What.RECEIVED, END, {"type": "end"})


def close(at: float, by: str = "server") -> Event:
    return Event(at, What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": by})


def photos(*start: str, or_end: bool = False) -> KeyedMonitor:
    names = start or ("started",)
    deadline = KeyedDeadline("deadlines/photo", PLACE, names, ("done", "failed"), 5.0, ("photo", "number"), or_end)
    return KeyedMonitor(deadline)


def kept(monitor: KeyedMonitor, *events: Event) -> Verdict:
    for event in events:
        monitor.feed(event)
    assert monitor.violation is None
    return monitor.verdict


def broken(monitor: KeyedMonitor, *events: Event) -> Violation:
    for event in events:
        monitor.feed(event)
    assert monitor.violation is not None
    assert monitor.verdict is Verdict.FAILED
    assert not monitor.hopeless
    return monitor.violation


def test_each_item_has_a_deadline_of_its_own() -> None:
    monitor = photos()
    assert (monitor.clause, monitor.due()) == ("deadlines/photo", None)
    assert monitor.points == {"started", "done", "failed", END, CLOSE}
    assert kept(monitor, started(0, 1), started(2, 2)) is Verdict.NOT_EXERCISED
    assert monitor.due() == 5
    assert kept(monitor, done(4, 1)) is Verdict.PASSED
    assert monitor.due() == 7
    assert kept(monitor, done(7, 2), close(100)) is Verdict.PASSED
    assert monitor.due() is None


def test_silence_of_one_item_breaks_it_and_says_which() -> None:
    monitor = photos()
    kept(monitor, started(0, 1), started(2, "b"), done(4, 1))
    monitor.advance(6.9)
    assert monitor.violation is None
    monitor.advance(7.0)
    violation = broken(monitor)
    assert violation == Violation(
        "deadlines/photo", PLACE, Explanation.SILENT,
        "no `done` or `failed` with photo.number 'b' within 5 s of `started`", 7.0, ("done", "failed"), start=2,
    )  # fmt: skip
    monitor.advance(20.0)
    assert broken(monitor, started(21, 3), done(30, 3)) == violation


def test_a_silence_that_was_broken_tells_by_how_much_and_only_of_its_item() -> None:
    monitor = photos()
    kept(monitor, started(0, 1), started(1, 2))
    monitor.advance(5.0)
    assert broken(monitor, done(5.5, 2)).explanation is Explanation.SILENT
    late = broken(monitor, done(6.0, 1), done(9.0, 1))
    assert (late.explanation, late.late_by, late.at, late.start, late.expected) == (Explanation.LATE, 1.0, 5.0, 0, ())
    assert late.summary == "`done` with photo.number 1 came 6 s after `started`, the deadline is 5 s"


def test_an_event_that_comes_too_late_without_a_wait_before_it() -> None:
    late = broken(photos(), started(0), done(5.005))
    assert (late.explanation, round(late.late_by or 0, 3)) == (Explanation.LATE, 0.005)
    assert late.summary.endswith("the deadline is 5 s (5 ms late)")


def test_any_later_event_shows_a_silence_but_one_at_the_very_instant() -> None:
    monitor = photos()
    assert kept(monitor, started(0, 1), started(5, 2), done(5, 1)) is Verdict.PASSED
    assert broken(monitor, started(10.5, 3)).summary.startswith("no `done` or `failed` with photo.number 2")


def test_it_runs_from_the_latest_of_several_start_points() -> None:
    monitor = photos("queued", "started")
    kept(monitor, started(0, 1, "queued"), started(1, 1, "queued"), started(1, 2, "started"))
    assert monitor.due() is None
    kept(monitor, started(3, 1, "started"))
    assert monitor.due() == 8
    monitor.advance(8.0)
    assert broken(monitor).summary.endswith("within 5 s of `started`")


def test_what_comes_before_its_start_meets_it() -> None:
    monitor = photos("queued", "started")
    assert kept(monitor, started(0, 1, "queued"), done(0.5, 1), started(1, 1, "started")) is Verdict.NOT_EXERCISED
    assert monitor.due() is None
    assert kept(photos(), done(0, 1), started(1, 1), started(2, 1), close(9)) is Verdict.NOT_EXERCISED


def test_a_start_that_comes_again_starts_nothing() -> None:
    monitor = photos()
    kept(monitor, started(0, 1), started(4, 1))
    assert monitor.due() == 5
    assert kept(monitor, done(5, 1), started(6, 1)) is Verdict.PASSED
    assert monitor.due() is None


@pytest.mark.parametrize(
    "event",
    [
        Event(0, What.RECEIVED, "started", {"photo": {}}),
        Event(0, What.RECEIVED, "started", {"photo": 3}),
        Event(0, What.RECEIVED, "other", {"photo": {"number": 1}}),
        Event(0, What.ANSWER, ACCEPTED, {"photo": {"number": 1}}),
    ],
)
def test_what_has_no_value_there_is_of_no_item(event: Event) -> None:
    monitor = photos(event.point if event.what is What.ANSWER else "started")
    assert kept(monitor, event) is Verdict.NOT_EXERCISED
    assert monitor.due() is None


def test_values_are_those_of_json() -> None:
    monitor = photos()
    assert kept(monitor, started(0, 1), done(1, 1.0), started(2, True), started(3, [1, {"a": None}])) is Verdict.PASSED
    assert monitor.due() == 7
    kept(monitor, done(4, True), done(4, [1.0, {"a": None}]))
    assert monitor.due() is None


def test_a_server_that_closes_while_it_runs_has_broken_it() -> None:
    violation = broken(photos(), started(0, 4), end(1), close(2))
    assert violation.summary == (
        "no `done` or `failed` with photo.number 4 came: the socket was closed 2 s after `started`"
    )
    assert (violation.at, violation.start) == (2, 0)
    monitor = photos()
    monitor.feed(started(0, 1))
    monitor.advance(5)
    assert broken(monitor, close(6)).at == 5


@pytest.mark.parametrize("or_end", [True, False])
def test_a_client_that_closes_owes_and_meets_nothing(or_end: bool) -> None:
    monitor = photos(or_end=or_end)
    verdict = kept(monitor, started(0), close(2, "client"), started(3, 2))
    assert verdict is (Verdict.PASSED if or_end else Verdict.NOT_EXERCISED)
    assert monitor.due() is None


@pytest.mark.parametrize("last", [end(2), close(2)])
def test_the_end_will_do_as_well_where_it_is_said_so(last: Event) -> None:
    monitor = photos(or_end=True)
    assert kept(monitor, started(0), last, started(3, 2), close(20)) is Verdict.PASSED
    assert monitor.due() is None
    assert kept(photos(or_end=True), end(2)) is Verdict.NOT_EXERCISED


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "MAX_SETTLED", 2)
    monkeypatch.setattr(keyed, "MAX_RUNNING", 2)
    monitor = photos()
    for number in range(4):
        kept(monitor, started(number, number), done(number, number))
    kept(monitor, started(5, 3))
    assert monitor.due() is None
    kept(monitor, started(6, 0))  # forgotten, so it is new
    assert monitor.due() == 11
    kept(monitor, started(7, 1), started(8, 9), done(8, 0), done(8, 1))
    assert monitor.due() is None  # the one too many was not watched
    several = photos("queued", "started")
    for number in range(3):
        kept(several, started(number, number, "queued"))
    kept(several, started(5, 0))
    assert several.due() is None  # its first start was forgotten
    kept(several, started(6, 2))
    assert several.due() == 11
