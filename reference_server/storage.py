"""Where jobs survive: one thread owns the database, and what is asked of it together is committed together.

Theory of operation: everything asked is a function of the connection, put on one queue. The thread takes all that is
waiting, does it in one transaction, commits, and only then gives the results back to the event loop, in order. So
nobody hears of anything that a crash could undo, what was asked first is done first, a read sees every write asked
before it, and a thousand jobs that speak at once cost one commit. The loop itself never waits for the disk.

If the database fails (a full disk), nothing after that can be kept and so nothing may be said: all that waits is
refused with `StorageError`, `on_failure` is called, and the server should end. Its jobs go on after the next start.
"""

import asyncio
import json
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from reference_server.database import Database

logger = logging.getLogger(__name__)

T = TypeVar("T")
_TOGETHER = 1000


class StorageError(Exception):
    """The database has failed; what was asked was not done, or nobody knows whether it was."""


class JobExists(Exception):
    """A job of this id was accepted before and has not expired; it is undisturbed."""


@dataclass(frozen=True)
class NewJob:
    """A job to accept: `kind` tells what its `state` (JSON) means, `files` are what its work is done on."""

    job_id: str
    kind: str
    accepted_at: int
    state: str
    files: Sequence[bytes | None]


@dataclass(frozen=True)
class Entry:
    """What a job says at one moment: `texts` are its messages from number `first` (0-based) on, maybe none.

    `state` is the job's state after it; `ended_at` (milliseconds since the epoch) is set with the terminal message.
    """

    job_id: str
    first: int
    texts: Sequence[str]
    state: str
    ended_at: int | None


@dataclass(frozen=True)
class StoredJob:
    """A job as it was kept, with its whole history."""

    job_id: str
    kind: str
    state: str
    ended_at: int | None
    texts: list[str]


@dataclass
class _Request(Generic[T]):
    """One thing asked: `done` gets the result of `run`, or the exception that came instead."""

    run: Callable[[sqlite3.Connection], T]
    done: Callable[[T | None, Exception | None], None]


