"""Running one example to its verdict, within the pace and the budget that the target allows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.contract.client import Connect
from harness.contract.model import Once
from harness.runner.asides import AskedToWaitError
from harness.runner.attempt import Attempt
from harness.runner.behaviour import each_job
from harness.runner.judging import build_inputs
from harness.runner.results import Example
from harness.runner.services import RunStoppedError, Waiting
from harness.trace.units import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult
    from harness.runner.services import Services


class TooLongError(RunStoppedError):
    """The target asks to be left alone for longer than the run may take: there is nothing to wait for."""


async def drive(
    example: Example, services: Services, waiting: Waiting | None = None, keep: int = 0
) -> ExampleResult | None:
    """Run one example and judge it; after a 429 it starts again, with fresh ids and sockets.

    Jobs that it makes at once are each judged; the result is that of the worst, and of the first of those alike.

    Args:
        example: what is run.
        services: the target, and what else is needed.
        waiting: kept up to date while it runs.
        keep: so many jobs of the budget must be left for others.

    Returns:
        What came of it, its jobs those of all tries; None if the budget does not allow it.

    Raises:
        TooLongError: the target asks to be left alone for longer than the run may take.
        HarnessError: the contract cannot be used with this input.
    """
    each = [Example(example.case, spec) for spec in each_job(example.spec)]
    values = [await asyncio.to_thread(build_inputs, one, services.registry) for one in each]
    waiting = waiting or Waiting(example)
    while True:
        await services.pause.wait(services.clock.now)
        if not await services.budget.reserve(keep, len(each)):
            return None
        made = 0
        try:
            async with services.pace.turn(len(each) * _requests(example.case)):
                attempts = [Attempt(*one, services, waiting) for one in zip(each, values, strict=True)]
                try:
                    results = await _together(attempts)
                finally:
                    made = sum(attempt.jobs for attempt in attempts)
                    await asyncio.gather(*(attempt.end() for attempt in attempts))
            number, worst = max(enumerate(results), key=lambda one: (one[1].verdict, -one[0]))
            return replace(worst, example=example, job=number, jobs=waiting.jobs + made)
        except AskedToWaitError as asked:
            now = services.clock.now()
            waits_already = services.pause.remaining(now) > 0
            wait = services.pause.ask(now, asked.seconds)
            if now + wait > services.until:
                told = f"the target answered 429 and asks to wait {duration(wait)}, longer than the run may take"
                raise TooLongError(told) from None
            if not waits_already:
                services.tell(f"the target answered 429: waiting {duration(wait)} for its rate limit")
        finally:
            waiting.jobs += made
            await services.budget.settle(made, len(each))


async def _together(attempts: Sequence[Attempt]) -> list[ExampleResult]:
    """The result of each of the jobs that are made at once; what ends one ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(attempt.run()) for attempt in attempts]
    except asyncio.CancelledError:
        for attempt in attempts:
            attempt.was_cancelled = True
        raise
    except ExceptionGroup as group:
        wrong = [error for error in group.exceptions if not isinstance(error, AskedToWaitError)]
        raise (wrong or group.exceptions)[0] from None
    return [task.result() for task in tasks]


def requests_of(case: Case) -> int:
    """How many requests an example makes at most, handshakes and the jobs beside it included."""
    return case.client.jobs[1] * _requests(case)


def _requests(case: Case) -> int:
    """How many requests one job makes at most."""
    client = case.client
    returns = (client.drop is not None) + (client.connect is Connect.AFTER_END)
    connections = client.watchers[1] + returns if case.socket is not None else 0
    steps = sum(connections if step.once is Once.CONNECTION else 1 for step in case.before)
    acts = sum(act.times[1] for act in client.acts)
    asked = {one.only_if for one in case.afterwards if one.only_if}
    probes = sum(len(probe.steps) for probe in case.probes if probe.name in asked)
    return steps + 1 + connections + acts + len(case.afterwards) + probes + len(case.cleanup)
