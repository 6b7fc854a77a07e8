"""Events: what happened around one job, each with the instant it was read.

All instants are seconds on one monotonic clock (`harness.transport.clock`); only differences mean anything.
A live run, a replay and a recorded trace are the same sequence of these.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, TypeAlias

from harness.records import NamedTuple

Json: TypeAlias = Any
"""Plain JSON: None, bool, int, float, str, list, dict with str keys."""

ACCEPTED = "accepted"
REFUSED = "refused"
REQUEST = "request"
CONNECT = "connect"
OPEN = "open"
NOT_OPENED = "not_opened"
END = "end"
CLOSE = "close"

POINTS = frozenset({REQUEST, ACCEPTED, REFUSED, CONNECT, OPEN, NOT_OPENED, END, CLOSE})
"""The points that every job has; kinds and sent messages must have other names."""


class What(StrEnum):
    """The sorts of event."""

    BEFORE = "before"
    REQUEST = "request"
    ANSWER = "answer"
    CONNECT = "connect"
    OPEN = "open"
    NOT_OPENED = "not_opened"
    SENT = "sent"
    RECEIVED = "received"
    CLOSE = "close"
    ACTION = "action"
    AFTERWARDS = "afterwards"


SWITCHING_PROTOCOLS = 101
"""The status of a handshake (RFC 9110 15.2.2); where the socket did not open all the same, the rest of it was wrong."""

FIRST_FRAME = "first frame"
"""The point of a frame that the client sends before all that it should; no message can be called so."""

_OF_THE_JOB = frozenset({What.REQUEST, What.ANSWER, What.ACTION, What.AFTERWARDS})


class Event(NamedTuple):
    """One thing that happened.

    Attributes:
        at: the instant, in seconds.
        what: the sort of event.
        point: the name that clauses know it by: a kind for a received message (`UNDECLARED` if none fits),
            the name of a sent message, of a step beforehand or of another request, else one of `POINTS`.
        value: `request`: {method, url}; `answer`, `before`: {status, headers, body}; `not_opened`: {status, problem};
            `action`, `afterwards`: {status, headers, body, seconds} of the answer, so many seconds after the request,
            with the `problem` if none came; `sent`, `received`: the message; `close`: {code, reason, by}; else None.
        connection: the number of the connection it happened on, from 0; requests and answers are the whole job's.
    """

    at: float
    what: What
    point: str
    value: Json = None
    connection: int = 0

    @property
    def of_the_job(self) -> bool:
        """Whether it concerns every connection of the job; a step beforehand of a later one is its own."""
        return self.what in _OF_THE_JOB or (self.what is What.BEFORE and self.connection == 0)


UNDECLARED = ""
"""The point of a received message that no declared kind fits."""


class NotJson:
    """A received frame that is no JSON object: its text, or the bytes of a binary frame."""

    __slots__ = ("frame",)
    __match_args__ = ("frame",)

    def __init__(self, frame: str | bytes) -> None:
        self.frame: Final = frame

    def __eq__(self, other: object) -> bool:
        """Whether the other is such a frame too, of the same content."""
        return isinstance(other, NotJson) and self.frame == other.frame

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return hash(self.frame)

    def __repr__(self) -> str:
        """The beginning of the frame, as Python would write it."""
        size = len(self.frame)
        return f"{self.frame[:60]!r}..." if size > 60 else repr(self.frame)
