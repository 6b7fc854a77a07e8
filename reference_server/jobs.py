"""Which jobs there are: accepted once, found by id, forgotten one hour after their end."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from reference_server.batch import Batch
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.csv_import import CsvImport
from reference_server.progress import BatchProgress, CsvProgress

READABLE_SECONDS = 3600.0


class JobExists(Exception):
    """A job of this id was accepted before and has not expired; it is undisturbed."""


class Jobs:
    """All jobs and the channels of ids that clients wait for.

    `open_channel` makes the channel of an id that nobody has named yet.
    """

    def __init__(self, clock: Clock, open_channel: Callable[[str, Clock], Channel]) -> None:
        self._clock = clock
        self._open_channel = open_channel
        self._channels: dict[str, Channel] = {}
        self._batches: dict[str, BatchProgress] = {}

    def accept_batch(self, job_id: str, total_photos: int) -> tuple[BatchProgress, Channel]:
        """A new batch scan.

        Raises:
            JobExists: there is a job of this id.
        """
        channel = self._unused(job_id)
        progress = BatchProgress(Batch(job_id, total_photos), channel, self._clock)
        self._batches[job_id] = progress
        return progress, channel

    def accept_import(self, job_id: str) -> tuple[CsvProgress, Channel]:
        """A new CSV import.

        Raises:
            JobExists: there is a job of this id.
        """
        channel = self._unused(job_id)
        return CsvProgress(CsvImport(job_id), channel, self._clock), channel

    def batch(self, job_id: str) -> BatchProgress | None:
        """The batch scan of this id, if there is one and it has not expired."""
        self._forget_expired()
        return self._batches.get(job_id)

    @contextlib.contextmanager
    def follow(self, job_id: str, wake: asyncio.Event) -> Iterator[Channel]:
        """Follow the job of this id, known or not; see `Channel.following` for `wake`."""
        self._forget_expired()
        channel = self._channel(job_id)
        try:
            with channel.following(wake):
                yield channel
        finally:
            if not channel.known and not channel.followed:
                self._channels.pop(job_id, None)

    def _unused(self, job_id: str) -> Channel:
        self._forget_expired()
        channel = self._channel(job_id)
        if channel.known:
            raise JobExists(job_id)
        return channel

    def _channel(self, job_id: str) -> Channel:
        if job_id not in self._channels:
            self._channels[job_id] = self._open_channel(job_id, self._clock)
        return self._channels[job_id]

    def _forget_expired(self) -> None:
        limit = self._clock.monotonic() - READABLE_SECONDS
        expired = [
            job_id
            for job_id, channel in self._channels.items()
            if channel.ended_at is not None and channel.ended_at < limit
        ]
        for job_id in expired:
            del self._channels[job_id]
            self._batches.pop(job_id, None)
