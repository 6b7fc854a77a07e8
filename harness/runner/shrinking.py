"""Making a failure small: Hypothesis' loop in a thread of its own, the jobs it asks for on the event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING, Any

from harness.runner.drawing import shrink, spec_key
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json
    from harness.runner.results import ExampleResult

SHRINK_SECONDS = 60.0
SHRINK_EXAMPLES = 30


class Shrinker:
    """Shrinks the failures of one case, within one budget of time and examples for all its clauses."""

    def __init__(
        self,
        judge: Callable[[Json], Coroutine[Any, Any, object]],
        known: Mapping[str, ExampleResult],
        now: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            judge: runs one more example; its result must then be in `known`, unless there is no budget of jobs left.
            known: the results so far, by `spec_key`.
            now: the clock, in seconds.
        """
        self._judge = judge
        self._known = known
        self._now = now
        self._end = now() + SHRINK_SECONDS
        self._examples = 0
        self._stopped = ""

    async def smallest(
        self, strategy: SearchStrategy[Json], examples: int, seed: int, clause: str
    ) -> tuple[Json | None, str]:
        """The smallest example that breaks `clause`, and why shrinking stopped early if it did.

        Args:
            strategy: what the case's examples were drawn from.
            examples: how many were drawn at most.
            seed: from which.
            clause: the clause that an example must break to count.
        """
        loop = asyncio.get_running_loop()
        asked: set[concurrent.futures.Future[object]] = set()
        over = False

        def fails(spec: Json) -> bool:
            if over:
                raise KeyboardInterrupt  # the one exception that Hypothesis takes for no verdict
            key = spec_key(spec)
            if key not in self._known and self._may_run():
                self._run(spec, loop, asked)
                if key not in self._known:
                    self._stopped = "the budget of jobs ran out while shrinking"
            result = self._known.get(key)
            return result is not None and not result.inconclusive and result.violation_of(clause) is not None

        try:
            spec = await asyncio.to_thread(shrink, strategy, examples, seed, fails)
        finally:
            over = True
            for job in tuple(asked):
                job.cancel()
        return spec, self._stopped

    def _run(self, spec: Json, loop: asyncio.AbstractEventLoop, asked: set[concurrent.futures.Future[object]]) -> None:
        """Wait, in Hypothesis' thread, for one job on the event loop; end that thread if the run is cancelled."""
        job = asyncio.run_coroutine_threadsafe(self._judge(spec), loop)
        asked.add(job)
        try:
            job.result()
        except concurrent.futures.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            asked.discard(job)

    def _may_run(self) -> bool:
        if self._examples >= SHRINK_EXAMPLES:
            self._stopped = f"shrinking stopped after {count(self._examples, 'example')}"
        elif self._now() > self._end:
            self._stopped = f"shrinking stopped after {duration(SHRINK_SECONDS)}"
        else:
            self._examples += 1
        return not self._stopped
