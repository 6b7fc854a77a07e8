"""Intermittent: mistakes that one job in three meets, as races do; the seed says which.

Of each three jobs, in the order in which they are first heard of, one is unlucky. So a run that has a few jobs meets
one, and the same seed and order of jobs give the same ones.
"""

import random
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from reference_server.answers import Refusal
from reference_server.clock import Clock
from reference_server.components import Components
from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import EditedChannel, on_channel
from reference_server.faults.request_parts import BATCH_PATH, CSV_PATH, Handle, on_handler
from reference_server.messages import Message
from reference_server.work import Background, Work

ONE_IN = 3
_REMEMBERED = 10_000


class Lot:
    """Draws the unlucky jobs."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._left: list[bool] = []
        self._drawn: OrderedDict[str, bool] = OrderedDict()

    def draw(self) -> bool:
        """Whether the next one is unlucky: one of each three is."""
        if not self._left:
            self._left = [True] + [False] * (ONE_IN - 1)
            self._random.shuffle(self._left)
        return self._left.pop()

    def unlucky(self, job_id: str) -> bool:
        """Whether this job is, the same whenever it is asked."""
        if job_id not in self._drawn:
            self._drawn[job_id] = self.draw()
            if len(self._drawn) > _REMEMBERED:
                self._drawn.popitem(last=False)
        return self._drawn[job_id]


class _Forgets:
    """Hands work on, but for some."""

    def __init__(self, inner: Background, lot: Lot) -> None:
        self._inner = inner
        self._lot = lot

    def start(self, work: Work) -> None:
        if not self._lot.unlucky(work.job_id):
            self._inner.start(work)


def _batch_silent(seed: int) -> Apply:
    def apply(to: Components) -> Components:
        inner, lot = to.calls.batch_background, Lot(seed)
        return replace(
            to, calls=replace(to.calls, batch_background=lambda supervisor: _Forgets(inner(supervisor), lot))
        )

    return apply


def _edited(edit: Callable[[Message], Iterable[Message]]) -> Callable[[int], Apply]:
    """For an unlucky job each message is made into others by `edit`."""

    def seeded(seed: int) -> Apply:
        def apply(to: Components) -> Components:
            lot = Lot(seed)

            class Edited(EditedChannel):
                def edit(self, message: Message) -> Iterable[Message]:
                    return edit(message) if lot.unlucky(self.job_id) else (message,)

            return on_channel(Edited)(to)

        return apply

    return seeded


def _without_first_progress(message: Message) -> Iterable[Message]:
    is_first = message.get("currentPhoto") == 0 and message["photoStatus"] == "processing"
    return () if is_first or message.get("data", {}).get("progress") == 0.05 else (message,)


def _end_twice(message: Message) -> Iterable[Message]:
    return (message, message) if message["type"] in ("batch-complete", "complete", "error") else (message,)


def _another_id(message: Message) -> Iterable[Message]:
    return ({**message, "jobId": "undefined"},)


def _broken(seed: int) -> Apply:
    def apply(to: Components) -> Components:
        lot = Lot(seed)

        def change(handle: Handle, _: Clock) -> Handle:
            async def answered(asked: Any) -> Any:  # noqa: ANN401 - what an operation reads and answers
                if lot.draw():
                    raise Refusal(500, "E_INTERNAL", "database is locked")
                return await handle(asked)

            return answered

        return on_handler(change, BATCH_PATH, CSV_PATH)(to)

    return apply


def _fault(name: str, symptom: str, seeded: Callable[[int], Apply], *clauses: str, told_as: tuple[str, ...]) -> Fault:
    return Fault(
        name, "intermittent", f"one job in three: {symptom}", clauses, seeded(0), seeded=seeded, told_as=told_as
    )


FAULTS = (
    _fault(
        "sometimes-batch-silent",
        "a batch scan is accepted, and nothing more is heard of it",
        _batch_silent,
        "batch-scan/deadlines/first-news",
        told_as=("silent-job",),
    ),
    _fault(
        "sometimes-a-message-lost",
        "the message that the first photo is begun, or that the file is being parsed, is lost",
        _edited(_without_first_progress),
        "batch-scan/order",
        "csv-import/order",
        told_as=("lost-message",),
    ),
    _fault(
        "sometimes-ends-twice",
        "the terminal message comes twice",
        _edited(_end_twice),
        "batch-scan/order",
        "csv-import/order",
        told_as=("message-after-the-end",),
    ),
    _fault(
        "sometimes-another-id",
        "its messages have the jobId 'undefined'",
        _edited(_another_id),
        "batch-scan/always/the-right-job",
        "csv-import/always/the-right-job",
        told_as=("foreign-message",),
    ),
    _fault(
        "sometimes-500",
        "it is not accepted, but answered with 500",
        _broken,
        "batch-scan/accepted/status",
        "csv-import/accepted/status",
        told_as=("server-error",),
    ),
)
