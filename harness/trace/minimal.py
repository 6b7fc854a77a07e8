"""Somebody else's recording: messages with their instants, and no more is needed. `docs/traces.md` describes it.

`{"dir": "in"|"out", "at": seconds, "data": message}`, `{"dir": "open", "at"}`, `{"dir": "close", "at", "code"}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.trace.events import CLOSE, OPEN, UNDECLARED, Event, NotJson, What
from harness.trace.lines import Line, parse, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.trace.events import Json

NO_STATUS = 1005
"""What a close without a code is (RFC 6455 7.1.5)."""


def read_events(lines: Sequence[Line]) -> tuple[Event, ...]:
    """The events of a recording; the first is at 0, and messages have no names yet.

    Raises:
        TraceError: a line is none of these, or earlier than the one before it.
    """
    start = lines[0].instant("at")
    events: list[Event] = []
    for line in lines:
        at = line.instant("at") - start
        if events and at < events[-1].at:
            raise line.wrong("this line is earlier than the one before it; events stand in the order of their instants")
        events.append(_event(line, at))
    return tuple(events)


def _event(line: Line, at: float) -> Event:
    match line.text("dir"):
        case "in":
            message = _message(line.need("data"))
            told = message if isinstance(message, dict) else _frame(message)
            return Event(at, What.RECEIVED, UNDECLARED, told, line.connection())
        case "out":
            return Event(at, What.SENT, UNDECLARED, _message(line.need("data")), line.connection())
        case "open":
            return Event(at, What.OPEN, OPEN, None, line.connection())
        case "close":
            by = "client" if line.fields.get("by") == "client" else "server"
            code = line.whole("code") if "code" in line.fields else NO_STATUS
            reason = line.text("reason") if "reason" in line.fields else ""
            closed = {"code": code, "reason": reason, "by": by}
            return Event(at, What.CLOSE, CLOSE, closed, line.connection())
    raise line.wrong(f"'dir' must be in, out, open or close, not {line.fields['dir']!r}")


def _message(data: Json) -> Json:
    """The message itself; a text is a frame as it was read, and may hold a JSON object."""
    if not isinstance(data, str):
        return data
    try:
        message = parse(data)
    except ValueError:
        return data
    return message if isinstance(message, dict) else data


def _frame(data: Json) -> NotJson:
    return NotJson(data if isinstance(data, str) else written(data))
