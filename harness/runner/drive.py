"""Driving one example through a target, and judging it while its events arrive."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.contract.judge import Judge
from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.runner.judging import READ_ON, Hearing, build_inputs
from harness.targets.budget import Pause, retry_after
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, Event, What
from harness.transport.clock import Clock, utc_now
from harness.transport.http import HttpRequest, Part, TransportError, send
from harness.transport.websocket import Closed, NotOpenedError, WebSocket, open_websocket

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from harness.contract.model import Case, FormField
    from harness.inputs.base import Registry
    from harness.runner.results import Example, ExampleResult
    from harness.targets.target import Target

UNWATCHED = 120.0
"""Seconds without an event after which an example that no deadline watches is given up."""

AT_ONCE = 0.001
"""Seconds to wait where a deadline is due: it is broken only once its instant is past."""

ENDING_TRIES = 5
ENDING_WAIT = 0.1
"""How often, and for how many seconds each time, the tasks of an example are asked to end."""

MOST_UNJUDGED = 1000
"""Messages that may be read ahead of judging; a target that sends more must wait."""

TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Services:
    """What driving an example needs."""

    target: Target
    clock: Clock
    registry: Registry
    pause: Pause


class _AskedToWaitError(Exception):
    """The target answered 429: the example starts again after so many seconds."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("asked to wait")
        self.seconds = seconds


async def drive(example: Example, services: Services) -> ExampleResult:
    """Run one example and judge it; after a 429 it starts again, with fresh ids and sockets.

    Raises:
        HarnessError: the contract cannot be used with this input.
    """
    values = await asyncio.to_thread(build_inputs, example, services.registry)
    while True:
        await services.pause.wait(services.clock.now)
        attempt = _Attempt(example, values, services)
        try:
            return await attempt.run()
        except _AskedToWaitError as asked:
            services.pause.ask(services.clock.now(), asked.seconds)
        finally:
            await attempt.end()


