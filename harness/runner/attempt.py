"""One try at an example: a client that talks to the target, and the loop that judges what it hears."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.contract.judge import Judge
from harness.runner.asides import TOO_MANY_REQUESTS, AskedToWaitError, NotPreparedError, clean_up
from harness.runner.behaviour import behaviour_of
from harness.runner.connections import Connections
from harness.runner.judging import READ_ON
from harness.runner.live_client import LiveClient
from harness.runner.requests import NotSaidError
from harness.trace.events import Event, What

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runner.results import Example, ExampleResult
    from harness.runner.services import Services, Waiting

UNWATCHED = 120.0
"""Seconds without an event after which an example that no deadline watches is given up."""

AT_ONCE = 0.001
"""Seconds to wait where a deadline is due: it is broken only once its instant is past."""


class Attempt:
    """One try at an example: its client puts events on a queue, `run` judges them one by one.

    Call `run` once, and `end` however that ended.

    Instants are seconds since the attempt began.
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
        self._services = services
        self._began = services.clock.now()
        self._now = services.clock.since(self._began)
        names = {**values, **{name: str(uuid.uuid4()) for name in case.fresh}}
        self._connections = Connections(example, lambda held: Judge(held, names))
        self._queue: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        behaviour = behaviour_of(case.client, example.spec)
        self._client = LiveClient(case, behaviour, names, services, self._queue.put_nowait, self._now)
        self._interrupted = False
        self._answer_jobs: int | None = None
        self._waiting = waiting
        waiting.watch, waiting.began, waiting.last = self._connections, self._began, self._began

    @property
    def jobs(self) -> int:
        """How many jobs the target has made for it; 1 while that is not known."""
        return self._answer_jobs if self._answer_jobs is not None else int(self._client.has_requested)

    async def run(self) -> ExampleResult:
        """Drive and judge.

        Raises:
            AskedToWaitError: the target answered 429.
            HarnessError: the contract cannot be used with this input.
        """
        try:
            return await self._judged()
        except NotSaidError as error:  # what was wrong before that counts
            told = f"what the client sends cannot be made: {error}"
            found = self._conclusion(cut=True)
            return found if found.violations else replace(found, inconclusive=told, not_said=True)
        except NotPreparedError as error:
            return replace(self._conclusion(), inconclusive=str(error), violations=(), verdicts={}, unprepared=True)

    async def _judged(self) -> ExampleResult:
        connections = self._connections
        self._client.begin()
        stop_at: float | None = None
        last = now = self._now()
        while self._client.is_busy or not connections.done or not self._queue.empty():
            event = await self._next(stop_at)
            now = self._now()
            if event is not None:
                last = now
                self._waiting.last = self._began + now
                self._take(event)
            elif self._queue.empty():  # what has been read comes before what silence breaks
                connections.wait(now)
            if stop_at is not None and now >= stop_at:
                break
            if stop_at is None and now >= last + UNWATCHED and self._is_unwatched():
                break
            if connections.hopeless and stop_at is None:
                stop_at = now + READ_ON
        return self._conclusion(now)

    def _is_unwatched(self) -> bool:
        """Whether nobody waits for anything: no deadline runs, and the client is not about to do something."""
        connections = self._connections
        return not self._client.is_busy and connections.next_deadline() is None and not connections.hopeless

    def interrupt(self) -> ExampleResult:
        """What it has come to so far, where the run ends in its midst, and somebody may wait for it to clean up."""
        self._interrupted = True
        return replace(self._conclusion(cut=True), interrupted=True)

    def _conclusion(self, now: float | None = None, *, cut: bool = False) -> ExampleResult:
        end = self._now() if now is None else now
        return self._connections.conclude(end, self._services.clock.stalls(self._began), self.jobs, cut=cut).result

    async def end(self) -> None:
        """Stop the client, clean up."""
        await self._client.end()
        if self.jobs and self._case.cleanup:
            await self._clean_up()

    async def _clean_up(self) -> None:
        services, name = self._services, self._case.full_name
        if self._interrupted:
            services.tell("cleaning up what was started (Ctrl-C again stops that too)")
        ended = self._connections.ended
        for told in await clean_up(self._case.cleanup, self._client.names, services.target, name, ended=ended):
            services.tell(told)

    async def _next(self, stop_at: float | None) -> Event | None:
        """The next event; None if a deadline, or `stop_at`, comes first, or the client has done something."""
        if not self._queue.empty():  # what has been read is judged by its own instant, however late we are
            return self._taken(self._queue.get_nowait())
        now = self._now()
        dues = [due for due in (self._connections.next_deadline(), stop_at) if due is not None]
        wait = max(min(dues, default=now + UNWATCHED) - now, AT_ONCE)
        timer = asyncio.get_running_loop().call_later(wait, self._queue.put_nowait, None)
        try:
            return self._taken(await self._queue.get())
        finally:
            timer.cancel()

    def _taken(self, item: Event | Exception | None) -> Event | None:
        if isinstance(item, Exception):
            raise item
        return None if item is None or self._client.is_left_aside(item) else item

    def _take(self, event: Event) -> None:
        """Judge one event and let the client go on."""
        if event.what is What.ANSWER:
            status = event.value["status"]
            self._answer_jobs = 0 if status is not None and status >= 300 else 1
        if event.what in (What.ANSWER, What.NOT_OPENED):
            self._keep_off_if_asked(event)
        ended = self._connections.ended
        named = self._connections.take(event)
        if named is None:
            return
        if self._services.heard is not None:
            self._services.heard(self._example, named)
        self._client.follow(named, self._connections.watch(named.connection))
        if self._connections.ended and not ended:
            self._client.follow_end(self._connections.last)

    def _keep_off_if_asked(self, event: Event) -> None:
        status = event.value["status"]
        if status == TOO_MANY_REQUESTS and status not in self._case.answer.statuses:
            raise AskedToWaitError(event.value)
