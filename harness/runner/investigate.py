"""What further tries and probes say of a failure: how often it fails, what made it fail, where to look.

Each try and each probe may cost a job, so one failure of each finding is looked into, and only once it is small.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.contract.classes import (
    ENDED_WITHOUT_CLOSE,
    LOSSES,
    NO_ANSWER,
    NOT_UPGRADED,
    REFUSED,
    SILENT_JOB,
)
from harness.contract.client import Connect, Ending
from harness.contract.model import Once
from harness.contract.templates import TemplateError
from harness.runner.asides import AskedToWaitError, NotPreparedError, ask, outcome
from harness.runner.behaviour import behaviour_of
from harness.runner.diagnose import lost_on_restart, lost_to_late_client
from harness.runner.judging import built_inputs
from harness.runner.requests import render_request
from harness.runner.results import Example
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from harness.contract.model import Aside, Case, Probe
    from harness.runner.results import Diagnosis, ExampleResult
    from harness.runner.services import Services

MORE_TRIES = 2
MOST_AT_ONCE = 4
"""Tries of one example at once, where it failed among others only."""
_NO_SOCKET_YET = frozenset({NO_ANSWER, REFUSED, ENDED_WITHOUT_CLOSE})


@dataclass(frozen=True, slots=True)
class Suspect:
    """A failure to look into.

    Attributes:
        result: the smallest example that shows it.
        clause: which it breaks.
        diagnosis: what it looks like so far.
        others: results of other examples of the case.
        early_too: whether a client that connects before the request is known to see the same.
        silent: whether nothing is heard of any job of the contract, as several cases have shown.
    """

    result: ExampleResult
    clause: str
    diagnosis: Diagnosis
    others: Iterable[ExampleResult] = ()
    early_too: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out: the diagnosis, and how often the very same example failed."""

    diagnosis: Diagnosis
    failed: int = 1
    tries: int = 1


class Investigator:
    """Looks into failures of one run."""

    def __init__(
        self, judge: Callable[[Example], Awaitable[ExampleResult | None]], services: Services, until: float = math.inf
    ) -> None:
        """Prepare.

        Args:
            judge: runs one more example; None if the budget of jobs or the time does not allow it.
            services: for probes.
            until: the clock's instant after which no try begins.
        """
        self._judge = judge
        self._services = services
        self._until = until
        self._is_over = False

    async def examine(self, suspect: Suspect) -> Examined:
        """Try the same example again, and made easier for the target; then ask the contract's probes.

        If it passes now, it is tried as it failed: among as many others. Where nothing is heard of any job, each try
        would wait for a deadline to say what other cases have said: there is nothing to try but an easier one.
        """
        example, clause, diagnosis = suspect.result.example, suspect.clause, suspect.diagnosis
        if suspect.silent and diagnosis.kind == SILENT_JOB and _easier(suspect) is None:
            return Examined(replace(diagnosis, evidence=(*diagnosis.evidence, *await self._probed(example))))
        again, easier = await self._tried(example, _easier(suspect))
        failed = 1 + sum(result.violation_of(clause) is not None for result in again)
        tries = 1 + len(again)
        evidence = self._too_few(len(again))
        if again and failed == 1 and suspect.result.neighbours:
            crowd = await self._among_others(suspect)
            again_failed = sum(result.violation_of(clause) is not None for result in crowd)
            failed, tries = failed + again_failed, tries + len(crowd)
            evidence = [self._crowd_told(suspect, len(again), again_failed, len(crowd))]
        if again and failed == tries:
            diagnosis = _if_easier(suspect, easier) or diagnosis
        if diagnosis.kind == SILENT_JOB and failed == tries:
            evidence += await self._probed(example)
        return Examined(replace(diagnosis, evidence=(*diagnosis.evidence, *evidence)), failed, tries)

    async def _tried(self, example: Example, easier: Example | None) -> tuple[list[ExampleResult], list[ExampleResult]]:
        """Results of further tries of both, in turn, so that a budget that runs out has been shared."""
        tries = [one for one in (example, easier) if one is not None] * MORE_TRIES
        results = await asyncio.gather(*(self._try(one) for one in tries))
        found = [result for result in results if result is not None and not result.inconclusive]
        again = [result for result in found if result.example == example]
        return again, [result for result in found if result.example != example]

    async def _try(self, example: Example) -> ExampleResult | None:
        result = await self._judge(example)
        self._is_over = self._is_over or result is None
        return result

    def _too_few(self, tries: int) -> list[str]:
        """That what failed was not tried again as often as it should be, and why."""
        if tries >= MORE_TRIES or not self._is_over:
            return []
        told = "tried again only once" if tries else "not tried again"
        return [f"it was {told}: {self._spent()}"]

    def _spent(self) -> str:
        """Why a try was not made."""
        if self._services.clock.now() < self._until:
            return "the budget of jobs was spent"
        return "the time for trying failures again was over (--confirm-seconds allows more)"

    def _crowd_told(self, suspect: Suspect, passed: int, failed: int, tries: int) -> str:
        """What came of the tries among others, of what passed as often by itself."""
        by_itself = f"tried again by itself it passed ({passed} of {passed})"
        beside = (
            f"with {count(len(suspect.result.neighbours), 'other example')} at the same time, as when it was found, it"
        )
        if tries:
            return f"{by_itself}; {beside} failed {failed} of {tries} tries"
        return f"{by_itself}; {beside} was not tried: {self._spent() if self._is_over else 'this process stalled'}"

    async def _among_others(self, suspect: Suspect) -> list[ExampleResult]:
        """Results of more tries of the example, all at once and among as many others as when it failed."""
        neighbours = suspect.result.neighbours
        copies = min(MOST_AT_ONCE, len(neighbours) + 1)
        others = neighbours[: len(neighbours) + 1 - copies]
        results = await asyncio.gather(*(self._try(one) for one in (*[suspect.result.example] * copies, *others)))
        return [result for result in results[:copies] if result is not None and not result.inconclusive]

    async def _probed(self, example: Example) -> list[str]:
        case, services = example.case, self._services
        if not case.probes:
            return []
        if not services.target.probes:
            return ["the contract has probes that tell where to look, but this target does not allow them"]
        try:
            return await self._ask_probes(case, await self._names(example))
        except (AskedToWaitError, NotPreparedError, TemplateError) as error:
            return [f"the probes could not be made: {error}"]

    async def _names(self, example: Example) -> dict[str, Any]:
        """Inputs, ids that are new, and what the steps beforehand gave."""
        case, services = example.case, self._services
        names = dict(await built_inputs(example, services.registry))
        names |= {name: str(uuid.uuid4()) for name in case.fresh}
        names["env"] = services.environment
        for step in case.before:
            if step.once is not Once.CONNECTION:
                async with services.pace.turn():
                    names[step.name] = await services.beforehand.answer(step, names, services.target, case.contract)
        return names

    async def _ask_probes(self, case: Case, names: dict[str, Any]) -> list[str]:
        told: list[str] = []
        for probe in case.probes:
            if probe.present:
                works, said = await self._steps(probe, names, case)
                if not works:
                    return [f"probe {probe.name}: {said}, so nothing more could be asked"]
                continue
            if not await self._services.budget.reserve():
                return [*told, f"probe {probe.name} was not made: the budget of jobs was spent"]
            try:
                works, said = await self._steps(probe, names, case)
            finally:
                await self._services.budget.settle(1)
            told.append(f"probe {probe.name}: {said}: {probe.if_works if works else probe.if_not}")
        return told

    async def _steps(self, probe: Probe, names: dict[str, Any], case: Case) -> tuple[bool, str]:
        """Whether each step was answered as it should be, and what was answered last."""
        said = ""
        for step in probe.steps:
            answer, said = await self._step(step, names, case)
            if not step.is_right(answer):
                return False, said
        return True, said if len(probe.steps) == 1 else f"all {len(probe.steps)} steps were answered as they should be"

    async def _step(self, step: Aside, names: dict[str, Any], case: Case) -> tuple[int | None, str]:
        target = self._services.target
        request = render_request(step.request, names, target, f"{case.contract}/probes/{step.name}")
        async with self._services.pace.turn():
            answer = await ask(request, target)
        return answer["status"], f"{request.method} {request.url} {outcome(answer)}"


