"""A run: pilots first, then breadth, then what fails made small.

1. Pilot: the simplest example of each case, those first that should cost no job. A case whose pilot fails is minimal
   already and spends nothing more.
2. Breadth: the other examples, going round the cases, so that a budget that runs out has been shared.
3. Shrink: per case and clause, within a budget of time and jobs; silence is not shrunk, each try would cost a
   whole deadline.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.runner.diagnose import diagnose
from harness.runner.drawing import case_strategy, draw, spec_key
from harness.runner.drive import Services, drive
from harness.runner.results import CaseResult, Example, ExampleResult, Failure, RunResult
from harness.runner.run_events import CaseFinished, RunFinished, RunStarted, Situation
from harness.runner.shrinking import Shrinker
from harness.runner.slots import Slots
from harness.targets.budget import Budget
from harness.trace.units import count, duration
from harness.trace.verdicts import Explanation
from harness.transport.http import HttpRequest, TransportError, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.strategies import SearchStrategy

    from harness.contract.model import Case
    from harness.inputs.base import Json, Registry
    from harness.runner.run_events import RunEvent
    from harness.targets.target import Target
    from harness.trace.verdicts import Violation

REACH_TIMEOUT = 10.0
_NEVER_CAME = frozenset({Explanation.SILENT, Explanation.MISSING, Explanation.NOT_OPENED})


class UnreachableError(HarnessError):
    """The target has not answered once: nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done.

    Attributes:
        examples: at most so many for each case.
        concurrency: examples at a time.
        max_jobs: jobs that the target may be asked for; None for no limit.
        seed: None for each case's own, which depends on its contract's name and its own alone.
        timeout: seconds after which the whole run ends, whatever it waits for.
    """

    examples: int = 25
    concurrency: int = 8
    max_jobs: int | None = None
    seed: int | None = None
    timeout: float = 600.0


@dataclass(slots=True)
class _Work:
    """One case on its way."""

    case: Case
    strategy: SearchStrategy[Json]
    seed: int
    specs: list[Json]
    result: CaseResult
    known: dict[str, ExampleResult] = field(default_factory=dict)
    broken: dict[str, ExampleResult] = field(default_factory=dict)
    finished: bool = False


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
        self._services = services
        self._settings = settings
        self._report = report
        self._keep = keep
        self._spec = spec
        self._record = record
        self._budget = Budget(settings.max_jobs)
        self._slots = Slots(settings.concurrency)
        self._work: list[_Work] = []
        self._done = 0
        self._reported = 0
        self._doing = ""

    async def run(self) -> RunResult:
        """Judge every case.

        Raises:
            UnreachableError: the target does not answer at all.
            HarnessError: a contract cannot be used with an input it drew.
        """
        start = self._services.clock.now()
        stopped, interrupted = "", False
        try:
            async with asyncio.timeout(self._settings.timeout), self._services.clock.watching():
                await self._judge_all()
        except TimeoutError:
            stopped = f"the run's own time limit of {duration(self._settings.timeout)} was reached"
        except asyncio.CancelledError:
            stopped, interrupted = "interrupted", True
        except ExceptionGroup as group:
            raise _first_leaf(group) from group
        for work in self._work:
            self._finish(work, stopped)
        self._report_finished()
        seconds = self._services.clock.now() - start
        results = tuple(work.result for work in self._work)
        skipped = self._out_of_jobs() if any(result.skipped for result in results) else ""
        result = RunResult(results, seconds, self._budget.used, stopped, interrupted, skipped)
        self._report(RunFinished(result))
        return result

    async def _judge_all(self) -> None:
        await reach(self._services.target)
        await asyncio.to_thread(self._draw)
        seed = "of the contracts" if self._settings.seed is None else str(self._settings.seed)
        total = sum(len(work.specs) for work in self._work)
        self._report(RunStarted(self._services.target.url, len(self._work), total, seed, self.situation))
        cheapest_first = sorted(self._work, key=lambda work: work.case.socket is not None)
        await self._run_all((work, work.specs[0]) for work in cheapest_first)
        await self._run_all(self._breadth())
        async with asyncio.TaskGroup() as group:
            for work in self._work:
                group.create_task(self._conclude(work))

    def _draw(self) -> None:
        for case in self._cases:
            strategy = case_strategy(case, self._services.registry)
            seed = seed_of(case) if self._settings.seed is None else self._settings.seed
            specs = [self._spec] if self._spec is not None else draw(strategy, self._settings.examples, seed)
            self._work.append(_Work(case, strategy, seed, specs, CaseResult(case, drawn=len(specs))))

    def _breadth(self) -> Iterator[tuple[_Work, Json]]:
        for number in range(1, self._settings.examples):
            for work in self._work:
                if number < len(work.specs):
                    yield work, work.specs[number]

    async def _run_all(self, items: Iterator[tuple[_Work, Json]]) -> None:
        """Run examples in the order given, as many at a time as there are slots; skip cases that have failed."""

        async def worker() -> None:
            for work, spec in items:
                if not work.broken and not work.result.inconclusive:
                    await self._judge_one(work, spec)
                    self._done += 1
                    self._doing = work.case.full_name

        async with asyncio.TaskGroup() as group:
            for _ in range(self._slots.size):
                group.create_task(worker())

    async def _judge_one(self, work: _Work, spec: Json) -> ExampleResult | None:
        """Run one example and sum it up; None if the budget does not allow it."""
        result = await self._drive(work, spec)
        if result is None:
            work.result.skipped += 1
            return None
        work.known[spec_key(spec)] = result
        work.result.add(result)
        for violation in result.violations:
            if not violation.consequence and not result.inconclusive:
                work.broken.setdefault(violation.clause, result)
        if self._record is not None:
            await asyncio.to_thread(self._record, result, work.seed)
        return result

    async def _drive(self, work: _Work, spec: Json) -> ExampleResult | None:
        """Run one example; once more, alone, if this process itself stalled across a deadline."""
        example = Example(work.case, spec)
        async with self._slots.one():
            result = await self._spend(work, example)
        if result is not None and result.inconclusive:
            async with self._slots.alone():
                result = await self._spend(work, example)
        return result

    async def _spend(self, work: _Work, example: Example) -> ExampleResult | None:
        if not await self._budget.reserve():
            return None
        jobs, start = 1, self._services.clock.now()
        try:
            result = await drive(example, self._services)
            jobs = result.jobs
        finally:
            await self._budget.settle(jobs)
            work.result.jobs += jobs
            work.result.seconds += self._services.clock.now() - start
        return result

    async def _conclude(self, work: _Work) -> None:
        """Make each failure of a case as small as the budget allows, then report the case."""
        shrinker = Shrinker(partial(self._judge_one, work), work.known, self._services.clock.now)
        for clause, result in list(work.broken.items()):
            violation = result.violation_of(clause)
            if violation is None:
                continue
            note = ""
            is_pilot = result is work.known.get(spec_key(work.specs[0]))
            if not is_pilot and violation.explanation not in _NEVER_CAME:
                self._doing = f"shrinking {work.case.full_name}/{clause}"
                spec, note = await shrinker.smallest(work.strategy, self._settings.examples, work.seed, clause)
                result = work.known[spec_key(spec)] if spec is not None else result
            self._fail(work, result, result.violation_of(clause) or violation, note)
        self._finish(work, "")
        self._report_finished()

    def _fail(self, work: _Work, result: ExampleResult, violation: Violation, note: str) -> None:
        words = describe(result.example, self._services.registry)
        failure = Failure(result, violation, diagnose(result, violation), words, work.seed, note)
        kept = self._keep(failure)
        work.result.failures.append(Failure(result, violation, failure.diagnosis, words, work.seed, note, kept))

    def _finish(self, work: _Work, stopped: str) -> None:
        """Close the books on a case that the run did not get through with."""
        if work.finished:
            return
        for clause, result in work.broken.items():
            violation = result.violation_of(clause)
            if violation is not None and all(clause != told.violation.clause for told in work.result.failures):
                self._fail(work, result, violation, "not shrunk: the run ended first")
        judged = work.result.examples
        if stopped and judged < len(work.specs):
            told = f"{stopped} after {judged} of {count(len(work.specs), 'example')}"
            work.result.inconclusive = work.result.inconclusive or told
        elif not work.result.examples:
            work.result.inconclusive = self._out_of_jobs()
        work.finished = True

    def _out_of_jobs(self) -> str:
        return f"the budget of {count(self._budget.most or 0, 'job')} ran out"

    def _report_finished(self) -> None:
        """Report the finished cases, in the order of the contracts."""
        while self._reported < len(self._work) and self._work[self._reported].finished:
            self._report(CaseFinished(self._work[self._reported].result))
            self._reported += 1

    def situation(self) -> Situation:
        """What the run is doing now; any thread may ask."""
        total = sum(len(work.specs) for work in self._work)
        return Situation(self._done, total, self._budget.used, self._budget.most, self._doing)


async def reach(target: Target) -> None:
    """Ask the target for anything at all.

    Raises:
        UnreachableError: it does not answer.
    """
    try:
        async with asyncio.timeout(REACH_TIMEOUT):
            await send(HttpRequest("GET", target.http_url("/"), target.headers), lambda: None, body_too=False)
    except (TransportError, TimeoutError) as error:
        told = str(error) or f"no answer within {duration(REACH_TIMEOUT)}"
        raise UnreachableError(f"{target.url} cannot be reached: {told}") from error


def seed_of(case: Case) -> int:
    """The case's own seed: the same in every run, whatever else changes."""
    return int.from_bytes(hashlib.sha256(case.full_name.encode()).digest()[:4])


def describe(example: Example, registry: Registry) -> str:
    """An example in words: '1 photo, 0 books; connects 1.2 s after the 202'."""
    inputs = example.case.inputs
    specs = example.spec["inputs"]
    words = [_named(name, specs[name], registry[use.type_name].describe(specs[name])) for name, use in inputs.items()]
    if example.case.client.before_request:
        words.append("connects before the request")
    elif example.spec["connect_after"]:
        words.append(f"connects {duration(example.spec['connect_after'])} after the answer")
    return "; ".join(words) or "the request as it is written"


def _named(name: str, spec: Json, told: str) -> str:
    """A plain value with its name, since nothing else says what it is."""
    return told if isinstance(spec, dict) else f"{name} = {told}"


def _first_leaf(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
