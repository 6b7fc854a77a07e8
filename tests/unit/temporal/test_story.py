from __future__ import annotations

import pytest

from harness.temporal.story import Story
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, UNDECLARED, Event, Json, NotJson, What
from harness.trace.verdicts import Explanation, Place, Verdict

PLACE = Place("c.yaml", 7)
ANSWER = Event(0.0, What.ANSWER, ACCEPTED, {"status": 202})


def got(connection: int, value: Json, kind: str = "tick", at: float = 1.0) -> Event:
    return Event(at, What.RECEIVED, kind, value, connection)


def connects(connection: int) -> Event:
    return Event(0.5, What.CONNECT, CONNECT, {}, connection)


def told(*events: Event, snapshots: bool = False) -> Story:
    story = Story(PLACE, {"ping": None}, snapshots=snapshots)
    for event in events:
        story.feed(event)
    return story


def test_connections_may_be_at_different_places_of_one_story() -> None:
    story = told(got(0, {"n": 1}), got(0, {"n": 2}), got(1, {"n": 1}))
    assert (story.clause, story.verdict, story.violation) == ("same-story", Verdict.PASSED, None)
    story.feed(got(1, {"n": 2.0}))
    story.feed(got(1, {"n": 3}))
    assert story.verdict is Verdict.PASSED, "one that was behind may lead"
    story.feed(got(2, {"n": 1}))
    story.feed(got(0, {"n": 4}))
    assert story.verdict is Verdict.FAILED


def test_one_connection_has_nothing_to_be_compared_with() -> None:
    assert told(ANSWER, connects(0), got(0, {"n": 1}), got(0, {"n": 1})).verdict is Verdict.NOT_EXERCISED


def test_the_first_message_that_differs_is_the_violation() -> None:
    story = told(got(0, {"n": 1}), got(3, {"n": 1}), got(0, {"n": 2, "at": 7}), got(3, {"n": 2, "at": 8}, at=4.0))
    violation = story.violation
    assert violation is not None
    assert (violation.clause, violation.place, violation.at) == ("same-story", PLACE, 4.0)
    assert violation.explanation is Explanation.RELATION
    assert violation.summary == (
        'message 2 of connection 3 is tick {"n": 2, "at": 8}, and of connection 0 it was tick {"n": 2, "at": 7}: '
        "at is 8, not 7"
    )
    story.feed(got(5, {"n": 9}))
    assert story.violation is violation


@pytest.mark.parametrize(
    ("first", "other", "difference"),
    [
        ({"n": 1}, {"n": 1, "m": 2}, "m is 2, and was not there"),
        ({"n": 1, "m": 2}, {"n": 1}, "m is missing, it should be 2"),
        ({"a": {"b": [{}, {"c": 1}]}}, {"a": {"b": [{}, {"c": 1, "d": None}]}}, "a.b[1].d is null, and was not there"),
        ({"n": 1}, {"n": True}, "n is true, not 1"),
        ({"n": []}, {"n": [1]}, "n is [1], not []"),
        (NotJson("x"), NotJson("y"), "it is 'y', not 'x'"),
        (NotJson("x"), {}, "it is {}, not 'x'"),
    ],
)
def test_messages_are_the_same_as_json(first: Json, other: Json, difference: str) -> None:
    violation = told(got(0, first), got(1, other)).violation
    assert violation is not None
    assert violation.summary.endswith(f": {difference}")
    assert told(got(0, first), got(1, first)).verdict is Verdict.PASSED


def test_what_is_no_part_of_the_story() -> None:
    sent = Event(1.0, What.SENT, "ready", {}, 1)
    close = Event(2.0, What.CLOSE, CLOSE, {"code": 1000}, 1)
    story = told(got(0, {"n": 1}), got(1, {"stamp": 5}, "ping"), sent, got(1, {"n": 1}), close)
    assert story.verdict is Verdict.PASSED


def test_a_message_of_no_kind_is_part_of_it() -> None:
    assert told(got(0, {"n": 1}), got(1, {"m": 1}, UNDECLARED)).verdict is Verdict.FAILED


def test_with_snapshots_a_late_connection_has_a_story_of_its_own() -> None:
    early = (connects(0), connects(1), ANSWER, connects(2), got(0, {"n": 1}))
    story = told(*early, got(2, {"state": 1}), snapshots=True)
    assert story.verdict is Verdict.NOT_EXERCISED
    story.feed(got(1, {"n": 2}))
    assert story.verdict is Verdict.FAILED
    assert told(*early, got(2, {"state": 1})).verdict is Verdict.FAILED, "without, it is one story for all"
