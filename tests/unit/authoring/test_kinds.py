from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.authoring.kinds import find_anytime, find_kinds
from harness.authoring.observed import observe
from tests.unit.authoring.examples import a_trace, guessed

READY = {"ready": {"type": "ready"}}


def kinds_of(messages: list[dict[str, Any]], sends: dict[str, Any] | None = None) -> tuple[str, ...]:
    return find_kinds(observe(a_trace(messages, sends=sends))).of


def anytime(messages: list[dict[str, Any]], sends: dict[str, Any] | None = None) -> list[str]:
    observed = observe(a_trace(messages, sends=sends))
    return list(find_anytime(observed, find_kinds(observed)))


@pytest.mark.parametrize(
    ("messages", "kinds"),
    [
        ([{"type": "begun"}, {"type": "photoDone"}], ("begun", "photo_done")),
        ([{"event": "tick", "name": "a"}, {"event": "tick", "name": "b"}], ("tick", "tick")),
        ([{"payload": {"kind": "a"}}, {"payload": {"kind": "b"}}], ("a", "b")),
        ([{"jsonrpc": "2.0", "method": "job/step"}, {"jsonrpc": "2.0", "result": 1}], ("job_step", "other")),
        ([{"op": 1}, {"op": 1}, {"op": 2}], ("op_1", "op_1", "op_2")),
        ([{"n": 1}, {"n": 2}], ("message", "message")),
        ([{"stage": "load", "p": 0.1}, {"stage": "save", "p": 0.2}], ("load", "save")),
        ([{"status": "running"}, {"status": "running"}, {"status": "done"}], ("running", "running", "done")),
    ],
)
def test_messages_are_told_apart(messages: list[dict[str, Any]], kinds: tuple[str, ...]) -> None:
    assert kinds_of(messages) == kinds


@pytest.mark.parametrize(
    ("messages", "kinds"),
    [
        (
            [{"type": "photo", "state": "begun"}, {"type": "photo", "state": "done"}, {"type": "all", "state": "done"}],
            ("photo_begun", "photo_done", "all"),
        ),
        (
            [{"type": "progress", "keepAlive": False}, {"type": "progress", "keepAlive": True}],
            ("progress_not_keep_alive", "progress_keep_alive"),
        ),
        ([{"type": "p", "progress": 0.5}, {"type": "p", "progress": 1.0}], ("p", "p_finished")),
        ([{"percent": 10}, {"percent": 100}], ("message", "finished")),
        ([{"type": "p", "status": f"step {n} of 9 is on"} for n in range(5)], ("p",) * 5),
        ([{"type": "p", "status": text} for text in ("a", "b", "c", "d")], ("p",) * 4),
    ],
)
def test_a_second_field_may_be_needed(messages: list[dict[str, Any]], kinds: tuple[str, ...]) -> None:
    assert kinds_of(messages) == kinds


def test_the_general_kind_stands_behind_the_special_one() -> None:
    found = find_kinds(observe(a_trace([{"type": "p", "progress": 0.5}, {"type": "p", "progress": 1}])))

    assert list(found.fields) == ["p_finished", "p"]
    assert found.told_by == (("type",), ("progress",))


@pytest.mark.parametrize("word", ["close", "accepted", "either", "end", "in", "ready", "3d"])
def test_a_name_that_means_something_else_is_changed(word: str) -> None:
    kinds = kinds_of([{"type": word}, {"type": "x"}], READY)

    assert kinds[0] not in ("close", "accepted", "either", "end", "in", "ready", "3d")
    assert len(set(kinds)) == 2


def test_two_words_do_not_become_one_kind() -> None:
    assert len(set(kinds_of([{"type": "a-b"}, {"type": "a_b"}]))) == 2


def test_keep_alives_and_acknowledgements_are_no_part_of_the_order() -> None:
    steps = [{"type": "ready_ack"}, {"type": "a"}, {"type": "ping"}, {"type": "b"}]

    assert anytime(steps, READY) == ["ready_ack", "ping"]
    assert anytime(steps) == ["ping"], "nothing was sent that could be answered"


def test_what_says_the_same_here_and_there_is_a_keep_alive() -> None:
    a, b, c, idle = ({"type": name} for name in ("a", "b", "c", "idle"))

    assert anytime([a, {**idle, "ts": 1}, b, {**idle, "ts": 2}, c]) == ["idle"]
    assert anytime([a, {**idle, "left": 2}, b, {**idle, "left": 1}, c]) == [], "it says something new"
    assert anytime([a, b, a, b, c]) == [], "it comes in turn"
    assert anytime([a, idle, b, a, idle]) == [], "it is the last"


def test_something_stays_in_the_order() -> None:
    assert anytime([{"type": "ping"}, {"type": "ping"}]) == ["ping"]
    assert anytime([{"type": "tick"}]) == []


def test_what_comes_behind_the_end_too_is_allowed_there(tmp_path: Path) -> None:
    ping = {"type": "ping"}
    made = guessed(a_trace([{"type": "a"}, ping, {"type": "done"}, ping]))

    assert "ping: {until: close}" in made.text
    assert not made.checked(tmp_path).failures
    assert "ping: {}" in guessed(a_trace([{"type": "a"}, ping, {"type": "done"}])).text
