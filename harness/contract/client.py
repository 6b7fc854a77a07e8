"""How a client may behave: when it connects, what it sends, whether it stays, what it does besides."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.contract.model import Aside
    from harness.contract.templates import Template


class Connect(StrEnum):
    """When the client connects."""

    BEFORE_REQUEST = "before_request"
    AFTER_ANSWER = "after_answer"
    AFTER_END = "after_end"


class Ending(StrEnum):
    """How a connection is dropped: with a close frame, by resetting the TCP connection, or by restarting the target."""

    CLOSE = "close"
    RESET = "reset"
    RESTART = "restart"


class Sending(NamedTuple):
    """How a client treats one of the messages that it sends.

    Attributes:
        times: least and most often; 0 for never.
        after: least and most seconds to wait before it.
        once_done: the action whose answer it waits for; empty for none.
    """

    times: tuple[int, int] = (1, 1)
    after: tuple[float, float] = (0.0, 0.0)
    once_done: str = ""


class Drop(NamedTuple):
    """A client that drops its connection and returns.

    Attributes:
        after_messages: least and most messages of the order that it reads before.
        by: any one of these ways.
        return_after: least and most seconds until it connects again; after a restart, from when the target is ready.
    """

    after_messages: tuple[int, int]
    by: tuple[Ending, ...] = (Ending.CLOSE,)
    return_after: tuple[float, float] = (0.0, 0.0)


class Act(NamedTuple):
    """An action that the client makes while its job runs.

    Attributes:
        action: what is requested, with what is promised of the answer.
        at: the point at which it is made: `request` (before it), `accepted`, `open`, a kind, `end`.
        nth: least and most: which message of that kind it is.
        after: least and most seconds to wait from there.
        times: least and most often, one right after the other.
    """

    action: Aside
    at: str
    nth: tuple[int, int] = (1, 1)
    after: tuple[float, float] = (0.0, 0.0)
    times: tuple[int, int] = (1, 1)


class Client(NamedTuple):
    """How the client behaves. What is a range of least and most is drawn for each example, and shrunk.

    Attributes:
        connect: when it connects first.
        connect_after: seconds between the answer, or the end, and the connect.
        sends: what is different about some of the messages that it sends, by name.
        first: frames, one of which it sends before all else; one that is null is none. A text is sent raw.
        drop: it drops its connection and returns; None if it stays.
        watchers: connections that watch the job at the same time.
        slow: seconds for which the last watcher pauses before it reads each message; its deadlines are not judged.
        acts: what it does while the job runs.
        jobs: how many jobs are started at once, each with inputs of its own.
    """

    connect: Connect = Connect.AFTER_ANSWER
    connect_after: tuple[float, float] = (0.0, 0.0)
    sends: Mapping[str, Sending] = MappingProxyType({})
    first: tuple[Template, ...] = ()
    drop: Drop | None = None
    watchers: tuple[int, int] = (1, 1)
    slow: tuple[float, float] = (0.0, 0.0)
    acts: tuple[Act, ...] = ()
    jobs: tuple[int, int] = (1, 1)

    @property
    def before_request(self) -> bool:
        """Whether it connects before it sends the request."""
        return self.connect is Connect.BEFORE_REQUEST

    @property
    def connects_twice(self) -> bool:
        """Whether a job may have more than one connection."""
        return self.connect is Connect.AFTER_END or self.drop is not None or self.watchers[1] > 1

    @property
    def restarts(self) -> bool:
        """Whether the target may be restarted while the job runs."""
        return self.drop is not None and Ending.RESTART in self.drop.by
