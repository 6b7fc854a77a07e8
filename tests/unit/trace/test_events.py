from __future__ import annotations

import pytest

from harness.trace.events import POINTS, UNDECLARED, Event, NotJson, What


def test_every_point_of_a_job_is_reserved() -> None:
    assert {"request", "accepted", "refused", "connect", "open", "not_opened", "end", "close"} == POINTS
    assert UNDECLARED not in POINTS


def test_an_event_is_a_value() -> None:
    event = Event(1.0, What.OPEN, "open")
    assert event == Event(1.0, What.OPEN, "open", None)
    with pytest.raises(AttributeError):
        event.at = 2.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ("hello", "'hello'"),
        (b"\x00", r"b'\x00'"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 60}'..."),
    ],
)
def test_a_frame_that_is_no_message_shows_its_beginning(frame: str | bytes, text: str) -> None:
    assert repr(NotJson(frame)) == text


@pytest.mark.parametrize(
    ("what", "connection", "of_the_job"),
    [
        (What.REQUEST, 1, True),
        (What.ANSWER, 1, True),
        (What.BEFORE, 0, True),
        (What.BEFORE, 1, False),
        (What.CONNECT, 0, False),
        (What.RECEIVED, 0, False),
    ],
)
def test_what_concerns_every_connection(what: What, connection: int, of_the_job: bool) -> None:
    assert Event(0.0, what, "", None, connection).of_the_job is of_the_job