class _Attempt:
    """One try at an example: its tasks put events on a queue, `run` judges them one by one.

    Instants are seconds since the attempt began.
    """

    def __init__(self, example: Example, values: Mapping[str, Any], services: Services) -> None:
        self._case = case = example.case
        self._delay = float(example.spec["connect_after"])
        self._services = services
        self._began = services.clock.now()
        self._names = {**values, **{name: str(uuid.uuid4()) for name in case.fresh}}
        self._judge = Judge(case, self._names)
        self._hearing = Hearing(example, self._judge)
        self._queue: asyncio.Queue[Event | HarnessError] = asyncio.Queue()
        self._room = asyncio.Semaphore(MOST_UNJUDGED)
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: WebSocket | None = None
        self._jobs = 0

    async def run(self) -> ExampleResult:
        watch = self._judge.watch
        self._start(self._connect(0.0) if self._case.client.before_request else self._request())
        stop_at: float | None = None
        last = now = self._now()
        while not watch.done:
            event = await self._next(stop_at)
            now = self._now()
            if event is not None:
                last = now
                await self._take(event)
            else:
                self._hearing.wait(now)
            if stop_at is not None and now >= stop_at:
                break
            if stop_at is None and watch.next_deadline() is None and not watch.hopeless and now >= last + UNWATCHED:
                break
            if watch.hopeless and stop_at is None:
                stop_at = now + READ_ON
        return self._hearing.conclude(now, self._services.clock.stalls(self._began), self._jobs)

    async def end(self) -> None:
        """Stop every task and close the socket; call it however `run` ended."""
        for _ in range(ENDING_TRIES):  # a library below may swallow a cancellation and wait on
            left = [task for task in self._tasks if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=ENDING_WAIT)
        if self._socket is not None:
            await self._socket.close()

    async def _next(self, stop_at: float | None) -> Event | None:
        """The next event; None if a deadline, or `stop_at`, comes first."""
        now = self._now()
        if not self._queue.empty():  # what has been read is judged by its own instant, however late we are
            return self._taken(self._queue.get_nowait())
        dues = [due for due in (self._judge.watch.next_deadline(), stop_at) if due is not None]
        try:
            async with asyncio.timeout(max(min(dues, default=now + UNWATCHED) - now, AT_ONCE)):
                item = await self._queue.get()
        except TimeoutError:
            return None if self._queue.empty() else self._taken(self._queue.get_nowait())
        return self._taken(item)

    def _taken(self, item: Event | HarnessError) -> Event:
        if isinstance(item, HarnessError):
            raise item
        if item.what is What.RECEIVED:
            self._room.release()
        return item

    async def _take(self, event: Event) -> None:
        """Judge one event and do what the client does next."""
        if event.what in (What.ANSWER, What.NOT_OPENED):
            self._keep_off_if_asked(event)
        if event.what is What.ANSWER:
            self._jobs = 0 if event.value["status"] is not None and event.value["status"] >= 300 else 1
        event = self._hearing.take(event)
        if event.what is What.ANSWER and event.point == ACCEPTED and self._socket is None and self._case.socket:
            self._start(self._connect(self._delay))
        if event.what is What.OPEN:
            await self._greet()
            if self._case.client.before_request:
                self._start(self._request())
        watch = self._judge.watch
        if watch.ended and not watch.owes_close and not watch.done and self._socket is not None:
            await self._socket.close()

    def _keep_off_if_asked(self, event: Event) -> None:
        status = event.value["status"]
        if status == TOO_MANY_REQUESTS and status not in self._case.answer.statuses:
            raise _AskedToWaitError(retry_after(event.value["headers"], utc_now()))

    def _put(self, what: What, point: str, value: Any = None) -> None:  # noqa: ANN401 - JSON
        self._queue.put_nowait(Event(self._now(), what, point, value))

    def _now(self) -> float:
        return self._services.clock.now() - self._began

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(self._guarded(work)))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`; an error of the contract or of the harness must reach `run`, never vanish with a task."""
        try:
            await work
        except HarnessError as error:
            self._queue.put_nowait(error)
        except Exception as error:  # noqa: BLE001 - told, with its type, as what it is
            self._queue.put_nowait(HarnessError(f"the harness failed: {type(error).__name__}: {error}"))

    async def _request(self) -> None:
        request = render_request(self._case, self._names, self._services.target)
        self._jobs = 1  # until the answer says otherwise: what was sent may have made a job
        try:
            value = {"method": request.method, "url": request.url}
            answer = await send(request, lambda: self._put(What.REQUEST, REQUEST, value))
        except TransportError as error:
            answer = {"status": None, "headers": {}, "body": None, "problem": str(error)}
        self._put(What.ANSWER, "", answer)

    async def _connect(self, delay: float) -> None:
        socket = self._case.socket
        if socket is None:
            return
        if delay:
            await asyncio.sleep(delay)
        target = self._services.target
        try:
            url = target.socket_url(socket.connect.render_url(self._judge.names))
        except TemplateError as error:
            if ACCEPTED not in socket.connect.roots:
                raise
            self._not_opened(NotOpenedError(f"the answer does not say where it is: {error}"))
            return
        self._put(What.CONNECT, CONNECT, {"url": url})
        try:
            self._socket = await open_websocket(url, target.headers_for(url))
        except NotOpenedError as error:
            self._not_opened(error)
            return
        self._put(What.OPEN, OPEN)
        while True:
            message = await self._socket.receive()
            if isinstance(message, Closed):
                value = {"code": message.code, "reason": message.reason, "by": message.by}
                self._put(What.CLOSE, CLOSE, value)
                return
            at = self._now()
            await self._room.acquire()
            self._queue.put_nowait(Event(at, What.RECEIVED, "", message))

    def _not_opened(self, error: NotOpenedError) -> None:
        value = {"status": error.status, "headers": error.headers, "body": error.body, "problem": error.problem}
        self._put(What.NOT_OPENED, NOT_OPENED, value)

    async def _greet(self) -> None:
        if self._case.socket is None or self._socket is None:
            return
        for name, template in self._case.socket.sends.items():
            message = template.render(self._judge.names)
            if await self._socket.send(message):
                self._put(What.SENT, name, message)


def render_request(case: Case, names: Mapping[str, Any], target: Target) -> HttpRequest:
    """The request of a case for these names.

    Raises:
        HarnessError: an expression in it has no value, or one that the body cannot carry.
    """
    request = case.request
    url = target.http_url(request.path.render_url(names))
    headers = {name.lower(): value for name, value in target.headers_for(url).items()}
    headers |= {name.lower(): str(value.render(names)) for name, value in request.headers.items()}
    content = None
    if request.json is not None:
        content = _json_bytes(request.json.render(names), case)
        headers = {"content-type": "application/json", **headers}
    elif request.raw is not None:
        content = _bytes(request.raw.render(names))
    form = None
    if request.form is not None:
        form = {name: _part(part, names) for name, part in request.form.items()}
    return HttpRequest(request.method, url, headers, content, form)


def _part(field: FormField, names: Mapping[str, Any]) -> Part:
    return Part(
        _bytes(field.content.render(names)),
        None if field.filename is None else str(field.filename.render(names)),
        None if field.content_type is None else str(field.content_type.render(names)),
    )


def _json_bytes(value: Any, case: Case) -> bytes:  # noqa: ANN401 - JSON, or what only looks like it
    try:
        return json.dumps(value, allow_nan=False).encode("ascii")
    except (TypeError, ValueError) as error:
        raise HarnessError(f"{case.full_name}: the request's json cannot be sent: {error}") from error


def _bytes(value: Any) -> bytes:  # noqa: ANN401 - JSON or bytes
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
