from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.runner.judging import Hearing
from harness.runner.results import Example
from harness.trace.verdicts import Verdict
from tests.unit.runner.examples import CONTRACT, answer, cases, connecting, got, opened, request, sent, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.runner.results import ExampleResult
    from harness.trace.events import Event

    Hear = Callable[..., ExampleResult]

OPENING = [request(0.0), answer(0.1), connecting(0.2), opened(0.3)]
OPEN_ENDED = CONTRACT.replace("[{repeat: tick}, done, close: 1000]", "[tick, {optional: done}]")


@pytest.fixture
def hear(tmp_path: Path) -> Hear:
    def run(*events: Event, end: float, contract: str = CONTRACT, cut: bool = False) -> ExampleResult:
        case = cases(tmp_path, contract)[0]
        hearing = Hearing(Example(case, spec()), Judge(case, {"n": 1}))
        for event in (*OPENING, *events):
            hearing.take(event)
        return hearing.conclude(end, (), cut=cut)

    return run


def test_a_job_that_may_be_over_is_judged_although_nothing_says_that_it_is(hear: Hear) -> None:
    result = hear(got(0.5, "tick"), end=120.0, contract=OPEN_ENDED)
    assert result.inconclusive == ""
    assert result.verdicts["order"] is Verdict.PASSED
    assert result.violations == ()


def test_one_that_owes_something_is_not(hear: Hear) -> None:
    result = hear(got(0.5, "tick"), end=120.0)
    assert result.inconclusive == "no deadline watches this job, and nothing came for 119.5 s"
    begun = hear(end=120.0, contract=OPEN_ENDED)
    assert begun.inconclusive.startswith("no deadline watches this job")


def test_a_deadline_that_still_runs_is_waited_for(hear: Hear) -> None:
    result = hear(sent(0.4), got(0.5, "tick"), end=1.0, contract=OPEN_ENDED)
    assert result.inconclusive == "reading ended after 1 s, and a deadline runs until 1.4 s"


def test_what_did_not_come_after_a_cut_is_not_missing(hear: Hear) -> None:
    result = hear(got(0.5, "tick"), end=120.0, cut=True)
    assert (result.inconclusive, result.violations) == ("", ())


def test_silence_breaks_its_deadline_before_the_next_event(hear: Hear) -> None:
    result = hear(sent(0.4), got(20.0, "tick"), end=20.0)
    assert [violation.clause for violation in result.violations if not violation.consequence][:2] == [
        "deadlines/acknowledged", "deadlines/news",
    ]  # fmt: skip
    assert [violation.at for violation in result.violations][:2] == [1.4, 5.4]
