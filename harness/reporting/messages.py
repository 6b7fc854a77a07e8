"""Each message as it comes: what `-v` shows of an example while it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.reporting.words import cut_end, one_line
from harness.trace.events import NotJson, What

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.runner.run_events import Heard
    from harness.trace.events import Event, Json

LONGEST = 160
SHORTEST = 40
_OURS = frozenset({What.REQUEST, What.CONNECT, What.SENT})


def heard_line(heard: Heard, redact: Callable[[str], str], width: int | None) -> str:
    r"""One event of an example: `+0.041 s  renders/works 1/10  <- page {"type": "page"}`; `->` is what we sent.

    Args:
        heard: what happened.
        redact: masks secrets; a payload goes through it before it is cut.
        width: of the terminal; None where lines may be long.
    """
    event = heard.event
    by_us = event.what in _OURS or (event.what is What.CLOSE and _of(event, "by") == "client")
    head = f"{f'+{event.at:.3f} s':>10}  {heard.example}  {'->' if by_us else '<-'} "
    head = redact(one_line(head))
    most = LONGEST if width is None else max(width - len(head), SHORTEST)
    return head + cut_end(redact(one_line(_told(event))), most)


def _told(event: Event) -> str:
    match event.what:
        case What.REQUEST:
            return f"{_of(event, 'method')} {_of(event, 'url')}"
        case What.ANSWER:
            return f"{_of(event, 'status')} {_payload(_of(event, 'body'))}"
        case What.BEFORE:
            return f"{event.point}: {_of(event, 'status')} {_payload(_of(event, 'body'))}"
        case What.CONNECT:
            return f"connect {_of(event, 'url')}"
        case What.NOT_OPENED:
            return f"not opened: {_of(event, 'problem')} (status {_of(event, 'status')})"
        case What.CLOSE:
            reason = _of(event, "reason")
            return f"close {_of(event, 'code')}{f' {reason!r}' if reason else ''}"
        case What.OPEN:
            return "open"
        case _:
            return f"{event.point or '(of no kind)'} {_payload(event.value)}"


def _of(event: Event, name: str) -> Json:
    return event.value.get(name) if isinstance(event.value, dict) else None


def _payload(value: Json) -> str:
    if isinstance(value, NotJson):
        return repr(value.frame)
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)
    except (RecursionError, ValueError):
        return "(nested too deeply to be shown)"
