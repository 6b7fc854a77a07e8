"""How many examples run at a time, which of them together, and how to run one alone."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness.runner.results import Example


class Slots:
    """`size` examples at a time; `alone` waits until no other runs and keeps the others waiting."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = asyncio.Semaphore(size)
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold one slot."""
        async with self._alone:  # behind whoever wants to be alone
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Hold all slots. Do not call it while holding one."""
        async with self._alone:
            held = 0
            try:
                for _ in range(self.size):
                    await self._free.acquire()
                    held += 1
                yield
            finally:
                for _ in range(held):
                    self._free.release()


class Company:
    """Which examples run at the same time, so that what fails among others can be tried among as many again."""

    def __init__(self, most: int) -> None:
        """`most` is how many others are kept of each, the latest."""
        self._most = most
        self._here: dict[int, tuple[Example, deque[Example]]] = {}

    @contextmanager
    def with_others(self, example: Example) -> Iterator[deque[Example]]:
        """While the block runs: those that run at the same time, also for a part of it only."""
        neighbours = deque((other for other, _ in self._here.values()), self._most)
        for _, theirs in self._here.values():
            theirs.append(example)
        key = id(neighbours)
        self._here[key] = (example, neighbours)
        try:
            yield neighbours
        finally:
            del self._here[key]
