"""The requests of one try at an example: beforehand, the judged one, actions, and what is asked once it has ended."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.runner.asides import ASIDE_TIMEOUT, TOO_MANY_REQUESTS, AskedToWaitError, NotPreparedError
from harness.runner.judging import READ_ON
from harness.runner.requests import NotSaidError, of_what_was_said, render_request
from harness.trace.events import ACCEPTED, REQUEST, What
from harness.trace.units import duration
from harness.transport.http import NoAddressError, TransportError, send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.contract.model import Aside, Case, Once
    from harness.contract.templates import Template
    from harness.runner.services import Services
    from harness.trace.events import Json

    class Tell(Protocol):
        """Takes what happens."""

        def __call__(self, what: What, point: str, value: Json = None, number: int = 0) -> None:
            """The sort of event, its point, its value, and on which connection."""


class Asker:
    """Makes the requests of one try; their answers become names at once, and are told as events.

    Attributes:
        requested: the address of the judged request, once it may have been sent.
    """

    def __init__(self, case: Case, names: dict[str, Any], services: Services, tell: Tell) -> None:
        """`names` are what is known, and are added to; `tell` takes what happens."""
        self._case = case
        self._names = names
        self._given = frozenset(names)
        self._beforehand = frozenset(step.name for step in case.before)
        self._services = services
        self._tell = tell
        self.requested = ""

    async def prepare(self, names: dict[str, Any], number: int, *stages: Once) -> None:
        """Make the steps beforehand of these stages, for connection `number`; their answers are added to `names`.

        Raises:
            NotSaidError: the answer to the request lacks what one of them needs.
            NotPreparedError: one did not work, or lacks what another needs.
        """
        for step in self._case.before:
            if step.once in stages:
                beforehand, target = self._services.beforehand, self._services.target
                templates = step.request.templates
                try:
                    with of_what_was_said((ACCEPTED,), *templates):
                        answer = await beforehand.answer(step, {**self._names, **names}, target, self._case.contract)
                except NotSaidError:
                    raise
                except TemplateError as error:
                    raise self.cannot_be_made(f"the step beforehand {step.name!r}", templates, error) from error
                names[step.name] = answer
                self._tell(What.BEFORE, step.name, answer, number)

    async def request(self) -> None:
        """Make the request that is judged.

        Raises:
            NotPreparedError: it cannot be made of what the steps beforehand were answered.
            HarnessError: it cannot be made, and no answer is to blame.
        """
        target, what = self._services.target, f"the request of {self._case.full_name}"
        try:
            request = render_request(self._case.request, self._names, target, self._case.full_name)
        except TemplateError as error:
            raise self.cannot_be_made(what, self._case.request.templates, error) from error
        self.requested = request.url  # whether or not an answer comes: what was sent may have made a job
        try:
            value = {"method": request.method, "url": request.url}
            sent = partial(self._tell, What.REQUEST, REQUEST, value)
            answer = await send(request, sent, proxy=target.proxy, ca=target.ca)
        except NoAddressError as error:
            self.requested = ""
            raise self.cannot_be_made(what, self._case.request.templates, error) from error
        except TransportError as error:
            answer = {"status": None, "headers": {}, "body": None, "problem": str(error)}
        self._services.secrets.add_headers(answer["headers"])
        self._tell(What.ANSWER, "", answer)

    def cannot_be_made(self, what: str, templates: Iterable[Template], error: Exception) -> Exception:
        """What `error` comes to: the contract is wrong, unless the answer to a step beforehand may be."""
        told = f"{what} cannot be made: {error}"
        uses_answers = any(not self._beforehand.isdisjoint(template.roots) for template in templates)
        return NotPreparedError(told) if uses_answers else HarnessError(told)

    async def act(self, action: Aside) -> None:
        """Request an action."""
        await self._ask(What.ACTION, action, "actions")

    async def ask_afterwards(self) -> None:
        """Ask what is asked once the job has ended, as far as the target has what that needs."""
        for aside in self._case.afterwards:
            if await self._can_be_asked(aside):
                await self._ask(What.AFTERWARDS, aside, "afterwards")

    async def _ask(self, what: What, aside: Aside, section: str) -> None:
        told = f"{self._case.contract}/{section}/{aside.name}"
        said = self._names.keys() - self._given - self._beforehand
        templates = aside.request.templates
        try:
            with of_what_was_said(said, *templates):
                answer = await ask_timed(aside, self._names, self._services, told)
        except NotSaidError as error:
            problem = f"it cannot be asked: {error}"
            answer = {"status": None, "headers": {}, "body": None, "problem": problem, "seconds": 0.0}
        except TemplateError as error:
            raise self.cannot_be_made(told, templates, error) from error
        self._names[aside.name] = answer
        self._tell(what, aside.name, answer)

    async def _can_be_asked(self, aside: Aside) -> bool:
        """Whether there is what it needs: the answers of others, messages of some kinds, an endpoint."""
        if not aside.roots <= self._names.keys() or not aside.looked_at <= self._names.get("last", {}).keys():
            return False
        probe = next((probe for probe in self._case.probes if probe.name == aside.only_if), None)
        if probe is None:
            return not aside.only_if
        beforehand, target = self._services.beforehand, self._services.target
        return await beforehand.is_present(probe, self._names, target, self._case.contract)


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
