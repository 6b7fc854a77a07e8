"""The requests beside the one that is judged: steps beforehand, what cleans up, probes.

Their answers are captured or ignored, never judged. A step beforehand that does not work says nothing of what the
contract promises, so the example is inconclusive then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from harness.contract.model import Once
from harness.contract.templates import TemplateError
from harness.runner.requests import render_request
from harness.targets.budget import retry_after
from harness.trace.units import duration
from harness.transport.clock import utc_now
from harness.transport.http import HttpRequest, TransportError, send

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.contract.model import Aside, Cleanup, Probe
    from harness.targets.secrets import Secrets
    from harness.targets.target import Target
    from harness.trace.events import Json

TOO_MANY_REQUESTS = 429
ASIDE_TIMEOUT = 30.0
CLEANUP_TIMEOUT = 10.0
_LONGEST_BODY = 200


class AskedToWaitError(Exception):
    """The target answered 429: what was under way starts again after so many seconds; None if it does not say."""

    def __init__(self, answer: Mapping[str, Json]) -> None:
        super().__init__("asked to wait")
        self.seconds = retry_after(answer["headers"], utc_now())


class NotPreparedError(Exception):
    """A step beforehand did not work: nothing can be judged."""


class Beforehand:
    """The steps that are made once for a run: whoever needs one first makes it, the others wait for its answer."""

    def __init__(self, secrets: Secrets) -> None:
        """Begin with none; `secrets` learns those of each answer before anybody else sees it."""
        self._secrets = secrets
        self._answers: dict[str, Json | NotPreparedError] = {}
        self._present: dict[str, bool] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def answer(self, step: Aside, names: Mapping[str, Any], target: Target, contract: str) -> Json:
        """The answer to a step: `status`, `headers` and `body`.

        Raises:
            NotPreparedError: it is not what the step wants.
            AskedToWaitError: the target asks to be left alone for a while.
            HarnessError: the step cannot be sent.
        """
        request = render_request(step.request, names, target, f"{contract}/before/{step.name}")
        if step.once is not Once.RUN:
            return await self._made(step, request, target)
        key = repr((contract, step.name, request))
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._answers:
                try:
                    self._answers[key] = await self._made(step, request, target)
                except NotPreparedError as error:
                    self._answers[key] = error  # a wrong password is not tried again for each case
            found = self._answers[key]
        if isinstance(found, NotPreparedError):
            raise found
        return found

    async def is_present(self, probe: Probe, names: Mapping[str, Any], target: Target, contract: str) -> bool:
        """Whether each step of a probe is answered as it should be; asked once for a run.

        No answer at all says nothing of what is there: what depends on it is judged then, as if it were.
        """
        key = repr((contract, "probes", probe.name))
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._present:
                self._present[key] = await self._is_answered(probe, names, target, contract)
            return self._present[key]

    async def _is_answered(self, probe: Probe, names: Mapping[str, Any], target: Target, contract: str) -> bool:
        for step in probe.steps:
            answer = await ask(render_request(step.request, names, target, f"{contract}/probes/{step.name}"), target)
            self._secrets.add_headers(answer["headers"])
            if answer["status"] == TOO_MANY_REQUESTS and not step.is_right(TOO_MANY_REQUESTS):
                raise AskedToWaitError(answer)
            if answer["status"] is None:
                return True
            if not step.is_right(answer["status"]):
                return False
        return True

    async def _made(self, step: Aside, request: HttpRequest, target: Target) -> Json:
        answer = await ask(request, target)
        self._secrets.add_headers(answer["headers"])
        if step.secret:
            self._secrets.add_answer(answer["body"])
        if answer["status"] == TOO_MANY_REQUESTS and not step.is_right(TOO_MANY_REQUESTS):
            raise AskedToWaitError(answer)
        if not step.is_right(answer["status"]):
            told = f"the step beforehand {step.name!r} ({request.method} {request.url}) {outcome(answer)}"
            raise NotPreparedError(told)
        return answer


async def ask(request: HttpRequest, target: Target) -> dict[str, Json]:
    """Make one request; where no answer came, `status` is None and `problem` says why."""
    try:
        async with asyncio.timeout(ASIDE_TIMEOUT):
            return await send(request, lambda: None, proxy=target.proxy, ca=target.ca)
    except TransportError as error:
        problem = str(error)
    except TimeoutError:
        problem = f"no answer within {duration(ASIDE_TIMEOUT)}"
    return {"status": None, "headers": {}, "body": None, "problem": problem}


def outcome(answer: Mapping[str, Json]) -> str:
    """An answer in words: `was answered 401: {'error': 'expired'}`."""
    if answer["status"] is None:
        return f"was not answered: {answer['problem']}"
    body = repr(answer["body"])
    shown = body if len(body) <= _LONGEST_BODY else f"{body[:_LONGEST_BODY]}..."
    return f"was answered {answer['status']}: {shown}"


async def clean_up(
    actions: Sequence[Cleanup], names: Mapping[str, Any], target: Target, what: str, *, ended: bool
) -> list[str]:
    """Make the requests that clean up after an example; returns what could not be done.

    An action that needs an answer which never came is left out: there is nothing that it could name.

    Args:
        actions: in their order.
        names: of inputs, fresh values and answers.
        target: of the example.
        what: the example's case, for messages.
        ended: whether its job has ended.
    """
    undone = []
    try:
        async with asyncio.timeout(CLEANUP_TIMEOUT):
            for cleanup in actions:
                if cleanup.unless_ended and ended:
                    continue
                try:
                    request = render_request(cleanup.action.request, names, target, what)
                except TemplateError:
                    continue  # the answer that it needs never came: there is nothing that it could name
                answer = await ask(request, target)
                if answer["status"] is None or answer["status"] == TOO_MANY_REQUESTS or answer["status"] >= 500:
                    undone.append(f"{what}: cleaning up with {request.method} {request.url} {outcome(answer)}")
    except TimeoutError:
        undone.append(f"{what}: cleaning up took over {duration(CLEANUP_TIMEOUT)} and was given up")
    return undone
