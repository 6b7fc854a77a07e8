from __future__ import annotations

import pytest

from harness.contract.building import build
from harness.contract.late import late_join
from harness.contract.order import OrderReader
from harness.contract.problems import Problems
from harness.contract.source import parse
from harness.temporal.generating import Made, accepts
from harness.temporal.patterns import NOTHING, Pattern, derive, expected, expects_only

KINDS = ("init", "tick", "stats", "done", "failed", "state", "over")


def pattern(order: str, snapshot: str = "state", over: tuple[str, ...] = (), **names: object) -> Pattern:
    """What comes on a late connection."""
    problems = Problems()
    node = parse(order, "f")
    step = OrderReader(KINDS, tuple(names), problems).read(node)
    join = late_join(step, tuple(snapshot.split()), over, node.span, problems)
    assert problems.found == []
    return build(join.order, names)


def trace(words: str) -> list[Made]:
    """`state tick=3 done 1000`: kinds, with a number or none, and the close's code."""
    made = []
    for word in words.split():
        kind, _, number = word.partition("=")
        code = {"code": int(kind)} if kind.isdigit() else None
        made.append(Made("close", code) if code else Made(kind, {"n": int(number)} if number else {}))
    return made


JOB = "[init, {for_each: {i: count}, body: [{tick: {n: '${i}'}}]}, {either: [{done: {n: 7}}, failed]}, close: 1000]"


@pytest.mark.parametrize(
    "words",
    [
        "init tick=0 tick=1 done=7 1000",
        "init tick=0 tick=1 failed 1000",
        "state done=7 1000",
        "state tick=1 failed 1000",
        "state tick=9 tick=0 init init state tick done=7 1000",
    ],
)
def test_a_snapshot_then_anything_then_the_end_or_the_whole_order(words: str) -> None:
    assert accepts(pattern(JOB, count=2), trace(words))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "done=7 1000",
        "tick=0 state done=7 1000",
        "init state tick=0 tick=1 done=7 1000",
        "init tick=1 tick=0 done=7 1000",
        "state 1000",
        "state tick=1 1000",
        "state done=7",
        "state done=8 1000",
        "state done=7 1001",
        "state done=7 failed 1000",
        "state done=7 state 1000",
        "state stats done=7 1000",
        "state over 1000",
    ],
)
def test_all_else_is_wrong(words: str) -> None:
    assert not accepts(pattern(JOB, count=2), trace(words))


def after(owed: Pattern, words: str) -> Pattern:
    for made in trace(words):
        owed = derive(owed, made.event(0.0))
    return owed


def test_what_may_come_first_and_next_is_known() -> None:
    owed = pattern(JOB, count=2)
    assert [str(one) for one in expected(owed)] == ["state", "init"]
    assert [str(one) for one in expected(after(owed, "state"))] == ["state", "init", "tick", "done(n 7)", "failed"]
    assert [str(one) for one in expected(after(owed, "state failed"))] == ["close(code 1000)"]
    assert after(owed, "state failed failed") == NOTHING


def test_a_snapshot_may_say_that_the_job_is_over() -> None:
    owed = pattern(JOB, over=("over", "done"), count=2)
    for words in ("over 1000", "done 1000", "state tick=5 over 1000", "state done=3 1000", "state failed 1000"):
        assert accepts(owed, trace(words)), words
    for words in ("over over 1000", "over tick=0 done 1000", "over", "failed 1000"):
        assert not accepts(owed, trace(words)), words


def test_each_end_has_the_close_that_follows_it() -> None:
    owed = pattern("[init, {either: [[done, close: 1000], [failed, close: 1011]]}]", over=("over",))
    for words in ("state done 1000", "state failed 1011", "over 1000", "over 1011"):
        assert accepts(owed, trace(words)), words
    for words in ("state done 1011", "state failed 1000", "over", "over 1001"):
        assert not accepts(owed, trace(words)), words


def test_an_order_without_a_close_leaves_none_owed() -> None:
    owed = pattern("[init, {repeat: tick}, done]", over=("over",))
    assert accepts(owed, trace("state tick tick done"))
    assert accepts(owed, trace("over"))
    assert expects_only(after(owed, "state done"), "close")


@pytest.mark.parametrize(
    "order",
    [
        "[init, {repeat: tick}, {optional: done}, close: 1000]",
        "[init, {repeat: {either: [tick, done]}}, close: 1000]",
        "[init, {interleave: [tick, [stats, {optional: done}]]}, close: 1000]",
        "[init, {for_each: {i: 2}, body: {tick: {n: '${i}'}}}, close: 1000]",
        "[{repeat: tick}, {optional: {close: 1000}}]",
        "[{interleave: [tick, {repeat: init, at_least: 1}]}, close]",
        "[{either: [tick, {optional: done}]}, {repeat: {optional: failed}, at_least: 2}, close]",
    ],
)
def test_where_no_message_is_surely_the_last_none_is_owed(order: str) -> None:
    owed = pattern(order)
    assert accepts(owed, trace("state 1000"))
    assert accepts(owed, trace("state tick tick 1000"))
    assert not accepts(owed, trace("tick tick tick tick state 1000"))


def test_of_several_that_may_be_last_each_ends_the_job_that_no_other_can_follow() -> None:
    owed = pattern("[init, {repeat: tick}, {optional: done}, close: 1000]")
    assert expects_only(after(owed, "state done"), "close")
    assert not expects_only(after(owed, "state tick"), "close")
    again = pattern("[init, done, {repeat: tick, at_least: 1}, {either: [done, failed]}, close: 1000]")
    assert not expects_only(after(again, "state done"), "close"), "it comes in the middle too"
    assert expects_only(after(again, "state failed"), "close")


def test_what_only_a_missed_message_could_tell_is_not_asked_for() -> None:
    order = """[{init: {}, capture: {run: id}}, tick, {done: {run: '${run}', ids: ['${run}'], n: 7}}, close: 1000]"""
    owed = pattern(order)
    assert accepts(owed, [Made("state", {}), Made("done", {"n": 7, "run": "r"}), *trace("1000")])
    assert not accepts(owed, [Made("state", {}), Made("done", {"n": 8, "run": "r"}), *trace("1000")])
    assert not accepts(owed, [Made("init", {"id": "r"}), *trace("tick done=7 1000")])


def test_a_snapshot_that_ends_the_job_is_refused() -> None:
    problems = Problems()
    node = parse("[init, done]", "f")
    step = OrderReader(KINDS, (), problems).read(node)
    late_join(step, ("done", "state"), (), node.span, problems)
    (problem,) = problems.found
    assert problem.message == "done ends the job; after a snapshot it goes on"
    assert problem.hint == "say over: done"