class Storage:
    """The durable memory of a server; call `start` on its event loop and `close` at the end.

    Times are milliseconds since the epoch.
    """

    def __init__(self, open_data: Callable[[], Database], on_failure: Callable[[], None] = lambda: None) -> None:
        self._open_data = open_data
        self._on_failure = on_failure
        self._requests: queue.SimpleQueue[_Request[Any] | None] = queue.SimpleQueue()
        self._failure: StorageError | None = None

    def start(self) -> Path:
        """Open the data and begin to serve the running event loop; returns the folder for incoming bodies.

        Raises:
            DataError: the data cannot be opened.
        """
        loop = asyncio.get_running_loop()
        self._database = self._open_data()
        self._thread = threading.Thread(target=self._serve, args=(loop,), name="storage", daemon=True)
        self._thread.start()
        return self._database.incoming

    async def close(self) -> None:
        """Do what was asked, then leave the data to the next server."""
        self._requests.put(None)
        await asyncio.to_thread(self._thread.join)
        self._database.close()

    async def accept(self, job: NewJob, expired_before: int) -> None:
        """Keep a new job; one of the same id that ended before `expired_before` makes way.

        Raises:
            JobExists: there is a job of this id.
        """
        key = _key(job.job_id)

        def run(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM jobs WHERE id = ? AND ended_at < ?", (key, expired_before))
            if connection.execute("SELECT 1 FROM jobs WHERE id = ?", (key,)).fetchone():
                raise JobExists(job.job_id)
            row = (key, job.kind, job.accepted_at, job.state)
            connection.execute("INSERT INTO jobs (id, kind, accepted_at, state) VALUES (?, ?, ?, ?)", row)
            for place, content in enumerate(job.files):
                connection.execute("INSERT INTO files (job, place, content) VALUES (?, ?, ?)", (key, place, content))

        await self._ask(run)

    def say(self, entry: Entry, shown: Callable[[], None]) -> None:
        """Keep what a job says, then call `shown` on the event loop: from then on it may be sent.

        The files of a job that has ended are needed no more and go, with what was found in them.
        """
        key = _key(entry.job_id)

        def run(connection: sqlite3.Connection) -> None:
            rows = [(key, number, text) for number, text in enumerate(entry.texts, entry.first)]
            connection.executemany("INSERT INTO messages (job, number, text) VALUES (?, ?, ?)", rows)
            ended_at = (entry.state, entry.ended_at, key)
            connection.execute("UPDATE jobs SET state = ?, ended_at = ? WHERE id = ?", ended_at)
            if entry.ended_at is not None:
                connection.execute("DELETE FROM files WHERE job = ?", (key,))
                connection.execute("DELETE FROM findings WHERE job = ?", (key,))

        self._put(run, lambda _, error: shown() if error is None else None)

    def keep_found(self, job_id: str, place: int, found: str) -> None:
        """Keep what work found in file `place` (0-based), as JSON, before it says so."""
        row = (_key(job_id), place, found)
        # Not in `files`, where each time the whole file would be written anew.
        sql = "INSERT OR REPLACE INTO findings (job, place, books) VALUES (?, ?, ?)"
        self._put(lambda connection: connection.execute(sql, row))

    async def found(self, job_id: str) -> list[tuple[int, str]]:
        """What `keep_found` kept for a job that has not ended: places and JSON, in order."""
        sql = "SELECT place, books FROM findings WHERE job = ? ORDER BY place"
        rows: list[tuple[int, str]] = await self._ask(lambda db: db.execute(sql, (_key(job_id),)).fetchall())
        return rows

    async def file(self, job_id: str, place: int) -> bytes | None:
        """File `place` (0-based) of a job that has not ended."""
        sql = "SELECT content FROM files WHERE job = ? AND place = ?"
        (content,) = await self._ask(lambda db: db.execute(sql, (_key(job_id), place)).fetchone())
        return None if content is None else bytes(content)

    async def load(self, job_id: str) -> StoredJob | None:
        """The job of this id with its history, expired or not; None if there is none."""
        jobs = await self._ask(lambda connection: _stored(connection, "id = ?", (_key(job_id),)))
        return jobs[0] if jobs else None

    async def unfinished(self) -> list[StoredJob]:
        """All jobs that have not ended, the first accepted first."""
        return await self._ask(lambda connection: _stored(connection, "ended_at IS NULL", ()))

    async def forget(self, ended_before: int) -> None:
        """Drop the jobs that ended before an instant."""
        await self._ask(lambda db: db.execute("DELETE FROM jobs WHERE ended_at < ?", (ended_before,)))

    async def flush(self) -> None:
        """Wait until everything asked so far is durable.

        Raises:
            StorageError: it is not.
        """
        await self._ask(lambda _: None)

    async def _ask(self, run: Callable[[sqlite3.Connection], T]) -> T:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def done(result: T | None, error: Exception | None) -> None:
            if answer.cancelled():
                return
            if error is None:
                answer.set_result(cast("T", result))
            else:
                answer.set_exception(error)

        self._put(run, done)
        return await answer

    def _put(
        self,
        run: Callable[[sqlite3.Connection], T],
        done: Callable[[T | None, Exception | None], None] = lambda result, error: None,
    ) -> None:
        self._requests.put(_Request(run, done))

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread: until `close`, do together what waits together."""
        while (first := self._requests.get()) is not None:
            requests = [first]
            ending = False
            while len(requests) < _TOGETHER and not self._requests.empty():
                following = self._requests.get()
                if following is None:
                    ending = True
                    break
                requests.append(following)
            results = self._commit(requests)
            loop.call_soon_threadsafe(self._deliver, requests, results)
            if ending:
                return

    def _commit(self, requests: Sequence[_Request[Any]]) -> list[tuple[Any, Exception | None]]:
        if self._failure is not None:
            return [(None, self._failure)] * len(requests)
        try:
            connection = self._database.connection
            connection.execute("BEGIN IMMEDIATE")
            results = [_run(request, connection) for request in requests]
            connection.execute("COMMIT")
        except Exception as error:
            unexpected = not isinstance(error, sqlite3.Error)
            logger.critical(
                "the storage failed: %s; nothing can be kept, so the server ends", error, exc_info=unexpected
            )
            self._failure = StorageError(str(error))
            return [(None, self._failure)] * len(requests)
        return results

    def _deliver(self, requests: Sequence[_Request[Any]], results: Sequence[tuple[Any, Exception | None]]) -> None:
        if self._failure is not None:
            self._on_failure()
        for request, (result, error) in zip(requests, results, strict=True):
            request.done(result, error)


def _run(request: _Request[Any], connection: sqlite3.Connection) -> tuple[Any, Exception | None]:
    try:
        return request.run(connection), None
    except JobExists as refused:
        return None, refused


def _stored(connection: sqlite3.Connection, where: str, values: Sequence[str]) -> list[StoredJob]:
    rows = connection.execute(
        f"SELECT id, kind, state, ended_at FROM jobs WHERE {where} ORDER BY accepted_at", values
    ).fetchall()
    texts = "SELECT text FROM messages WHERE job = ? ORDER BY number"
    return [
        StoredJob(json.loads(key), kind, state, ended_at, [text for (text,) in connection.execute(texts, (key,))])
        for key, kind, state, ended_at in rows
    ]


def _key(job_id: str) -> str:
    """An id as the database can hold it: any text, lone surrogates and NUL too."""
    return json.dumps(job_id)
