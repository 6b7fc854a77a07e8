"""Closes: sockets that stay open, or are closed too early, too late, for the wrong reason or for the wrong client."""

import json
from abc import ABC, abstractmethod
from typing import Any

from starlette.websockets import WebSocketDisconnect

from reference_server.channel import Channel
from reference_server.faults.fault import Fault
from reference_server.faults.parts import both, on_channel, on_watcher
from reference_server.faults.timing import is_last
from reference_server.watching import Watcher

_DONE = 1000
_GOING_AWAY = 1001
_POLICY = 1008
_INTERNAL_ERROR = 1011


class NeverCloses(Watcher):
    """Leaves it to the client to close, which waits for the server."""

    @property
    def stays_open(self) -> bool:
        """Whether this connection does."""
        return True

    async def close(self, code: int, reason: str = "") -> None:
        """See `Watcher.close`."""
        while code == _DONE and self.stays_open and not self._gone:
            self._wake.clear()
            await self._wake.wait()
        if not self._gone:
            await super().close(code, reason)


class _BreaksAtTheEnd(Watcher):
    """Breaks when it cleans up after the job, so that the framework closes with its error."""

    async def close(self, code: int, reason: str = "") -> None:
        if code == _DONE and self._channel.ended:
            await super().close(_INTERNAL_ERROR, "TypeError")
        else:
            await super().close(code, reason)


class _ClosesBeforeTheEnd(Watcher):
    """Closes as soon as the job is marked as done, and what was not sent yet is lost."""

    async def _send_news(self, text: str) -> None:
        if is_last(json.loads(text)):
            await self.close(_DONE)
            raise WebSocketDisconnect
        await super()._send_news(text)


class _DiesMidway(Watcher):
    """Breaks at the first progress of the job, so that the framework closes with its error."""

    async def _send_news(self, text: str) -> None:
        if self._position == 1:
            await self.close(_INTERNAL_ERROR, "TypeError")
            raise WebSocketDisconnect
        await super()._send_news(text)


class _TurnsEarlyClientsAway(Watcher):
    """Looks the job up when a client connects, and there is none before the POST."""

    async def serve(self) -> None:
        if self._channel.known:
            await super().serve()
        else:
            await self.close(_POLICY, "no such job")


class _Room(Channel):
    """Counts the connections of a job, so that they can be ended from outside."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as `Channel`
        super().__init__(*arguments)
        self.left = False
        self.newest: Watcher | None = None

    def wake_all(self) -> None:
        """Have every watcher look again."""
        self._wake()


class _InRoom(Watcher, ABC):
    """A watcher that its room may end."""

    @property
    def room(self) -> _Room:
        """What all connections of the job share."""
        assert isinstance(self._channel, _Room)
        return self._channel

    @property
    @abstractmethod
    def is_over(self) -> bool:
        """Whether this connection has to end."""

    async def _catch_up(self) -> None:
        if self.is_over:
            await self.close(_GOING_AWAY)
            raise WebSocketDisconnect
        await super()._catch_up()


class _OneLeavesAllClose(_InRoom):
    """Cleans up the job when a client disconnects, not when the last one does."""

    @property
    def is_over(self) -> bool:
        return self.room.left

    async def serve(self) -> None:
        try:
            await super().serve()
        finally:
            if not self.room.ended:
                self.room.left = True
                self.room.wake_all()


FAULTS = (
    Fault(
        name="never-closes",
        family="closes",
        symptom="after the terminal message the socket stays open until the client closes it",
        killed_by=("batch-scan/deadlines/closed", "csv-import/deadlines/closed"),
        told_as=("not-closed",),
        apply=on_watcher(NeverCloses),
    ),
    Fault(
        name="closes-with-1011",
        family="closes",
        symptom="after the terminal message the socket is closed with 1011: the server broke when it cleaned up",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("wrong-close",),
        apply=on_watcher(_BreaksAtTheEnd),
    ),
    Fault(
        name="dies-with-1011-midway",
        family="closes",
        symptom="the socket is closed with 1011 after the first job message",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("silent-job",),
        apply=on_watcher(_DiesMidway),
    ),
    Fault(
        name="closes-before-the-end",
        family="closes",
        symptom="the socket is closed with 1000 before the terminal message has been sent",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("silent-job",),
        apply=on_watcher(_ClosesBeforeTheEnd),
    ),
    Fault(
        name="turns-early-clients-away",
        family="closes",
        symptom="a client that connects before its POST is closed with 1008: there is no such job yet",
        killed_by=("batch-scan/order",),
        told_as=("silent-job",),
        apply=on_watcher(_TurnsEarlyClientsAway),
    ),
    Fault(
        name="one-leaves-all-are-closed",
        family="closes",
        symptom="when one client of a running job leaves, all others, and those who come later, are closed with 1001",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("silent-job", "wrong-close", "lost-to-a-late-client"),
        apply=both(on_watcher(_OneLeavesAllClose), on_channel(_Room)),
    ),
)
