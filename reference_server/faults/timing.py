"""Time: answers, upgrades and messages that come too late, silence in the middle of work, keep-alives that lie."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.faults.fault import Fault
from reference_server.faults.parts import both, on_channel, on_watcher
from reference_server.faults.request_parts import BATCH_PATH, Handle, on_handler
from reference_server.messages import Message, as_text
from reference_server.watching import Watcher

_LATE_SECONDS = 2.5  # 2 s are promised
_LATE_ACK_SECONDS = 1.5  # 1 s is promised
_STALL_SECONDS = 12.5  # 10 s are promised
_LATE_END_SECONDS = 66.0  # 60 s are promised
_MANY = 1000  # books

BATCH_ENDS = "batch-complete"
CSV_ENDS = ("complete", "error")


def is_last(message: Message) -> bool:
    """Whether a message is a terminal one."""
    return message["type"] in (BATCH_ENDS, *CSV_ENDS)


def _late(handle: Handle, clock: Clock) -> Handle:
    """Waits for something slow between the job and the answer."""

    async def late(asked: Any) -> Any:  # noqa: ANN401 - what an operation reads and answers
        answer = await handle(asked)
        await clock.sleep(_LATE_SECONDS)
        return answer

    return late


class _LateUpgrade(Watcher):
    """Does its housekeeping before it accepts."""

    async def open(self) -> None:
        await self._clock.sleep(_LATE_SECONDS)
        await super().open()


class _LateAck(Watcher):
    """Loads the job's state before it answers `ready`, and holds up everything behind that."""

    async def _acknowledge(self) -> None:
        if self._acks_owed:
            await self._clock.sleep(_LATE_ACK_SECONDS)
        await super()._acknowledge()


class _Delaying(Channel, ABC):
    """Shows what was said in the right order, but some of it late."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as `Channel`
        super().__init__(*arguments)
        self._said: list[tuple[Sequence[str], bool]] = []
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    def seconds_before(self, message: Message) -> float:
        """How long a message is held back."""

    def _show(self, texts: Sequence[str], last: bool) -> None:
        self._said.append((texts, last))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._show_all())

    async def _show_all(self) -> None:
        while self._said:
            texts, last = self._said[0]
            await self._clock.sleep(max((self.seconds_before(json.loads(text)) for text in texts), default=0.0))
            super()._show(texts, last)
            del self._said[0]


def _delaying(seconds: float, is_late: Callable[[Message], bool]) -> type[Channel]:
    class Delaying(_Delaying):
        def seconds_before(self, message: Message) -> float:
            return seconds if is_late(message) else 0.0

    return Delaying


def _has_many_books(message: Message) -> bool:
    return message["type"] == "complete" and len(message["data"]["books"]) > _MANY


class _NoKeepAlive(Watcher):
    """Has no timer for keep-alives."""

    def _seconds_to_wait(self) -> float | None:
        return None if self._channel.known else super()._seconds_to_wait()


class _EarlyPing(Watcher):
    """Starts the timer of keep-alives with the connection, and its first tick is at once."""

    async def _catch_up(self) -> None:
        if self._position == 0 and self._channel.keep_alive is not None and not self._channel.ended:
            await self._send(as_text(self._channel.keep_alive()))
        await super()._catch_up()


class _ForgetfulKeepAlive(Watcher):
    """Sends a keep-alive with each step, with the progress that the job had when the timer was made."""

    async def _send_news(self, text: str) -> None:
        await super()._send_news(text)
        message = json.loads(text)
        if message["type"] == "progress":
            data = {**message["data"], "progress": 0.0, "keepAlive": True}
            await self._send(as_text({**message, "data": data}))


class _KeepAliveAfterTheEnd(Watcher):
    """Does not stop the timer of keep-alives at the terminal message."""

    async def _send_news(self, text: str) -> None:
        await super()._send_news(text)
        if is_last(json.loads(text)) and self._channel.keep_alive is not None:
            message = self._channel.keep_alive() or {"type": "ping", "timestamp": self._clock.timestamp()}
            await self._send(as_text(message))


FAULTS = (
    Fault(
        name="batch-202-late",
        family="timing",
        symptom="the 202 of a batch scan comes 2.5 s after the request: the handler waits for something slow",
        killed_by=("batch-scan/accepted/within",),
        told_as=("too-late",),
        apply=on_handler(_late, BATCH_PATH),
    ),
    Fault(
        name="upgrade-late",
        family="timing",
        symptom="the WebSocket opens 2.5 s after the handshake was sent",
        killed_by=("batch-scan/socket/within", "csv-import/socket/within"),
        told_as=("too-late",),
        apply=on_watcher(_LateUpgrade),
    ),
    Fault(
        name="ready-ack-late",
        family="timing",
        symptom="`ready` is answered after 1.5 s, and nothing is sent before that",
        killed_by=("batch-scan/deadlines/acknowledged", "csv-import/deadlines/acknowledged"),
        told_as=("too-late",),
        apply=on_watcher(_LateAck),
    ),
    Fault(
        name="batch-no-keep-alive",
        family="timing",
        symptom="a photo takes 12.5 s, in which a client hears nothing: batch scans have no keep-alive",
        killed_by=("batch-scan/deadlines/no-gap",),
        told_as=("silent-job", "too-late"),
        apply=both(
            on_watcher(_NoKeepAlive),
            on_channel(
                _delaying(
                    _STALL_SECONDS,
                    lambda said: said.get("photoStatus") in ("complete", "error") and said["currentPhoto"] == 0,
                )
            ),
        ),
    ),
    Fault(
        name="csv-done-late",
        family="timing",
        symptom="an import of over 1,000 books sends keep-alives all the while, but its result comes after 66 s",
        killed_by=("csv-import/deadlines/finished",),
        told_as=("silent-job", "too-late"),
        apply=on_channel(_delaying(_LATE_END_SECONDS, _has_many_books)),
    ),
    Fault(
        name="ping-before-the-first-message",
        family="timing",
        symptom="a keep-alive comes before the first job message",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("wrong-order",),
        apply=on_watcher(_EarlyPing),
    ),
    Fault(
        name="keep-alive-forgets-the-progress",
        family="timing",
        symptom="the keep-alives of a CSV import, one after each step, say progress 0",
        killed_by=("csv-import/always/progress-never-falls",),
        told_as=("wrong-totals",),
        apply=on_watcher(_ForgetfulKeepAlive),
    ),
    Fault(
        name="keep-alive-after-the-end",
        family="timing",
        symptom="a keep-alive follows the terminal message: its timer is not stopped",
        killed_by=("csv-import/order", "batch-scan/order"),
        told_as=("message-after-the-end",),
        apply=on_watcher(_KeepAliveAfterTheEnd),
    ),
)
