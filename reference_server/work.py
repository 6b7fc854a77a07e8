"""What happens in the background after a 202: the scan of a batch, the import of a CSV file.

Work reports through its reporter and lets every error out: its supervisor turns that into messages (`fail`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.csv_books import Library
from reference_server.csv_text import UnusableCsv
from reference_server.photos import UnreadablePhoto
from reference_server.progress import BatchReporter, CsvReporter

BEGIN_SECONDS = 5.0
_CSV_PAUSES = 4

PhotoReader = Callable[[bytes | None], list[Book]]
CsvReader = Callable[[bytes], Library]


class Work(Protocol):
    """One job's work; give it to a `Background` to have it done."""

    @property
    def job_id(self) -> str:
        """The job it is done for."""

    async def run(self) -> None:
        """Do it all, to the terminal message; any exception means that it broke."""

    def fail(self, reason: str) -> None:
        """Tell the clients that it broke; harmless once the job is over."""


class Background(Protocol):
    """Where handlers leave work to be done after their answer."""

    def start(self, work: Work) -> None:
        """See to it that `work` is done, and that clients are told if it fails. Returns at once."""


async def begin(channel: Channel, clock: Clock) -> None:
    """Wait until the job begins: a client is ready, or none was for `BEGIN_SECONDS` after the 202."""
    await clock.wait(channel.ready, BEGIN_SECONDS)


class BatchScan:
    """The work of a batch scan: photo after photo, each as slow as `photo_seconds` at least."""

    def __init__(
        self,
        job_id: str,
        photos: Sequence[bytes | None],
        reporter: BatchReporter,
        *,
        begun: Callable[[], Awaitable[None]],
        read_photo: PhotoReader,
        clock: Clock,
        photo_seconds: float,
    ) -> None:
        self.job_id = job_id
        self._photos = photos
        self._reporter = reporter
        self._begun = begun
        self._read_photo = read_photo
        self._clock = clock
        self._photo_seconds = photo_seconds
        self._books: list[Book] = []

    async def run(self) -> None:
        """Scan every photo until one is done after a cancel, then report the books found."""
        await self._begun()
        self._reporter.init_batch()
        for index, photo in enumerate(self._photos):
            if self._reporter.is_canceled():
                break
            self._reporter.update_photo(index, "processing")
            await self._scan(index, photo)
        self._reporter.complete_batch(self._books)

    def fail(self, reason: str) -> None:
        """Each photo not yet done becomes an error; the books found so far are kept."""
        self._reporter.fail(reason, self._books)

    async def _scan(self, index: int, photo: bytes | None) -> None:
        await self._clock.sleep(self._photo_seconds)
        try:
            found = await asyncio.to_thread(self._read_photo, photo)
        except UnreadablePhoto as error:
            self._reporter.update_photo(index, "error", error=str(error))
            return
        self._reporter.update_photo(index, "complete", books_found=len(found))
        self._books += found


class CsvLoad:
    """The work of a CSV import; `csv_seconds` are spread evenly over its steps."""

    def __init__(
        self,
        job_id: str,
        content: bytes,
        reporter: CsvReporter,
        *,
        begun: Callable[[], Awaitable[None]],
        read_csv: CsvReader,
        clock: Clock,
        csv_seconds: float,
    ) -> None:
        self.job_id = job_id
        self._content = content
        self._reporter = reporter
        self._begun = begun
        self._read_csv = read_csv
        self._clock = clock
        self._pause_seconds = csv_seconds / _CSV_PAUSES

    async def run(self) -> None:
        """Read the file and report what it held, or why it cannot be used."""
        await self._begun()
        await self._step(0.02, "Validating the file")
        try:
            library = await asyncio.to_thread(self._read_csv, self._content)
        except UnusableCsv as error:
            self._reporter.fail(f"Invalid CSV: {error.reason}", error.suggestion)
            return
        await self._step(0.05, "Parsing the file")
        await self._step(0.5, f"Parsed {len(library.books) + len(library.errors)} rows")
        await self._step(0.75, f"Validated {len(library.books)} books")
        self._reporter.complete(library)

    def fail(self, reason: str) -> None:
        """The import ends with an error that does not blame the file."""
        self._reporter.fail(reason, "Nothing is wrong with your file. Import it again in a moment.")

    async def _step(self, progress: float, status: str) -> None:
        self._reporter.update_progress(progress, status)
        await self._clock.sleep(self._pause_seconds)
