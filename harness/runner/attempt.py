"""One try at an example: the tasks that talk to the target, and the loop that judges what they hear."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.contract.judge import Judge
from harness.contract.model import Once
from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.runner.asides import TOO_MANY_REQUESTS, AskedToWaitError, NotPreparedError, clean_up
from harness.runner.judging import READ_ON, Hearing
from harness.runner.requests import render_request
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, Event, What
from harness.transport.http import TransportError, send
from harness.transport.websocket import Closed, NotOpenedError, WebSocket, open_websocket

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from harness.runner.results import Example, ExampleResult
    from harness.runner.services import Services, Waiting

UNWATCHED = 120.0
"""Seconds without an event after which an example that no deadline watches is given up."""

AT_ONCE = 0.001
"""Seconds to wait where a deadline is due: it is broken only once its instant is past."""

ENDING_TRIES = 5
ENDING_WAIT = 0.1
"""How often, and for how many seconds each time, the tasks of an example are asked to end."""

MOST_UNJUDGED = 1000
"""Messages that may be read ahead of judging; a target that sends more must wait."""


class Attempt:
    """One try at an example: its tasks put events on a queue, `run` judges them one by one.

    Call `run` once, and `end` however that ended.

    Instants are seconds since the attempt began.

    Attributes:
        jobs: how many jobs the target has made for it; 1 while that is not known.
    """

    def __init__(self, example: Example, values: Mapping[str, Any], services: Services, waiting: Waiting) -> None:
        """Prepare one try.

        Args:
            example: what is run.
            values: of its inputs, by name.
            services: the target, and what else is needed.
            waiting: kept up to date while it runs.
        """
        self._example = example
        self._case = case = example.case
        self._delay = float(example.spec["connect_after"])
        self._services = services
        self._began = services.clock.now()
        self._names = {**values, **{name: str(uuid.uuid4()) for name in case.fresh}}
        self._judge = Judge(case, self._names)
        self._names["env"] = services.environment
        self._hearing = Hearing(example, self._judge)
        self._queue: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self._room = asyncio.Semaphore(MOST_UNJUDGED)
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: WebSocket | None = None
        self._cancelled = False
        self.jobs = 0
        self._waiting = waiting
        waiting.watch, waiting.began, waiting.last = self._judge.watch, self._began, self._began

    async def run(self) -> ExampleResult:
        """Drive and judge.

        Raises:
            AskedToWaitError: the target answered 429.
            HarnessError: the contract cannot be used with this input.
        """
        try:
            return await self._judged()
        except NotPreparedError as error:
            return replace(self._conclusion(), inconclusive=str(error), violations=(), verdicts={}, unprepared=True)
        except asyncio.CancelledError:
            self._cancelled = True
            raise

    async def _judged(self) -> ExampleResult:
        watch = self._judge.watch
        self._start(self._begin())
        stop_at: float | None = None
        last = now = self._now()
        while not watch.done:
            event = await self._next(stop_at)
            now = self._now()
            if event is not None:
                last = now
                self._waiting.last = self._began + now
                await self._take(event)
            else:
                self._hearing.wait(now)
            if stop_at is not None and now >= stop_at:
                break
            if stop_at is None and watch.next_deadline() is None and not watch.hopeless and now >= last + UNWATCHED:
                break
            if watch.hopeless and stop_at is None:
                stop_at = now + READ_ON
        return self._conclusion(now)

    def _conclusion(self, now: float | None = None) -> ExampleResult:
        end = self._now() if now is None else now
        return self._hearing.conclude(end, self._services.clock.stalls(self._began), self.jobs)

    async def end(self) -> None:
        """Stop every task, close the socket, clean up."""
        for _ in range(ENDING_TRIES):  # a library below may swallow a cancellation and wait on
            left = [task for task in self._tasks if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=ENDING_WAIT)
        if self._socket is not None:
            await self._socket.close()
        if self.jobs and self._case.cleanup:
            await self._clean_up()

    async def _clean_up(self) -> None:
        services, name = self._services, self._case.full_name
        if self._cancelled:
            services.tell("cleaning up what was started (Ctrl-C again stops that too)")
        ended = self._judge.watch.ended
        for told in await clean_up(self._case.cleanup, self._known(), services.target, name, ended=ended):
            services.tell(told)

    def _known(self) -> dict[str, Any]:
        """Every name that has a value by now."""
        return {**self._judge.names, **self._names}

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

    def _taken(self, item: Event | Exception) -> Event:
        if isinstance(item, Exception):
            raise item
        if item.what is What.RECEIVED:
            self._room.release()
        return item

    async def _take(self, event: Event) -> None:
        """Judge one event and do what the client does next."""
        if event.what is What.ANSWER:
            self.jobs = 0 if event.value["status"] is not None and event.value["status"] >= 300 else 1
        if event.what in (What.ANSWER, What.NOT_OPENED):
            self._keep_off_if_asked(event)
        event = self._hearing.take(event)
        if self._services.heard is not None:
            self._services.heard(self._example, event)
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
            raise AskedToWaitError(event.value)

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
        except (HarnessError, NotPreparedError, AskedToWaitError) as error:
            self._queue.put_nowait(error)
        except Exception as error:  # noqa: BLE001 - told, with its type, as what it is
            self._queue.put_nowait(HarnessError(f"the harness failed: {type(error).__name__}: {error}"))

    async def _begin(self) -> None:
        await self._prepare(Once.RUN, Once.EXAMPLE)
        await (self._connect(0.0) if self._case.client.before_request else self._request())

    async def _prepare(self, *stages: Once) -> None:
        """Make the steps beforehand of these stages, in their order."""
        for step in self._case.before:
            if step.once in stages:
                beforehand, target = self._services.beforehand, self._services.target
                answer = await beforehand.answer(step, self._known(), target, self._case.contract)
                self._names[step.name] = answer
                self._put(What.BEFORE, step.name, answer)

    async def _request(self) -> None:
        target = self._services.target
        request = render_request(self._case.request, self._known(), target, self._case.full_name)
        self.jobs = 1  # until the answer says otherwise: what was sent may have made a job
        try:
            value = {"method": request.method, "url": request.url}
            sent = partial(self._put, What.REQUEST, REQUEST, value)
            answer = await send(request, sent, proxy=target.proxy, ca=target.ca)
        except TransportError as error:
            answer = {"status": None, "headers": {}, "body": None, "problem": str(error)}
        self._services.secrets.add_headers(answer["headers"])
        self._put(What.ANSWER, "", answer)

    async def _connect(self, delay: float) -> None:
        socket = self._case.socket
        if socket is None:
            return
        if delay:
            await asyncio.sleep(delay)
        await self._prepare(Once.CONNECTION)
        target = self._services.target
        try:
            names = self._known()
            url = target.socket_url(socket.connect.render_url(names))
            headers = {name: str(value.render(names)) for name, value in socket.headers.items()}
        except TemplateError as error:
            if not any(ACCEPTED in template.roots for template in (socket.connect, *socket.headers.values())):
                raise
            self._not_opened(NotOpenedError(f"the answer does not say where it is: {error}"))
            return
        self._services.secrets.add_url(url)
        self._put(What.CONNECT, CONNECT, {"url": url})
        try:
            own = {**target.headers_for(url), **headers}
            self._socket = await open_websocket(url, own, proxy=target.proxy, ca=target.ca)
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
        for name, sending in self._case.socket.sends.items():
            message = sending.message.render(self._known())
            if await self._socket.send(message):
                self._put(What.SENT, name, message)
