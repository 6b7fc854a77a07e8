"""A run: pilots first, then breadth, then what fails made small and looked into.

1. Pilot: what failed in an earlier run, then the simplest example of each case, those first that should cost no job.
   A case that fails here is minimal already and spends nothing more.
2. Breadth: the other examples, going round the cases, so that a budget that runs out has been shared.
3. Explain: one failure of each finding is made small, within a budget of time and jobs, and looked into; silence is not
   shrunk, each try would cost a whole deadline.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.runner.drawing import case_strategy, draw, seed_of, spec_key
from harness.runner.drive import drive
from harness.runner.explaining import Explaining
from harness.runner.reaching import reach, what_is_lacking
from harness.runner.results import CaseResult, Example, ExampleResult, Failure, RunResult
from harness.runner.run_events import CaseFinished, Heard, RunFinished, RunStarted
from harness.runner.services import RunStoppedError
from harness.runner.silent_target import Silence
from harness.runner.situation import Board
from harness.runner.slots import Company, Slots
from harness.runner.work import Work
from harness.trace.units import count, duration
from harness.transport.clock import settled_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.remembered import Remembered
    from harness.runner.run_events import RunEvent
    from harness.runner.services import Services
    from harness.runner.settings import Settings
    from harness.trace.events import Event

KEPT = 5
"""Jobs of a budget that are kept for looking into a failure: two more tries, two of an earlier client, a probe."""


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
        remembered: Remembered | None = None,
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
            remembered: what failed in earlier runs, and where what fails in this one is kept; None for nowhere.
        """
        self._cases = cases
        self._services = replace(services, heard=self._heard) if settings.heard else services
        self._settings = settings
        self._report = report
        self._spec = spec
        self._record = record
        self._remembered = remembered
        self._slots = Slots(settings.concurrency)
        self._company = Company(settings.concurrency - 1)
        self._board = Board(services)
        self._silence = Silence(cases)
        self._work: list[Work] = []
        self._left_out: list[str] = []
        self._reported: set[str] = set()
        self._explaining = Explaining(settings, self._judge_smaller, self._drive, keep, self._silence.is_silent)

    async def run(self) -> RunResult:
        """Judge every case.

        Raises:
            UnreachableError: the target does not answer at all.
            NotReadyError: it does not serve the build under test.
            HarnessError: a contract cannot be used with an input it drew.
        """
        start = self._services.clock.now()
        self._services = replace(self._services, until=start + self._settings.timeout)
        self._explaining.services = self._services
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
            if not isinstance(error, RunStoppedError):
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
            left_out=tuple(self._left_out),
        )

    async def _judge_all(self) -> None:
        await reach(self._services)
        await self._leave_out()
        async with settled_memory():
            await asyncio.to_thread(self._draw)
        seed = "of the contracts" if self._settings.seed is None else str(self._settings.seed)
        total = sum(work.result.drawn for work in self._work)
        self._report(RunStarted(self._services.target.url, len(self._work), total, seed, self._board.situation))
        async with self._board.watching(total), settled_memory():
            await self._judge_pilots()
            await self._judge_breadth()
            for work in self._work:
                if not work.broken:
                    self._finish(work, "")
            self._report_finished()
            if self._settings.investigate:
                await self._explain()

    async def _leave_out(self) -> None:
        """Leave out the cases that are about what the target does not have."""
        lacking = [await what_is_lacking(case, self._services) for case in self._cases]
        left_out = Counter((case.contract, why) for case, why in zip(self._cases, lacking, strict=True) if why)
        for (contract, why), cases in left_out.items():
            told = f"{contract}: {count(cases, 'case')} left out, the target {why}"
            self._services.tell(told)
            self._left_out.append(told)
        self._cases = [case for case, why in zip(self._cases, lacking, strict=True) if not why]

    def _draw(self) -> None:
        for case in self._cases:
            strategy = case_strategy(case, self._services.registry)
            seed = seed_of(case) if self._settings.seed is None else self._settings.seed
            most = case.examples_of(self._settings.examples)
            specs = [self._spec] if self._spec is not None else draw(strategy, most, seed)
            again = self._failed_before(case)
            total = len({spec_key(spec) for spec in (*specs, *again)})
            self._work.append(Work(case, strategy, seed, specs, CaseResult(case, drawn=total), again))

    def _failed_before(self, case: Case) -> list[Json]:
        if self._remembered is None or self._settings.fresh or self._spec is not None:
            return []
        return self._remembered.of(case, self._services.registry)

    async def _judge_pilots(self) -> None:
        """Run what failed in an earlier run, then the simplest example of each case that holds so far.

        Cases without a socket come first: most of them make no job, and a small budget reaches them too.
        """
        for watched in (False, True):
            works = [work for work in self._work if (work.case.socket is not None) is watched]
            self._skip(await self._run_all((work, spec) for work in works for spec in work.remembered))
            self._skip(await self._run_all((work, work.specs[0]) for work in works if not work.case.alone))
        by_themselves = ((work, spec) for work in self._work if work.case.alone for spec in work.specs)
        self._skip(await self._run_all(by_themselves, at_once=1))

    def _breadth(self) -> Iterator[tuple[Work, Json]]:
        for number in range(1, self._settings.examples):
            for work in self._work:
                if number < len(work.specs):
                    yield work, work.specs[number]

    async def _judge_breadth(self) -> None:
        """Run the other examples; the last jobs of a budget are theirs only if there is nothing to look into."""
        left = await self._run_all(self._breadth(), self._kept)
        if not any(work.given_up for work in self._work):
            left = await self._run_all(iter(left))
        self._skip(left)

    @property
    def _kept(self) -> int:
        """How many jobs of the budget are kept for looking into a failure."""
        return min(KEPT, (self._services.budget.most or 0) // 3)

    async def _run_all(
        self, items: Iterator[tuple[Work, Json]], keep: int = 0, at_once: int | None = None
    ) -> list[tuple[Work, Json]]:
        """Run examples in the order given, as many at a time as there are slots; skip cases that have failed.

        Returns those for which the budget had no job left, but for the ones to `keep`.
        """
        left: list[tuple[Work, Json]] = []

        async def worker() -> None:
            for work, spec in items:
                if work.given_up or spec_key(spec) in work.known or self._is_silent(work):
                    continue
                if await self._judge_one(work, spec, keep) is None:
                    left.append((work, spec))
                else:
                    self._board.done += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once or self._slots.size):
                group.create_task(worker())
        return left

    def _skip(self, items: Iterable[tuple[Work, Json]]) -> None:
        for work, _ in items:
            work.result.skipped += 1

    def _is_silent(self, work: Work) -> bool:
        """Whether a case that has not been judged is left out, because nothing is heard of the jobs of its contract."""
        reason = self._silence.reason(work.case) if not work.known else ""
        work.result.inconclusive = work.result.inconclusive or reason
        return bool(reason)

    async def _judge_one(
        self, work: Work, spec: Json, keep: int = 0, *, shrinking: bool = False
    ) -> ExampleResult | None:
        """Run one example and sum it up; None if the budget does not allow it."""
        result = await self._drive(work, Example(work.case, spec), keep)
        if result is not None:
            self._silence.add(result)
            work.add(result, shrinking=shrinking)
        return result

    async def _judge_smaller(self, work: Work, spec: Json) -> ExampleResult | None:
        return await self._judge_one(work, spec, self._kept, shrinking=True)

    async def _drive(
        self, work: Work, example: Example, keep: int = 0, until: float = math.inf
    ) -> ExampleResult | None:
        """Run one example; once more, alone, if it is doubtful: this process itself stalled across a deadline.

        None if the budget does not allow it, or if it could not begin before the instant `until`.
        """
        async with self._slots.alone() if example.case.alone else self._slots.one():
            if self._services.clock.now() >= until:
                return None
            with self._company.with_others(example) as neighbours:
                result = await self._spend(work, example, keep)
        if result is not None and self._is_doubtful(result):
            neighbours.clear()
            async with self._slots.alone():
                result = await self._spend(work, example, keep)
        if result is not None and self._record is not None:
            await asyncio.to_thread(self._record, result, work.seed)
        if result is not None and result.violations:
            return replace(result, neighbours=tuple(neighbours))
        return result

    def _is_doubtful(self, result: ExampleResult) -> bool:
        """Whether running it once more may tell what this time did not."""
        return bool(result.inconclusive) and not result.unprepared and not self._silence.is_known(result)

    async def _spend(self, work: Work, example: Example, keep: int) -> ExampleResult | None:
        with self._board.example(example, work.result.drawn) as waiting:
            try:
                return await drive(example, self._services, waiting, keep)
            finally:
                work.result.jobs += waiting.jobs
                if waiting.interrupted is not None and waiting.interrupted.events and self._record is not None:
                    self._record(waiting.interrupted, work.seed)

    async def _explain(self) -> None:
        """Make small what failed, and look into it."""
        await self._explaining.make_small(self._work, self._board.set_doing)
        self._board.set_doing("looking into what failed")
        await self._explaining.look_into_all()
        for work in self._work:
            self._finish(work, "")
        self._report_finished()

    def _heard(self, example: Example, event: Event) -> None:
        self._report(Heard(self._board.name_of(example), event))

    def _finish(self, work: Work, stopped: str) -> None:
        """Close the books on a case, also on one that the run did not get through with."""
        if work.finished:
            return
        self._explaining.conclude(work)
        if self._remembered is not None and not stopped:
            self._remembered.update(work)
        judged = work.result.examples
        if stopped and judged < work.result.drawn:
            told = f"{stopped} after {judged} of {count(work.result.drawn, 'example')}"
            work.result.inconclusive = work.result.inconclusive or told
        elif not work.result.examples:
            work.result.inconclusive = work.result.inconclusive or self._out_of_jobs()
        work.finished = True

    def _out_of_jobs(self) -> str:
        return f"the budget of {count(self._services.budget.most or 0, 'job')} ran out"

    def _report_finished(self) -> None:
        """Report the finished cases, in the order of the contracts; those that are still looked into come later."""
        for work in self._work:
            if work.finished and work.case.full_name not in self._reported:
                self._reported.add(work.case.full_name)
                self._report(CaseFinished(work.result))


def _first_leaf(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
