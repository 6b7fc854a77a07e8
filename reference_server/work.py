"""What happens in the background after a 202: the scan of a batch, the import of a CSV file.

Work reports through its reporter and lets every error out: its supervisor turns that into messages (`fail`). It can be
taken up again after a restart: it is told what was said already and does not say that again, and keeps what it finds
before it reports it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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


class Files(Protocol):
    """What a job's work is done on, and where it keeps what it has found; places count from 0."""

    async def content(self, place: int) -> bytes | None:
        """File `place`; None where an upload was not even base64."""

    def keep(self, place: int, books: Sequence[Book]) -> None:
        """Keep the books found in file `place`; they are durable before any message that is reported after."""

    async def kept(self) -> list[Book]:
        """All books that were kept, in the order of the files."""


async def begin(channel: Channel, clock: Clock) -> None:
    """Wait until the job begins: a client is ready, or none was for `BEGIN_SECONDS` after the 202."""
    await clock.wait(channel.ready, BEGIN_SECONDS)


@dataclass(frozen=True)
class BatchPosition:
    """How far a batch was when its work was taken up: begun or not, and the photos done and begun (counts)."""

    begun: bool = False
    photos_done: int = 0
    photos_started: int = 0


class BatchScan:
    """The work of a batch scan: photo after photo, each as slow as `photo_seconds` at least."""

    def __init__(
        self,
        job_id: str,
        photos: int,
        reporter: BatchReporter,
        *,
        begun: Callable[[], Awaitable[None]],
        files: Files,
        read_photo: Callable[[bytes | None], Awaitable[list[Book]]],
        clock: Clock,
        photo_seconds: float,
        position: BatchPosition = BatchPosition(),
    ) -> None:
        self.job_id = job_id
        self._photos = photos
        self._reporter = reporter
        self._begun = begun
        self._files = files
        self._read_photo = read_photo
        self._clock = clock
        self._photo_seconds = photo_seconds
        self._position = position
        self._books: list[Book] = []

    async def run(self) -> None:
        """Scan every photo until one is done after a cancel, then report the books found."""
        if not self._position.begun:
            await self._begun()
            self._reporter.init_batch()
        elif self._position.photos_done:
            self._books = await self._files.kept()
        for index in range(self._position.photos_done, self._photos):
            if index >= self._position.photos_started:
                if self._reporter.is_canceled():
                    break
                self._reporter.update_photo(index, "processing")
            await self._scan(index)
        self._reporter.complete_batch(self._books)

    def fail(self, reason: str) -> None:
        """Each photo not yet done becomes an error; the books found so far are kept."""
        self._reporter.fail(reason, self._books)

    async def _scan(self, index: int) -> None:
        await self._clock.sleep(self._photo_seconds)
        try:
            found = await self._read_photo(await self._files.content(index))
        except UnreadablePhoto as error:
            self._reporter.update_photo(index, "error", error=str(error))
            return
        self._files.keep(index, found)
        self._reporter.update_photo(index, "complete", books_found=len(found))
        self._books += found


class CsvLoad:
    """The work of a CSV import; `csv_seconds` are spread evenly over its steps, `announced` is the progress so far."""

    def __init__(
        self,
        job_id: str,
        reporter: CsvReporter,
        *,
        begun: Callable[[], Awaitable[None]],
        files: Files,
        read_csv: Callable[[bytes], Awaitable[Library]],
        clock: Clock,
        csv_seconds: float,
        announced: float = 0.0,
    ) -> None:
        self.job_id = job_id
        self._reporter = reporter
        self._begun = begun
        self._files = files
        self._read_csv = read_csv
        self._clock = clock
        self._pause_seconds = csv_seconds / _CSV_PAUSES
        self._announced = announced

    async def run(self) -> None:
        """Read the file and report what it held, or why it cannot be used."""
        if not self._announced:
            await self._begun()
        await self._step(0.02, "Validating the file")
        try:
            library = await self._read_csv(await self._files.content(0) or b"")
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
        if progress > self._announced:
            self._reporter.update_progress(progress, status)
        await self._clock.sleep(self._pause_seconds)
