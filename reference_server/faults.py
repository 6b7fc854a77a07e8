"""Named ways to be wrong: each replaces a component of the correct server by one that misbehaves.

A fault is a row in `FAULTS`. Its `apply` takes the components of a server and returns those of one that has the fault,
one of the six seams replaced; the code that uses them does not change. Faults of different seams may be combined, and
of the same seam where they replace different parts of it.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from reference_server.batch import PhotoStatus
from reference_server.books import Book
from reference_server.components import Components
from reference_server.progress import BatchProgress
from reference_server.supervisor import Supervisor
from reference_server.work import Work


class UnknownFault(Exception):
    """No fault has this name; the text says which ones are near."""


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    `family` is the seam it replaces, `symptom` what a client sees, `killed_by` the clauses of the bundled contracts
    each of which must find it.
    """

    name: str
    family: str
    symptom: str
    killed_by: tuple[str, ...]
    apply: Callable[[Components], Components]


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
        family="progress calls",
        symptom="a batch scan is accepted, the socket opens, `ready` is acknowledged, then nothing; CSV imports work",
        killed_by=("batch-scan/deadlines/first-news",),
        apply=lambda components: replace(components, calls=replace(components.calls, batch_reporter=_FetchReporter)),
    ),
    Fault(
        name="csv-task-without-context",
        family="progress calls",
        symptom="a CSV import is accepted, the socket opens, `ready` is acknowledged, then nothing; batch scans work",
        killed_by=("csv-import/deadlines/first-news",),
        apply=lambda components: replace(components, calls=replace(components.calls, csv_background=_MissingContext)),
    ),
)


def find(name: str) -> Fault:
    """The fault called `name`.

    Raises:
        UnknownFault: there is none.
    """
    names = [fault.name for fault in FAULTS]
    if name in names:
        return FAULTS[names.index(name)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "--list-faults shows them all."
    raise UnknownFault(f"unknown fault {name!r}. {hint}")


def with_faults(components: Components, faults: Sequence[Fault]) -> Components:
    """`components` with each of `faults`, applied in order."""
    for fault in faults:
        components = fault.apply(components)
    return components
