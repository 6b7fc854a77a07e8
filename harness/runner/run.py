"""A run: pilots first, then breadth, then what fails made small and looked into.

1. Pilot: the simplest example of each case, those first that should cost no job. A case whose pilot fails is minimal
   already and spends nothing more.
2. Breadth: the other examples, going round the cases, so that a budget that runs out has been shared.
3. Shrink: per case and cause, within a budget of time and jobs; silence is not shrunk, each try would cost a
   whole deadline.
4. Investigate: one failure of each finding is tried again, with an earlier client, and with the contract's probes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from harness.runner.diagnose import diagnose
from harness.runner.drawing import case_strategy, describe, draw, seed_of, spec_key
from harness.runner.drive import TooLongError, drive
from harness.runner.investigate import Examined, Investigator, Suspect
from harness.runner.reaching import reach
from harness.runner.results import CaseResult, Example, ExampleResult, Failure, RunResult, findings
from harness.runner.run_events import CaseFinished, Heard, RunFinished, RunStarted
from harness.runner.shrinking import Shrinker
from harness.runner.situation import Board
from harness.runner.slots import Slots
from harness.runner.work import NEVER_CAME, Cause, Work
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.run_events import RunEvent
    from harness.runner.services import Services
    from harness.trace.events import Event

KEPT = 5
"""Jobs of a budget that are kept for looking into a failure: two more tries, two of an earlier client, a probe."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done.

    Attributes:
        examples: at most so many for each case.
        concurrency: examples at a time.
        seed: None for each case's own, which depends on its contract's name and its own alone.
        timeout: seconds after which the whole run ends, whatever it waits for.
        known: for each clause that the target is known to break, by contract and name, the reason.
        heard: whether each event is reported as it happens.
        investigate: whether failures are made small and looked into.
    """

    examples: int = 25
    concurrency: int = 8
    seed: int | None = None
    timeout: float = 600.0
    known: Mapping[str, str] = field(default_factory=dict)
    heard: bool = False
    investigate: bool = True


class Run:
    """Runs cases against a target and reports what happens as it happens.

    Call `run` once. It always comes to a result: cancelling it gives what is known so far.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        services: Services,
        settings: Settings,
        report: Callable[[RunEvent], None],
        keep: Callable[[Failure], str],
        spec: Json = None,
        record: Callable[[ExampleResult, int], None] | None = None,
    ) -> None:
        """Prepare a run.

        Args:
            cases: what is judged, in the order in which it is reported.
            services: the target and what driving needs.
            settings: how it is done.
            report: told every event.
            keep: stores a failure for a replay and gives the file's path, or an empty text if it could not.
            spec: the one example to run, instead of drawn ones.
            record: given every example that ran, with its seed, in a thread of its own; None to keep none.
        """
        self._cases = cases
        self._services = replace(services, heard=self._heard) if settings.heard else services
        self._settings = settings
        self._report = report
        self._keep = keep
        self._spec = spec
        self._record = record
        self._slots = Slots(settings.concurrency)
        self._board = Board(services)
        self._work: list[Work] = []
        self._small: list[tuple[Work, Failure]] = []
        self._reported = 0

    async def run(self) -> RunResult:
        """Judge every case.

        Raises:
            UnreachableError: the target does not answer at all.
            NotReadyError: it does not serve the build under test.
            HarnessError: a contract cannot be used with an input it drew.
        """
        start = self._services.clock.now()
        self._services = replace(self._services, until=start + self._settings.timeout)
        stopped, interrupted = "", False
        try:
            async with asyncio.timeout(self._settings.timeout), self._services.clock.watching():
                await self._judge_all()
        except TimeoutError:
            stopped = f"the run's own time limit of {duration(self._settings.timeout)} was reached"
        except asyncio.CancelledError:
            stopped, interrupted = "interrupted", True
        except ExceptionGroup as group:
            error = _first_leaf(group)
            if not isinstance(error, TooLongError):
                raise error from group
            stopped = str(error)
        for work in self._work:
            self._finish(work, stopped)
        self._report_finished()
        result = self._result(self._services.clock.now() - start, stopped, interrupted=interrupted)
        self._report(RunFinished(result))
        return result

    def _result(self, seconds: float, stopped: str, *, interrupted: bool) -> RunResult:
        target, used = self._services.target, self._services.budget.used
        results = tuple(work.result for work in self._work)
        return RunResult(
            results,
            seconds,
            used,
            stopped,
            interrupted,
            self._out_of_jobs() if any(result.skipped for result in results) else "",
            target.url,
            target.name,
            self._settings.seed,
            target.cost.text(used) if target.cost is not None else "",
        )

    async def _judge_all(self) -> None:
        await reach(self._services)
        await asyncio.to_thread(self._draw)
        seed = "of the contracts" if self._settings.seed is None else str(self._settings.seed)
        total = sum(len(work.specs) for work in self._work)
        self._report(RunStarted(self._services.target.url, len(self._work), total, seed, self._board.situation))
        async with self._board.watching(total):
            cheapest_first = sorted(self._work, key=lambda work: work.case.socket is not None)
            self._skip(await self._run_all((work, work.specs[0]) for work in cheapest_first))
            await self._judge_breadth()
            for work in self._work:
                if not work.broken:
                    self._finish(work, "")
            self._report_finished()
            if self._settings.investigate:
                async with asyncio.TaskGroup() as group:
                    for work in self._work:
                        group.create_task(self._make_small(work))
                await self._investigate()

    def _draw(self) -> None:
        for case in self._cases:
            strategy = case_strategy(case, self._services.registry)
            seed = seed_of(case) if self._settings.seed is None else self._settings.seed
            most = case.examples_of(self._settings.examples)
            specs = [self._spec] if self._spec is not None else draw(strategy, most, seed)
            self._work.append(Work(case, strategy, seed, specs, CaseResult(case, drawn=len(specs))))

    def _breadth(self) -> Iterator[tuple[Work, Json]]:
        for number in range(1, self._settings.examples):
            for work in self._work:
                if number < len(work.specs):
                    yield work, work.specs[number]

    async def _judge_breadth(self) -> None:
        """Run the other examples; the last jobs of a budget are theirs only if there is nothing to look into."""
        left = await self._run_all(self._breadth(), self._kept)
        if not any(work.broken for work in self._work):
            left = await self._run_all(iter(left))
        self._skip(left)

    @property
    def _kept(self) -> int:
        """How many jobs of the budget are kept for looking into a failure."""
        return min(KEPT, (self._services.budget.most or 0) // 3)

    async def _run_all(self, items: Iterator[tuple[Work, Json]], keep: int = 0) -> list[tuple[Work, Json]]:
        """Run examples in the order given, as many at a time as there are slots; skip cases that have failed.

        Returns those for which the budget had no job left, but for the ones to `keep`.
        """
        left: list[tuple[Work, Json]] = []

        async def worker() -> None:
            for work, spec in items:
                if work.broken or work.result.inconclusive:
                    continue
                if await self._judge_one(work, spec, keep) is None:
                    left.append((work, spec))
                else:
                    self._board.done += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(self._slots.size):
                group.create_task(worker())
        return left

    def _skip(self, items: Iterable[tuple[Work, Json]]) -> None:
        for work, _ in items:
            work.result.skipped += 1

    async def _judge_one(self, work: Work, spec: Json, keep: int = 0) -> ExampleResult | None:
        """Run one example and sum it up; None if the budget does not allow it."""
        result = await self._drive(work, Example(work.case, spec), keep)
        if result is not None:
            work.add(result)
            work.result.seconds += result.end
        return result

    async def _drive(self, work: Work, example: Example, keep: int = 0) -> ExampleResult | None:
        """Run one example; once more, alone, if this process itself stalled across a deadline."""
        async with self._slots.one():
            result = await self._spend(work, example, keep)
        if result is not None and result.inconclusive and not result.unprepared:
            async with self._slots.alone():
                result = await self._spend(work, example, keep)
        if result is not None and self._record is not None:
            await asyncio.to_thread(self._record, result, work.seed)
        return result

    async def _spend(self, work: Work, example: Example, keep: int) -> ExampleResult | None:
        with self._board.example(example, work.result.drawn) as waiting:
            try:
                return await drive(example, self._services, waiting, keep)
            finally:
                work.result.jobs += waiting.jobs

    async def _make_small(self, work: Work) -> None:
        """Make a failure of each cause as small as the budget allows."""
        judge = partial(self._judge_one, work, keep=self._kept)
        shrinker = Shrinker(judge, work.known, self._services.clock.now)
        for cause in work.causes():
            result, note = cause.result, ""
            wanted = not self._known(work, cause) and cause.violation.explanation not in NEVER_CAME
            if wanted and not work.is_pilot(result):
                clause = cause.violation.clause
                self._board.doing = f"shrinking {work.case.full_name}/{clause}"
                most = work.case.examples_of(self._settings.examples)
                spec, note = await shrinker.smallest(work.strategy, most, work.seed, clause)
                result = work.known[spec_key(spec)] if spec is not None else result
            self._small.append((work, self._failure(work, cause, result, note)))

    def _failure(self, work: Work, cause: Cause, result: ExampleResult, note: str) -> Failure:
        violation = result.violation_of(cause.violation.clause) or cause.violation
        words = describe(Example(result.example.case, result.spec), self._services.registry)
        known = self._known(work, cause)
        told = diagnose(result, violation)
        return Failure(result, violation, told, words, work.seed, note, also=cause.also, known=known)

    def _heard(self, example: Example, event: Event) -> None:
        self._report(Heard(self._board.name_of(example), event))

    def _known(self, work: Work, cause: Cause) -> str:
        return self._settings.known.get(f"{work.case.contract}/{cause.violation.clause}", "")

    async def _investigate(self) -> None:
        """Look into the first failure of each finding; what is found out goes for all of them."""
        works = {id(failure): work for work, failure in self._small}
        order = [work.case for work in self._work]
        small = sorted((failure for _, failure in self._small), key=lambda failure: order.index(failure.case))

        async def look_into(failures: Sequence[Failure]) -> None:
            first = failures[0]
            early_too = any(failure.case.client.before_request for failure in failures)
            examined = await self._examined(works[id(first)], first, early_too) if not first.known else None
            for failure in failures:
                found = _told(failure, examined, first=failure is first) if examined is not None else failure
                self._fail(works[id(failure)], found)

        self._board.doing = "looking into what failed"
        async with asyncio.TaskGroup() as group:
            for finding in findings(small):
                group.create_task(look_into(finding.failures))
        for work in self._work:
            self._finish(work, "")
        self._report_finished()

    async def _examined(self, work: Work, failure: Failure, early_too: bool) -> Examined:
        investigator = Investigator(partial(self._drive, work), self._services)
        clause, others = failure.violation.clause, tuple(work.known.values())
        return await investigator.examine(Suspect(failure.result, clause, failure.diagnosis, others, early_too))

    def _fail(self, work: Work, failure: Failure) -> None:
        work.result.failures.append(replace(failure, replay=self._keep(failure)))

    def _finish(self, work: Work, stopped: str) -> None:
        """Close the books on a case, also on one that the run did not get through with."""
        if work.finished:
            return
        told = {failure.violation.clause for failure in work.result.failures}
        small = {failure.violation.clause: failure for owner, failure in self._small if owner is work}
        for cause in work.causes():
            clause = cause.violation.clause
            if clause not in told:
                note = "not shrunk: the run ended first" if self._settings.investigate else ""
                self._fail(work, small.get(clause) or self._failure(work, cause, cause.result, note))
        judged = work.result.examples
        if stopped and judged < len(work.specs):
            told_ = f"{stopped} after {judged} of {count(len(work.specs), 'example')}"
            work.result.inconclusive = work.result.inconclusive or told_
        elif not work.result.examples:
            work.result.inconclusive = self._out_of_jobs()
        work.finished = True

    def _out_of_jobs(self) -> str:
        return f"the budget of {count(self._services.budget.most or 0, 'job')} ran out"

    def _report_finished(self) -> None:
        """Report the finished cases, in the order of the contracts."""
        while self._reported < len(self._work) and self._work[self._reported].finished:
            self._report(CaseFinished(self._work[self._reported].result))
            self._reported += 1


def _told(failure: Failure, examined: Examined, *, first: bool) -> Failure:
    """A failure of a finding, with what was found out about the first of its failures."""
    if first:
        return replace(failure, diagnosis=examined.diagnosis, failed=examined.failed, tries=examined.tries)
    found = examined.diagnosis
    own = replace(failure.diagnosis, kind=found.kind, stage=found.stage, evidence=found.evidence)
    return replace(failure, diagnosis=own)


def _first_leaf(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
