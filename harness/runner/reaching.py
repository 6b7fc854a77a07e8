"""Whether the target can be reached at all, is the build that is to be judged, and comes back after a restart."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.runner.asides import AskedToWaitError, ask
from harness.runner.services import RunStoppedError
from harness.targets.readiness import NotReadyError, wait_until_ready
from harness.targets.restarting import NotRestartedError
from harness.trace.units import duration
from harness.transport.http import HttpRequest, TransportError, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case
    from harness.runner.services import Services
    from harness.targets.target import Target
    from harness.trace.events import Json

REACH_TIMEOUT = 10.0
AGAIN_AFTER = 0.2
"""Seconds between two looks whether a target that was restarted answers."""


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
            return await _look(target, path)

    await wait_until_ready(target.ready, look, services.tell, _name(target), services.clock.now)


async def restart(services: Services) -> None:
    """Restart the target and wait until it is ready again; only whoever is alone with it may ask for that.

    Raises:
        RunStoppedError: it does not come back.
        HarnessError: nothing can restart it.
    """
    if services.restart is None:
        raise HarnessError("the target cannot be restarted")
    try:
        await services.restart()
        await _reach_again(services)
    except (NotRestartedError, NotReadyError, UnreachableError) as error:
        raise RunStoppedError(f"the target did not come back after a restart: {error}") from error


async def _reach_again(services: Services) -> None:
    """As `reach`, for as long as a restart may take; whoever asks for one has its requests in the pace already."""
    target, now = services.target, services.clock.now
    if target.ready is not None:
        await wait_until_ready(target.ready, partial(_look, target), services.tell, _name(target), now)
    else:
        await _wait_for_an_answer(target, now)


async def _wait_for_an_answer(target: Target, now: Callable[[], float]) -> None:
    until = now() + (target.restart.within if target.restart is not None else REACH_TIMEOUT)
    while True:
        try:
            return await _answers(target, below=500)
        except UnreachableError:
            if now() >= until:
                raise
        await asyncio.sleep(AGAIN_AFTER)


async def what_is_lacking(case: Case, services: Services) -> str:
    """What keeps the target from what a case is about: completes "the target ..."; empty if nothing does."""
    if case.client.restarts and services.restart is None:
        return "cannot be restarted"
    return "" if await _is_there(case, services) else f"does not have what the probe {case.only_if} asks for"


async def _is_there(case: Case, services: Services) -> bool:
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


async def _look(target: Target, path: str) -> Json:
    """The answer to a path; why none came, if none did."""
    answer = await ask(HttpRequest("GET", target.http_url(path), target.headers), target)
    return answer["problem"] if answer["status"] is None else answer


def _name(target: Target) -> str:
    return target.name or target.url


async def _answers(target: Target, below: int = 600) -> None:
    try:
        async with asyncio.timeout(REACH_TIMEOUT):
            request = HttpRequest("GET", target.http_url("/"), target.headers)
            answer = await send(request, lambda: None, body_too=False, proxy=target.proxy, ca=target.ca)
    except (TransportError, TimeoutError) as error:
        told = str(error) or f"no answer within {duration(REACH_TIMEOUT)}"
        raise UnreachableError(f"{target.url} cannot be reached: {told}") from error
    if answer["status"] >= below:
        raise UnreachableError(f"{target.url} cannot be reached: it answered {answer['status']}")
