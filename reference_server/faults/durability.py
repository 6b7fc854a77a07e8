"""Durability: jobs that are forgotten too early or not kept whole, ids given away twice, work done again.

A server that goes on running shows most of these to a client that connects after the end; the others are marked.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reference_server.batch import Batch
from reference_server.clock import Clock
from reference_server.csv_import import CsvImport
from reference_server.faults.fault import Fault
from reference_server.faults.parts import on_storage
from reference_server.storage import Entry, NewJob, Storage, StoredJob


class _ExpiresInSeconds(Storage):
    """Keeps the instant of a job's end in seconds, where milliseconds are compared."""

    def say(self, entry: Entry, shown: Callable[[], None]) -> None:
        ended_at = None if entry.ended_at is None else entry.ended_at // 1000
        super().say(replace(entry, ended_at=ended_at), shown)


class _LastNotKept(Storage):
    """Closes the books on a job before it writes down its last message."""

    def say(self, entry: Entry, shown: Callable[[], None]) -> None:
        super().say(entry if entry.ended_at is None else replace(entry, texts=entry.texts[:-1]), shown)


class _NewTimestamps(Storage):
    """Makes the messages of a job that has ended again, each with the time of now."""

    async def load(self, job_id: str) -> StoredJob | None:
        stored = await super().load(job_id)
        return stored if stored is None else replace(stored, texts=[_as_of_now(text) for text in stored.texts])


class _IdsGivenAgain(Storage):
    """`INSERT OR REPLACE`."""

    async def accept(self, job: NewJob, expired_before: int) -> None:
        await super().accept(job, 1 << 62)


class _LeavesUnfinished(Storage):
    """Looks for no unfinished jobs when it starts."""

    async def unfinished(self) -> list[StoredJob]:
        return []


class _BeginsAgain(Storage):
    """Does unfinished jobs from their beginning."""

    async def unfinished(self) -> list[StoredJob]:
        return [replace(stored, state=_fresh(stored)) for stored in await super().unfinished()]


def _as_of_now(text: str) -> str:
    message: dict[str, Any] = json.loads(text)
    return json.dumps(message | {"timestamp": Clock().timestamp()} if "timestamp" in message else message)


def _fresh(stored: StoredJob) -> str:
    state = json.loads(stored.state)
    if "photos" in state:
        return Batch(stored.job_id, len(state["photos"])).as_state()
    return CsvImport(stored.job_id).as_state()


FAULTS = (
    Fault(
        name="expired-at-its-end",
        family="durability",
        symptom="who connects after the end of a job finds an unknown id: it hears nothing",
        killed_by=("batch-scan/deadlines/first-news", "csv-import/deadlines/first-news"),
        told_as=("silent-job", "lost-to-a-late-client"),
        apply=on_storage(_ExpiresInSeconds),
    ),
    Fault(
        name="last-message-not-kept",
        family="durability",
        symptom="who connects after the end of a job gets all messages but the terminal one",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("silent-job", "lost-to-a-late-client"),
        apply=on_storage(_LastNotKept),
    ),
    Fault(
        name="history-with-new-timestamps",
        family="durability",
        symptom="who connects after the end of an import gets its messages with other timestamps than before",
        killed_by=("csv-import/same-story",),
        told_as=("broken-relation",),
        apply=on_storage(_NewTimestamps),
    ),
    Fault(
        name="ids-given-again",
        family="durability",
        symptom="a batch with the id of a job that has ended is accepted, and that job's history is gone",
        killed_by=("batch-scan/actions/again/status", "batch-scan/refused/status"),
        told_as=("wrong-answer", "wrong-refusal"),
        apply=on_storage(_IdsGivenAgain),
    ),
    Fault(
        name="lost-on-restart",
        family="durability",
        symptom="after a restart nothing more comes of jobs that were running",
        killed_by=("batch-scan/deadlines/first-news", "csv-import/deadlines/first-news"),
        told_as=("lost-on-restart",),
        apply=on_storage(_LeavesUnfinished),
        needs_restart=True,
    ),
    Fault(
        name="twice-after-restart",
        family="durability",
        symptom="after a restart jobs that were running begin again: their first messages come twice",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("repeated-message",),
        apply=on_storage(_BeginsAgain),
        needs_restart=True,
    ),
)
