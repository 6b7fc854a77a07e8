"""Shape: fields missing, of another type or under another name, and frames that are no JSON object."""

import contextlib
import math
from collections.abc import Callable, Iterable
from typing import Any

from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import edited, on_watcher
from reference_server.messages import Message
from reference_server.watching import Watcher

_SNAKES = {"jobId": "job_id", "totalPhotos": "total_photos", "totalBooks": "total_books"}


def _in(kind: str, change: Callable[[Message], Message]) -> Apply:
    """Messages of one type are changed."""
    return edited(lambda message: (change(message) if message["type"] == kind else message,))


def _in_data(kind: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Apply:
    """The `data` of messages of one type is changed."""
    return _in(kind, lambda message: message | {"data": change(message["data"])})


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _null_until_complete(message: Message) -> Message:
    return message if message["photoStatus"] == "complete" else message | {"booksFound": None}


def _snake_case(message: Message) -> Iterable[Message]:
    return ({_SNAKES.get(name, name): value for name, value in message.items()},)


def _rows(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Apply:
    """The rows of photos are changed, in progress and in the result."""
    names = ("photos", "photoResults")
    return edited(
        lambda message: (message | {name: [change(row) for row in message[name]] for name in names if name in message},)
    )


def _books(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Apply:
    """The books of a batch are changed."""
    return _in("batch-complete", lambda message: message | {"books": [change(book) for book in message["books"]]})


def _with_isbn_as_number(data: dict[str, Any]) -> dict[str, Any]:
    """A reader of tables took the column for one of numbers."""
    books = []
    for book in data["books"]:
        with contextlib.suppress(KeyError, ValueError):
            book = book | {"isbn": int(book["isbn"])}
        books.append(book)
    return data | {"books": books}


class _SendingBytes(Watcher):
    async def _send(self, text: str) -> None:
        await self._socket.send_bytes(text.encode())


FAULTS = (
    Fault(
        name="binary-frames",
        family="shape",
        symptom="messages come as binary frames",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("foreign-message",),
        apply=on_watcher(_SendingBytes),
    ),
    Fault(
        name="batch-in-snake-case",
        family="shape",
        symptom="a batch's messages say `job_id`, `total_photos` and `total_books`",
        killed_by=("batch-scan/schemas/init", "batch-scan/schemas/photo_started"),
        told_as=("wrong-shape",),
        apply=edited(_snake_case),
    ),
    Fault(
        name="total-photos-as-text",
        family="shape",
        symptom="`totalPhotos` of `batch-init` is a text",
        killed_by=("batch-scan/schemas/init",),
        told_as=("wrong-shape",),
        apply=_in("batch-init", lambda message: message | {"totalPhotos": str(message["totalPhotos"])}),
    ),
    Fault(
        name="books-found-null",
        family="shape",
        symptom="`booksFound` of a photo that is not complete is null",
        killed_by=("batch-scan/schemas/photo_started",),
        told_as=("wrong-shape",),
        apply=_in("batch-progress", _null_until_complete),
    ),
    Fault(
        name="photo-error-without-text",
        family="shape",
        symptom="the row of a photo that failed has no `error`",
        killed_by=("batch-scan/schemas/photo_failed",),
        told_as=("wrong-shape",),
        apply=_rows(lambda row: _without(row, "error")),
    ),
    Fault(
        name="total-books-missing",
        family="shape",
        symptom="`batch-complete` has no `totalBooks`",
        killed_by=("batch-scan/schemas/complete",),
        told_as=("wrong-shape",),
        apply=_in("batch-complete", lambda message: _without(message, "totalBooks")),
    ),
    Fault(
        name="confidence-nan",
        family="shape",
        symptom="a book's `confidence` is `NaN`, so that the frame is no JSON",
        killed_by=("batch-scan/order",),
        told_as=("foreign-message",),
        apply=_books(lambda book: book | {"confidence": math.nan}),
    ),
    Fault(
        name="csv-isbn-as-number",
        family="shape",
        symptom="a book's `isbn` is a number, without its leading zeros",
        killed_by=("csv-import/schemas/complete",),
        told_as=("wrong-shape",),
        apply=_in_data("complete", _with_isbn_as_number),
    ),
)
