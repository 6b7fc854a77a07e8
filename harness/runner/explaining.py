"""What is done about failures: each is made small, and one of each finding is looked into."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.runner.diagnose import diagnose
from harness.runner.drawing import describe, spec_key
from harness.runner.findings import findings
from harness.runner.investigate import Examined, Investigator, Suspect
from harness.runner.results import Failure
from harness.runner.shrinking import Shrinker
from harness.runner.work import NEVER_CAME, Cause, Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from typing import Any

    from harness.inputs.base import Json
    from harness.runner.results import ExampleResult
    from harness.runner.services import Services
    from harness.runner.settings import Settings

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
        drive: Callable[..., Awaitable[ExampleResult | None]],
        keep: Callable[[Failure], str],
        is_silent: Callable[[str], bool],
    ) -> None:
        """Prepare.

        Args:
            settings: of the run.
            judge: runs one more example of a case and adds it to what is known; None if there is no job left for it.
            drive: runs an example of a case, unless it begins only after the instant `until`, and adds it to nothing.
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
            wanted = not self._known(work, cause) and cause.violation.explanation not in NEVER_CAME
            if wanted and not work.is_minimal(result):
                clause = cause.violation.clause
                tell(f"shrinking {work.case.full_name}/{clause}")
                most = work.case.examples_of(self._settings.examples)
                spec, note = await shrinker.smallest(work.strategy, most, work.seed, clause)
                result = work.known[spec_key(spec)] if spec is not None else result
            elif work.is_remembered(result):
                note = AGAIN
            self._small.append((work, self._failure(work, cause, result, note)))

    async def look_into_all(self, works: Sequence[Work]) -> None:
        """Look into the first failure of each finding; what is found out goes for all of them."""
        until = self.services.clock.now() + self._settings.confirm_seconds
        owners = {id(failure): work for work, failure in self._small}
        order = [work.case for work in works]
        small = sorted((failure for _, failure in self._small), key=lambda failure: order.index(failure.case))

        async def look_into(failures: Sequence[Failure]) -> None:
            first = failures[0]
            silent = self._is_silent(first.case.contract)  # then all cases of the contract have heard the same
            seen_by = [one.case for one in (small if silent else failures) if one.case.contract == first.case.contract]
            early_too = any(case.client.before_request for case in seen_by)
            examined = await self._examined(owners[id(first)], first, early_too, until) if not first.known else None
            for failure in failures:
                found = _told(failure, examined, first=failure is first) if examined is not None else failure
                self._fail(owners[id(failure)], found)

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
        violation = result.violation_of(cause.violation.clause) or cause.violation
        words = describe(replace(result.example, spec=result.spec), self.services.registry)
        known = self._known(work, cause)
        told = diagnose(result, violation)
        return Failure(result, violation, told, words, work.seed, note, also=cause.also, known=known)

    def _known(self, work: Work, cause: Cause) -> str:
        return self._settings.known.get(f"{work.case.contract}/{cause.violation.clause}", "")

    async def _examined(self, work: Work, failure: Failure, early_too: bool, until: float) -> Examined:
        investigator = Investigator(partial(self._drive, work, until=until), self.services, until)
        clause, others = failure.violation.clause, tuple(work.known.values())
        silent = self._is_silent(work.case.contract)
        return await investigator.examine(Suspect(failure.result, clause, failure.diagnosis, others, early_too, silent))

    def _fail(self, work: Work, failure: Failure) -> None:
        work.result.failures.append(replace(failure, replay=self._keep(failure)))


def _told(failure: Failure, examined: Examined, *, first: bool) -> Failure:
    """A failure of a finding, with what was found out about the first of its failures."""
    if first:
        return replace(failure, diagnosis=examined.diagnosis, failed=examined.failed, tries=examined.tries)
    found = examined.diagnosis
    stage = failure.diagnosis.stage if found.kind == failure.diagnosis.kind else found.stage
    own = replace(failure.diagnosis, kind=found.kind, stage=stage, evidence=found.evidence)
    return replace(failure, diagnosis=own)
