from __future__ import annotations

import pytest

from harness.contract.building import build
from harness.contract.order import OrderReader
from harness.contract.problems import Problems
from harness.contract.source import parse
from harness.contract.templates import TemplateError
from harness.temporal.patterns import EMPTY, derive, expected, nullable
from harness.trace.events import CLOSE, Event, What

KINDS = ("init", "tick", "done", "failed")


KEYED = "{for_each: {i: count}, interleaved: true, body: [{init: {n: '${i}'}}, {tick: {n: '${i}'}}]}"
JOB = "{init: , capture: {job: n}}"
OVER_JOB = "{for_each: {i: job}, body: {tick: {n: '${i}'}}}"
LATE = "{for_each: {i: count}, interleaved: true, body: [{init: {n: '${i}'}, capture: {x: n}}, {tick: {n: '${x}'}}]}"


def read(text: str) -> tuple[object, list[str]]:
    problems = Problems()
    step = OrderReader(KINDS, ("count", "items"), problems).read(parse(text, "f"))
    return step, [one.message for one in problems.found]


def allows(text: str, *events: str, **names: object) -> bool:
    """Whether `tick`, `tick 3` or `close 1000` may come one after another, with nothing owed at the end."""
    step, wrong = read(text)
    assert not wrong
    pattern = build(step, {"count": 2, "items": ["a", "b"], **names})
    for event in events:
        kind, _, number = event.partition(" ")
        if kind == CLOSE:
            pattern = derive(pattern, Event(0, What.CLOSE, CLOSE, {"code": int(number), "reason": "", "by": "server"}))
        else:
            value = {"n": int(number) if number.isdigit() else number}
            pattern = derive(pattern, Event(0, What.RECEIVED, kind, value))
    return nullable(pattern)


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("init", ["init"]),
        ("[init, done]", ["init", "done"]),
        ("[init, [tick, tick], done]", ["init", "tick", "tick", "done"]),
        ("[{init: {n: 3}}]", ["init 3"]),
        ("[{init: }]", ["init"]),
        ("[{either: [done, failed]}]", ["failed"]),
        ("[{either: [[tick, done], failed]}]", ["tick", "done"]),
        ("[init, {optional: tick}, done]", ["init", "done"]),
        ("[init, {optional: tick}, done]", ["init", "tick", "done"]),
        ("[{repeat: tick}]", []),
        ("[{repeat: [tick, init], at_least: 1, at_most: 2}]", ["tick", "init", "tick", "init"]),
        ("[{for_each: {i: count}, body: [{tick: {n: '${i}'}}]}, done]", ["tick 0", "tick 1", "done"]),
        ("[{body: {tick: {n: '${x}'}}, for_each: {x: items}}]", ["tick a", "tick b"]),
        ("[{for_each: {i: count}, body: {for_each: {j: i}, body: {tick: {n: '${j}'}}}}]", ["tick 0"]),
        ("[done, close]", ["done", "close 1011"]),
        ("[done, {close: 1000}]", ["done", "close 1000"]),
        ("[done, {close: [1000, 1001]}]", ["done", "close 1001"]),
        ("[]", []),
        ("[{interleave: [[init, tick], failed]}, done]", ["init", "failed", "tick", "done"]),
        ("[{interleave: [{tick: {n: 1}}, {tick: {n: 2}}]}]", ["tick 2", "tick 1"]),
        (f"[{KEYED}, done]", ["init 1", "init 0", "tick 0", "tick 1", "done"]),
        ("[{for_each: {i: count}, interleaved: false, body: {tick: {n: '${i}'}}}]", ["tick 0", "tick 1"]),
        (f"[{JOB}, tick, {{done: {{n: '${{ job }}'}}}}]", ["init 7", "tick", "done 7"]),
        (
            "[{for_each: {i: count}, body: [{init: , capture: {x: n}}, {tick: {n: '${x}'}}]}]",
            [
                "init 7",
                "tick 7",
                "init 8",
                "tick 8",
            ],
        ),
        (f"[{LATE}]", ["init 0", "tick 0", "init 1", "tick 1"]),
        (f"[{JOB}, {OVER_JOB}, done]", ["init 2", "tick 0", "tick 1", "done"]),
        (f"[{JOB}, {OVER_JOB}, done]", ["init 0", "done"]),
        (f"[{JOB}, {{interleaved: true, {OVER_JOB[1:-1]}}}, done]", ["init 2", "tick 1", "tick 0", "done"]),
    ],
)
def test_what_an_order_allows(text: str, events: list[str]) -> None:
    assert allows(text, *events)


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("[init, done]", ["done"]),
        ("[init, done]", ["init"]),
        ("[{init: {n: 3}}]", ["init 4"]),
        ("[{either: [done, failed]}]", ["done", "failed"]),
        ("[{optional: tick}]", ["tick", "tick"]),
        ("[{repeat: tick, at_least: 2}]", ["tick"]),
        ("[{repeat: tick, at_most: 2}]", ["tick", "tick", "tick"]),
        ("[{for_each: {i: count}, body: {tick: {n: '${i}'}}}]", ["tick 1", "tick 0"]),
        ("[{for_each: {i: count}, body: {tick: {n: '${i}'}}}]", ["tick 0"]),
        ("[done, {close: 1000}]", ["done", "close 1001"]),
        ("[{interleave: [[init, tick], failed]}, done]", ["tick", "failed", "init", "done"]),
        (f"[{KEYED}, done]", ["init 1", "tick 0", "init 0", "tick 1", "done"]),
        ("[{for_each: {i: count}, interleaved: false, body: {tick: {n: '${i}'}}}]", ["tick 1", "tick 0"]),
        (f"[{JOB}, {{done: {{n: '${{job}}'}}}}]", ["init 7", "done 8"]),
        (f"[{JOB}, {OVER_JOB}, done]", ["init 2", "tick 1", "tick 0", "done"]),
        (f"[{JOB}, {OVER_JOB}, done]", ["init 2", "tick 0", "done"]),
        (f"[{JOB}, {OVER_JOB}, done]", ["init -1"]),
    ],
)
def test_what_an_order_does_not_allow(text: str, events: list[str]) -> None:
    assert not allows(text, *events)


