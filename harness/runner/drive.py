"""Running one example to its verdict, within the pace and the budget that the target allows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.runner.asides import AskedToWaitError
from harness.runner.attempt import Attempt
from harness.runner.judging import build_inputs
from harness.runner.services import Waiting
from harness.trace.units import duration

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import Example, ExampleResult
    from harness.runner.services import Services


class TooLongError(Exception):
    """The target asks to be left alone for longer than the run may take: there is nothing to wait for."""


async def drive(
    example: Example, services: Services, waiting: Waiting | None = None, keep: int = 0
) -> ExampleResult | None:
    """Run one example and judge it; after a 429 it starts again, with fresh ids and sockets.

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
    values = await asyncio.to_thread(build_inputs, example, services.registry)
    waiting = waiting or Waiting(example)
    while True:
        await services.pause.wait(services.clock.now)
        if not await services.budget.reserve(keep):
            return None
        made = 0
        try:
            async with services.pace.turn(requests_of(example.case)):
                attempt = Attempt(example, values, services, waiting)
                try:
                    result = await attempt.run()
                finally:
                    made = attempt.jobs
                    await attempt.end()
            return replace(result, jobs=waiting.jobs + made)
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
            await services.budget.settle(made)


def requests_of(case: Case) -> int:
    """How many requests an example makes at most, the handshake included."""
    handshake = 1 if case.socket is not None else 0
    return len(case.before) + 1 + handshake + len(case.cleanup)
