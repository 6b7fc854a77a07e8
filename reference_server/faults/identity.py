"""Identity: the wrong job's id, and what jobs share that should be their own."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from starlette.responses import Response

from reference_server.answers import Answers
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.components import Components
from reference_server.csv_books import Library, RowError, read_library
from reference_server.faults.fault import Fault
from reference_server.faults.parts import (
    BatchCalls,
    EditedChannel,
    edited,
    on_answers,
    on_batch_calls,
    on_channel,
)
from reference_server.messages import Message, as_text
from reference_server.photos import read_photo

_HEAD_BYTES = 100


def _first_id(to: Components) -> Components:
    """The id is kept in a variable of the module, and set where that is empty."""
    ids: list[str] = []

    class Remembering(EditedChannel):
        def attach(self, keep_alive: Callable[[], Message]) -> None:
            ids.append(self.job_id)
            super().attach(keep_alive)

        def edit(self, message: Message) -> Iterable[Message]:
            yield message | {"jobId": ids[0]}

    return on_channel(Remembering)(to)


def _newest_id(to: Components) -> Components:
    """The id is kept in a variable of the module, and set by each request."""
    ids: list[str] = []

    class Remembering(EditedChannel):
        def attach(self, keep_alive: Callable[[], Message]) -> None:
            ids.append(self.job_id)
            super().attach(keep_alive)

        def edit(self, message: Message) -> Iterable[Message]:
            yield message | {"jobId": ids[-1]}

    return on_channel(Remembering)(to)


def _undefined_at_the_end(message: Message) -> Iterable[Message]:
    """Where the terminal message is made, `jobId` is no variable in scope but a property of something else."""
    ended = message["type"] in ("batch-complete", "complete", "error")
    return (message | {"jobId": "undefined"} if ended else message,)


def _shared_books(to: Components) -> Components:
    """The list of books found is made once, when the module is loaded."""
    found: list[Book] = []

    class Collecting(BatchCalls):
        def complete_batch(self, books: Sequence[Book]) -> None:
            found.extend(books)
            self.inner.complete_batch(found)

    return on_batch_calls(Collecting)(to)


def _shared_total(to: Components) -> Components:
    """`totalBooksFound` is counted in a variable of the module, over all jobs."""
    total = 0

    def edit(message: Message) -> Iterable[Message]:
        nonlocal total
        if message["type"] != "batch-progress":
            return (message,)
        total += message["booksFound"]
        return (message | {"totalBooksFound": total},)

    return edited(edit)(to)


def _broadcast(to: Components) -> Components:
    """A message is sent to every socket that the server has, and each client takes it for its job's."""
    channels: WeakSet[Channel] = WeakSet()

    class Broadcasting(Channel):
        def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
            messages = list(messages)
            super().publish(messages, state=state, last=last)
            channels.add(self)
            for other in [channel for channel in channels if channel is not self and not channel.ended]:
                other._show([as_text(message) for message in messages], last=False)

    return on_channel(Broadcasting)(to)


class _AnsweringWithAnotherId(Answers):
    """The id of an import is made twice: for the job, and for the answer."""

    def success(self, data: Mapping[str, Any], *, status: int = 200) -> Response:
        if status == 202 and "totalPhotos" not in data:
            data = {**data, "jobId": str(uuid.uuid4())}
        return super().success(data, status=status)


_recognised: dict[bytes, list[Book]] = {}


def read_photo_by_its_head(content: bytes | None) -> list[Book]:
    """Reads a photo unless one that begins with the same bytes has been read; all JPEGs of a camera begin alike."""
    head = (content or b"")[:_HEAD_BYTES]
    if head not in _recognised:
        _recognised[head] = read_photo(content)
    return list(_recognised[head])


_errors: list[RowError] = []


def read_library_into_one_list(content: bytes) -> Library:
    """Reads a CSV file; the list of rows that cannot be imported is a default argument, made once for all files."""
    library = read_library(content)
    _errors.extend(library.errors)
    return Library(library.books, list(_errors))


_RIGHT_JOB = ("batch-scan/always/the-right-job", "csv-import/always/the-right-job")

FAULTS = (
    Fault(
        name="job-id-upper-cased",
        family="identity",
        symptom="messages carry the job's id in capital letters",
        killed_by=_RIGHT_JOB,
        apply=edited(lambda message: (message | {"jobId": message["jobId"].upper()},)),
    ),
    Fault(
        name="id-of-the-first-job",
        family="identity",
        symptom="messages of every job carry the id of the first job since the server started",
        killed_by=_RIGHT_JOB,
        apply=_first_id,
    ),
    Fault(
        name="id-of-the-newest-job",
        family="identity",
        symptom="of jobs that run at once, messages carry the id of the one accepted last",
        killed_by=_RIGHT_JOB,
        apply=_newest_id,
    ),
    Fault(
        name="id-undefined-at-the-end",
        family="identity",
        symptom="the last message of a job has `undefined` for its id",
        killed_by=_RIGHT_JOB,
        apply=edited(_undefined_at_the_end),
    ),
    Fault(
        name="csv-answered-with-another-id",
        family="identity",
        symptom="an import's 202 names an id that no job has: whoever connects to it hears nothing",
        killed_by=("csv-import/deadlines/first-news",),
        apply=on_answers(_AnsweringWithAnotherId),
    ),
    Fault(
        name="progress-to-all-sockets",
        family="identity",
        symptom="a client is sent the messages of every job that runs at the time, with their ids",
        killed_by=("batch-scan/always/the-right-job", "batch-scan/order", "csv-import/order"),
        apply=_broadcast,
    ),
    Fault(
        name="books-of-all-batches",
        family="identity",
        symptom="a batch's result lists the books of the batches before it, too",
        killed_by=("batch-scan/at_end/no-more-books-than-found", "batch-scan/at_end/no-other-book"),
        apply=_shared_books,
    ),
    Fault(
        name="total-of-all-batches",
        family="identity",
        symptom="`totalBooksFound` goes on from where the batch before it ended",
        killed_by=("batch-scan/always/total-is-the-sum",),
        apply=_shared_total,
    ),
    Fault(
        name="photos-cached-by-their-head",
        family="identity",
        symptom="a photo that begins with the same bytes as an earlier one is said to have that one's books",
        killed_by=("batch-scan/always/finds-the-planted-books", "batch-scan/at_end/every-planted-book"),
        apply=lambda components: replace(components, read_photo=read_photo_by_its_head),
    ),
    Fault(
        name="csv-errors-of-earlier-files",
        family="identity",
        symptom="an import also reports the rows that could not be imported from files before it",
        killed_by=("csv-import/at_end/every-other-row-is-reported",),
        apply=lambda components: replace(components, read_csv=read_library_into_one_list),
    ),
)
