from __future__ import annotations

import pytest

from harness.contract.building import build
from harness.contract.problems import Problems
from harness.contract.source import parse
from harness.contract.steps import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
    Step,
)
from harness.contract.templates import TemplateError, compile_template
from harness.expressions.cel import Environment
from harness.temporal.patterns import EMPTY, One, Pattern, Ref, bind, either, for_each, interleave, repeat, sequence
from harness.trace.events import CLOSE
from harness.trace.verdicts import Place

PLACE = Place("c.yaml", 1)
ENVIRONMENT = Environment(["i", "job", "over"])
TICK = KindStep("tick", None, PLACE)


def holding(kind: str, where: str, captured: frozenset[str] = frozenset()) -> KindStep:
    return KindStep(kind, compile_template(parse(where, "f"), ENVIRONMENT, Problems()), PLACE, captured=captured)


KEYED = holding("tick", "{n: '${i}', list: ['x${i}', 3]}")
OVER = ENVIRONMENT.compile("over")
WANTS_JOB = holding("done", "{ids: ['${ job }'], n: 1}", captured=frozenset({"job"}))


DONE = One("done", {"ids": [Ref("job")], "n": 1})


def tick(number: int) -> One:
    return One("tick", {"n": number, "list": [f"x{number}", 3]})


@pytest.mark.parametrize(
    ("step", "pattern"),
    [
        (TICK, One("tick")),
        (CloseStep((), PLACE), One(CLOSE)),
        (CloseStep((1000, 1001), PLACE), either([One(CLOSE, {"code": 1000}), One(CLOSE, {"code": 1001})])),
        (EitherStep((TICK, SequenceStep(()))), either([One("tick"), EMPTY])),
        (RepeatStep(TICK, 1, 2), repeat(One("tick"), 1, 2)),
        (InterleaveStep((TICK, KEYED)), interleave([One("tick"), tick(9)])),
        (ForEachStep("i", OVER, KEYED), sequence([tick(0), tick(1)])),
        (ForEachStep("i", OVER, KEYED, interleaved=True), for_each({0: tick(0), 1: tick(1)})),
        (
            SequenceStep((TICK, KindStep("init", None, PLACE, (("job", ("id",)),)), TICK, WANTS_JOB)),
            sequence([
                One("tick"),
                bind(One("init"), {"job": ("id",)}, sequence([One("tick"), DONE])),
            ]),
        ),
    ],
)  # fmt: skip
def test_a_step_is_a_pattern(step: Step, pattern: Pattern) -> None:
    assert build(step, {"i": 9, "over": 2}) == pattern


def test_a_list_is_gone_over() -> None:
    assert build(ForEachStep("i", OVER, holding("tick", "{n: '${i}'}")), {"over": ["a"]}) == One("tick", {"n": "a"})


@pytest.mark.parametrize("over", [{}, {"over": "x"}, {"over": True}, {"over": -1}])
def test_what_cannot_be_gone_over_is_an_error_of_the_contract(over: dict[str, object]) -> None:
    with pytest.raises(TemplateError, match="for_each over over"):
        build(ForEachStep("i", OVER, TICK), over)