def _easier(suspect: Suspect) -> Example | None:
    """The same example without a restart, or with a client that connects early; None if that can tell nothing."""
    example, diagnosis = suspect.result.example, suspect.diagnosis
    case = example.case
    if diagnosis.kind in LOSSES and case.client.restarts:
        return _without_restart(example)
    if diagnosis.kind not in LOSSES or diagnosis.stage in _NO_SOCKET_YET:
        return None
    if case.socket is None or case.client.connect is not Connect.AFTER_ANSWER:
        return None
    spec = {**example.spec, "connect_after": 0.0}
    at_once = Example(case, spec) if example.spec["connect_after"] else None
    if diagnosis.stage == NOT_UPGRADED:  # of a job that is not there yet, a client may well be refused
        return at_once
    if suspect.early_too:
        return None
    if case.can_connect_first:
        return Example(case._replace(client=case.client._replace(connect=Connect.BEFORE_REQUEST)), spec)
    return at_once


def _without_restart(example: Example) -> Example | None:
    """The same example with a client that drops its connection where the target was restarted; None if none was."""
    case, spec = example.case, example.spec
    drop = case.client.drop
    if drop is None or not behaviour_of(case.client, spec).restarts:
        return None
    drawn = spec.get("client", {})
    kept = {key: value for key, value in drawn.get("drop", {}).items() if key != "by"}
    client = case.client._replace(drop=drop._replace(by=(Ending.CLOSE,)))
    return Example(case._replace(client=client), {**spec, "client": {**drawn, "drop": kept}})


def _if_easier(suspect: Suspect, easier: Sequence[ExampleResult]) -> Diagnosis | None:
    """The diagnosis if the same example passes when it is made easier; None if not."""
    if not easier or any(result.violation_of(suspect.clause) for result in easier):
        return None
    case, tries = suspect.result.example.case, f"{len(easier)} of {len(easier)} tries"
    if case.client.restarts:
        passes_when = f"the client only drops its connection ({tries})"
        return lost_on_restart(suspect.diagnosis, passes_when, case.hints)
    when = "before the request" if easier[0].example.case.client.before_request else "at once after the answer"
    passes_when = f"the client connects {when} ({tries})"
    kept = [_delay(one) for one in suspect.others if not one.inconclusive and not one.violations]
    least = max((delay for delay in kept if delay < _delay(suspect.result)), default=None)
    if least is not None:
        passes_when += f"; it also passed with a delay of {duration(least)}"
    return lost_to_late_client(suspect.diagnosis, _delay(suspect.result), passes_when, case.hints)


def _delay(result: ExampleResult) -> float:
    return float(result.example.spec["connect_after"])
