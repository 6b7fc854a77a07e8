"""One case on its way through a run, and which of its broken clauses have one cause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.runner.drawing import spec_key
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.results import CaseResult, ExampleResult
    from harness.trace.verdicts import Verdict, Violation

NEVER_CAME = frozenset({Explanation.SILENT, Explanation.MISSING, Explanation.NOT_OPENED})
"""What is broken by something that did not come."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Clauses of one case that are broken together.

    Attributes:
        violation: the one that stands for all, in the example in which it was first seen.
        result: that example.
        also: the other clauses.
    """

    violation: Violation
    result: ExampleResult
    also: tuple[str, ...]


@dataclass(slots=True)
class Work:
    """One case on its way.

    Attributes:
        case: the case.
        strategy: what its examples are drawn from.
        seed: from which seed.
        specs: the examples, the simplest first.
        result: what is known so far.
        remembered: examples that failed in an earlier run; they are run before all others.
        known: the results so far, by `spec_key`; of one that broke nothing, only what was said of it.
        broken: for each clause that does not hold, the first example that showed it.
        failing: for each such clause, the examples that showed it, by `spec_key`.
        finished: whether it has been concluded.
    """

    case: Case
    strategy: SearchStrategy[Json]
    seed: int
    specs: list[Json]
    result: CaseResult
    remembered: list[Json] = field(default_factory=list)
    known: dict[str, ExampleResult] = field(default_factory=dict)
    broken: dict[str, ExampleResult] = field(default_factory=dict)
    failing: dict[str, set[str]] = field(default_factory=dict)
    finished: bool = False
    _verdicts: dict[tuple[tuple[str, Verdict], ...], Mapping[str, Verdict]] = field(default_factory=dict)

    def add(self, result: ExampleResult, *, shrinking: bool = False) -> None:
        """Sum up one more example; `shrinking` if it is none of those that were drawn."""
        key = spec_key(result.example.spec)
        self.known[key] = result if result.violations else self._slim(result)
        self.result.add(result, shrinking=shrinking)
        self.result.seconds += result.end
        if result.inconclusive:
            return
        for violation in result.violations:
            if not violation.consequence:
                self.broken.setdefault(violation.clause, result)
                self.failing.setdefault(violation.clause, set()).add(key)

    def _slim(self, result: ExampleResult) -> ExampleResult:
        """The result without what happened: a long run would keep it all in memory."""
        verdicts = self._verdicts.setdefault(tuple(result.verdicts.items()), result.verdicts)
        return replace(result, events=(), owed=(), fresh={}, stalls=(), verdicts=verdicts, parts={})

    @property
    def given_up(self) -> bool:
        """Whether more examples would say nothing new: it has failed, or cannot be judged.

        A clause that is only recommended does not keep the others from being judged, unless it is broken by silence,
        for which each example would have to wait again.
        """
        if self.result.inconclusive:
            return True
        return any(
            clause not in self.case.should or _never_came(result, clause) for clause, result in self.broken.items()
        )

    def is_minimal(self, result: ExampleResult) -> bool:
        """Whether nothing smaller is to be had: it is the simplest example, or failed in an earlier run."""
        return spec_key(result.example.spec) == spec_key(self.specs[0]) or self.is_remembered(result)

    def is_remembered(self, result: ExampleResult) -> bool:
        """Whether the example was run first, because it failed in an earlier run."""
        return spec_key(result.example.spec) in map(spec_key, self.remembered)

    def causes(self) -> list[Cause]:
        """The broken clauses by what broke them, what broke first first.

        Clauses have one cause if they are broken in the very same examples, and either at the same instant or one of
        them by what did not come or came out of order, from which much else may follow.
        """
        seen = [
            (violation, result) for clause, result in self.broken.items() if (violation := result.violation_of(clause))
        ]
        seen.sort(key=lambda one: one[0].at)
        causes: list[Cause] = []
        told: set[str] = set()
        for violation, result in seen:
            if violation.clause in told:
                continue
            also = tuple(
                other.clause
                for other, _ in seen
                if other.clause not in told and other is not violation and self._follows(violation, other)
            )
            told.update((violation.clause, *also))
            causes.append(Cause(violation, result, also))
        return causes

    def _follows(self, first: Violation, other: Violation) -> bool:
        if self.failing[first.clause] != self.failing[other.clause]:
            return False
        return first.at == other.at or first.clause == "order" or first.explanation in NEVER_CAME


def _never_came(result: ExampleResult, clause: str) -> bool:
    violation = result.violation_of(clause)
    return violation is not None and violation.explanation in NEVER_CAME
