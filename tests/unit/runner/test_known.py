from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from harness.contract.model import Contract
from harness.errors import HarnessError
from harness.runner.known import outcomes, reasons, refuse_unknown, waived, without
from harness.runner.results import CaseResult, KnownState, RunResult
from harness.targets.target import KnownFailure
from harness.trace.verdicts import Place, Verdict
from tests.unit.runner.examples import CONTRACT, cases, failure, violation

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case

TODAY = date(2026, 11, 24)
PLACE = Place("targets.yaml", 12)
NEWS = "ticks/deadlines/news"


def known(clause: str = NEWS, until: date = TODAY) -> KnownFailure:
    return KnownFailure(clause, "the farm is being moved", until, PLACE)


def judged(case: Case, clause: str, verdict: Verdict) -> CaseResult:
    return CaseResult(case, examples=1, clauses={clause: Counter({verdict: 1})})


def test_a_known_failure_must_name_a_clause_that_there_is(case: Case) -> None:
    contracts = [Contract("ticks", "ticks", "ticks.contract.yaml", (case,))]
    refuse_unknown([known(), known("other/order")], contracts)
    with pytest.raises(
        HarnessError, match=r"^targets\.yaml:12: no clause is called 'ticks/deadlines/new'\. Did you mean"
    ):
        refuse_unknown([known("ticks/deadlines/new")], contracts)


def test_what_may_fail_today_and_why() -> None:
    yesterday = date(2026, 11, 23)
    assert reasons([known(), known("ticks/order", yesterday)], TODAY) == {
        NEWS: "the farm is being moved (until 2026-11-24)"
    }


@pytest.mark.parametrize(
    ("until", "verdict", "complete", "state"),
    [
        (TODAY, Verdict.FAILED, True, KnownState.FAILS),
        (TODAY, Verdict.FAILED, False, KnownState.FAILS),
        (TODAY, Verdict.PASSED, True, KnownState.HOLDS),
        (TODAY, Verdict.PASSED, False, KnownState.UNJUDGED),
        (TODAY, Verdict.NOT_EXERCISED, True, KnownState.UNJUDGED),
        (date(2026, 11, 23), Verdict.FAILED, True, KnownState.EXPIRED),
        (date(2026, 11, 23), Verdict.PASSED, False, KnownState.EXPIRED),
    ],
)
def test_what_came_of_a_known_failure(
    case: Case, until: date, verdict: Verdict, *, complete: bool, state: KnownState
) -> None:
    cases = [judged(case, "deadlines/news", verdict), judged(case, "deadlines/news", Verdict.PASSED)]
    if verdict is not Verdict.FAILED:
        cases.pop() if verdict is Verdict.NOT_EXERCISED else None
    (outcome,) = outcomes([known(until=until), known("other/order")], cases, TODAY, complete=complete)
    assert (outcome.state, outcome.until, outcome.place) == (state, until.isoformat(), PLACE)
    assert outcome.is_broken == (state in (KnownState.HOLDS, KnownState.EXPIRED))


def test_a_clause_that_no_example_reached_is_not_said_to_hold(case: Case) -> None:
    (outcome,) = outcomes([known()], [CaseResult(case)], TODAY, complete=True)
    assert outcome.state is KnownState.UNJUDGED


def test_a_known_failure_does_not_fail_the_case_but_another_one_does(case: Case) -> None:
    told = failure(case, violation("deadlines/news"), known="the farm is being moved")
    clauses = {
        "deadlines/news": Counter({Verdict.FAILED: 1}),
        "order": Counter({Verdict.FAILED: 1}),
        "always/x": Counter({Verdict.PASSED: 1}),
    }
    summed = CaseResult(case, examples=1, clauses=clauses, failures=[told])
    assert summed.verdict is Verdict.PASSED, "what is broken with it does not count"
    worse = CaseResult(case, examples=1, clauses=clauses, failures=[told, failure(case, violation("order"))])
    assert worse.verdict is Verdict.FAILED
    outcome = outcomes([known(until=date(2026, 1, 1))], [summed], TODAY, complete=True)
    assert RunResult((summed,), 1.0, 1, known=outcome).verdict is Verdict.FAILED, "it has expired"
    assert RunResult((summed,), 1.0, 1).verdict is Verdict.PASSED


def test_clauses_of_a_waived_group_are_not_judged_and_told(tmp_path: Path) -> None:
    relations = "at_end:\n  found: {group: recognition, expect: 'true'}\n  counted: 'true'\ncases:"
    case, _ = cases(tmp_path, CONTRACT.replace("cases:", relations))
    waives = {"recognition": "a model", "other": "no such clause here"}
    kept = without(case, waives).clauses
    assert "at_end/found" not in kept
    assert "at_end/counted" in kept
    assert [one.clauses for one in waived([case, case], waives)] == [("ticks/at_end/found",), ()]
    assert without(case, {}) == case
