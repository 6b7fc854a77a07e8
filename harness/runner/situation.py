"""What a run is doing at this moment, for whoever watches it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.runner.run_events import Situation
from harness.runner.services import Waiting
from harness.transport.clock import beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

    from harness.runner.results import Example
    from harness.runner.services import Services

EVERY = 0.1
"""Seconds between two looks at what is waited for: a live line need not be faster."""


class Board:
    """Keeps who waits for what; `situation` may be asked from any thread.

    Attributes:
        done: how many examples are done.
        doing: what is done besides examples, such as shrinking.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._under_way: dict[int, tuple[Waiting, str]] = {}
        self._begun: dict[str, int] = {}
        self._total = 0
        self.done = 0
        self.doing = ""
        self._situation = self._look()

    def set_doing(self, doing: str) -> None:
        """What is done besides examples from now on."""
        self.doing = doing

    def situation(self) -> Situation:
        """What the run did when last looked at."""
        return self._situation

    @contextmanager
    def example(self, example: Example, drawn: int) -> Iterator[Waiting]:
        """An example that is under way while the block runs; the `n`-th of `drawn` of its case."""
        name = example.case.full_name
        number = self._begun[name] = self._begun.get(name, 0) + 1
        waiting = Waiting(example, began=self._services.clock.now(), last=self._services.clock.now())
        self._under_way[id(waiting)] = (waiting, f"{name} {min(number, drawn)}/{drawn}")
        try:
            yield waiting
        finally:
            del self._under_way[id(waiting)]

    def name_of(self, example: Example) -> str:
        """What an example that is under way is called: `renders/works 3/25`."""
        return next((name for one, name in self._under_way.values() if one.example is example), example.case.full_name)

    def watching(self, total: int) -> AbstractAsyncContextManager[None]:
        """Look again and again until the block is left; `total` examples are planned."""
        self._total = total
        return beside(self._keep_looking(), "situation")

    async def _keep_looking(self) -> None:
        while True:
            self._situation = self._look()
            await asyncio.sleep(EVERY)

    def _look(self) -> Situation:
        services = self._services
        now, budget = services.clock.now(), services.budget
        asked = services.pause.remaining(now)
        paced = services.pace.waiting()
        if asked > 0 or (paced > 0 and not self._reading()):
            left = max(asked, paced)
            return Situation(
                self.done, self._total, budget.used, budget.most, "waiting for the rate limit", (), 0.0, left
            )
        oldest = min(self._reading(), key=lambda one: one[0].last, default=None)
        if oldest is None:
            return Situation(self.done, self._total, budget.used, budget.most, self.doing)
        waiting, name = oldest
        doing, waited = f"{self.doing}: {name}" if self.doing else name, now - waiting.last
        watch = waiting.watch
        if watch is None or watch.hopeless:
            return Situation(self.done, self._total, budget.used, budget.most, f"{doing} (reading on)", (), waited)
        due = watch.next_deadline()
        limit = waiting.began + due - waiting.last if due is not None else None
        return Situation(self.done, self._total, budget.used, budget.most, doing, watch.owed[:3], waited, limit)

    def _reading(self) -> list[tuple[Waiting, str]]:
        """The examples that have begun to hear from the target."""
        return [(waiting, name) for waiting, name in self._under_way.values() if waiting.watch is not None]
