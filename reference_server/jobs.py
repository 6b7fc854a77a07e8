"""Which jobs there are: accepted once, found by id, forgotten one hour after their end.

Jobs that run are in memory, and so is whatever somebody follows; everything is in the storage. A job that has ended and
that nobody follows is in the storage alone, and is read back for whoever asks for it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from reference_server.batch import Batch
from reference_server.channel import Channel, Journal
from reference_server.clock import Clock
from reference_server.csv_import import CsvImport
from reference_server.progress import BatchProgress, CsvProgress
from reference_server.storage import JobExists, NewJob, Storage, StoredJob

READABLE_MS = 3_600_000
OpenChannel = Callable[[str, Clock, Journal], Channel]
_BATCH, _IMPORT, _DRIVEN = "batch", "import", "driven"


class Jobs:
    """All jobs, and the channels of ids that clients wait for.

    `open_channel` makes the channel of an id that is not in memory; `batch` and `csv_import` are what jobs are.
    """

    def __init__(
        self,
        clock: Clock,
        storage: Storage,
        open_channel: OpenChannel,
        batch: type[Batch] = Batch,
        csv_import: type[CsvImport] = CsvImport,
    ) -> None:
        self._clock = clock
        self._storage = storage
        self._open_channel = open_channel
        self._batch = batch
        self._import = csv_import
        self._channels: dict[str, Channel] = {}
        self._batches: dict[str, BatchProgress] = {}
        self._accepting: set[str] = set()
        self.accepted = 0
        self.watchers = 0

    @property
    def running(self) -> int:
        """How many jobs have been accepted and not ended."""
        return sum(channel.known and not channel.ended for channel in self._channels.values())

    async def accept_batch(self, job_id: str, photos: Sequence[bytes | None]) -> tuple[BatchProgress, Channel]:
        """A new batch scan; returns once it is kept.

        Raises:
            JobExists: there is a job of this id.
        """
        return await self._accept(_BATCH, self._batch(job_id, len(photos)), photos)

    async def accept_driven(self, job_id: str, total_photos: int) -> tuple[BatchProgress, Channel]:
        """A batch without work or photos: whoever has its progress object drives it.

        Raises:
            JobExists: there is a job of this id.
        """
        return await self._accept(_DRIVEN, self._batch(job_id, total_photos), ())

    async def accept_import(self, job_id: str, content: bytes) -> tuple[CsvProgress, Channel]:
        """A new CSV import; returns once it is kept.

        Raises:
            JobExists: there is a job of this id.
        """
        job = self._import(job_id)
        channel = await self._keep(_IMPORT, job_id, job.as_state(), [content])
        return CsvProgress(job, channel, self._clock), channel

    async def batch(self, job_id: str) -> BatchProgress | None:
        """The batch scan of this id, if there is one and it has not expired."""
        if job_id in self._batches:
            return self._batches[job_id]
        stored = await self._ended(job_id)
        if job_id in self._batches:  # accepted while the storage was asked
            return self._batches[job_id]
        if stored is None or stored.kind == _IMPORT:
            return None
        return BatchProgress(self._batch.from_state(job_id, stored.state), self._restored(stored), self._clock)

    async def unfinished(self) -> list[tuple[BatchProgress | CsvProgress, Channel]]:
        """Take up the jobs that the last server left; call it once, before any request. Driven ones have no work."""
        left: list[tuple[BatchProgress | CsvProgress, Channel]] = []
        for stored in await self._storage.unfinished():
            channel = self._channels[stored.job_id] = self._restored(stored)
            if stored.kind == _IMPORT:
                job = self._import.from_state(stored.job_id, stored.state)
                left.append((CsvProgress(job, channel, self._clock), channel))
                continue
            progress = BatchProgress(self._batch.from_state(stored.job_id, stored.state), channel, self._clock)
            self._batches[stored.job_id] = progress
            if stored.kind == _BATCH:
                left.append((progress, channel))
        return left

    @contextlib.asynccontextmanager
    async def follow(self, job_id: str, wake: asyncio.Event) -> AsyncIterator[Channel]:
        """Follow the job of this id, known or not; see `Channel.following` for `wake`."""
        channel = self._channel(job_id)
        self.watchers += 1
        try:
            with channel.following(wake):
                await self._recall(channel)
                yield channel
        finally:
            self.watchers -= 1
            self._let_go(channel)

    async def settled(self) -> None:
        """Wait until all that jobs have said so far is kept."""
        await self._storage.flush()

    async def forget_expired(self) -> None:
        """Drop from the storage what nobody can read any more."""
        await self._storage.forget(self._expired_before())
        for channel in list(self._channels.values()):
            self._let_go(channel)

    async def _accept(self, kind: str, batch: Batch, files: Sequence[bytes | None]) -> tuple[BatchProgress, Channel]:
        channel = await self._keep(kind, batch.job_id, batch.as_state(), files)
        progress = self._batches[batch.job_id] = BatchProgress(batch, channel, self._clock)
        return progress, channel

    async def _keep(self, kind: str, job_id: str, state: str, files: Sequence[bytes | None]) -> Channel:
        """The channel of a new job, once that is kept; attach its progress at once."""
        channel = self._channel(job_id)
        if job_id in self._accepting or (channel.known and not channel.ended):
            raise JobExists(job_id)
        self._accepting.add(job_id)
        try:
            new = NewJob(job_id, kind, self._clock.timestamp(), state, files)
            await self._storage.accept(new, self._expired_before())
        except BaseException:
            self._accepting.discard(job_id)
            self._let_go(channel)
            raise
        self._accepting.discard(job_id)
        self.accepted += 1
        if self._channel(job_id).ended:  # of a job that has expired since, and that is followed still
            del self._channels[job_id]
        return self._channel(job_id)

    async def _recall(self, channel: Channel) -> None:
        """Give the channel of a job that has ended its history back."""
        if channel.known:
            return
        stored = await self._ended(channel.job_id)
        if stored is not None and not channel.known:
            channel.restore(stored.texts, ended=True)
            channel.attach(dict)

    async def _ended(self, job_id: str) -> StoredJob | None:
        """The job of this id from the storage, if it has ended and not expired."""
        stored = await self._storage.load(job_id)
        if stored is None or stored.ended_at is None or stored.ended_at < self._expired_before():
            return None
        return stored

    def _restored(self, stored: StoredJob) -> Channel:
        channel = self._open_channel(stored.job_id, self._clock, self._storage)
        channel.restore(stored.texts, ended=stored.ended_at is not None)
        return channel

    def _channel(self, job_id: str) -> Channel:
        if job_id not in self._channels:
            self._channels[job_id] = self._open_channel(job_id, self._clock, self._storage)
        return self._channels[job_id]

    def _let_go(self, channel: Channel) -> None:
        """Forget what nobody follows and no work speaks on: an id that came to nothing, a job that is over."""
        idle = channel.ended or not (channel.known or channel.job_id in self._accepting)
        if idle and not channel.followed and self._channels.get(channel.job_id) is channel:
            del self._channels[channel.job_id]
            self._batches.pop(channel.job_id, None)

    def _expired_before(self) -> int:
        return self._clock.timestamp() - READABLE_MS
