from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.runner.findings import findings
from harness.trace.verdicts import Place
from tests.unit.runner.examples import failure, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.results import Failure


def test_a_finding_is_recommended_in_all_its_cases_or_in_none(case: Case) -> None:
    should = failure(replace(case, should=frozenset({"order"})), violation())
    found = findings([should, failure(case, violation()), should])
    assert [(len(one.failures), one.recommended) for one in found] == [(2, True), (1, False)]


def test_contracts_that_share_a_clause_have_one_finding(case: Case) -> None:
    def broken(contract: str, name: str, line: int, **more: Json) -> Failure:
        one = replace(case, contract=contract, name=name)
        return failure(one, replace(violation(**more), place=Place("shared.contract.yaml", line)), known=known)

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


def test_the_contract_in_which_a_shared_clause_is_written_comes_first(case: Case) -> None:
    place = Place("scans.contract.yaml", 4)
    broken = replace(violation(), place=place)
    cancels, scans, other = (
        failure(replace(case, contract=name, file=f"{name}.contract.yaml"), broken)
        for name in ("cancels", "scans", "others")
    )
    (finding,) = findings([cancels, scans, other])
    assert finding.failures == (scans, cancels, other)
    assert finding.clauses[0] == "scans/order"
