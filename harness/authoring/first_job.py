"""Running the one job that a first contract is guessed from. There is no contract yet, so nothing is judged."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.authoring.asked import Asked, carried, pairs_text, path_text
from harness.authoring.rendering import compiled, rendered, rendered_url
from harness.authoring.socket_address import misspelt, socket_in
from harness.authoring.typed_secrets import missing_variable
from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.targets.secrets import not_set
from harness.trace.events import CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, UNDECLARED, Event, What
from harness.trace.ndjson import Trace
from harness.transport.http import HttpRequest, Part, TransportError, send
from harness.transport.websocket import Closed, NotOpenedError, WebSocket, open_websocket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.contract.templates import Template
    from harness.targets.secrets import Secrets
    from harness.targets.target import Target
    from harness.trace.events import Json
    from harness.transport.clock import Clock

ACCEPTED_STATUS = 202


class UnreachableError(HarnessError):
    """No answer came at all, before the job was asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the one job is.

    Attributes:
        asked: the request.
        before: requests made before, by name.
        socket: the template of the socket's address.
        sends: what is sent once the socket is open, by name, as templates.
        quiet_for: after so many seconds without a message nothing more is waited for.
        timeout: seconds after which the whole of it ends.
        environment: has the values of `${env.NAME}`, which the socket's address and what is sent may have.
    """

    asked: Asked
    socket: str
    before: Mapping[str, Asked] = field(default_factory=dict)
    sends: Mapping[str, Json] = field(default_factory=dict)
    quiet_for: float = 30.0
    timeout: float = 300.0
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it: the events, and whether time ran out while there still was news."""

    trace: Trace
    timed_out: bool = False


