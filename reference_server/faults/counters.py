"""Counters: numbers that are off by one, late, or of something else, and relations that do not hold."""

from collections.abc import Iterable

from reference_server.batch import PhotoStatus
from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import BatchCalls, edited, on_batch_calls
from reference_server.messages import Message

_ROWS = ("photos", "photoResults")


def _in_progress(**to: str) -> Apply:
    """In messages about photos each field named has the value of another one."""

    def edit(message: Message) -> Iterable[Message]:
        if message["type"] != "batch-progress":
            return (message,)
        return (message | {name: message[other] for name, other in to.items()},)

    return edited(edit)


def _rows_from_one(message: Message) -> Iterable[Message]:
    return (
        message
        | {name: [row | {"index": row["index"] + 1} for row in message[name]] for name in _ROWS if name in message},
    )


def _one_photo_short(message: Message) -> Iterable[Message]:
    return (message | {"totalPhotos": message["totalPhotos"] - 1} if "totalPhotos" in message else message,)


def _only_those_begun(message: Message) -> Iterable[Message]:
    if "photos" not in message:
        return (message,)
    return (message | {"photos": [row for row in message["photos"] if row["status"] != "queued"]},)


def _with_duplicates(message: Message) -> Iterable[Message]:
    if message["type"] != "batch-complete":
        return (message,)
    return (message | {"totalBooks": sum(row["booksFound"] for row in message["photoResults"])},)


def _results_of(*statuses: str) -> Apply:
    """Only photos of these statuses have a row in the result."""

    def edit(message: Message) -> Iterable[Message]:
        if message["type"] != "batch-complete":
            return (message,)
        return (message | {"photoResults": [row for row in message["photoResults"] if row["status"] in statuses]},)

    return edited(edit)


def _rate_with_header(message: Message) -> Iterable[Message]:
    """The lines of the file are counted, and the header is one of them."""
    if message["type"] != "complete":
        return (message,)
    valid, total = message["data"]["successRate"].split("/")
    return (message | {"data": message["data"] | {"successRate": f"{valid}/{int(total) + 1}"}},)


class _OneTooMany(BatchCalls):
    """Counts what was recognised before it drops what is no book."""

    def update_photo(self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None) -> None:
        super().update_photo(index, status, books_found=books_found + 1, error=error)


FAULTS = (
    Fault(
        name="rows-counted-from-one",
        family="counters",
        symptom="the rows of `photos` and `photoResults` have indexes from 1 on",
        killed_by=("batch-scan/always/photos-are-numbered-by-place", "batch-scan/at_end/one-result-for-each-photo"),
        told_as=("wrong-totals",),
        apply=edited(_rows_from_one),
    ),
    Fault(
        name="total-photos-one-short",
        family="counters",
        symptom="`totalPhotos` is one less than the photos that were sent",
        killed_by=("batch-scan/always/counts-every-photo",),
        told_as=("wrong-totals",),
        apply=edited(_one_photo_short),
    ),
    Fault(
        name="photos-not-begun-left-out",
        family="counters",
        symptom="`photos` grows with the work: those still queued are missing",
        killed_by=("batch-scan/always/lists-every-photo",),
        told_as=("wrong-totals",),
        apply=edited(_only_those_begun),
    ),
    Fault(
        name="total-of-one-photo",
        family="counters",
        symptom="`totalBooksFound` is the current photo's count, and falls",
        killed_by=("batch-scan/always/total-never-falls", "batch-scan/always/total-is-the-sum"),
        told_as=("wrong-totals",),
        apply=_in_progress(totalBooksFound="booksFound"),
    ),
    Fault(
        name="books-found-one-too-many",
        family="counters",
        symptom="`booksFound` of each photo, and so the total, is one more than the books on it",
        killed_by=("batch-scan/always/finds-the-planted-books",),
        told_as=("wrong-totals",),
        apply=on_batch_calls(_OneTooMany),
    ),
    Fault(
        name="total-books-with-duplicates",
        family="counters",
        symptom="`totalBooks` counts books that are listed once as often as they were found",
        killed_by=("batch-scan/at_end/books-counted",),
        told_as=("wrong-totals",),
        apply=edited(_with_duplicates),
    ),
    Fault(
        name="results-without-failed-photos",
        family="counters",
        symptom="photos that ended in `error` have no row in `photoResults`",
        killed_by=("batch-scan/at_end/one-result-for-each-photo",),
        told_as=("wrong-totals",),
        apply=_results_of("complete", "skipped"),
    ),
    Fault(
        name="csv-rate-counts-header",
        family="counters",
        symptom="`successRate` counts one row more than there are",
        killed_by=("csv-import/at_end/success-rate-counts-rows",),
        told_as=("wrong-totals",),
        apply=edited(_rate_with_header),
    ),
)
