from __future__ import annotations

from harness.temporal.invariants import NOT_EXERCISED, Broken, Invariant, InvariantMonitor, NotExercised
from harness.trace.events import Event, What
from harness.trace.verdicts import Explanation, Place, Verdict

PLACE = Place("c.yaml", 7)


def tick(at: float, number: int) -> Event:
    return Event(at, What.RECEIVED, "tick", {"n": number})


def rises(event: Event, previous: Event | None) -> Broken | NotExercised | None:
    if previous is None:
        return NOT_EXERCISED
    now, before = event.value["n"], previous.value["n"]
    return None if now > before else Broken(f"{now} after {before}", (f"more than {before}",))


def monitor() -> InvariantMonitor:
    return InvariantMonitor(Invariant("always/rises", PLACE, frozenset({"tick"}), rises))


def test_what_had_nothing_to_judge_is_not_passed() -> None:
    watched = monitor()
    assert (watched.clause, watched.points) == ("always/rises", {"tick"})
    assert watched.verdict is Verdict.NOT_EXERCISED
    watched.feed(tick(0, 1))
    assert watched.verdict is Verdict.NOT_EXERCISED
    watched.feed(tick(1, 2))
    assert watched.verdict is Verdict.PASSED


def test_the_first_wrong_event_is_the_violation() -> None:
    watched = monitor()
    for number, at in ((1, 0.0), (2, 1.0), (2, 2.0), (1, 3.0)):
        watched.feed(tick(at, number))
    assert watched.verdict is Verdict.FAILED
    assert watched.violation is not None
    assert watched.violation.summary == "2 after 2"
    assert watched.violation.expected == ("more than 2",)
    assert watched.violation.explanation is Explanation.RELATION
    assert (watched.violation.clause, watched.violation.place, watched.violation.at) == ("always/rises", PLACE, 2.0)
    assert not watched.hopeless


def test_other_points_are_neither_judged_nor_looked_back_to() -> None:
    watched = monitor()
    watched.feed(tick(0, 5))
    watched.feed(Event(1, What.RECEIVED, "other", {"n": 9}))
    watched.feed(tick(2, 6))
    assert watched.verdict is Verdict.PASSED


def test_time_means_nothing() -> None:
    watched = monitor()
    watched.advance(1e9)
    assert watched.due() is None
    assert watched.verdict is Verdict.NOT_EXERCISED
