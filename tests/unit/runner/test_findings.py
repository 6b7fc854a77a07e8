from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.runner.findings import findings
from harness.runner.results import Example
from harness.trace.verdicts import Place
from tests.unit.runner.examples import failure, result, spec, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.results import Failure


def test_a_finding_is_recommended_in_all_its_cases_or_in_none(case: Case) -> None:
    should = failure(case._replace(should=frozenset({"order"})), violation())
    found = findings([should, failure(case, violation()), should])
    assert [(len(one.failures), one.recommended) for one in found] == [(2, True), (1, False)]


def test_contracts_that_share_a_clause_have_one_finding(case: Case) -> None:
    def broken(contract: str, name: str, line: int, **more: Json) -> Failure:
        one = case._replace(contract=contract, name=name)
        return failure(one, violation(**more)._replace(place=Place("shared.contract.yaml", line)), known=known)

    known = ""
    shared = [broken("cancels", "midway", 4), broken("cancels", "late", 9), broken("scans", "works", 4)]
    (finding,) = findings(shared)
    assert finding.failures == tuple(shared)
    assert finding.clauses == ("cancels/order", "scans/order")
    assert len(findings([*shared, broken("imports", "works", 7)])) == 2, "a clause of its own that has the same name"
    assert len(findings([shared[0], replace(shared[2], diagnosis=replace(shared[2].diagnosis, kind="too-late"))])) == 2
    assert len(findings([shared[0], broken("scans", "works", 4, clause="always/x")])) == 2
    known = "ticket 7"
    assert len(findings([broken("cancels", "midway", 4), broken("scans", "works", 4)])) == 2, (
        "each is known by its name"
    )


def test_of_contracts_that_share_a_clause_that_with_the_smallest_example_comes_first(case: Case) -> None:
    def broken(contract: str, n: int) -> Failure:
        example = Example(case._replace(contract=contract), spec(n))
        return failure(case, violation(), result=replace(result(case, violation()), example=example))

    cancels, scans, others = broken("cancels", 100), broken("scans", 1), broken("others", 10)
    (finding,) = findings([cancels, scans, others])
    assert finding.failures == (scans, cancels, others)
    assert finding.clauses == ("scans/order", "cancels/order", "others/order")
    (finding,) = findings([scans, cancels])
    assert finding.failures == (scans, cancels)
    (finding,) = findings([cancels, broken("cancels", 1)])
    assert finding.failures[0] is cancels, "in one contract it is the first of its cases"
