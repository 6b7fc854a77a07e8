"""Silence: work that is never begun, or of which nobody hears."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from reference_server.batch import PhotoStatus
from reference_server.books import Book
from reference_server.faults.fault import Fault
from reference_server.progress import BatchProgress
from reference_server.supervisor import Supervisor
from reference_server.work import Work


class _ProgressObject:
    """A progress object as HTTP-style calls find it: it offers typed methods, and answers all else with 426."""

    def __init__(self, progress: BatchProgress) -> None:
        self.progress = progress

    def fetch(self, url: str, body: object = None) -> HTTPStatus:
        return HTTPStatus.UPGRADE_REQUIRED


class _FetchReporter:
    """Reports by HTTP-style calls and looks at none of the answers."""

    def __init__(self, progress: BatchProgress) -> None:
        self._stub = _ProgressObject(progress)

    def init_batch(self) -> None:
        self._stub.fetch("http://do/init-batch")

    def update_photo(self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None) -> None:
        self._stub.fetch("http://do/update-photo", (index, status, books_found, error))

    def is_canceled(self) -> bool:
        return self._stub.fetch("http://do/is-canceled") is HTTPStatus.OK

    def complete_batch(self, books: Sequence[Book]) -> None:
        self._stub.fetch("http://do/complete-batch", books)

    def fail(self, reason: str, books: Sequence[Book]) -> None:
        self._stub.fetch("http://do/fail", (reason, books))


class _MissingContext:
    """Schedules work through a runtime context that the handler's signature has no place for, so that there is none."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._context: Supervisor | None = None

    def start(self, work: Work) -> None:
        if self._context is not None:
            self._context.start(work)


FAULTS = (
    Fault(
        name="batch-progress-as-fetch",
        family="silence",
        symptom="a batch scan is accepted, the socket opens, `ready` is acknowledged, then nothing; CSV imports work",
        killed_by=("batch-scan/deadlines/first-news",),
        apply=lambda components: replace(components, calls=replace(components.calls, batch_reporter=_FetchReporter)),
    ),
    Fault(
        name="csv-task-without-context",
        family="silence",
        symptom="a CSV import is accepted, the socket opens, `ready` is acknowledged, then nothing; batch scans work",
        killed_by=("csv-import/deadlines/first-news",),
        apply=lambda components: replace(components, calls=replace(components.calls, csv_background=_MissingContext)),
    ),
)
