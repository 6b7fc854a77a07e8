"""How a client behaves, in words: what somebody needs to know who wants to see the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.contract.client import Connect, Ending
from harness.trace.events import ACCEPTED, END, OPEN, REQUEST
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.templates import Template
    from harness.runner.behaviour import Acting, Behaviour, Dropping, Manner

_LONGEST_FRAME = 40
_MOMENTS = {REQUEST: "before the request", ACCEPTED: "at the answer", OPEN: "once it is connected", END: "at the end"}


def behaviour_words(behaviour: Behaviour) -> list[str]:
    """What the client does that a plain one would not, such as `drops after 3 messages by reset, returns at once`."""
    return list(_words(behaviour))


def _words(behaviour: Behaviour) -> Iterator[str]:
    after = duration(behaviour.connect_after) if behaviour.connect_after else ""
    if behaviour.connect is Connect.BEFORE_REQUEST:
        yield "connects before the request"
    elif behaviour.connect is Connect.AFTER_END:
        yield f"connects again {after} after the end" if after else "connects again after the end"
    elif after:
        yield f"connects {after} after the answer"
    slow = f"reads slowly (a pause of {duration(behaviour.slow)} before each message)" if behaviour.slow else ""
    if behaviour.watchers > 1:
        yield f"{behaviour.watchers} watchers{f', the last {slow}' if slow else ''}"
    elif slow:
        yield slow
    if behaviour.first is not None:
        yield f"sends {_frame(behaviour.first)} first"
    if behaviour.drop is not None:
        yield _drop(behaviour.drop)
    for name, manner in (behaviour.sends or {}).items():
        yield from _manner(name, manner)
    for act in behaviour.acts:
        yield _act(act)


def _frame(template: Template) -> str:
    if template.roots:
        return "an odd frame"
    text = template.compiled if isinstance(template.compiled, str) else json.dumps(template.compiled)
    return repr(text if len(text) <= _LONGEST_FRAME else f"{text[:_LONGEST_FRAME]}...")


def _drop(drop: Dropping) -> str:
    after = f"after {count(drop.after_messages, 'message')}" if drop.after_messages else "at once"
    back = f"after {duration(drop.return_after)}" if drop.return_after else "at once"
    if drop.by is Ending.RESTART:
        return f"the target is restarted {after}, returns {back}"
    by = " by reset" if drop.by is Ending.RESET else ""
    return f"drops {after}{by}, returns {back}"


def _manner(name: str, manner: Manner) -> Iterator[str]:
    if not manner.times:
        yield f"never sends {name}"
        return
    late = f" {duration(manner.after)} late" if manner.after else ""
    done = f" after the answer to {manner.once_done}" if manner.once_done else ""
    if manner.times > 1 or late or done:
        yield f"sends {name}{_times(manner.times)}{late}{',' if late and done else ''}{done}"


def _act(act: Acting) -> str:
    moment = _MOMENTS.get(act.at) or f"at {act.at}{f' number {act.nth}' if act.nth > 1 else ''}"
    late = f", {duration(act.after)} later" if act.after else ""
    return f"{act.action.name}{_times(act.times)} {moment}{late}"


def _times(times: int) -> str:
    return "" if times == 1 else " twice" if times == 2 else f" {times} times"
