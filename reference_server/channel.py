"""The history of one job, and those who follow it.

A channel exists from the first client or the POST, whichever comes first. Followers own no queue: each reads the shared
history by position, so that a slow one costs nothing but its position. What is published is kept by the journal first;
only then is it history, and can be sent.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from reference_server.clock import Clock
from reference_server.messages import Message, as_text
from reference_server.storage import Entry


class Journal(Protocol):
    """What makes messages durable before they are sent."""

    def say(self, entry: Entry, shown: Callable[[], None]) -> None:
        """Keep `entry`, then call `shown` on the event loop; entries in the order in which they came."""


class Channel:
    """What a job has said so far.

    Until `attach` the job is unknown: its id was named by a client that connected before the POST. `keep_alive` makes
    the message that says *still working*. `ended` tells that the terminal message is history.
    """

    def __init__(self, job_id: str, clock: Clock, journal: Journal) -> None:
        self.job_id = job_id
        self.ready = asyncio.Event()
        self.ended = False
        self.keep_alive: Callable[[], Message] | None = None
        self._clock = clock
        self._journal = journal
        self._history: list[str] = []
        self._numbered = 0
        self._wakes: set[asyncio.Event] = set()

    @property
    def known(self) -> bool:
        """Whether a job of this id was accepted."""
        return self.keep_alive is not None

    @property
    def followed(self) -> bool:
        """Whether anybody follows."""
        return bool(self._wakes)

    def attach(self, keep_alive: Callable[[], Message]) -> None:
        """Make the job known; `keep_alive` is asked for a message whenever a follower has had no news for long."""
        self.keep_alive = keep_alive
        self._wake()

    def restore(self, texts: Sequence[str], *, ended: bool) -> None:
        """Begin with the history that was kept of the job; call it before `attach`."""
        self._history = list(texts)
        self._numbered = len(texts)
        self.ended = ended

    def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
        """Have `messages`, which may be none, and the job's `state` after them kept, then let followers have them.

        `last` says that the terminal message is among them and nothing will follow.
        """
        texts = [as_text(message) for message in messages]
        ended_at = self._clock.timestamp() if last else None
        entry = Entry(self.job_id, self._numbered, texts, state, ended_at)
        self._numbered += len(texts)
        self._journal.say(entry, lambda: self._show(texts, last))

    def since(self, position: int) -> Sequence[str]:
        """The history from `position` (0-based) on; empty if there is no news."""
        return self._history[position:]

    def over(self, position: int) -> bool:
        """Whether one who has read up to `position` has read everything there will ever be."""
        return self.ended and position >= len(self._history)

    @contextlib.contextmanager
    def following(self, wake: asyncio.Event) -> Iterator[None]:
        """Inside, `wake` is set at each piece of news: clear it, then read, then wait for it."""
        self._wakes.add(wake)
        try:
            yield
        finally:
            self._wakes.discard(wake)

    def _show(self, texts: Sequence[str], last: bool) -> None:
        self._history += texts
        self.ended = self.ended or last
        self._wake()

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()
