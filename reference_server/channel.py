"""The history of one job, and those who follow it.

A channel exists from the first client or the POST, whichever comes first, and outlives the work. Followers own no
queue: each reads the shared history by position, so that a slow one costs nothing but its position.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from reference_server.clock import Clock
from reference_server.messages import Message, as_text


class Channel:
    """What a job has said so far.

    Until `attach` the job is unknown: its id was named by a client that connected before the POST. `keep_alive` makes
    the message that says *still working*.
    """

    def __init__(self, job_id: str, clock: Clock) -> None:
        self.job_id = job_id
        self.ready = asyncio.Event()
        self.ended_at: float | None = None
        self.keep_alive: Callable[[], Message] | None = None
        self._clock = clock
        self._history: list[str] = []
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

    def publish(self, messages: Iterable[Message], *, last: bool) -> None:
        """Add to the history; `last` says that the terminal message is among them and nothing will follow."""
        self._history += [as_text(message) for message in messages]
        if last and self.ended_at is None:
            self.ended_at = self._clock.monotonic()
        self._wake()

    def since(self, position: int) -> Sequence[str]:
        """The history from `position` (0-based) on; empty if there is no news."""
        return self._history[position:]

    def over(self, position: int) -> bool:
        """Whether one who has read up to `position` has read everything there will ever be."""
        return self.ended_at is not None and position >= len(self._history)

    @contextlib.contextmanager
    def following(self, wake: asyncio.Event) -> Iterator[None]:
        """Inside, `wake` is set at each piece of news: clear it, then read, then wait for it."""
        self._wakes.add(wake)
        try:
            yield
        finally:
            self._wakes.discard(wake)

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()
