"""From an accepted job to its work: for handlers, and for what a server before this one left unfinished."""

import functools
import json
from collections.abc import Sequence

from reference_server.books import Book, book_from_json
from reference_server.channel import Channel
from reference_server.components import Components
from reference_server.csv_books import Library
from reference_server.jobs import Jobs
from reference_server.photos import is_heavy
from reference_server.progress import BatchProgress, CsvProgress
from reference_server.storage import Storage
from reference_server.work import BatchPosition, BatchScan, CsvLoad
from reference_server.workshop import HEAVY_BYTES, Workshop


class JobFiles:
    """The files of one job in the storage."""

    def __init__(self, job_id: str, storage: Storage) -> None:
        self._job_id = job_id
        self._storage = storage

    async def content(self, place: int) -> bytes | None:
        """See `Files.content`."""
        return await self._storage.file(self._job_id, place)

    def keep(self, place: int, books: Sequence[Book]) -> None:
        """See `Files.keep`."""
        self._storage.keep_found(self._job_id, place, json.dumps([book.as_json() for book in books]))

    async def kept(self) -> list[Book]:
        """See `Files.kept`."""
        rows = await self._storage.found(self._job_id)
        return [book_from_json(book) for _, found in rows for book in json.loads(found)]


class Starter:
    """Makes the work of a job and hands it to the background."""

    def __init__(self, components: Components, storage: Storage, workshop: Workshop) -> None:
        self._components = components
        self._storage = storage
        self._workshop = workshop
        self._batch_background = components.calls.batch_background(components.supervisor)
        self._csv_background = components.calls.csv_background(components.supervisor)

    def start_batch(self, progress: BatchProgress, channel: Channel) -> None:
        """Start the scan of a batch, or go on with it."""
        clock, batch = self._components.platform.clock, progress.state
        work = BatchScan(
            batch.job_id,
            len(batch.photos),
            self._components.calls.batch_reporter(progress),
            begun=functools.partial(self._components.calls.begin, channel, clock),
            files=JobFiles(batch.job_id, self._storage),
            read_photo=self._read_photo,
            clock=clock,
            photo_seconds=self._components.pace.photo_seconds,
            position=BatchPosition(
                batch.begun,
                sum(photo.done for photo in batch.photos),
                sum(photo.status != "queued" for photo in batch.photos),
            ),
        )
        self._batch_background.start(work)

    def start_import(self, progress: CsvProgress, channel: Channel) -> None:
        """Start the import of a CSV file, or go on with it."""
        clock, job = self._components.platform.clock, progress.state
        work = CsvLoad(
            job.job_id,
            self._components.calls.csv_reporter(progress),
            begun=functools.partial(self._components.calls.begin, channel, clock),
            files=JobFiles(job.job_id, self._storage),
            read_csv=self._read_csv,
            clock=clock,
            csv_seconds=self._components.pace.csv_seconds,
            announced=job.progress,
        )
        self._csv_background.start(work)

    async def resume(self, jobs: Jobs) -> int:
        """Go on with everything that the server before left unfinished; returns how many jobs that is."""
        unfinished = await jobs.unfinished()
        for progress, channel in unfinished:
            if isinstance(progress, BatchProgress):
                self.start_batch(progress, channel)
            else:
                self.start_import(progress, channel)
        return len(unfinished)

    async def _read_photo(self, content: bytes | None) -> list[Book]:
        return await self._workshop.do(self._components.read_photo, content, heavy=is_heavy(content))

    async def _read_csv(self, content: bytes) -> Library:
        return await self._workshop.do(self._components.read_csv, content, heavy=len(content) > HEAVY_BYTES)
