"""Identity: the wrong job's id, and what jobs share that should be their own."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from starlette.responses import Response

from reference_server.answers import Answers
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.components import Components
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


def _shared_books(to: Components) -> Components:
    """The list of books found is made once, when the module is loaded."""
    found: list[Book] = []

    class Collecting(BatchCalls):
        def complete_batch(self, books: Sequence[Book]) -> None:
            found.extend(books)
            self.inner.complete_batch(found)

    return on_batch_calls(Collecting)(to)


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


FAULTS = (
    Fault(
        name="job-id-upper-cased",
        family="identity",
        symptom="messages carry the job's id in capital letters",
        killed_by=("batch-scan/always/the-right-job", "csv-import/always/the-right-job"),
        told_as=("foreign-message",),
        apply=edited(lambda message: (message | {"jobId": message["jobId"].upper()},)),
    ),
    Fault(
        name="id-of-the-first-job",
        family="identity",
        symptom="messages of every job carry the id of the first job since the server started",
        killed_by=("batch-scan/always/the-right-job", "csv-import/always/the-right-job"),
        told_as=("foreign-message",),
        apply=_first_id,
    ),
    Fault(
        name="csv-answered-with-another-id",
        family="identity",
        symptom="an import's 202 names an id that no job has: whoever connects to it hears nothing",
        killed_by=("csv-import/deadlines/first-news",),
        told_as=("silent-job",),
        apply=on_answers(_AnsweringWithAnotherId),
    ),
    Fault(
        name="progress-to-all-sockets",
        family="identity",
        symptom="a client is sent the messages of every job that runs at the time, with their ids",
        killed_by=(
            "batch-scan/always/the-right-job",
            "batch-scan/order",
            "csv-import/always/the-right-job",
            "csv-import/order",
        ),
        told_as=("foreign-message",),
        apply=_broadcast,
    ),
    Fault(
        name="books-of-all-batches",
        family="identity",
        symptom="a batch's result lists the books of the batches before it, too",
        killed_by=("batch-scan/at_end/no-more-books-than-found", "batch-scan/at_end/no-other-book"),
        told_as=("wrong-totals",),
        apply=_shared_books,
    ),
)
