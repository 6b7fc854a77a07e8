from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.runner.results import CaseResult
from harness.runner.work import Work
from harness.trace.verdicts import Explanation, Violation
from tests.unit.runner.examples import result, spec, violation

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


def test_the_simplest_example_is_the_pilot(case: Case) -> None:
    work = work_on(case)
    assert work.is_pilot(example(case, 0))
    assert not work.is_pilot(example(case, 1))
