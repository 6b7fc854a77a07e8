"""A line an event, for people who watch a job go by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.trace.events import NotJson, What

if TYPE_CHECKING:
    from harness.trace.events import Event, Json

WIDTH = 110


def told(event: Event, width: int = WIDTH) -> str:
    """`+0.041 s  answer    202 {"id": "7f"}`; what does not fit is cut."""
    line = f"{event.at:+9.3f} s  {event.what.value:<10}  {_what(event)}".rstrip()
    return line if len(line) <= width else f"{line[: width - 3]}..."


def _what(event: Event) -> str:
    value = event.value
    match event.what:
        case What.REQUEST:
            return f"{value['method']} {value['url']}"
        case What.ANSWER:
            return f"{value['status']} {written(value['body'])}"
        case What.BEFORE:
            return f"{event.point} {value['status']}"
        case What.CONNECT:
            return str(value["url"])
        case What.NOT_OPENED:
            return str(value["problem"])
        case What.SENT | What.RECEIVED:
            return written(value)
        case What.CLOSE:
            reason = f" {value['reason']!r}" if value["reason"] else ""
            return f"{value['code']}{reason}{' by us' if value['by'] == 'client' else ''}"
    return ""


def written(value: Json | NotJson) -> str:
    """A body or a message on one line."""
    if isinstance(value, NotJson):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