def test_the_number_of_items_is_that_of_the_example() -> None:
    step, _ = read("[{for_each: {i: count}, body: tick}]")
    assert build(step, {"count": 0}) == EMPTY
    pattern = build(step, {"count": 100})
    assert [str(one) for one in expected(pattern)] == ["tick"]


@pytest.mark.parametrize("count", [-1, "x", True, 1.5, None, 100_001, {"a": 1}])
def test_what_cannot_be_gone_over_is_an_error_of_the_contract(count: object) -> None:
    step, _ = read("[{for_each: {i: count}, body: tick}]")
    with pytest.raises(TemplateError, match="for_each over count"):
        build(step, {"count": count})


def test_an_expression_without_a_value_is_an_error_of_the_contract() -> None:
    step, _ = read("[{for_each: {i: 'items[9]'}, body: tick}]")
    with pytest.raises(TemplateError, match=r"for_each over items\[9\]"):
        build(step, {"items": []})


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[innit]", ["unknown kind 'innit'"]),
        ("[3]", ["a step of the order is expected here; found 3"]),
        ("[{}]", ["a step of the order is expected here; found a map"]),
        ("[~]", ["a step of the order is expected here; found nothing"]),
        ("[{for_eech: {i: n}, body: [init]}]", ["unknown kind 'for_eech'"]),
        ("[{init: {}, done: {}}]", ["the step 'init' stands alone; put each step in an item of its own"]),
        ("[{either: [init], done: {}}]", ["the step 'either' stands alone; put each step in an item of its own"]),
        ("[{either: []}]", ["either needs at least one alternative"]),
        ("[{init: [1]}]", ["what this init contains is expected, a map; found a list"]),
        ("[{init: {n: '${nope}'}}]", ["nothing here is called 'nope'"]),
        ("[{repeat: tick, times: 3}]", ["unknown key 'times'"]),
        ("[{repeat: tick, at_least: true}]", ["a number of times, up to 100,000, is expected; found True"]),
        ("[{repeat: tick, at_most: -1}]", ["a number of times, up to 100,000, is expected; found -1"]),
        ("[{repeat: tick, at_least: 3, at_most: 2}]", ["at_most 2 is less than at_least 3"]),
        ("[{for_each: {i: count}}]", ["a for_each needs 'body'"]),
        ("[{for_each: {i: -1}, body: tick}]", ["for_each over -1 needs a list or a number from 0 to 100,000, not -1"]),
        (
            "[{for_each: {i: 100001}, body: tick}]",
            ["for_each over 100001 needs a list or a number from 0 to 100,000, not 100001"],
        ),
        ("[{for_each: {i: '[1][2]'}, body: tick}]", ["for_each over [1][2]: Index error: index=2 size=1"]),
        ("[{for_each: count, body: tick}]", ["one name and what it goes over is expected"]),
        ("[{for_each: {a-b: count}, body: tick}]", ["expressions cannot call anything 'a-b'"]),
        ("[{for_each: {i: nope}, body: {tick: {n: '${i}'}}}]", ["nothing here is called 'nope'"]),
        ("[{for_each: {i: count}, body: tick}, {tick: {n: '${i}'}}]", ["nothing here is called 'i'"]),
        ("[{interleave: tick}]", ["interleave needs a list of the parts to mix; found 'tick'"]),
        ("[{interleave: []}]", ["interleave needs a list of the parts to mix; found a list"]),
        (
            "[{interleave: [tick, [init, tick]]}]",
            ["another part of this interleave could take the same tick, at line 1"],
        ),
        ("[{for_each: {i: count}, interleaved: maybe, body: tick}]", ["interleaved is true or false; found 'maybe'"]),
        (
            "[{for_each: {i: count}, interleaved: true, body: tick}]",
            ["interleaved items cannot be told apart by this tick"],
        ),
        (
            f"[{JOB}, {{for_each: {{i: job + 1}}, body: tick}}]",
            ["'job' is known only once its message has come; a loop can but go over all of it"],
        ),
        (
            f"[{JOB}, {{for_each: {{i: job}}, body: {{tick: {{n: 'a${{i}}'}}}}}}]",
            ["'i' is known only once its message has come; it can but stand alone"],
        ),
        ("[{init: , capture: {}}]", ["names, and where in the message their values stand, are expected; found a map"]),
        ("[{init: , capture: {job: 'data[0]'}}]", ["a path in the message is expected; found 'data[0]'"]),
        ("[{init: , capture: {count: n}}]", ["'count' has a meaning here already"]),
        ("[{init: , capture: {a-b: n}}]", ["expressions cannot call anything 'a-b'"]),
        ("[{init: , capture: {job: n}, extra: 1}]", ["unknown key 'extra'"]),
        ("[{close: 1000, capture: {job: n}}]", ["the step 'close' stands alone; put each step in an item of its own"]),
        ("[{capture: {job: n}}]", ["unknown kind 'capture'"]),
        ("[{done: {n: '${job}'}}, {init: , capture: {job: n}}]", ["nothing here is called 'job'"]),
        (
            f"[{JOB}, {{done: {{n: {{m: ['x ${{job}}']}}}}}}]",
            ["'job' is known only once its message has come; it can but stand alone"],
        ),
        ("[{close: []}]", ["at least one close code is expected"]),
        ("[{close: 99}]", ["a close code from 1000 to 4999 is expected; found 99"]),
        ("[{close: normal}]", ["a close code from 1000 to 4999 is expected; found 'normal'"]),
    ],
)
def test_what_is_wrong_in_an_order_is_told(text: str, problems: list[str]) -> None:
    assert read(text)[1] == problems
