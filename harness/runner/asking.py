"""Requests besides that are judged: actions while a job runs, and what is asked once it has ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from harness.runner.asides import ASIDE_TIMEOUT, TOO_MANY_REQUESTS, AskedToWaitError
from harness.runner.judging import READ_ON
from harness.runner.requests import render_request
from harness.trace.units import duration
from harness.transport.http import TransportError, send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from harness.contract.model import Aside
    from harness.runner.services import Services
    from harness.trace.events import Json


async def ask_timed(aside: Aside, names: Mapping[str, Any], services: Services, what: str) -> dict[str, Json]:
    """The answer to a request: `status`, `headers`, `body`, and the `seconds` from the request's last byte to it.

    Where no answer came, `status` is None and `problem` says why. It is waited for until some seconds after the
    deadline that the contract promises.

    Raises:
        AskedToWaitError: the target answered 429, and the contract does not promise that.
        HarnessError: the request cannot be made from these names.
    """
    target, clock = services.target, services.clock
    request = render_request(aside.request, names, target, what)
    patience = READ_ON + (aside.promise.within if aside.promise is not None else ASIDE_TIMEOUT)
    began = clock.now()
    try:
        async with asyncio.timeout(ASIDE_TIMEOUT + patience) as limit:

            def sent() -> None:
                nonlocal began
                began = clock.now()
                limit.reschedule(asyncio.get_running_loop().time() + patience)

            answer = await send(request, sent, proxy=target.proxy, ca=target.ca)
    except TransportError as error:
        answer = {"status": None, "headers": {}, "body": None, "problem": str(error)}
    except TimeoutError:
        problem = f"no answer within {duration(patience)}"
        answer = {"status": None, "headers": {}, "body": None, "problem": problem}
    if answer["status"] == TOO_MANY_REQUESTS and not _promises(aside, TOO_MANY_REQUESTS):
        raise AskedToWaitError(answer)
    services.secrets.add_headers(answer["headers"])
    return {**answer, "seconds": clock.now() - began}


def _promises(aside: Aside, status: int) -> bool:
    return aside.promise is not None and status in aside.promise.statuses
