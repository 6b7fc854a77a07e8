"""The parts a server is built from, and the correct ones.

There are six seams, and whatever can be otherwise about the server is behind one of them: the message stream, the
progress calls, the HTTP answers, the CSV reader, the photo reader, and the platform (clock and storage). A fault is a
function that replaces one. The code behind a seam never asks which faults are on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reference_server.answers import Answers
from reference_server.batch import Batch
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.csv_books import Library, read_library
from reference_server.csv_import import CsvImport
from reference_server.operations import Operation
from reference_server.photos import read_photo
from reference_server.progress import BatchProgress, BatchReporter, CsvProgress, CsvReporter
from reference_server.storage import Storage
from reference_server.supervisor import Supervisor
from reference_server.watching import Watcher
from reference_server.work import Background, begin

PhotoReader = Callable[[bytes | None], list[Book]]
CsvReader = Callable[[bytes], Library]


@dataclass(frozen=True)
class Pace:
    """How slow the work is made, in seconds: for each photo, and for a whole CSV import."""

    photo_seconds: float = 0.0
    csv_seconds: float = 0.0


@dataclass(frozen=True)
class Stream:
    """The message stream: `channel` is what all clients of a job share, `watcher` serves one of them.

    Replace `channel` for what every client must see alike (a message changed, lost, said twice), `watcher` for what
    happens on one connection (acknowledgements, keep-alives, the replay, the close).
    """

    channel: type[Channel] = Channel
    watcher: type[Watcher] = Watcher


@dataclass(frozen=True)
class Calls:
    """The progress calls: through what work reports on a job, what that makes of it, when work begins, who has it done.

    Replace a reporter for calls that are not made or made with wrong arguments, `batch` or `csv_import` for an object
    that makes the wrong messages of them, `begin` for a job that begins too early or too late, a background for work
    that nobody does.
    """

    batch_reporter: Callable[[BatchProgress], BatchReporter] = lambda progress: progress
    csv_reporter: Callable[[CsvProgress], CsvReporter] = lambda progress: progress
    batch_background: Callable[[Supervisor], Background] = lambda supervisor: supervisor
    csv_background: Callable[[Supervisor], Background] = lambda supervisor: supervisor
    begin: Callable[[Channel, Clock], Awaitable[None]] = begin
    batch: type[Batch] = Batch
    csv_import: type[CsvImport] = CsvImport


@dataclass(frozen=True)
class Http:
    """The HTTP answers: `answers` puts them into their form, `offered` is given the table of all operations.

    Replace `answers` for what every answer has alike (envelope, status, content type), or with `offered` an operation,
    for what is read of its requests and what is done about them.
    """

    answers: type[Answers] = Answers
    offered: Callable[[Sequence[Operation[Any]]], Sequence[Operation[Any]]] = lambda operations: operations


@dataclass(frozen=True)
class Platform:
    """What the server stands on: the clock, and the class of its storage."""

    clock: Clock = field(default_factory=Clock)
    storage: type[Storage] = Storage


@dataclass(frozen=True)
class Components:
    """What `application.build` needs; the defaults are a correct server.

    The readers may be run in another process, so they must be functions of a module. `pace` and `supervisor` are no
    seams: the one is an option, the other owns all background work and is never replaced.
    """

    stream: Stream = Stream()
    calls: Calls = Calls()
    http: Http = Http()
    read_csv: CsvReader = read_library
    read_photo: PhotoReader = read_photo
    platform: Platform = field(default_factory=Platform)
    pace: Pace = Pace()
    supervisor: Supervisor = field(default_factory=Supervisor)
