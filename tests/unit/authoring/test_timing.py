from __future__ import annotations

from typing import Any

import pytest

from harness.authoring.timing import seen_note, within
from harness.contract.durations import parse_duration
from tests.unit.authoring.examples import Made, a_trace, guessed


@pytest.mark.parametrize(
    ("seconds", "multiple", "text"),
    [
        (0.0, 3, "1s"),
        (0.04, 3, "1s"),
        (0.4, 3, "2s"),
        (1.0, 3, "3s"),
        (1.1, 3, "5s"),
        (8.0, 3, "30s"),
        (31.0, 2, "90s"),
        (31.0, 3, "2m"),
        (70.0, 3, "5m"),
        (1.0, 1.5, "2s"),
        (1300.0, 3, "120m"),
        (5.0, 1, "5s"),
        (61.0, 1, "90s"),
    ],
)
def test_a_deadline_is_a_number_that_people_would_have_written(seconds: float, multiple: float, text: str) -> None:
    assert within(seconds, multiple) == text
    assert (parse_duration(text) or 0) >= max(seconds * multiple, 1)


def deadlines(made: Made) -> dict[str, tuple[Any, ...]]:
    return {one.name: (one.start, one.to, one.within, round(one.seen, 3)) for one in made.draft.limits}


def test_all_deadlines_of_a_job() -> None:
    messages = [{"type": "hello_ack"}, {"type": "begun"}, {"type": "page"}, {"type": "ping"}, {"type": "over"}]
    hello = {"hello": {"type": "hello"}}
    trace = a_trace(messages, sends=hello, at=[0.1, 1.06, 3.06, 7.06, 8.06])

    assert deadlines(guessed(trace, sends=hello)) == {
        "acknowledged": (("hello",), ("hello_ack",), "1s", 0.04),
        "first-news": (("accepted", "open", "hello"), ("begun",), "3s", 1.0),
        "no-gap": (("begun",), ("over",), "15s", 4.0),
        "finished": (("accepted", "open"), ("over",), "30s", 8.0),
        "closed": (("over",), ("close",), "1s", 0.01),
    }


def test_without_a_terminal_message_the_close_ends_the_job() -> None:
    made = guessed(a_trace([{"type": "tick"}] * 3))

    assert deadlines(made)["finished"][1] == ("close",)
    assert "closed" not in deadlines(made)
    assert deadlines(made)["no-gap"][1] == ("close",)


@pytest.mark.parametrize(
    ("code", "step"),
    [(None, ""), (1000, "- close: 1000"), (4001, "- close: 4001"), (1005, "- close"), (1006, "- close")],
)
def test_the_close_is_owed_as_it_was_seen(code: int | None, step: str) -> None:
    made = guessed(a_trace([{"type": "a"}, {"type": "b"}], close=code))

    order = made.text.partition("  order:\n")[2].partition("\n  schemas")[0]
    assert [line.strip() for line in order.splitlines() if "- close" in line] == ([step] if step else [])
    assert ("closed" in deadlines(made)) == bool(step)
    assert ("no close came after `b`" in order) == (not step)


def test_what_was_not_seen_is_said() -> None:
    assert seen_note(None, 3) == "not seen, the recording does not have it"
    assert seen_note(0.25, 2.5) == "seen 250 ms, times 2.5"
