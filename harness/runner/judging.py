"""Holding events to a case: the one path by which a live run and a recorded trace come to the same result.

Nothing here knows a clock. A live run and a recording differ in where events come from, and in nothing else: both let
time pass up to each event, feed it, and conclude at the instant at which reading ended. An example's instants begin at
0, so that a trace that is written and read again is the same to the last digit.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.runner.results import ExampleResult
from harness.trace.units import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.contract.judge import Judge
    from harness.inputs.base import Registry
    from harness.runner.results import Example
    from harness.temporal.watch import Watch
    from harness.trace.events import Event
    from harness.trace.verdicts import Violation

_builders = ThreadPoolExecutor(2, "inputs")

READ_ON = 2.0
"""Seconds for which a connection is read on once its order is broken or its job has gone silent."""


async def built_inputs(example: Example, registry: Registry) -> dict[str, Any]:
    """As `build_inputs`, in one of few threads: what they build is large, and each keeps memory of its own for it."""
    return await asyncio.get_running_loop().run_in_executor(_builders, build_inputs, example, registry)


def build_inputs(example: Example, registry: Registry) -> dict[str, Any]:
    """The value of each input, from its spec.

    Raises:
        HarnessError: a spec is missing, or none of its input type.
    """
    values = {}
    for name, use in example.case.inputs.items():
        try:
            values[name] = registry[use.type_name].build(example.spec["inputs"][name])
        except Exception as error:  # input types may be anybody's, and a replay's spec anything
            problem = f"{example.case.full_name}: the input {name} cannot be built: {type(error).__name__}: {error}"
            raise HarnessError(problem) from error
    return values


class Hearing:
    """One example before its judge.

    Give it every event with `take`, in the order in which they were read, and `wait` where nothing came. Stop at
    `watch.done`, then `conclude` once.
    """

    def __init__(self, example: Example, judge: Judge) -> None:
        self._example = example
        self._judge = judge
        self._events: list[Event] = []

    @property
    def watch(self) -> Watch:
        """What is said so far, and what is waited for."""
        return self._judge.watch

    def take(self, event: Event) -> Event:
        """Let time pass up to `event`, then judge it; returns it with the point by which the clauses know it."""
        self.wait(event.at)
        event = self._judge.feed(event)
        self._events.append(event)
        return event

    def wait(self, now: float) -> None:
        """Let time pass until `now`: every deadline before it is broken. One at `now` may still be met."""
        while (due := self.watch.next_deadline()) is not None and due < now:
            self.watch.advance(due)

    def conclude(
        self, end: float, stalls: tuple[tuple[float, float], ...], jobs: int = 0, *, cut: bool = False
    ) -> ExampleResult:
        """The result, where reading ended at `end`.

        Args:
            end: the instant.
            stalls: from and to, where the reading process itself could not read.
            jobs: how many jobs the target made.
            cut: more may have happened than was read: what has not come is not missing.
        """
        watch = self.watch
        unfinished = ""
        if not watch.done:
            self.wait(end)
            unfinished = "" if cut else self._unfinished(end)
            if not cut:
                watch.finish(end)
        violations = watch.violations()
        return ExampleResult(
            self._example,
            tuple(self._events),
            violations,
            watch.verdicts(),
            watch.owed,
            jobs,
            unfinished or _stalled(violations, stalls, end),
            {name: self._judge.names[name] for name in self._example.case.fresh if name in self._judge.names},
            end,
            stalls,
            deviation=watch.deviation,
        )

    def _unfinished(self, end: float) -> str:
        """Why reading ended before there was anything to say; empty if there was."""
        if self.watch.hopeless:
            return ""
        due = self.watch.next_deadline()
        if due is not None:
            return f"reading ended after {duration(end)}, and a deadline runs until {duration(due)}"
        if self.watch.violations() or self.watch.satisfied:
            return ""
        silence = end - self._events[-1].at if self._events else end
        return f"no deadline watches this job, and nothing came for {duration(silence)}"


def _stalled(violations: Iterable[Violation], stalls: Iterable[tuple[float, float]], end: float) -> str:
    """Why the deadlines could not be judged: the reading process itself slept; empty if they could."""
    for violation in violations:
        if violation.start is None:
            continue
        late = READ_ON if violation.late_by is None else violation.late_by
        until = min(violation.at + late, end)
        stalled = sum(max(0.0, min(until, last) - max(violation.start, first)) for first, last in stalls)
        if stalled >= late:
            return f"{violation.clause}: {violation.summary}, but this process stalled {stalled:.2f} s in that time"
    return ""
