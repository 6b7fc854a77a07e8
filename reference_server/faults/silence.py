"""Silence: work that is never begun, or of which nobody hears."""

import itertools
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus

from reference_server.batch import PhotoStatus
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.components import Components
from reference_server.csv_books import Library
from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import (
    CsvCalls,
    both,
    edited,
    on_batch_background,
    on_channel,
    on_csv_calls,
    on_watcher,
)
from reference_server.messages import Message
from reference_server.progress import BatchProgress
from reference_server.supervisor import Supervisor
from reference_server.watching import Watcher
from reference_server.work import Background, Work

_LARGE = 1000  # books


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


class MortalChannel(Channel):
    """A channel whose work may die without a word: once it is `dead`, nothing more is said, and nothing is kept."""

    dead = False

    def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
        """See `Channel.publish`."""
        if not self.dead:
            super().publish(messages, state=state, last=last)


class MortalWatcher(Watcher):
    """A watcher that sends no keep-alives for work that is dead."""

    def _seconds_to_wait(self) -> float | None:
        dead = isinstance(self._channel, MortalChannel) and self._channel.dead
        return None if dead else super()._seconds_to_wait()


def _dying(before: Callable[[Message], bool]) -> Apply:
    """The error that work meets before it says the first message of a kind is caught, and nobody is told."""

    class Dying(MortalChannel):
        def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
            messages = list(messages)
            said = list(itertools.takewhile(lambda message: not before(message), messages))
            if len(said) == len(messages):
                return super().publish(messages, state=state, last=last)
            super().publish(said, state=state, last=False)
            self.dead = True
            return None

    return both(on_channel(Dying), on_watcher(MortalWatcher))


def _after_the_first_photo(message: Message) -> bool:
    return bool(message["type"] == "batch-complete" or message.get("currentPhoto", 0) > 0)


class _Locked(CsvCalls):
    """Waits, with the result of a large file, for a lock that nobody releases."""

    def complete(self, library: Library) -> None:
        if len(library.books) <= _LARGE:
            super().complete(library)


class _LeakingSlots:
    """Lets two jobs work at a time, and does not take note when one is done."""

    def __init__(self, inner: Background) -> None:
        self._inner = inner
        self._free = 2

    def start(self, work: Work) -> None:
        if self._free:
            self._free -= 1
            self._inner.start(work)


async def _begin_when_ready(channel: Channel, clock: Clock) -> None:
    await clock.wait(channel.ready, None)


def _beginning(begin: Callable[[Channel, Clock], Awaitable[None]]) -> Apply:
    def apply(to: Components) -> Components:
        return replace(to, calls=replace(to.calls, begin=begin))

    return apply


class _NeverAcknowledging(Watcher):
    async def _acknowledge(self) -> None:
        self._acks_owed = 0


class _Unreachable(Watcher):
    """Is accepted, but under a tag that nothing is ever sent to."""

    async def _catch_up(self) -> None:
        pass

    def _seconds_to_wait(self) -> float | None:
        return None


FAULTS = (
    Fault(
        name="batch-progress-as-fetch",
        family="silence",
        symptom="a batch scan is accepted, the socket opens, `ready` is acknowledged, then nothing; CSV imports work",
        killed_by=("batch-scan/deadlines/first-news",),
        told_as=("silent-job",),
        apply=lambda components: replace(components, calls=replace(components.calls, batch_reporter=_FetchReporter)),
    ),
    Fault(
        name="csv-task-without-context",
        family="silence",
        symptom="a CSV import is accepted, the socket opens, `ready` is acknowledged, then nothing; batch scans work",
        killed_by=("csv-import/deadlines/first-news",),
        told_as=("silent-job",),
        apply=lambda components: replace(components, calls=replace(components.calls, csv_background=_MissingContext)),
    ),
    Fault(
        name="batch-dies-after-first-photo",
        family="silence",
        symptom="a batch stops after its first photo is done: no further message, no keep-alive, no close",
        killed_by=("batch-scan/deadlines/no-gap",),
        told_as=("silent-job",),
        apply=_dying(_after_the_first_photo),
    ),
    Fault(
        name="csv-parser-error-swallowed",
        family="silence",
        symptom="an import of a file that is no CSV says progress 0.02 and then nothing; good files are imported",
        killed_by=("csv-import/deadlines/no-gap",),
        told_as=("silent-job",),
        apply=_dying(lambda message: message["type"] == "error"),
    ),
    Fault(
        name="csv-only-keep-alives",
        family="silence",
        symptom="an import of over 1,000 books says all its progress, then sends keep-alives for ever",
        killed_by=("csv-import/deadlines/finished",),
        told_as=("silent-job", "too-late"),
        apply=on_csv_calls(_Locked),
    ),
    Fault(
        name="batch-slots-leak",
        family="silence",
        symptom="two batches are scanned; all after them are accepted and stay silent",
        killed_by=("batch-scan/deadlines/first-news",),
        told_as=("silent-job",),
        apply=on_batch_background(_LeakingSlots),
    ),
    Fault(
        name="waits-for-ready-for-ever",
        family="silence",
        symptom="a job of which no client says `ready` never begins, instead of 5 s after its 202",
        killed_by=("batch-scan/deadlines/first-news", "csv-import/deadlines/first-news"),
        told_as=("silent-job",),
        apply=_beginning(_begin_when_ready),
    ),
    Fault(
        name="ready-not-acknowledged",
        family="silence",
        symptom="`ready` begins the job, but is never acknowledged",
        killed_by=(
            "batch-scan/deadlines/acknowledged",
            "csv-import/deadlines/acknowledged",
            "batch-scan/at_end/every-ready-is-acknowledged",
        ),
        told_as=("silent-job", "lost-message", "wrong-totals"),
        apply=on_watcher(_NeverAcknowledging),
    ),
    Fault(
        name="messages-to-nobody",
        family="silence",
        symptom="every socket opens and is sent nothing at all: no acknowledgement, no message, no close",
        killed_by=("batch-scan/deadlines/first-news", "csv-import/deadlines/first-news"),
        told_as=("silent-job",),
        apply=on_watcher(_Unreachable),
    ),
    Fault(
        name="photo-error-not-told",
        family="silence",
        symptom="a photo that cannot be read is begun, and its `error` never told; the next photo follows",
        killed_by=("batch-scan/order",),
        told_as=("lost-message",),
        apply=edited(lambda message: () if message.get("photoStatus") == "error" else (message,)),
    ),
)
