"""How work tells clients how it goes: one typed object for each job, the only way to its channel.

There is no address, verb or body to get wrong: a call that does not exist is an error of the type checker, and one that
the job's state does not allow raises `ProgressError` where it was made. Handlers and work are given a *reporter*, the
part of a progress object that they need, and never the channel itself.
"""

from collections.abc import Sequence
from typing import Protocol

from reference_server.batch import Batch, BatchStatus, PhotoStatus
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.csv_books import Library
from reference_server.csv_import import CsvImport
from reference_server.messages import Message


class BatchReporter(Protocol):
    """What the work of a batch scan may say and ask; see `Batch` for when each is allowed."""

    def init_batch(self) -> None:
        """Announce that the batch begins."""

    def update_photo(self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None) -> None:
        """Announce how far photo `index` is."""

    def is_canceled(self) -> bool:
        """Whether no further photo may be started."""

    def complete_batch(self, books: Sequence[Book]) -> None:
        """Announce the result."""

    def fail(self, reason: str, books: Sequence[Book]) -> None:
        """Announce that the work broke; `books` are those found before."""


class CsvReporter(Protocol):
    """What the work of a CSV import may say; see `CsvImport` for when each is allowed."""

    def update_progress(self, progress: float, status: str) -> None:
        """Announce how far the import is."""

    def complete(self, library: Library) -> None:
        """Announce the result."""

    def fail(self, error: str, suggestion: str) -> None:
        """Announce that there will be no result."""


class BatchProgress:
    """The progress of one batch scan: a `BatchReporter`, and what cancelling needs."""

    def __init__(self, batch: Batch, channel: Channel, clock: Clock) -> None:
        self._batch = batch
        self._channel = channel
        self._clock = clock
        channel.attach(self._ping)

    @property
    def status(self) -> BatchStatus:
        """How far the batch is as a whole."""
        return self._batch.status

    @property
    def state(self) -> Batch:
        """The batch itself, to look at."""
        return self._batch

    def init_batch(self) -> None:
        """See `Batch.init_batch`."""
        self._say(self._batch.init_batch())

    def update_photo(self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None) -> None:
        """See `Batch.update_photo`."""
        self._say(self._batch.update_photo(index, status, books_found=books_found, error=error))

    def cancel_batch(self) -> None:
        """See `Batch.cancel_batch`."""
        if not self._batch.finished:
            self._say(self._batch.cancel_batch())

    def is_canceled(self) -> bool:
        """Whether a cancel was asked for, done or not."""
        return self._batch.cancel_requested

    def complete_batch(self, books: Sequence[Book]) -> None:
        """See `Batch.complete_batch`."""
        self._say(self._batch.complete_batch(books))

    def fail(self, reason: str, books: Sequence[Book]) -> None:
        """See `Batch.fail`."""
        if not self._batch.finished:
            self._say(self._batch.fail(reason, books))

    def _say(self, messages: Sequence[Message]) -> None:
        self._channel.publish(messages, state=self._batch.as_state(), last=self._batch.finished)

    def _ping(self) -> Message:
        return {"type": "ping", "timestamp": self._clock.timestamp()}


class CsvProgress:
    """The progress of one CSV import: a `CsvReporter`."""

    def __init__(self, job: CsvImport, channel: Channel, clock: Clock) -> None:
        self._job = job
        self._channel = channel
        self._clock = clock
        channel.attach(lambda: self._job.keep_alive(at=clock.timestamp()))

    @property
    def state(self) -> CsvImport:
        """The import itself, to look at."""
        return self._job

    def update_progress(self, progress: float, status: str) -> None:
        """See `CsvImport.update_progress`."""
        self._say(self._job.update_progress(progress, status, at=self._clock.timestamp()))

    def complete(self, library: Library) -> None:
        """See `CsvImport.complete`."""
        self._say(self._job.complete(library, at=self._clock.timestamp()))

    def fail(self, error: str, suggestion: str) -> None:
        """See `CsvImport.fail`."""
        if not self._job.finished:
            self._say(self._job.fail(error, suggestion, at=self._clock.timestamp()))

    def _say(self, messages: Sequence[Message]) -> None:
        self._channel.publish(messages, state=self._job.as_state(), last=self._job.finished)