class FirstJob:
    """One job: `run` it once.

    Attributes:
        connection_only: the names of the requests made before that only the connection needs.
        socket: the template of the socket's address; if none was given, what the answer has; empty if it has none.
        once: how often each of them must be made, as contracts say it.
        variables: the environment variables that the socket's address and what is sent use.
    """

    def __init__(
        self, plan: Plan, target: Target, secrets: Secrets, clock: Clock, on_event: Callable[[Event], None]
    ) -> None:
        """Look at the templates; `on_event` is told each event as it happens.

        Raises:
            HarnessError: a template uses a name that does not exist where it stands, or a variable that is not set.
        """
        self._plan = plan
        self._target = target
        self._secrets = secrets
        self._clock = clock
        self._on_event = on_event
        self._began = clock.now()
        self._events: list[Event] = []
        self._names: dict[str, Any] = dict(plan.asked.fresh)
        self.socket = plan.socket
        own = [*plan.asked.fresh, *plan.before]
        request = compiled(dict(plan.asked.request), own, "--from-curl")
        later = [(plan.socket, "--socket"), (dict(plan.sends), "--send")]
        templates = [compiled(value, [*own, "accepted", "env"], where) for value, where in later]
        self.variables = frozenset[str]().union(*(template.variables for template in templates))
        missing = missing_variable(self.variables, plan.environment)
        if missing:
            raise HarnessError(not_set(missing))
        self._names["env"] = {name: plan.environment[name] for name in self.variables}
        steps = {
            name: compiled(dict(asked.request), ["accepted", *own], f"--before {name}")
            for name, asked in plan.before.items()
        }
        first = request.roots & steps.keys()
        self.connection_only = frozenset(
            name for name in steps if name not in first and not _needed(name, first, steps)
        )
        self.once = {name: self._once(name, step) for name, step in steps.items()}
        late = [name for name in first if "accepted" in steps[name].roots]
        if late:
            raise HarnessError(f"--before {late[0]}: the request needs it, so it cannot use the request's answer")

    async def run(self) -> Ran:
        """Make the requests, open the socket, and read it until it is closed or quiet.

        Raises:
            UnreachableError: nobody answered.
            HarnessError: a request made before was not answered with 2xx, or a template has no value; the job may be
                started by then.
        """
        timed_out = False
        socket: WebSocket | None = None
        try:
            async with asyncio.timeout(self._plan.timeout):
                await self._steps(lambda name: name not in self.connection_only)
                if await self._request():
                    await self._steps(lambda name: name in self.connection_only)
                    socket = await self._connect()
                    if socket is not None:
                        await self._read(socket)
        except TimeoutError:
            timed_out = True
        finally:
            if socket is not None:
                await socket.close()
        return Ran(Trace(None, tuple(self._events), self._now(), self._clock.stalls(self._began)), timed_out)

    def _once(self, name: str, step: Template) -> str:
        if name in self.connection_only:
            return "connection"
        return "example" if step.roots & self._plan.asked.fresh.keys() else "run"

    def _now(self) -> float:
        return self._clock.now() - self._began

    def _put(self, what: What, point: str, value: Json = None) -> None:
        event = Event(self._now(), what, point, value)
        self._events.append(event)
        self._on_event(event)

    async def _steps(self, due: Callable[[str], bool]) -> None:
        for name, asked in self._plan.before.items():
            if not due(name):
                continue
            where = f"--before {name}"
            try:
                answer = await send(self._http(asked, where), lambda: None)
            except TransportError as error:
                raise UnreachableError(f"{where}: {error}") from error
            self._secrets.add_answer(answer["body"])
            self._secrets.add_headers(answer["headers"])
            self._on_event(Event(self._now(), What.BEFORE, name, answer))
            if not 200 <= answer["status"] < 300:
                raise HarnessError(
                    f"{where} was answered {answer['status']}, not 2xx: {json.dumps(answer['body'])[:300]}"
                )
            self._names[name] = answer

    async def _request(self) -> bool:
        """Whether the job was accepted."""
        request = self._http(self._plan.asked, "--from-curl")
        value = {"method": request.method, "url": request.url}
        try:
            answer = await send(request, lambda: self._put(What.REQUEST, REQUEST, value))
        except TransportError as error:
            raise UnreachableError(str(error)) from error
        self._names["accepted"] = answer
        self._put(What.ANSWER, "", answer)
        self.socket = self.socket or socket_in(answer)
        return bool(answer["status"] == ACCEPTED_STATUS and self.socket)

    async def _connect(self) -> WebSocket | None:
        try:
            url = self._target.socket_url(rendered_url(self.socket, self._names, "--socket"))
        except TemplateError as error:
            why = misspelt(self.socket, self._names) or str(error)
            raise HarnessError(
                f"--socket {self.socket}: {why}\nThe job was started all the same, and nothing was "
                "written: mend --socket, and init starts another one"
            ) from error
        self._put(What.CONNECT, CONNECT, {"url": url})
        try:
            socket = await open_websocket(url, self._upgrade_headers(url))
        except NotOpenedError as error:
            self._not_opened(error)
            return None
        self._put(What.OPEN, OPEN)
        return socket

    def _upgrade_headers(self, url: str) -> dict[str, str]:
        """The target's headers and those that an earlier request brought; both for the target's own origin alone."""
        headers = dict(self._target.headers_for(url))
        if replace(self._target, headers={"any": "header"}).headers_for(url):
            headers |= rendered(carried(self._plan.asked), self._names, "--from-curl")
        return headers

    def _not_opened(self, error: NotOpenedError) -> None:
        value = {"status": error.status, "headers": error.headers, "body": error.body, "problem": error.problem}
        self._put(What.NOT_OPENED, NOT_OPENED, value)

    async def _read(self, socket: WebSocket) -> None:
        for name, template in self._plan.sends.items():
            message = rendered(template, self._names, "--send")
            if await socket.send(message):
                self._put(What.SENT, name, message)
        while True:
            try:
                async with asyncio.timeout(self._plan.quiet_for):
                    message = await socket.receive()
            except TimeoutError:
                await socket.close()
                message = await socket.receive()
            if isinstance(message, Closed):
                self._put(What.CLOSE, CLOSE, {"code": message.code, "reason": message.reason, "by": message.by})
                return
            self._put(What.RECEIVED, UNDECLARED, message)

    def _http(self, asked: Asked, where: str) -> HttpRequest:
        tree = rendered({key: value for key, value in asked.request.items() if key not in _PATH}, self._names, where)
        path = rendered_url(path_text(asked.request), self._names, where)
        url = self._target.http_url(path if asked.origin == self._plan.asked.origin else asked.origin + path)
        headers = {**self._target.headers_for(url), **tree["headers"]}
        content, form = None, None
        if "json" in tree:
            content = json.dumps(tree["json"]).encode("ascii")
            headers = {"content-type": "application/json", **headers}
        elif "pairs" in tree:
            content = pairs_text(tree["pairs"]).encode()
        elif "raw" in tree:
            content = tree["raw"].encode()
        elif "multipart" in tree:
            form = {name: _part(part) for name, part in tree["multipart"].items()}
        return HttpRequest(asked.method, url, headers, content, form)


_PATH = ("path", "query")


def _needed(name: str, first: frozenset[str], steps: Mapping[str, Any]) -> bool:
    """Whether another request that comes first needs this one's answer."""
    return any(name in steps[other].roots for other in first)


def _part(part: Json) -> Part:
    if isinstance(part, dict):
        return Part(str(part["content"]).encode(), part.get("filename"), part.get("content_type"))
    return Part(str(part).encode())
