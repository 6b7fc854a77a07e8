"""Loss: messages that some client is never sent, most of all one that comes late or comes back."""

import asyncio
from collections.abc import Callable, Iterable

from starlette.websockets import WebSocket

from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.components import Components
from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import both, edited, on_channel, on_watcher
from reference_server.faults.silence import MortalChannel, MortalWatcher
from reference_server.messages import Message
from reference_server.watching import Watcher


def _replaying_from(start: Callable[[int], int]) -> Apply:
    """A client that connects is sent the history from message `start(number of messages so far)` (0-based) on."""

    class Replaying(Watcher):
        def __init__(self, socket: WebSocket, channel: Channel, wake: asyncio.Event, clock: Clock) -> None:
            super().__init__(socket, channel, wake, clock)
            self._position = start(len(channel.since(0)))

    return on_watcher(Replaying)


def _history_is_a_queue(to: Components) -> Components:
    """What was sent to one client is taken out of the queue, and there for no other."""
    taken: dict[str, int] = {}

    class Taking(Watcher):
        def __init__(self, socket: WebSocket, channel: Channel, wake: asyncio.Event, clock: Clock) -> None:
            super().__init__(socket, channel, wake, clock)
            self._position = taken.get(channel.job_id, 0)

        async def _catch_up(self) -> None:
            try:
                await super()._catch_up()
            finally:
                taken[self._channel.job_id] = max(self._position, taken.get(self._channel.job_id, 0))

    return on_watcher(Taking)(to)


def _one_slot(to: Components) -> Components:
    """The object keeps its socket in a field: whoever connects next takes the place of the one before."""
    slot: dict[str, Watcher] = {}

    class Replaceable(Watcher):
        def __init__(self, socket: WebSocket, channel: Channel, wake: asyncio.Event, clock: Clock) -> None:
            super().__init__(socket, channel, wake, clock)
            slot[channel.job_id] = self

        async def _catch_up(self) -> None:
            if slot.get(self._channel.job_id) is self:
                await super()._catch_up()

        def _seconds_to_wait(self) -> float | None:
            return super()._seconds_to_wait() if slot.get(self._channel.job_id) is self else None

    return on_watcher(Replaceable)(to)


class _ReplayingWhenReady(Watcher):
    """Registers a client when it says `ready`, and sends it nothing before."""

    _is_ready = False

    async def _catch_up(self) -> None:
        self._is_ready = self._is_ready or self._acks_owed > 0
        if self._is_ready:
            await super()._catch_up()


class _Deserting(MortalWatcher):
    """Aborts the work of a job when a client of it leaves."""

    async def serve(self) -> None:
        try:
            await super().serve()
        finally:
            if isinstance(self._channel, MortalChannel) and not self._channel.ended:
                self._channel.dead = True


def _without_the_last_photo(message: Message) -> Iterable[Message]:
    last = message.get("currentPhoto", -2) == message.get("totalPhotos", 0) - 1
    return () if last and message["photoStatus"] != "processing" else (message,)


def _without_the_first_progress(message: Message) -> Iterable[Message]:
    first = message["type"] == "progress" and message["data"]["progress"] == 0.02
    return () if first else (message,)


FAULTS = (
    Fault(
        name="live-only",
        family="loss",
        symptom="a client is sent only what is said after it connected",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("silent-job", "lost-message", "lost-to-a-late-client"),
        apply=_replaying_from(lambda said: said),
    ),
    Fault(
        name="history-cut-to-four",
        family="loss",
        symptom="a late client is sent the last four messages of the history, and what comes",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("lost-message", "lost-to-a-late-client"),
        apply=_replaying_from(lambda said: max(0, said - 4)),
    ),
    Fault(
        name="history-is-a-queue",
        family="loss",
        symptom="what one client was sent no later one is: who returns, or comes second, gets the rest only",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("silent-job", "lost-message", "lost-to-a-late-client"),
        apply=_history_is_a_queue,
    ),
    Fault(
        name="second-watcher-replaces-first",
        family="loss",
        symptom="when a second client connects, the first is sent nothing more, and is not closed",
        killed_by=(
            "batch-scan/deadlines/first-news",
            "batch-scan/deadlines/no-gap",
            "batch-scan/deadlines/acknowledged",
            "csv-import/deadlines/first-news",
            "csv-import/deadlines/no-gap",
            "csv-import/deadlines/acknowledged",
        ),
        told_as=("silent-job",),
        apply=_one_slot,
    ),
    Fault(
        name="replay-waits-for-ready",
        family="loss",
        symptom="a client is sent nothing until it has said `ready`, however much was said",
        killed_by=("batch-scan/deadlines/first-news", "csv-import/deadlines/first-news"),
        told_as=("silent-job",),
        apply=on_watcher(_ReplayingWhenReady),
    ),
    Fault(
        name="job-dies-with-its-client",
        family="loss",
        symptom="when a client leaves, its job says nothing more: one that returns waits in vain",
        killed_by=(
            "batch-scan/deadlines/first-news",
            "batch-scan/deadlines/no-gap",
            "csv-import/deadlines/first-news",
            "csv-import/deadlines/no-gap",
        ),
        told_as=("silent-job",),
        apply=both(on_channel(MortalChannel), on_watcher(_Deserting)),
    ),
    Fault(
        name="batch-last-photo-lost",
        family="loss",
        symptom="of the last photo a batch tells that it is begun, and never how it ended",
        killed_by=("batch-scan/order",),
        told_as=("lost-message",),
        apply=edited(_without_the_last_photo),
    ),
    Fault(
        name="csv-first-progress-lost",
        family="loss",
        symptom="an import begins with progress 0.05: the message before is said before anyone listens",
        killed_by=("csv-import/order",),
        told_as=("lost-message",),
        apply=edited(_without_the_first_progress),
    ),
)
