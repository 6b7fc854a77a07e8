"""What is done about failures: one of each finding is made small, and looked into."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from harness.runner.diagnose import diagnose
from harness.runner.drawing import describe, spec_key
from harness.runner.findings import findings
from harness.runner.investigate import Examined, Investigator, Suspect
from harness.runner.results import Failure
from harness.runner.shrinking import Shrinker
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from typing import Any

    from harness.inputs.base import Json
    from harness.runner.results import ExampleResult
    from harness.runner.services import Services
    from harness.runner.settings import Settings
    from harness.runner.work import Cause, Work

MOST_LARGER = 2
"""Of so many larger examples is asked whether they fail always, where the smallest does not."""
ENDED_FIRST = "not shrunk: the run ended first"
MET_LATER = "not shrunk: it was met while another failure was shrunk"
AGAIN = "it failed in an earlier run already, and so was run first (--fresh leaves that aside)"


@dataclass(eq=False, slots=True)
class _Seen:
    """A cause of one case's failures, and the failure that is told of it.

    `is_large` says whether it is to be made small, where it stands for its finding; `larger` are the failing
    examples that were met on the way then, the smallest first.
    """

    work: Work
    cause: Cause
    failure: Failure
    is_large: bool
    larger: Sequence[ExampleResult] = ()


class Explaining:
    """Makes the failures of one run small, finds out about them, and gives them to their cases.

    Set `services`, call `make_small`, then `look_into_all`; `conclude` a case whenever the run ends.
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
        self._seen: list[_Seen] = []

    async def make_small(self, works: Sequence[Work], tell: Callable[[str], None]) -> None:
        """Make one failure of each finding as small as the budget allows; `tell` what is being done."""
        self._seen = [self._first_seen(work, cause) for work in works for cause in work.causes()]
        shrinkers = {id(work): self._shrinker(work) for work in works}

        async def shrink(wanted: Sequence[_Seen]) -> None:
            for seen in wanted:  # of one case, whose budget they share
                tell(f"shrinking {seen.work.case.full_name}/{seen.cause.violation.clause}")
                seen.failure = await self._smaller(seen, shrinkers[id(seen.work)])

        while wanted := self._to_be_made_small():  # again, where what was made small looks different now
            async with asyncio.TaskGroup() as group:
                for work in works:
                    group.create_task(shrink([seen for seen in wanted if seen.work is work]))
        for finding in self._findings():
            for seen in finding[1:]:
                if seen.is_large:
                    told = f"not shrunk: {finding[0].work.case.full_name} shows the same"
                    seen.failure = replace(seen.failure, note=told)

    def _first_seen(self, work: Work, cause: Cause) -> _Seen:
        wanted = not self._known(work, cause) and cause.violation.explanation is not Explanation.SILENT
        is_large = wanted and not work.is_minimal(cause.result)
        note = ENDED_FIRST if is_large else AGAIN if work.is_remembered(cause.result) else ""
        return _Seen(work, cause, self._failure(work, cause, cause.result, note), is_large)

    def _shrinker(self, work: Work) -> Shrinker:
        return Shrinker(partial(self._judge, work), work.known, self.services.clock.now, self._settings.shrinking)

    async def _smaller(self, seen: _Seen, shrinker: Shrinker) -> Failure:
        work, cause = seen.work, seen.cause
        seen.is_large = False
        most = work.case.examples_of(self._settings.examples)
        found, note = await shrinker.smallest(work.strategy, most, work.seed, cause.violation.clause)
        result, *seen.larger = [work.known[spec_key(spec)] for spec in reversed(found)] or [cause.result]
        return self._failure(work, cause, result, note)

    def _findings(self) -> list[list[_Seen]]:
        """What was seen, by finding, the failure that stands for all first."""
        by_failure = {id(seen.failure): seen for seen in self._seen}
        found = findings(seen.failure for seen in self._seen)
        return [[by_failure[id(failure)] for failure in finding.failures] for finding in found]

    def _to_be_made_small(self) -> list[_Seen]:
        return [first for first, *_ in self._findings() if first.is_large]

    async def look_into_all(self) -> None:
        """Look into the first failure of each finding; what is found out goes for all of them."""
        until = self.services.clock.now() + self._settings.confirm_seconds

        async def look_into(finding: Sequence[_Seen]) -> None:
            first = finding[0]
            contract = first.work.case.contract
            silent = self._is_silent(contract)  # then all cases of the contract have heard the same
            seen_by = [one.work.case for one in (self._seen if silent else finding)]
            early_too = any(case.client.before_request for case in seen_by if case.contract == contract)
            known = bool(first.failure.known)
            examined = None if known else await self._steadiest(first, early_too, until)
            for seen in finding:
                found = _told(seen.failure, examined, first=seen is first) if examined is not None else seen.failure
                self._fail(seen.work, found)

        async with asyncio.TaskGroup() as group:
            for finding in self._findings():
                group.create_task(look_into(finding))

    def conclude(self, work: Work) -> None:
        """Give a case the failures that have not been looked into: the run ended first, or they were met only then."""
        later = MET_LATER if self._seen else ENDED_FIRST
        seen = {one.failure.violation.clause: one.failure for one in self._seen if one.work is work}
        told = {clause for failure in work.result.failures for clause in _clauses(failure)}
        for cause in sorted(work.causes(), key=lambda cause: cause.violation.clause not in seen):
            clause = cause.violation.clause
            if clause not in told:  # in smaller examples, what was broken together may be broken alone
                note = later if self._settings.investigate else ""
                failure = seen.get(clause) or self._failure(work, cause, cause.result, note)
                told.update(_clauses(failure))
                self._fail(work, failure)

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

    async def _steadiest(self, seen: _Seen, early_too: bool, until: float) -> Examined:
        """What is found out about the smallest failure; where that does not fail always, about a larger one that does.

        The least delay that loses a message loses it now and then only, by what the network takes each time.
        """
        smallest = seen.failure
        examined = await self._examined(seen.work, smallest, early_too, until)
        if examined.failed == examined.tries:
            return examined
        for result in seen.larger[:MOST_LARGER]:
            note = f"a smaller one fails now and then: {smallest.input}"
            larger = self._shown_by(result, replace(smallest, note="; ".join(filter(None, (smallest.note, note)))))
            again = await self._examined(seen.work, larger, early_too, until)
            if 1 < again.tries == again.failed:
                seen.failure = larger
                return again
        return examined

    async def _examined(self, work: Work, failure: Failure, early_too: bool, until: float) -> Examined:
        investigator = Investigator(partial(self._drive, work, until=until), self.services, until)
        clause, others = failure.violation.clause, tuple(work.known.values())
        silent = self._is_silent(work.case.contract)
        return await investigator.examine(Suspect(failure.result, clause, failure.diagnosis, others, early_too, silent))

    def _fail(self, work: Work, failure: Failure) -> None:
        work.result.failures.append(replace(failure, replay=self._keep(failure)))


def _clauses(failure: Failure) -> tuple[str, ...]:
    """Those of which it tells."""
    return failure.violation.clause, *failure.also


def _told(failure: Failure, examined: Examined, *, first: bool) -> Failure:
    """A failure of a finding, with what was found out about the first of its failures."""
    if first:
        return replace(failure, diagnosis=examined.diagnosis, failed=examined.failed, tries=examined.tries)
    found = examined.diagnosis
    stage = failure.diagnosis.stage if found.kind == failure.diagnosis.kind else found.stage
    own = replace(failure.diagnosis, kind=found.kind, stage=stage, evidence=found.evidence)
    return replace(failure, diagnosis=own)
