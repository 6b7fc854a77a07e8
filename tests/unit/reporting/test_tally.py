from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.reporting.tally import Standing, excused, exit_status, not_exercised, standing, standings, tallies, tally
from harness.trace.verdicts import Verdict
from tests.unit.reporting.made import judged, of_each_class, ran

if TYPE_CHECKING:
    from harness.contract.model import Case

FAILED, PASSED, IDLE = Counter({Verdict.FAILED: 1, Verdict.PASSED: 2}), Counter({Verdict.PASSED: 3}), Counter()


@pytest.mark.parametrize(
    ("verdicts", "stands"),
    [
        ({}, Standing.NOT_EXERCISED),
        ({Verdict.NOT_EXERCISED: 2}, Standing.NOT_EXERCISED),
        ({Verdict.NOT_EXERCISED: 2, Verdict.PASSED: 1}, Standing.PASSED),
        ({Verdict.PASSED: 2, Verdict.INCONCLUSIVE: 1}, Standing.INCONCLUSIVE),
        ({Verdict.PASSED: 2, Verdict.FAILED: 1}, Standing.FAILED),
        ({Verdict.ERROR: 1}, Standing.FAILED),
    ],
)
def test_a_clause_stands_as_its_worst_example(case: Case, verdicts: dict[Verdict, int], stands: Standing) -> None:
    assert standing(judged(case, clauses={"order": Counter(verdicts)}), "order") is stands


def test_a_clause_is_known_to_fail_if_all_that_broke_it_is_known(case: Case) -> None:
    known = replace(of_each_class(case)["wrong-order"], known="because", also=("also/this",))
    other = of_each_class(case)["too-late"]
    clauses = dict.fromkeys(("order", "also/this", "deadlines/finished", "follows"), FAILED)

    alone = judged(case, known, clauses=clauses)
    assert {standing(alone, name) for name in clauses} == {Standing.KNOWN}
    both = judged(case, known, other, clauses=clauses)
    assert [standing(both, name) for name in clauses] == [
        Standing.KNOWN, Standing.KNOWN, Standing.FAILED, Standing.FAILED,
    ]  # fmt: skip
    assert standing(judged(case, clauses=clauses), "order") is Standing.FAILED, "it failed, if nobody says how"


def test_a_clause_is_not_as_recommended_if_nothing_that_broke_it_fails(case: Case) -> None:
    advised = case._replace(should=frozenset({"order"}))
    should, known = of_each_class(advised)["wrong-order"], replace(of_each_class(advised)["too-late"], known="because")
    clauses = dict.fromkeys(("order", "deadlines/finished", "follows"), FAILED)
    both = judged(advised, should, known, clauses=clauses)
    assert [standing(both, name) for name in clauses] == [Standing.RECOMMENDED, Standing.KNOWN, Standing.RECOMMENDED]
    must = judged(advised, should, of_each_class(advised)["wrong-shape"], clauses=clauses)
    assert standing(must, "follows") is Standing.FAILED


def test_what_need_not_be_exercised_is_told_with_its_reason_only_where_nothing_did(both: tuple[Case, Case]) -> None:
    first = both[0]._replace(excused={"a": "too rare", "b": "too rare", "c": "too rare"})
    run = ran(judged(first, clauses={"a": IDLE, "b": IDLE, "d": IDLE}), judged(both[1], clauses={"b": PASSED}))
    assert not_exercised(run) == ["renders/d"]
    assert excused(run) == {"renders/a": "too rare"}


def test_the_worst_of_the_cases_is_that_of_the_run(both: tuple[Case, Case]) -> None:
    first = judged(both[0], clauses={"a": PASSED, "b": IDLE, "c": FAILED})
    second = judged(both[1], clauses={"a": IDLE, "b": IDLE, "c": PASSED})
    names = {name.removeprefix("renders/"): stands for name, stands in standings([first, second]).items()}
    assert names == {"a": Standing.PASSED, "b": Standing.NOT_EXERCISED, "c": Standing.FAILED}


def test_each_contract_is_counted_and_the_whole(both: tuple[Case, Case]) -> None:
    other = both[1]._replace(contract="other")
    run = ran(judged(both[0], drawn=5), judged(other, examples=2, jobs=7, seconds=1.0), judged(other), jobs=20)
    assert [(one.name, one.cases, one.examples, one.drawn, one.jobs) for one in tallies(run)] == [
        ("renders", 1, 3, 5, 3), ("other", 2, 5, 6, 10),
    ]  # fmt: skip
    assert tallies(run)[1].seconds == pytest.approx(1.602)
    whole = tally(run)
    assert (whole.name, whole.cases, whole.examples, whole.drawn, whole.jobs) == ("", 3, 8, 11, 20)
    assert whole.clauses == {Standing.PASSED: 8, Standing.NOT_EXERCISED: 2}
    assert whole.seconds == run.seconds


def test_examples_that_only_made_a_failure_small_are_no_more_than_there_were(case: Case) -> None:
    assert tally(ran(judged(case, examples=9, drawn=3))).drawn == 9


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED])
def test_an_interrupted_run_has_a_status_of_its_own(case: Case, verdict: Verdict) -> None:
    run = ran(judged(case, clauses={"order": Counter({verdict: 1})}), interrupted=True)
    assert exit_status(run) == 130
    assert exit_status(replace(run, interrupted=False)) == {1: 0, 3: 1, 0: 2, 2: 3}[verdict]
