"""What one job was seen to do: the events of a trace, put in order for guessing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from harness.trace.events import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.trace.events import Event, Json
    from harness.trace.ndjson import Trace

Path: TypeAlias = tuple[str, ...]
"""Field names from the outside to the inside."""

DEEPEST = 3
"""How many names deep a field may be to be looked at."""
_ABSENT = object()
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Message:
    """A received message and its instant."""

    at: float
    value: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Observed:
    """One job.

    Attributes:
        answer: {status, headers, body}; None if the recording does not have it.
        messages: those that are JSON objects, in order.
        frames: how many others came.
        sent: what the client sent, by name, with the instants.
        close: {code, reason, by}; None if none was seen.
        instants: of `request`, `answer`, `connect`, `open`, `close` and `end`, as far as they are known.
    """

    answer: Json
    messages: tuple[Message, ...]
    frames: int
    sent: tuple[tuple[float, str, Json], ...]
    close: Json
    instants: Mapping[str, float]

    def took(self, start: str | Sequence[str], end: float) -> float:
        """Seconds from the latest of the instants in `start` that are known, or from the first event, to `end`."""
        names = (start,) if isinstance(start, str) else start
        known = [self.instants[name] for name in names if name in self.instants]
        return max(end - max(known, default=self.instants["begin"]), 0.0)


def observe(trace: Trace) -> Observed:
    """Put the events of a trace in order; what the client sent needs to have its names."""
    events = trace.events
    first = {what: next((event for event in events if event.what is what), None) for what in What}
    instants = {str(what): event.at for what, event in first.items() if event is not None}
    instants |= {"begin": events[0].at if events else 0.0, "end": trace.end}
    received = [event for event in events if event.what is What.RECEIVED]
    messages = tuple(Message(event.at, event.value) for event in received if isinstance(event.value, dict))
    sent = tuple((event.at, event.point, event.value) for event in events if event.what is What.SENT)
    if sent:
        instants["sent"] = sent[-1][0]
    answer, close = first[What.ANSWER], first[What.CLOSE]
    return Observed(_value(answer), messages, len(received) - len(messages), sent, _value(close), instants)


def _value(event: Event | None) -> Json:
    return event.value if event is not None else None


def leaves(value: Json, depth: int = DEEPEST) -> Iterator[tuple[Path, Json]]:
    """Each field that is no object, with its path; nothing inside lists."""
    if not isinstance(value, dict) or depth == 0:
        return
    for key, item in value.items():
        if not is_text(key):
            continue
        if isinstance(item, dict):
            yield from (((key, *path), leaf) for path, leaf in leaves(item, depth - 1))
        else:
            yield (key,), item


def is_text(text: str) -> bool:
    """Whether YAML can hold it: JSON may have half of a surrogate pair in a text (RFC 8259 8.2)."""
    return _SURROGATE.search(text) is None


def at(value: Json, path: Iterable[str]) -> Json:
    """What stands at the path; `absent` if nothing does."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return _ABSENT
        value = value[key]
    return value


def absent(value: Json) -> bool:
    """Whether `at` found nothing."""
    return value is _ABSENT


def is_number(value: Json) -> bool:
    """Whether it is a number, and not a yes or no."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Json) -> bool:
    """Whether it is a whole number, and not a yes or no."""
    return isinstance(value, int) and not isinstance(value, bool)


def column(messages: Iterable[Message], path: Path) -> list[Json]:
    """What each message has at the path; empty if one has nothing there."""
    values = [at(message.value, path) for message in messages]
    return [] if any(absent(value) for value in values) else values
