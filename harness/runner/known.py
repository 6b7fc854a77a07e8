"""The failures that a target file names, held against what a run found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.contract.problems import nearest
from harness.errors import HarnessError
from harness.runner.results import KnownOutcome, KnownState, Waived
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from harness.contract.model import Case, Contract
    from harness.runner.results import CaseResult
    from harness.targets.target import KnownFailure


def refuse_unknown(known: Iterable[KnownFailure], contracts: Sequence[Contract]) -> None:
    """Go on only if each known failure of these contracts names a clause that they have.

    Raises:
        HarnessError: one does not.
    """
    clauses = {
        f"{contract.name}/{clause}" for contract in contracts for case in contract.cases for clause in case.clauses
    }
    names = {contract.name for contract in contracts}
    for failure in known:
        if failure.clause not in clauses and failure.clause.partition("/")[0] in names:
            told = f"{failure.place}: no clause is called {failure.clause!r}. {nearest(failure.clause, clauses)}"
            raise HarnessError(told.rstrip())


def reasons(known: Iterable[KnownFailure], today: date) -> dict[str, str]:
    """For each clause that may fail until later than today, by contract and name, why."""
    return {failure.clause: f"{failure.reason} (until {failure.until})" for failure in known if failure.until >= today}


def outcomes(
    known: Iterable[KnownFailure], cases: Sequence[CaseResult], today: date, *, complete: bool
) -> tuple[KnownOutcome, ...]:
    """What came of each known failure of a clause that these cases have.

    Args:
        known: from the target file.
        cases: as they were judged.
        today: the day of the run.
        complete: whether every case of the contracts was judged, so that what did not fail holds.
    """
    verdicts = _verdicts(cases)
    found = []
    for failure in known:
        if failure.clause not in verdicts:
            continue
        verdict = verdicts[failure.clause]
        if failure.until < today:
            state = KnownState.EXPIRED
        elif verdict is Verdict.FAILED:
            state = KnownState.FAILS
        else:
            state = KnownState.HOLDS if verdict is Verdict.PASSED and complete else KnownState.UNJUDGED
        found.append(KnownOutcome(failure.clause, failure.reason, failure.until.isoformat(), failure.place, state))
    return tuple(found)


def without(case: Case, waives: Mapping[str, str]) -> Case:
    """The case without the clauses of the groups that are waived."""
    return replace(case, relations=tuple(one for one in case.relations if one.group not in waives))


def waived(cases: Iterable[Case], waives: Mapping[str, str]) -> tuple[Waived, ...]:
    """The waived groups, each with its clauses in these cases; a group that none of them has is there without any."""
    clauses: dict[str, dict[str, None]] = {group: {} for group in waives}
    for case in cases:
        for relation in case.relations:
            if relation.group in clauses:
                clauses[relation.group][f"{case.contract}/{relation.clause}"] = None
    return tuple(Waived(group, reason, tuple(clauses[group])) for group, reason in waives.items())


def _verdicts(cases: Sequence[CaseResult]) -> dict[str, Verdict]:
    """The worst verdict of each clause, by contract and name; a clause that no example exercised is there too."""
    worst: dict[str, Verdict] = {}
    for case in cases:
        for clause in case.case.clauses:
            name = f"{case.case.contract}/{clause}"
            verdict = case.clause_verdict(clause) if clause in case.clauses else Verdict.NOT_EXERCISED
            worst[name] = max(worst.get(name, Verdict.NOT_EXERCISED), verdict)
    return worst
