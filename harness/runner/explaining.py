"""What is done about failures: each is made small, and one of each finding is looked into."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.runner.diagnose import diagnose
from harness.runner.drawing import describe, spec_key
from harness.runner.investigate import Examined, Investigator, Suspect
from harness.runner.results import Failure, findings
from harness.runner.shrinking import Shrinker
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from typing import Any

    from harness.inputs.base import Json
    from harness.runner.results import Example, ExampleResult
    from harness.runner.services import Services
    from harness.runner.settings import Settings
    from harness.runner.work import Cause, Work

MOST_LARGER = 2
"""Of so many larger examples is asked whether they fail always, where the smallest does not."""
AGAIN = "it failed in an earlier run already, and so was run first (--fresh leaves that aside)"


class Explaining:
    """Makes the failures of one run small, finds out about them, and gives them to their cases.

    Set `services`, call `make_small` for each case, then `look_into_all`; `conclude` a case whenever the run ends.
    """

    services: Services

    def __init__(
        self,
        settings: Settings,
        judge: Callable[[Work, Json], Coroutine[Any, Any, ExampleResult | None]],
        drive: Callable[[Work, Example], Awaitable[ExampleResult | None]],
        keep: Callable[[Failure], str],
        is_silent: Callable[[str], bool],
    ) -> None:
        """Prepare.

        Args:
            settings: of the run.
            judge: runs one more example of a case and adds it to what is known; None if there is no job left for it.
            drive: runs an example once more, and adds it to nothing.
            keep: stores a failure for a replay and gives the file's path.
            is_silent: whether nothing is heard of any job of a contract, by its name.
        """
        self._settings = settings
        self._judge = judge
        self._drive = drive
        self._keep = keep
        self._is_silent = is_silent
        self._small: list[tuple[Work, Failure]] = []

    async def make_small(self, work: Work, tell: Callable[[str], None]) -> None:
        """Make a failure of each cause as small as the budget allows; `tell` what is being done."""
        shrinker = Shrinker(partial(self._judge, work), work.known, self.services.clock.now, self._settings.shrinking)
        for cause in work.causes():
            result, note = cause.result, ""
            wanted = not self._known(work, cause) and cause.violation.explanation is not Explanation.SILENT
            if wanted and not work.is_minimal(result):
                clause = cause.violation.clause
                tell(f"shrinking {work.case.full_name}/{clause}")
                most = work.case.examples_of(self._settings.examples)
                found, note = await shrinker.smallest(work.strategy, most, work.seed, clause)
                result, *work.larger[clause] = [work.known[spec_key(spec)] for spec in reversed(found)] or [result]
            elif work.is_remembered(result):
                note = AGAIN
            self._small.append((work, self._failure(work, cause, result, note)))

    async def look_into_all(self, works: Sequence[Work]) -> None:
        """Look into the first failure of each finding; what is found out goes for all of them."""
        owners = {id(failure): work for work, failure in self._small}
        order = [work.case for work in works]
        small = sorted((failure for _, failure in self._small), key=lambda failure: order.index(failure.case))

        async def look_into(failures: Sequence[Failure]) -> None:
            first = failures[0]
            silent = self._is_silent(first.case.contract)  # then all cases of the contract have heard the same
            seen_by = [one.case for one in (small if silent else failures) if one.case.contract == first.case.contract]
            early_too = any(case.client.before_request for case in seen_by)
            told = failures
            if not first.known:
                steady, examined = await self._steadiest(owners[id(first)], first, early_too)
                told = [_told(steady, examined), *(_told_alike(failure, examined) for failure in failures[1:])]
            for failure, one in zip(failures, told, strict=True):
                self._fail(owners[id(failure)], one)

        async with asyncio.TaskGroup() as group:
            for finding in findings(small):
                group.create_task(look_into(finding.failures))

    def conclude(self, work: Work) -> None:
        """Give a case the failures that have not been looked into, because the run ended first."""
        told = {failure.violation.clause for failure in work.result.failures}
        small = {failure.violation.clause: failure for owner, failure in self._small if owner is work}
        for cause in work.causes():
            clause = cause.violation.clause
            if clause not in told:
                note = "not shrunk: the run ended first" if self._settings.investigate else ""
                self._fail(work, small.get(clause) or self._failure(work, cause, cause.result, note))

    def _failure(self, work: Work, cause: Cause, result: ExampleResult, note: str) -> Failure:
        known, told = self._known(work, cause), diagnose(cause.result, cause.violation)
        first = Failure(cause.result, cause.violation, told, "", work.seed, note, also=cause.also, known=known)
        return self._shown_by(result, first)

    def _shown_by(self, result: ExampleResult, failure: Failure) -> Failure:
        """The failure as another example of the case shows it."""
        violation = result.violation_of(failure.violation.clause) or failure.violation
        words = describe(replace(result.example, spec=result.spec), self.services.registry)
        return replace(failure, result=result, violation=violation, diagnosis=diagnose(result, violation), input=words)

    def _known(self, work: Work, cause: Cause) -> str:
        return self._settings.known.get(f"{work.case.contract}/{cause.violation.clause}", "")

    async def _steadiest(self, work: Work, smallest: Failure, early_too: bool) -> tuple[Failure, Examined]:
        """The smallest failure, or the next larger one that fails always where it does not; and what was found out.

        The least delay that loses a message loses it now and then only, by what the network takes each time.
        """
        examined = await self._examined(work, smallest, early_too)
        if examined.steady:
            return smallest, examined
        for result in work.larger.get(smallest.violation.clause, [])[:MOST_LARGER]:
            note = f"a smaller one fails now and then: {smallest.input}"
            larger = self._shown_by(result, replace(smallest, note="; ".join(filter(None, (smallest.note, note)))))
            seen = await self._examined(work, larger, early_too)
            if seen.steady:
                return larger, seen
        return smallest, examined

    async def _examined(self, work: Work, failure: Failure, early_too: bool) -> Examined:
        investigator = Investigator(partial(self._drive, work), self.services)
        clause, others = failure.violation.clause, tuple(work.known.values())
        silent = self._is_silent(work.case.contract)
        return await investigator.examine(Suspect(failure.result, clause, failure.diagnosis, others, early_too, silent))

    def _fail(self, work: Work, failure: Failure) -> None:
        work.result.failures.append(replace(failure, replay=self._keep(failure)))


def _told(failure: Failure, examined: Examined) -> Failure:
    """A failure, with what was found out about it."""
    return replace(failure, diagnosis=examined.diagnosis, failed=examined.failed, tries=examined.tries)


def _told_alike(failure: Failure, examined: Examined) -> Failure:
    """Another failure of a finding, with what was found out about the first."""
    found = examined.diagnosis
    stage = failure.diagnosis.stage if found.kind == failure.diagnosis.kind else found.stage
    own = replace(failure.diagnosis, kind=found.kind, stage=stage, evidence=found.evidence)
    return replace(failure, diagnosis=own)
