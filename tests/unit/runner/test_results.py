from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.runner.results import CaseResult, RunResult
from harness.trace.verdicts import Explanation, Verdict
from tests.unit.runner.examples import failure, result, violation

if TYPE_CHECKING:
    from harness.contract.model import Case

NOTHING, PASSED, INCONCLUSIVE, FAILED, ERROR = (
    Verdict.NOT_EXERCISED, Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.FAILED, Verdict.ERROR,
)  # fmt: skip


@pytest.mark.parametrize(
    ("clauses", "inconclusive", "verdict"),
    [
        ({}, "", NOTHING),
        ({"a": NOTHING}, "", NOTHING),
        ({"a": NOTHING, "b": PASSED}, "", PASSED),
        ({"a": FAILED, "b": PASSED}, "", FAILED),
        ({"a": FAILED}, "this process stalled", INCONCLUSIVE),
    ],
)
def test_an_example_is_as_bad_as_its_worst_clause(
    case: Case, clauses: dict[str, Verdict], inconclusive: str, verdict: Verdict
) -> None:
    assert result(case, verdicts=clauses, inconclusive=inconclusive).verdict is verdict


def test_a_violation_is_found_by_its_clause(case: Case) -> None:
    first, second = violation("order"), violation("deadlines/news", Explanation.SILENT)
    example = result(case, first, second)
    assert example.violation_of("deadlines/news") is second
    assert example.violation_of("deadlines/finished") is None


@pytest.mark.parametrize(
    ("clauses", "examples", "inconclusive", "verdict"),
    [
        ({}, 0, "", INCONCLUSIVE),
        ({}, 1, "", NOTHING),
        ({"a": {PASSED: 3}}, 3, "", PASSED),
        ({"a": {PASSED: 3, NOTHING: 2}}, 5, "", PASSED),
        ({"a": {NOTHING: 2}}, 2, "", NOTHING),
        ({"a": {PASSED: 3}}, 3, "the budget ran out", INCONCLUSIVE),
        ({"a": {PASSED: 3}, "b": {PASSED: 2, FAILED: 1}}, 3, "", FAILED),
        ({"a": {FAILED: 1}}, 1, "interrupted", FAILED),
    ],
)
def test_a_case_is_as_bad_as_its_worst_example_and_a_failure_outlives_what_stopped_it(
    case: Case, clauses: dict[str, dict[Verdict, int]], examples: int, inconclusive: str, verdict: Verdict
) -> None:
    counted = {clause: Counter(verdicts) for clause, verdicts in clauses.items()}
    assert CaseResult(case, examples=examples, clauses=counted, inconclusive=inconclusive).verdict is verdict


def test_adding_examples_counts_the_verdicts_of_each_clause(case: Case) -> None:
    summed = CaseResult(case)
    summed.add(result(case))
    summed.add(result(case, violation("always/small", Explanation.RELATION)))
    assert summed.examples == 2
    assert summed.clauses == {"order": {PASSED: 2}, "always/small": {FAILED: 1}}
    assert summed.clause_verdict("order") is PASSED
    assert summed.verdict is FAILED


def test_what_only_follows_from_something_else_is_not_exercised(case: Case) -> None:
    summed = CaseResult(case)
    follows = violation("deadlines/closed", Explanation.SILENT, consequence=True)
    summed.add(result(case, violation(), follows))
    assert summed.clauses == {"order": {FAILED: 1}, "deadlines/closed": {NOTHING: 1}}
    summed.add(result(case, follows, follows._replace(consequence=False)))
    assert summed.clauses["deadlines/closed"] == {NOTHING: 1, FAILED: 1}, "on one connection it did not follow"


def test_what_makes_a_failure_small_and_what_the_job_outran_are_counted(case: Case) -> None:
    summed = CaseResult(case)
    summed.add(result(case, outran="the job was over before cancel"))
    summed.add(result(case), shrinking=True)
    assert (summed.examples, summed.shrunk, summed.outran) == (1, 1, 1)


def test_a_recommended_clause_fails_no_case_but_others_do(case: Case) -> None:
    recommends = case._replace(should=frozenset({"order"}))
    should = failure(recommends, violation())
    assert (should.recommended, should.tolerated) == (True, True)
    clauses = {"order": Counter({FAILED: 1}), "a": Counter({PASSED: 1})}
    assert CaseResult(recommends, examples=1, clauses=clauses, failures=[should]).verdict is PASSED
    must = failure(recommends, violation("a"))
    assert CaseResult(recommends, examples=1, clauses=clauses, failures=[should, must]).verdict is FAILED


def test_an_example_that_could_not_be_judged_says_nothing_of_any_clause(case: Case) -> None:
    summed = CaseResult(case)
    summed.add(result(case, violation(), inconclusive="this process stalled"))
    assert summed.clauses == {}
    assert summed.verdict is INCONCLUSIVE
    assert summed.inconclusive == "this process stalled"


def in_case(case: Case, verdict: Verdict) -> CaseResult:
    if verdict is INCONCLUSIVE:
        return CaseResult(case, examples=1, inconclusive="the budget ran out")
    return CaseResult(case, examples=1, clauses={"order": Counter({verdict: 1})})


@pytest.mark.parametrize(
    ("cases", "stopped", "verdict"),
    [
        ([], "", ERROR),
        ([NOTHING], "", ERROR),
        ([NOTHING, PASSED], "", PASSED),
        ([PASSED, PASSED], "", PASSED),
        ([PASSED, INCONCLUSIVE], "", INCONCLUSIVE),
        ([PASSED, FAILED, INCONCLUSIVE], "", FAILED),
        ([PASSED], "interrupted", INCONCLUSIVE),
        ([FAILED], "interrupted", FAILED),
        ([], "the run's own time limit of 1 s was reached", INCONCLUSIVE),
    ],
)
def test_a_run_is_as_bad_as_its_worst_case_and_never_passes_unless_it_judged_to_the_end(
    case: Case, cases: list[Verdict], stopped: str, verdict: Verdict
) -> None:
    run = RunResult(tuple(in_case(case, one) for one in cases), 1.0, 1, stopped)
    assert run.verdict is verdict


def test_failures_are_those_of_all_cases_in_order(case: Case) -> None:
    one, two = failure(case, violation("order")), failure(case, violation("always/x"))
    run = RunResult((CaseResult(case, failures=[one]), CaseResult(case), CaseResult(case, failures=[two])), 1.0, 1)
    assert run.failures == (one, two)
    assert one.case is case
    assert replace(one, replay="x").case is case
