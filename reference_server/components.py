"""The parts an application is built from, and the correct ones.

Every field is a seam: whatever can be otherwise about the server is one of these, and a fault is a function that
replaces some. The code behind a seam never asks which faults are on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_server.answers import Answers
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.csv_books import read_library
from reference_server.photos import read_photo
from reference_server.progress import BatchProgress, BatchReporter, CsvProgress, CsvReporter
from reference_server.supervisor import Supervisor
from reference_server.watching import Watcher
from reference_server.work import Background, CsvReader, PhotoReader


@dataclass(frozen=True)
class Pace:
    """How slow the work is made, in seconds: for each photo, and for a whole CSV import."""

    photo_seconds: float = 0.0
    csv_seconds: float = 0.0


@dataclass(frozen=True)
class Components:
    """What `application.build` needs; the defaults are a correct server."""

    pace: Pace = Pace()
    clock: Clock = field(default_factory=Clock)
    supervisor: Supervisor = field(default_factory=Supervisor)
    open_channel: Callable[[str, Clock], Channel] = Channel
    watcher: type[Watcher] = Watcher
    answers: Callable[[Clock], Answers] = Answers
    read_photo: PhotoReader = read_photo
    read_csv: CsvReader = read_library
    batch_reporter: Callable[[BatchProgress], BatchReporter] = lambda progress: progress
    csv_reporter: Callable[[CsvProgress], CsvReporter] = lambda progress: progress
    batch_background: Callable[[Supervisor], Background] = lambda supervisor: supervisor
    csv_background: Callable[[Supervisor], Background] = lambda supervisor: supervisor
