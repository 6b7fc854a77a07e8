"""Which failures have one cause, as far as can be seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.contract.classes import ACKNOWLEDGED_BUT_NOTHING, OPEN_BUT_NOTHING
from harness.trace.events import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.runner.results import Failure


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, as far as can be seen: failures that break the same clause in the same way.

    They are of one contract, or of several that share the clause: it is written once. The contract with the smallest
    example comes first.

    Attributes:
        failures: at least one; the first stands for all.
    """

    failures: tuple[Failure, ...]

    @property
    def clauses(self) -> tuple[str, ...]:
        """Contract and clause, for each contract: `reports/deadlines/first-news`."""
        return tuple(dict.fromkeys(failure.clause for failure in self.failures))

    @property
    def known(self) -> str:
        """The reason for which the target is known to fail so; empty if it is not."""
        return self.failures[0].known

    @property
    def recommended(self) -> bool:
        """Whether the clause is only recommended in all its cases."""
        return all(failure.recommended for failure in self.failures)


def _stage(failure: Failure) -> str:
    """The stage at which a job went quiet, as far as its client could tell: one that says nothing is not answered."""
    stage = failure.diagnosis.stage
    says_nothing = not any(event.what is What.SENT for event in failure.result.events)
    return ACKNOWLEDGED_BUT_NOTHING if stage == OPEN_BUT_NOTHING and says_nothing else stage


def findings(failures: Iterable[Failure]) -> tuple[Finding, ...]:
    """Failures by what they look like, each finding once, in the order in which they come first."""
    groups: dict[tuple[tuple[str | bool, ...], str], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((_look(failure), failure.case.contract), []).append(failure)
    found: list[tuple[tuple[str | bool, ...], list[Failure]]] = []
    for (look, _), group in groups.items():
        shared = next((other for alike, other in found if alike == look and _share_a_clause(other, group)), None)
        if shared is None:
            found.append((look, group))
        elif _size(group[0]) < _size(shared[0]):
            shared[:0] = group
        else:
            shared.extend(group)
    return tuple(Finding(tuple(group)) for _, group in found)


def _look(failure: Failure) -> tuple[str | bool, ...]:
    diagnosis = failure.diagnosis
    return failure.violation.clause, diagnosis.kind, _stage(failure), failure.recommended, failure.known


def _share_a_clause(some: Sequence[Failure], others: Sequence[Failure]) -> bool:
    """Whether the clause of two contracts is written in one place; a known failure is that of its own contract."""
    places = {failure.violation.place for failure in others}
    return not some[0].known and any(failure.violation.place in places for failure in some)


def _size(failure: Failure) -> int:
    return len(json.dumps(failure.result.spec))
