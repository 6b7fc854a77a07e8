"""The client of one try at an example: it does what its behaviour says, and tells what it did and heard as events."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.contract.client import Connect, Ending
from harness.contract.model import Once
from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.runner.addresses import handshake
from harness.runner.asides import AskedToWaitError, NotPreparedError
from harness.runner.asking import Asker
from harness.runner.link import Link, first_frame
from harness.runner.reaching import restart
from harness.runner.requests import NotSaidError, of_what_was_said
from harness.runner.services import RunStoppedError
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, END, FIRST_FRAME, NOT_OPENED, OPEN, REQUEST, Event, What
from harness.transport.websocket import MAX_QUEUED, Closed, NotOpenedError, open_websocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractContextManager

    from harness.contract.model import Case, Send, Socket
    from harness.contract.templates import Template
    from harness.runner.behaviour import Acting, Behaviour, Dropping
    from harness.runner.services import Services
    from harness.temporal.watch import Watch
    from harness.trace.events import Json

    Work: TypeAlias = Callable[[], Awaitable[None]]

ENDING_TRIES = 5
ENDING_WAIT = 0.1
"""How often, and for how many seconds each time, the tasks of a client are asked to end."""

MOST_UNJUDGED = 1000
"""Messages that may be read ahead of judging; a target that sends more must wait."""

MOST_QUEUED_IF_SLOW = 1
"""Frames that are read ahead of a client that reads slowly: what it does not read, the target must keep."""


class LiveClient:
    """A client with tasks of its own; what they do and hear they `put` where it is judged, one after another.

    `begin` it, and give it each event once it has been judged, with `follow`: some are the moment for something. While
    `is_busy` it is about to do something, or has asked something and not been answered. `end` it in any case.

    Attributes:
        names: what is known by now: inputs, fresh values, answers.
    """

    def __init__(
        self,
        case: Case,
        behaviour: Behaviour,
        names: dict[str, Any],
        services: Services,
        put: Callable[[Event | Exception | None], None],
        now: Callable[[], float],
    ) -> None:
        """Prepare a client.

        Args:
            case: what it requests and sends.
            behaviour: how.
            names: inputs and fresh values.
            services: the target, and what else is needed.
            put: takes what happens: events; errors that end the try; None where it only has ended being busy.
            now: seconds since the try began.
        """
        self._case = case
        self._behaviour = behaviour
        self._services = services
        self._put = put
        self._now = now
        self.names: dict[str, Any] = {**names, "env": services.environment}
        self._asker = Asker(case, self.names, services, self._tell)
        self._sends = list(case.socket.sends.items()) if case.socket is not None else []
        self._replies = {sending.after for _, sending in self._sends}
        self._room = asyncio.Semaphore(MOST_UNJUDGED)
        self._tasks: set[asyncio.Task[None]] = set()
        self._links: dict[int, Link] = {}
        self._numbers = 0
        self._busy = 0
        self._greeted = 0
        self._acted: set[int] = set()
        self._answer = asyncio.Event()
        self._back = asyncio.Event()
        self._back.set()
        self._answered = {act.action.name: asyncio.Event() for act in case.client.acts}

    @property
    def is_busy(self) -> bool:
        """Whether it is about to do something, or waits for an answer."""
        return self._busy > 0

    @property
    def has_requested(self) -> bool:
        """Whether the request may have been sent."""
        return self._asker.requested != ""

    def begin(self) -> None:
        """Make the steps beforehand, then connect or send the request."""
        self._busily(self._begin)

    def is_left_aside(self, event: Event) -> bool:
        """Whether an event was on its way to a connection that the client had dropped by then."""
        if event.what is What.RECEIVED:
            self._room.release()
        if event.what not in (What.RECEIVED, What.CLOSE):
            return False
        link = self._links[event.connection]
        return link.left and event is not link.farewell

    def follow(self, event: Event, watch: Watch) -> None:
        """Begin what this event is the moment for; `watch` is what is said of its connection."""
        match event.what:
            case What.ANSWER:
                self.names[event.point] = event.value
                self._answer.set()
                if event.point == ACCEPTED:
                    self._go_on_accepted()
                if self._case.socket is None and self._case.afterwards:
                    self._busily(self._asker.ask_afterwards)
            case What.ACTION if event.point in self._answered:
                self._answered[event.point].set()
            case What.NOT_OPENED:
                self._count_greeted(event.connection)
            case What.OPEN:
                link = self._links[event.connection]
                self._busily(partial(self._greet, link))
                self._act_at(OPEN)
                self._drop_if_due(link, watch)
            case What.RECEIVED:
                link = self._links[event.connection]
                nth = link.hear(event.point)
                self._act_at(event.point, nth)
                if event.point in self._replies:
                    self._reply(link, event, nth)
                self._drop_if_due(link, watch)
                self._leave_if_over(link, watch)

    def follow_end(self, last: Mapping[str, Json]) -> None:
        """The job has ended, as the first of the connections saw, whose last messages these are, by kind."""
        self.names["last"] = last
        self._act_at(END)
        if self._case.afterwards:
            self._busily(self._ask_afterwards)
        if self._behaviour.connect is Connect.AFTER_END:
            self._busily(partial(self._connect, self._next_number(), self._behaviour.connect_after))

    async def end(self) -> None:
        """Stop every task, close every socket."""
        for _ in range(ENDING_TRIES):  # a library below may swallow a cancellation and wait on
            left = [task for task in self._tasks if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=ENDING_WAIT)
        await asyncio.gather(*(link.socket.close() for link in self._links.values()))

    def _busily(self, work: Work) -> None:
        """Do `work` in a task of its own; the client is busy until it is done."""
        self._busy += 1
        self._beside(partial(self._until_done, work))

    def _beside(self, work: Work) -> None:
        """Do `work` in a task of its own."""
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_done(self, work: Work) -> None:
        try:
            await work()
        finally:
            self._busy -= 1
            self._put(None)

    async def _guarded(self, work: Work) -> None:
        """Do `work`; an error of the contract or of the harness must be told, never vanish with a task."""
        try:
            await work()
        except (HarnessError, NotPreparedError, AskedToWaitError, RunStoppedError) as error:
            self._put(error)
        except Exception as error:  # noqa: BLE001 - told, with its type, as what it is
            self._put(HarnessError(f"the harness failed: {type(error).__name__}: {error}"))

    def _tell(self, what: What, point: str, value: Any = None, number: int = 0) -> None:  # noqa: ANN401 - JSON
        self._put(Event(self._now(), what, point, value, number))

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers - 1

    async def _begin(self) -> None:
        await self._asker.prepare(self.names, 0, Once.RUN, Once.EXAMPLE)
        if self._behaviour.connect is Connect.BEFORE_REQUEST:
            self._watch(0.0)
        else:
            await self._request()

    async def _request(self) -> None:
        for number, act in enumerate(self._behaviour.acts):
            if act.at == REQUEST and number not in self._acted:
                self._acted.add(number)
                await self._act(act)
        await self._asker.request()

    def _go_on_accepted(self) -> None:
        self._act_at(ACCEPTED)
        if self._case.socket is not None and self._behaviour.connect is not Connect.BEFORE_REQUEST:
            late = self._behaviour.connect is Connect.AFTER_ANSWER
            self._watch(self._behaviour.connect_after if late else 0.0)

    def _watch(self, delay: float) -> None:
        for _ in range(self._behaviour.watchers):
            self._busily(partial(self._connect, self._next_number(), delay))

    def _act_at(self, point: str, nth: int | None = None) -> None:
        """Act where this is the moment; `nth` is which message of its kind has come."""
        for number, act in enumerate(self._behaviour.acts):
            if act.at == point and (nth is None or nth >= act.nth) and number not in self._acted:
                self._acted.add(number)
                self._busily(partial(self._act, act))

    async def _act(self, act: Acting) -> None:
        await _pause(act.after)
        if act.at != REQUEST and not await self._is_known(*act.action.request.templates):
            return
        for _ in range(act.times):
            await self._asker.act(act.action)

    async def _connect(self, number: int, delay: float) -> None:
        """Connect after so many seconds, then read beside."""
        await _pause(delay)
        socket = self._case.socket
        link = await self._opened(socket, number) if socket is not None else None
        if link is not None:
            self._links[number] = link
            self._tell(What.OPEN, OPEN, None, number)
            self._beside(partial(self._read, link))

    async def _opened(self, socket: Socket, number: int) -> Link | None:
        """A new connection; None, and told why, if there cannot be one."""
        own: dict[str, Any] = self.names if number == 0 else {}
        target = self._services.target
        try:
            await self._asker.prepare(own, number, Once.CONNECTION)
            asked = handshake(socket, {**self.names, **own}, target, self._asker.requested)
        except NotSaidError as error:
            self._not_opened(NotOpenedError(f"the answer does not say where it is: {error}"), number)
            return None
        except TemplateError as error:
            what = f"the handshake of {self._case.full_name}"
            raise self._asker.cannot_be_made(what, socket.handshake, error) from error
        self._services.secrets.add_url(asked.url)
        self._tell(What.CONNECT, CONNECT, {"url": asked.url}, number)
        try:
            opened = await open_websocket(
                asked.url,
                asked.headers,
                subprotocols=asked.subprotocols,
                most_queued=MOST_QUEUED_IF_SLOW if self._behaviour.pause(number) else MAX_QUEUED,
                proxy=target.proxy,
                ca=target.ca,
            )
        except NotOpenedError as error:
            self._not_opened(error, number)
            return None
        return Link(number, opened, own)

    def _not_opened(self, error: NotOpenedError, number: int) -> None:
        value = {"status": error.status, "headers": error.headers, "body": error.body, "problem": error.problem}
        self._tell(What.NOT_OPENED, NOT_OPENED, value, number)

    async def _read(self, link: Link) -> None:
        pause = self._behaviour.pause(link.number)
        while True:
            await _pause(pause)
            message = await link.socket.receive()
            if link.left:
                return
            if isinstance(message, Closed):
                value = {"code": message.code, "reason": message.reason, "by": message.by}
                self._tell(What.CLOSE, CLOSE, value, link.number)
                return
            at = self._now()
            await self._room.acquire()
            self._put(Event(at, What.RECEIVED, "", message, link.number))

    async def _greet(self, link: Link) -> None:
        """Send what is sent first; what waits for something is sent by tasks of its own."""
        if self._behaviour.first is not None:
            with self._of_what_was_said(self._behaviour.first):
                frame = first_frame(self._behaviour.first, {**self.names, **link.names})
            if frame is not None and await link.say(frame, raw=True):
                self._tell(What.SENT, FIRST_FRAME, frame, link.number)
        for name, sending in self._sends:
            if sending.after == OPEN and self._behaviour.manner(name).at_once:
                await self._say(link, name, sending, None)
            elif sending.after == OPEN:
                self._beside(partial(self._say, link, name, sending, None))
        self._count_greeted(link.number)

    def _count_greeted(self, number: int) -> None:
        """One more of those who connect before the request is there; the last of them lets it be made."""
        if self._behaviour.connect is Connect.BEFORE_REQUEST and number < self._behaviour.watchers:
            self._greeted += 1
            if self._greeted == self._behaviour.watchers and self._links:
                self._busily(self._request)

    def _reply(self, link: Link, event: Event, nth: int) -> None:
        for name, sending in self._sends:
            if sending.after == event.point and (sending.each or nth == 1):
                reply = partial(self._say, link, name, sending, event.value)
                if self._behaviour.manner(name).at_once:
                    self._busily(reply)
                else:
                    self._beside(reply)

    async def _say(self, link: Link, name: str, sending: Send, message: Any) -> None:  # noqa: ANN401 - JSON
        manner = self._behaviour.manner(name)
        if manner.once_done:
            await self._answered[manner.once_done].wait()
        await _pause(manner.after)
        if not await self._is_known(sending.message):
            return
        for _ in range(manner.times):
            with self._of_what_was_said(sending.message):
                value = sending.message.render({**self.names, **link.names, "msg": message})
            if await link.say(value, raw=sending.raw):
                self._tell(What.SENT, name, value, link.number)

    def _of_what_was_said(self, template: Template) -> AbstractContextManager[None]:
        return of_what_was_said((ACCEPTED, "msg", *(step.name for step in self._case.before)), template)

    async def _is_known(self, *templates: Template) -> bool:
        """Wait for the answer if it is needed; whether it is the one that was promised.

        A job that was watched before its request may be told of before its answer is read.
        """
        needed = self._behaviour.connect is Connect.BEFORE_REQUEST and any(
            ACCEPTED in template.roots for template in templates
        )
        if needed:
            await self._answer.wait()
        return not needed or ACCEPTED in self.names

    def _drop_if_due(self, link: Link, watch: Watch) -> None:
        drop = self._behaviour.drop
        if drop is None or link.number or link.left or link.closing or watch.received < drop.after_messages:
            return
        self._put(link.drop(drop.by, self._now()))
        if drop.by is Ending.RESTART:
            self._back.clear()
        self._busily(partial(self._return, link, drop))

    async def _return(self, link: Link, drop: Dropping) -> None:
        """End a connection that was dropped, and connect again."""
        if drop.by is Ending.RESTART:
            await restart(self._services)
            self._back.set()
        await link.end(drop.by)
        await self._connect(self._next_number(), drop.return_after)

    async def _ask_afterwards(self) -> None:
        """Ask what is asked once the job has ended, not while the target is restarted."""
        await self._back.wait()
        await self._asker.ask_afterwards()

    def _leave_if_over(self, link: Link, watch: Watch) -> None:
        """Where the contract names no close, the client closes once the job has ended."""
        if watch.ended and not watch.owes_close and not watch.done and not link.closing and not link.left:
            link.closing = True
            self._busily(partial(self._leave, link))

    async def _leave(self, link: Link) -> None:
        """Close, once the client has stayed as long as it wants to."""
        await _pause(self._case.socket.quiet if self._case.socket is not None else 0.0)
        await link.socket.close()


async def _pause(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)
