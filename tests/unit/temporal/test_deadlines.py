from __future__ import annotations

import pytest

from harness.temporal.deadlines import Deadline, DeadlineMonitor, Gap, GapMonitor
from harness.trace.events import ACCEPTED, CLOSE, END, UNDECLARED, Event, What
from harness.trace.verdicts import Explanation, Place, Verdict, Violation

PLACE = Place("c.yaml", 7)


def accepted(at: float) -> Event:
    return Event(at, What.ANSWER, ACCEPTED, {"status": 202})


def ready(at: float) -> Event:
    return Event(at, What.SENT, "ready", {})


def message(at: float, kind: str = "init") -> Event:
    return Event(at, What.RECEIVED, kind, {"by": "client"})


def close(at: float, by: str = "server") -> Event:
    return Event(at, What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": by})


def news(within: float = 5.0, *, or_end: bool = False, on_socket: bool = True, to: str = "init") -> DeadlineMonitor:
    return DeadlineMonitor(
        Deadline("deadlines/news", PLACE, (ACCEPTED, "ready"), (to,), within, or_end=or_end, on_socket=on_socket)
    )


def gap() -> GapMonitor:
    return GapMonitor(Gap("deadlines/no-gap", PLACE, ("init",), ("complete",), 10.0))


def fed(monitor: DeadlineMonitor | GapMonitor, *events: Event) -> Violation:
    for event in events:
        monitor.feed(event)
    assert monitor.violation is not None
    assert monitor.verdict is Verdict.FAILED
    return monitor.violation


def kept(monitor: DeadlineMonitor | GapMonitor, *events: Event) -> Verdict:
    for event in events:
        monitor.feed(event)
    assert monitor.violation is None
    assert not monitor.hopeless
    return monitor.verdict


def test_it_runs_from_the_latest_start_point_at_its_first_instant() -> None:
    monitor = news()
    assert monitor.clause == "deadlines/news"
    monitor.feed(accepted(0))
    assert monitor.due() is None
    monitor.feed(ready(2))
    assert monitor.due() == 7
    monitor.feed(accepted(3))
    monitor.feed(ready(4))
    assert monitor.due() == 7


def test_met() -> None:
    monitor = news()
    assert kept(monitor, accepted(0), ready(2), message(7)) is Verdict.PASSED
    assert monitor.due() is None
    monitor.advance(100)
    assert kept(monitor, message(200), close(201)) is Verdict.PASSED


def test_met_before_its_start_point() -> None:
    assert kept(news(), message(0), accepted(1), ready(2), close(100)) is Verdict.PASSED


def test_not_started_is_not_exercised() -> None:
    monitor = news()
    monitor.advance(100)
    assert kept(monitor, accepted(0), close(200)) is Verdict.NOT_EXERCISED


def test_silence() -> None:
    monitor = news()
    kept(monitor, accepted(0), ready(2))
    monitor.advance(6.9)
    assert monitor.verdict is Verdict.NOT_EXERCISED
    monitor.advance(7)
    violation = fed(monitor)
    assert violation.explanation is Explanation.SILENT
    assert violation.summary == "no `init` within 5 s of `ready`"
    assert (violation.at, violation.start, violation.late_by) == (7, 2, None)
    assert violation.expected == ("init",)
    assert monitor.due() is None
    assert monitor.hopeless


def test_silence_is_seen_by_a_later_event_too() -> None:
    assert fed(news(), accepted(0), ready(2), message(8, "other")).at == 7


def test_an_event_at_the_very_end_is_in_time_whatever_came_at_that_instant() -> None:
    assert kept(news(), accepted(0), ready(2), message(7, "other"), message(7)) is Verdict.PASSED


def test_late() -> None:
    monitor = news()
    violation = fed(monitor, accepted(0), ready(2), message(7.5), message(9))
    assert violation.explanation is Explanation.LATE
    assert violation.summary == "`init` came 5.5 s after `ready`, the deadline is 5 s"
    assert (violation.at, violation.start, violation.late_by, violation.expected) == (7, 2, 0.5, ())
    assert not monitor.hopeless


def test_hardly_late_says_by_how_much() -> None:
    violation = fed(news(), accepted(0), ready(2), message(7.002))
    assert violation.summary == "`init` came 5 s after `ready`, the deadline is 5 s (2 ms late)"


def test_a_silent_deadline_learns_by_how_much_its_event_was_late() -> None:
    monitor = news()
    kept(monitor, accepted(0), ready(2))
    monitor.advance(7)
    violation = fed(monitor, message(8), message(9))
    assert (violation.explanation, violation.late_by) == (Explanation.LATE, 1)
    assert monitor.hopeless  # reading was cut short by the silence, whatever came then


def test_an_event_that_was_in_time_but_fed_too_late_is_not_called_late() -> None:
    monitor = news()
    kept(monitor, accepted(0), ready(2))
    monitor.advance(7.5)
    assert fed(monitor, message(6.9)).explanation is Explanation.SILENT


def test_a_close_by_the_server_makes_it_impossible() -> None:
    monitor = news()
    violation = fed(monitor, accepted(0), ready(2), close(3))
    assert violation.explanation is Explanation.SILENT
    assert violation.summary == "no `init` came: the socket was closed 1 s after `ready`"
    assert violation.at == 3
    assert monitor.hopeless


def test_a_close_after_the_deadline_is_not_what_broke_it() -> None:
    assert fed(news(), accepted(0), ready(2), close(8)).summary == "no `init` within 5 s of `ready`"


def test_a_close_before_its_start_point_breaks_nothing() -> None:
    assert kept(news(), accepted(0), close(1)) is Verdict.NOT_EXERCISED


def test_a_close_by_the_client_owes_nothing() -> None:
    monitor = news()
    assert kept(monitor, accepted(0), ready(2), close(3, "client")) is Verdict.NOT_EXERCISED
    assert monitor.due() is None
    early = news()
    assert kept(early, ready(0), close(1, "client"), accepted(2)) is Verdict.NOT_EXERCISED
    assert early.due() is None


def test_a_close_by_the_client_is_not_the_close_that_the_server_owed() -> None:
    assert kept(news(to=CLOSE), accepted(0), ready(2), close(3)) is Verdict.PASSED
    assert kept(news(to=CLOSE), accepted(0), ready(2), close(3, "client")) is Verdict.NOT_EXERCISED


def test_an_answer_is_owed_whatever_becomes_of_the_socket() -> None:
    monitor = news(on_socket=False)
    kept(monitor, accepted(0), ready(2), close(3))
    assert monitor.due() == 7


@pytest.mark.parametrize("end", [message(3, END), close(3), close(3, "client")])
def test_or_end(end: Event) -> None:
    monitor = news(or_end=True)
    assert kept(monitor, accepted(0), ready(2), end) is Verdict.PASSED
    assert monitor.due() is None


@pytest.mark.parametrize("end", [message(1, END), close(1)])
def test_or_end_before_the_start_point_discharges_it_without_a_verdict(end: Event) -> None:
    monitor = news(or_end=True)
    assert kept(monitor, ready(0), end, accepted(2)) is Verdict.NOT_EXERCISED
    assert monitor.due() is None
    assert kept(monitor, message(3)) is Verdict.PASSED


def test_or_end_comes_too_late() -> None:
    monitor = news(or_end=True)
    assert fed(monitor, accepted(0), ready(2), message(8, END)).explanation is Explanation.SILENT
    assert not monitor.hopeless


def test_the_end_means_nothing_to_a_deadline_without_or_end() -> None:
    monitor = news()
    kept(monitor, accepted(0), ready(2), message(3, END))
    assert monitor.due() == 7


def paused(pause: float) -> DeadlineMonitor:
    return DeadlineMonitor(news().deadline._replace(pause=pause))


def test_a_reader_that_pauses_has_late_what_came_in_time() -> None:
    started = (accepted(0), ready(1))
    told = (message(4, "other"), message(7, "other"), message(10, "init"))
    assert kept(paused(3), *started, *told) is Verdict.NOT_EXERCISED
    assert fed(news(), *started, *told).late_by == 4


def test_it_shows_silence_once_it_has_read_nothing_for_its_pause_and_the_whole_time() -> None:
    monitor = paused(3)
    for event in (accepted(0), ready(1)):
        monitor.feed(event)
    assert monitor.due() == 1 + 3 + 5
    monitor.feed(message(4, "other"))
    assert monitor.due() == 4 + 3 + 5
    assert not monitor.is_silent
    monitor.advance(12)
    assert monitor.violation is not None
    assert (monitor.violation.explanation, monitor.violation.at) == (Explanation.SILENT, 12)
    assert monitor.is_silent
    monitor.feed(message(20))
    assert (monitor.violation.explanation, monitor.violation.late_by) == (Explanation.LATE, 8)


def test_and_so_for_gaps() -> None:
    monitor = GapMonitor(gap().gap._replace(pause=3.0))
    assert kept(monitor, message(0), message(12, "progress"), message(25, "progress")) is Verdict.NOT_EXERCISED
    assert monitor.due() == 25 + 3 + 10
    monitor.advance(38)
    assert monitor.violation is not None
    assert (monitor.violation.explanation, monitor.violation.at) == (Explanation.SILENT, 38)


def test_gaps_are_measured_from_the_start_until_the_end() -> None:
    monitor = gap()
    assert monitor.clause == "deadlines/no-gap"
    assert kept(monitor, message(0, "other"), message(50)) is Verdict.NOT_EXERCISED
    assert monitor.due() == 60
    assert kept(monitor, message(60, "other")) is Verdict.PASSED
    assert kept(monitor, message(70, "complete")) is Verdict.PASSED
    assert monitor.due() is None
    monitor.advance(1000)
    assert kept(monitor, message(1000)) is Verdict.PASSED


@pytest.mark.parametrize("end", [message(3, END), close(3)])
def test_an_end_is_no_gap_that_was_measured(end: Event) -> None:
    monitor = gap()
    assert kept(monitor, message(0), end) is Verdict.NOT_EXERCISED
    assert monitor.due() is None


def test_what_is_sent_or_answered_fills_no_gap() -> None:
    monitor = gap()
    kept(monitor, message(0), ready(5), accepted(6))
    assert monitor.due() == 10


def test_a_silent_gap() -> None:
    monitor = gap()
    monitor.advance(100)
    kept(monitor, message(100))
    monitor.advance(109)
    assert monitor.violation is None
    monitor.advance(110)
    monitor.advance(120)
    violation = fed(monitor)
    assert violation.summary == "nothing for 10 s after `init`"
    assert violation.explanation is Explanation.SILENT
    assert (violation.at, violation.start, violation.late_by) == (110, 100, None)
    assert monitor.due() is None
    assert monitor.hopeless


@pytest.mark.parametrize("later", [close(12), ready(12)])
def test_a_silent_gap_is_seen_by_a_later_event_too(later: Event) -> None:
    assert fed(gap(), message(0), later).explanation is Explanation.SILENT


def test_a_gap_that_was_too_long() -> None:
    monitor = gap()
    violation = fed(monitor, message(0), message(12, UNDECLARED), message(40))
    assert violation.explanation is Explanation.LATE
    assert violation.summary == (
        "a message of no declared kind came 12 s after `init`, the longest gap allowed is 10 s"
    )
    assert (violation.at, violation.start, violation.late_by) == (10, 0, 2)
    assert not monitor.hopeless


def test_a_silent_gap_learns_how_long_it_was() -> None:
    monitor = gap()
    kept(monitor, message(0))
    monitor.advance(10)
    violation = fed(monitor, message(10.001, "tick"), message(40))
    assert violation.summary == "`tick` came 10 s after `init`, the longest gap allowed is 10 s (1 ms late)"
    assert violation.late_by == pytest.approx(0.001)
    assert monitor.hopeless


def test_which_events_they_need_to_be_fed() -> None:
    assert news().points == {ACCEPTED, "ready", "init", END, CLOSE}
    assert gap().points is None
