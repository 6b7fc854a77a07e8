"""How faults replace parts: each puts its own on top of what is there, so that faults of the same seam combine.

A part that is a class (channel, watcher, answers, storage) overrides what it makes wrong and leaves the rest to
`super()`. A reporter is handed the one that it stands before. State that jobs share by mistake is the part's own: make
the part anew each time that its fault is applied, so that two servers of one process share nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from reference_server.answers import Answers
from reference_server.batch import Batch, PhotoStatus
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.components import Components, CsvReader, PhotoReader
from reference_server.csv_books import Library
from reference_server.faults.fault import Apply
from reference_server.messages import Message
from reference_server.progress import BatchReporter, CsvReporter
from reference_server.storage import Storage
from reference_server.watching import Watcher
from reference_server.work import Background

T = TypeVar("T")


def stacked(part: type[T], base: type[T]) -> type[T]:
    """`part` on top of `base`; both derive from the correct class."""
    return base if issubclass(base, part) else type(part.__name__, (part, base), {})


def on_channel(part: type[Channel]) -> Apply:
    """What all clients of a job see."""
    return lambda to: replace(to, stream=replace(to.stream, channel=stacked(part, to.stream.channel)))


def on_watcher(part: type[Watcher]) -> Apply:
    """What happens on one connection."""
    return lambda to: replace(to, stream=replace(to.stream, watcher=stacked(part, to.stream.watcher)))


def on_answers(part: type[Answers]) -> Apply:
    """What HTTP requests are answered."""
    return lambda to: replace(to, http=replace(to.http, answers=stacked(part, to.http.answers)))


def on_storage(part: type[Storage]) -> Apply:
    """What is kept."""
    return lambda to: replace(to, platform=replace(to.platform, storage=stacked(part, to.platform.storage)))


def on_batch_calls(part: Callable[[BatchReporter], BatchReporter]) -> Apply:
    """What the work of a batch scan says: `part` is handed the reporter that it stands before."""

    def apply(to: Components) -> Components:
        inner = to.calls.batch_reporter
        return replace(to, calls=replace(to.calls, batch_reporter=lambda progress: part(inner(progress))))

    return apply


def on_csv_calls(part: Callable[[CsvReporter], CsvReporter]) -> Apply:
    """What the work of a CSV import says: `part` is handed the reporter that it stands before."""

    def apply(to: Components) -> Components:
        inner = to.calls.csv_reporter
        return replace(to, calls=replace(to.calls, csv_reporter=lambda progress: part(inner(progress))))

    return apply


def on_batch_background(part: Callable[[Background], Background]) -> Apply:
    """Who is told to do the work of a batch scan: `part` is handed the one that it stands before."""

    def apply(to: Components) -> Components:
        inner = to.calls.batch_background
        return replace(to, calls=replace(to.calls, batch_background=lambda supervisor: part(inner(supervisor))))

    return apply


def both(one: Apply, other: Apply) -> Apply:
    """A mistake that shows in two parts."""
    return lambda to: other(one(to))


class EditedChannel(Channel):
    """A channel on which each message is first made into others: override `edit`, without `super()`.

    The `edit` of each part is called in turn, that of the part below first.
    """

    def edit(self, message: Message) -> Iterable[Message]:
        """What is said instead of `message`: nothing, one message or more."""
        return (message,)

    def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
        """See `Channel.publish`."""
        said = list(messages)
        for part in reversed(type(self).__mro__):
            if "edit" in vars(part) and issubclass(part, EditedChannel):
                said = [instead for message in said for instead in part.edit(self, message)]
        super().publish(said, state=state, last=last)


def edited(edit: Callable[[Message], Iterable[Message]]) -> Apply:
    """Each message of a job is made into others by `edit`, which knows no message but that."""

    class Edited(EditedChannel):
        def edit(self, message: Message) -> Iterable[Message]:
            return edit(message)

    return on_channel(Edited)


class BatchCalls:
    """A `BatchReporter` that hands on what it is told: override what is wrong."""

    def __init__(self, inner: BatchReporter) -> None:
        self.inner = inner

    def init_batch(self) -> None:
        """See `BatchReporter`."""
        self.inner.init_batch()

    def update_photo(self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None) -> None:
        """See `BatchReporter`."""
        self.inner.update_photo(index, status, books_found=books_found, error=error)

    def is_canceled(self) -> bool:
        """See `BatchReporter`."""
        return self.inner.is_canceled()

    def complete_batch(self, books: Sequence[Book]) -> None:
        """See `BatchReporter`."""
        self.inner.complete_batch(books)

    def fail(self, reason: str, books: Sequence[Book]) -> None:
        """See `BatchReporter`."""
        self.inner.fail(reason, books)


class CsvCalls:
    """A `CsvReporter` that hands on what it is told: override what is wrong."""

    def __init__(self, inner: CsvReporter) -> None:
        self.inner = inner

    def update_progress(self, progress: float, status: str) -> None:
        """See `CsvReporter`."""
        self.inner.update_progress(progress, status)

    def complete(self, library: Library) -> None:
        """See `CsvReporter`."""
        self.inner.complete(library)

    def fail(self, error: str, suggestion: str) -> None:
        """See `CsvReporter`."""
        self.inner.fail(error, suggestion)


def on_batch(part: type[Batch]) -> Apply:
    """What batches make of the calls of their work."""
    return lambda to: replace(to, calls=replace(to.calls, batch=stacked(part, to.calls.batch)))


def on_photo_reader(part: PhotoReader) -> Apply:
    """The photo reader; a function of a module."""
    return lambda to: replace(to, read_photo=part)


def on_csv_reader(part: CsvReader) -> Apply:
    """The CSV reader; a function of a module."""
    return lambda to: replace(to, read_csv=part)
