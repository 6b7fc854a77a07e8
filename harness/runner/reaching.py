"""Whether the target can be reached at all, and is the build that is to be judged."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.runner.asides import AskedToWaitError, ask
from harness.targets.readiness import wait_until_ready
from harness.trace.units import duration
from harness.transport.http import HttpRequest, TransportError, send

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.services import Services
    from harness.targets.target import Target
    from harness.trace.events import Json

REACH_TIMEOUT = 10.0


class UnreachableError(HarnessError):
    """The target has not answered once: nothing can be said of it."""


async def reach(services: Services) -> None:
    """Wait until the target serves the build under test, or at least answers anything at all.

    Raises:
        UnreachableError: it does not answer.
        NotReadyError: it answers, but not as the build under test.
    """
    target = services.target
    if target.ready is None:
        async with services.pace.turn():
            await _answers(target)
        return

    async def look(path: str) -> Json:
        async with services.pace.turn():
            answer = await ask(HttpRequest("GET", target.http_url(path), target.headers), target)
        return answer["problem"] if answer["status"] is None else answer

    await wait_until_ready(target.ready, look, services.tell, target.name or target.url, services.clock.now)


async def is_there(case: Case, services: Services) -> bool:
    """Whether the target has what a case is about."""
    probe = next((one for one in case.probes if one.name == case.only_if), None)
    while probe is not None:
        await services.pause.wait(services.clock.now)
        try:
            async with services.pace.turn():
                names = {"env": services.environment}
                return await services.beforehand.is_present(probe, names, services.target, case.contract)
        except AskedToWaitError as asked:
            services.pause.ask(services.clock.now(), asked.seconds)
    return True


async def _answers(target: Target) -> None:
    try:
        async with asyncio.timeout(REACH_TIMEOUT):
            request = HttpRequest("GET", target.http_url("/"), target.headers)
            await send(request, lambda: None, body_too=False, proxy=target.proxy, ca=target.ca)
    except (TransportError, TimeoutError) as error:
        told = str(error) or f"no answer within {duration(REACH_TIMEOUT)}"
        raise UnreachableError(f"{target.url} cannot be reached: {told}") from error
