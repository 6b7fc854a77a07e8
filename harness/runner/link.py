"""One live connection of an example: opened, read at the client's own pace, left as the client leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.contract.client import Ending
from harness.trace.events import CLOSE, Event, What
from harness.transport.websocket import ABNORMAL

if TYPE_CHECKING:
    from harness.contract.templates import Template
    from harness.trace.events import Json
    from harness.transport.websocket import WebSocket


@dataclass(slots=True)
class Link:
    """A connection that is open.

    Attributes:
        number: from 0, in the order in which they were made.
        socket: the open socket.
        names: what steps beforehand of this connection alone gave.
        left: whether the client has dropped it, and reads nothing more.
        farewell: the event that says so.
        closing: whether the client is about to close it, because the job has ended.
        heard: how often each kind came.
    """

    number: int
    socket: WebSocket
    names: dict[str, Any] = field(default_factory=dict)
    left: bool = False
    farewell: Event | None = None
    closing: bool = False
    heard: dict[str, int] = field(default_factory=dict)

    def hear(self, kind: str) -> int:
        """One more message of a kind has come; returns how many that makes."""
        self.heard[kind] = self.heard.get(kind, 0) + 1
        return self.heard[kind]

    async def say(self, value: Json, *, raw: bool) -> bool:
        """Send a message, or the text of a frame if it is `raw`; False if the connection has ended."""
        if self.left:
            return False
        if raw:
            return await self.socket.send_text(value if isinstance(value, str) else json.dumps(value))
        return await self.socket.send(value)

    def drop(self, by: Ending, at: float) -> Event:
        """From now on nothing is read; returns the event that says so. Call `end` next."""
        self.left = True
        code = 1000 if by is Ending.CLOSE else ABNORMAL
        reason = "the target is restarted" if by is Ending.RESTART else ""
        self.farewell = Event(at, What.CLOSE, CLOSE, {"code": code, "reason": reason, "by": "client"}, self.number)
        return self.farewell

    async def end(self, by: Ending) -> None:
        """End the connection in this way; one that a restart ends has only to be let go of."""
        await (self.socket.close() if by is Ending.CLOSE else self.socket.reset())


def first_frame(template: Template, names: dict[str, Any]) -> Json | None:
    """What is sent before all else: a text as it is, anything else as JSON; None for nothing."""
    value = template.render(names)
    return value if value is None or isinstance(value, str) else json.dumps(value)
