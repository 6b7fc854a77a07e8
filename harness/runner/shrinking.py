"""Making a failure small: Hypothesis' loop in a thread of its own, the jobs it asks for on the event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from harness.runner.drawing import StopSearch, shrink, spec_key
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json
    from harness.runner.results import ExampleResult
    from harness.runner.settings import Shrinking


class Shrinker:
    """Shrinks the failures of one case, within one budget of time and jobs for all its clauses."""

    def __init__(
        self,
        judge: Callable[[Json], Coroutine[Any, Any, ExampleResult | None]],
        known: Mapping[str, ExampleResult],
        now: Callable[[], float],
        budget: Shrinking,
    ) -> None:
        """Prepare.

        Args:
            judge: runs one more example; its result must then be in `known`, unless there is no budget of jobs left.
            known: the results so far, by `spec_key`.
            now: the clock, in seconds.
            budget: what it may cost.
        """
        self._judge = judge
        self._known = known
        self._now = now
        self._budget = budget
        self._began = now()
        self._jobs = 0
        self._stopped = ""

    async def smallest(
        self, strategy: SearchStrategy[Json], examples: int, seed: int, clause: str
    ) -> tuple[list[Json], str]:
        """Ever smaller examples that break `clause`, and what shrinking came to: its cost, and why it stopped early.

        Where it stopped early, they are all that are known to break it.

        Args:
            strategy: what the case's examples were drawn from.
            examples: how many were drawn at most.
            seed: from which.
            clause: the clause that an example must break to count.
        """
        if not self._budget.jobs or not self._budget.seconds:
            return [], "not shrunk: shrinking has no budget"
        loop = asyncio.get_running_loop()
        asked: set[concurrent.futures.Future[ExampleResult | None]] = set()
        over = threading.Event()
        began, before = self._now(), self._jobs
        smaller: dict[str, Json] = {}

        def fails(spec: Json) -> bool:
            if over.is_set():
                raise StopSearch
            key = spec_key(spec)
            if key not in self._known and self._may_run():
                self._run(spec, loop, asked, over)
                if key not in self._known:
                    self._stopped = "the budget of jobs ran out while shrinking"
            if key not in self._known:
                raise StopSearch  # with hundreds of further tries nothing more would be found out
            if not _breaks(self._known[key], clause):
                return False
            smaller.setdefault(key, spec)
            return True

        # A thread of its own: those that the loop shares are few, and the jobs that this one waits for need them.
        thread = ThreadPoolExecutor(1, "shrinking")
        try:
            smallest = await loop.run_in_executor(thread, shrink, strategy, examples, seed, fails)
        finally:
            over.set()
            for job in tuple(asked):
                job.cancel()
            thread.shutdown(wait=False)
        if self._stopped:
            return self._shortest_last(clause), self._stopped
        found = [spec for spec in smaller.values() if spec != smallest]
        found += [smallest] if smallest is not None else []
        return found, self._told(self._jobs - before, self._now() - began)

    def _shortest_last(self, clause: str) -> list[Json]:
        """All that is known to break a clause."""
        failing = {key: result.example.spec for key, result in self._known.items() if _breaks(result, clause)}
        return [failing[key] for key in sorted(failing, key=lambda key: (len(key), key), reverse=True)]

    def _run(
        self,
        spec: Json,
        loop: asyncio.AbstractEventLoop,
        asked: set[concurrent.futures.Future[ExampleResult | None]],
        over: threading.Event,
    ) -> None:
        """Wait, in Hypothesis' thread, for one job on the event loop; end that thread if the run is cancelled."""
        job = asyncio.run_coroutine_threadsafe(self._judge(spec), loop)
        asked.add(job)
        if over.is_set():  # whoever ended it may have looked for jobs before this one was there
            job.cancel()
        try:
            result = job.result()
            self._jobs += max(result.jobs, 1) if result is not None else 0
        except concurrent.futures.CancelledError:
            raise StopSearch from None
        finally:
            asked.discard(job)

    def _may_run(self) -> bool:
        if self._jobs >= self._budget.jobs:
            self._stopped = f"shrinking stopped after {count(self._jobs, 'job')} (--shrink-jobs allows more)"
        elif self._now() > self._began + self._budget.seconds:
            told = f"{duration(self._budget.seconds)} and {count(self._jobs, 'job')}"
            self._stopped = f"shrinking stopped after {told} (--shrink-seconds allows more)"
        return not self._stopped

    @staticmethod
    def _told(jobs: int, seconds: float) -> str:
        return f"shrunk with {count(jobs, 'more job')} in {duration(seconds)}" if jobs else ""


def _breaks(result: ExampleResult, clause: str) -> bool:
    return not result.inconclusive and result.violation_of(clause) is not None
