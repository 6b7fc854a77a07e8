"""A run counted: how each clause stands, and the numbers of a contract or of all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.runner.results import CaseResult, RunResult

INTERRUPTED = 130
EXIT = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.ERROR: 2, Verdict.INCONCLUSIVE: 3}


class Standing(IntEnum):
    """How a clause stands after a run; the worst of its cases' is that of the run."""

    NOT_EXERCISED = 0
    PASSED = 1
    RECOMMENDED = 2
    KNOWN = 3
    INCONCLUSIVE = 4
    FAILED = 5

    @property
    def label(self) -> str:
        """The standing as people read it."""
        told = {Standing.KNOWN: "known to fail", Standing.RECOMMENDED: "not as recommended"}
        return told.get(self) or self.name.lower().replace("_", " ")


_STANDING = {
    Verdict.NOT_EXERCISED: Standing.NOT_EXERCISED,
    Verdict.PASSED: Standing.PASSED,
    Verdict.INCONCLUSIVE: Standing.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of some cases.

    Attributes:
        name: of the contract; empty for the whole run.
        verdicts: how many cases came to each.
        examples: how many were judged.
        drawn: how many there were to judge.
        clauses: how many clauses stand how.
        jobs: how many jobs the target made.
        seconds: spent, added up over the examples; of a whole run, how long it took.
    """

    name: str
    verdicts: Counter[Verdict]
    examples: int
    drawn: int
    clauses: Counter[Standing]
    jobs: int
    seconds: float

    @property
    def cases(self) -> int:
        """How many there are."""
        return self.verdicts.total()


def exit_status(result: RunResult) -> int:
    """What the program says to the shell."""
    return INTERRUPTED if result.interrupted else EXIT[result.verdict]


def standing(case: CaseResult, clause: str) -> Standing:
    """How a clause stands in one case; it is known to fail if the target file names all that broke it.

    Where all that broke it fails nothing, and some of it only because it is recommended, it is not as recommended.
    """
    verdict = case.clause_verdict(clause)
    if verdict < Verdict.FAILED:
        return _STANDING[verdict]
    own = [one for one in case.failures if clause == one.violation.clause or clause in one.also]
    causes = own or case.failures  # what has no failure of its own follows from the others
    if not causes or not all(one.tolerated for one in causes):
        return Standing.FAILED
    return Standing.KNOWN if all(one.known for one in causes) else Standing.RECOMMENDED


def standings(cases: Iterable[CaseResult]) -> dict[str, Standing]:
    """How each clause stands in all of these cases, by contract and clause."""
    worst: dict[str, Standing] = {}
    for case in cases:
        for clause in case.clauses:
            name = f"{case.case.contract}/{clause}"
            worst[name] = max(worst.get(name, Standing.NOT_EXERCISED), standing(case, clause))
    return worst


def not_exercised(result: RunResult) -> list[str]:
    """The clauses that no example of any case exercised and that had to be, by contract and name."""
    fine = excused(result)
    idle = (name for name, stands in standings(result.cases).items() if stands is Standing.NOT_EXERCISED)
    return [name for name in idle if name not in fine]


def excused(result: RunResult) -> dict[str, str]:
    """The clauses that no example exercised and that need not be, by contract and name, each with the reason."""
    reasons = {
        f"{case.case.contract}/{clause}": reason
        for case in result.cases
        for clause, reason in case.case.excused.items()
    }
    return {
        name: reasons[name]
        for name, stands in standings(result.cases).items()
        if stands is Standing.NOT_EXERCISED and name in reasons
    }


def by_contract(cases: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    """The cases of each contract, in their order."""
    grouped: dict[str, list[CaseResult]] = {}
    for case in cases:
        grouped.setdefault(case.case.contract, []).append(case)
    return grouped


def tally(result: RunResult) -> Tally:
    """The numbers of a whole run."""
    return _tally("", result.cases, result.jobs, result.seconds)


def tallies(result: RunResult) -> list[Tally]:
    """The numbers of each contract."""
    return [
        _tally(name, cases, sum(case.jobs for case in cases), sum(case.seconds for case in cases))
        for name, cases in by_contract(result.cases).items()
    ]


def _tally(name: str, cases: Iterable[CaseResult], jobs: int, seconds: float) -> Tally:
    listed = list(cases)
    return Tally(
        name,
        Counter(case.verdict for case in listed),
        sum(case.examples for case in listed),
        sum(drawn(case) for case in listed),
        Counter(standings(listed).values()),
        jobs,
        seconds,
    )


def drawn(case: CaseResult) -> int:
    """How many examples there were to judge."""
    return max(case.drawn, case.examples)
