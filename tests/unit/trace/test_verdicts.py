from __future__ import annotations

from itertools import pairwise

import pytest

from harness.trace.verdicts import Explanation, Place, Verdict, Violation


def test_the_worst_of_the_parts_is_that_of_the_whole() -> None:
    worse = [Verdict.NOT_EXERCISED, Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.FAILED, Verdict.ERROR]
    assert all(max(pair) is pair[1] for pair in pairwise(worse))
    assert max(Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE) is Verdict.FAILED


@pytest.mark.parametrize(("verdict", "label"), [(Verdict.NOT_EXERCISED, "not exercised"), (Verdict.PASSED, "passed")])
def test_labels(verdict: Verdict, label: str) -> None:
    assert verdict.label == label


def test_a_place_is_what_an_editor_opens() -> None:
    assert str(Place("contracts/c.yaml", 41, 9)) == "contracts/c.yaml:41"


def test_a_violation_is_no_consequence_unless_it_is_marked() -> None:
    violation = Violation("order", Place("c.yaml", 1), Explanation.LATE, "", 0.0)
    assert not violation.consequence
    assert violation.late_by is None
    assert violation.start is None
