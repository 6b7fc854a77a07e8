from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.runner.drawing import spec_key
from harness.runner.results import CaseResult
from harness.runner.work import Work
from harness.trace.verdicts import Explanation, Verdict, Violation
from tests.unit.runner.examples import got, result, spec, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import ExampleResult


def work_on(case: Case) -> Work:
    return Work(case, st.none(), 7, [spec(0), spec(1), spec(2)], CaseResult(case))


def example(case: Case, n: int, *violations: Violation, **more: object) -> ExampleResult:
    found = result(case, *violations, **more)
    return type(found)(found.example.__class__(case, spec(n)), *[getattr(found, name) for name in _REST])


_REST = ("events", "violations", "verdicts", "owed", "jobs", "inconclusive")
TOTAL = violation("always/total", Explanation.RELATION, at=1.0)
SHAPE = violation("schemas/done", Explanation.SHAPE, at=1.0)
LATER = violation("always/later", Explanation.RELATION, at=2.0)
ORDER = violation("order", at=0.5)
SILENT = violation("deadlines/news", Explanation.SILENT, at=0.7)


def causes(work: Work) -> list[tuple[str, tuple[str, ...]]]:
    return [(cause.violation.clause, cause.also) for cause in work.causes()]


def test_what_breaks_at_one_instant_in_the_same_examples_has_one_cause(case: Case) -> None:
    work = work_on(case)
    work.add(example(case, 1, TOTAL, SHAPE, LATER))
    assert causes(work) == [("always/total", ("schemas/done",)), ("always/later", ())]


def test_what_breaks_in_another_example_too_has_a_cause_of_its_own(case: Case) -> None:
    work = work_on(case)
    work.add(example(case, 1, TOTAL, SHAPE))
    work.add(example(case, 2, TOTAL))
    assert causes(work) == [("always/total", ()), ("schemas/done", ())]


def test_much_may_follow_from_what_did_not_come_or_came_out_of_order(case: Case) -> None:
    for first in (ORDER, SILENT):
        work = work_on(case)
        work.add(example(case, 1, first, TOTAL, LATER))
        assert causes(work) == [(first.clause, ("always/total", "always/later"))]


def test_what_is_a_consequence_or_could_not_be_judged_is_no_cause(case: Case) -> None:
    work = work_on(case)
    consequence = violation("deadlines/news", Explanation.SILENT, consequence=True)
    work.add(example(case, 1, ORDER, consequence))
    work.add(example(case, 2, TOTAL, inconclusive="it stalled"))
    assert causes(work) == [("order", ())]
    assert work.result.examples == 2


def test_nothing_is_smaller_than_the_pilot_and_what_was_made_small_before(case: Case) -> None:
    work = work_on(case)
    assert work.is_minimal(example(case, 0))
    assert not work.is_minimal(example(case, 1))
    work.remembered = [spec(1)]
    assert work.is_minimal(example(case, 1))
    assert work.is_remembered(example(case, 1))
    assert not work.is_remembered(example(case, 0))


def test_of_what_passed_only_the_verdict_is_kept(case: Case) -> None:
    work = work_on(case)
    for n in range(3):
        work.add(example(case, n, events=(got(0.1, "tick"),)))
    kept = list(work.known.values())
    assert [one.events for one in kept] == [(), (), ()]
    assert [one.verdict for one in kept] == [Verdict.PASSED] * 3
    assert kept[0].verdicts is kept[1].verdicts, "10,000 examples have few different verdicts"
    work.add(example(case, 4, TOTAL, events=(got(0.1, "tick"),)))
    assert work.known[spec_key(spec(4))].events, "of a failure all is told"


def test_a_case_is_given_up_for_what_must_hold_and_for_silence(case: Case) -> None:
    recommends = case._replace(should=frozenset({TOTAL.clause, SILENT.clause}))
    for violations, given_up in (((), False), ((TOTAL,), False), ((TOTAL, SHAPE), True), ((SILENT,), True)):
        work = work_on(recommends)
        work.add(example(recommends, 1, *violations))
        assert work.given_up is given_up, violations
    unjudged = work_on(case)
    unjudged.add(example(case, 1, inconclusive="it stalled"))
    assert unjudged.given_up


def test_examples_that_make_a_failure_small_are_counted_apart(case: Case) -> None:
    work = work_on(case)
    work.add(example(case, 1, TOTAL))
    work.add(example(case, 2, TOTAL), shrinking=True)
    assert (work.result.examples, work.result.shrunk) == (1, 1)
    assert work.result.clauses[TOTAL.clause][Verdict.FAILED] == 2
