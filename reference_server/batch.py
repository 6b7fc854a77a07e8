"""A batch scan as pure state: each step taken returns the messages it causes.

Theory of operation: a batch holds one row for each photo. A photo moves forward from `queued` to `processing` to
`complete` or `error`; what is still queued when a cancelled batch completes becomes `skipped`. Every step checks that
it is allowed and raises `ProgressError` if not, before anything has changed: a caller's mistake becomes a failure that
somebody sees, never a message that breaks the protocol. Nothing here waits, sends or reads a clock.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reference_server.books import Book, without_duplicates
from reference_server.messages import Message, ProgressError

PhotoStatus = Literal["queued", "processing", "complete", "error", "skipped"]
BatchStatus = Literal["uploading", "processing", "canceling", "complete", "canceled"]

_RANK: dict[PhotoStatus, int] = {"queued": 0, "processing": 1, "complete": 2, "error": 2, "skipped": 2}


@dataclass
class Photo:
    """One photo's row: its place in the request (0-based), how far it is, the books found on it, why it failed."""

    index: int
    status: PhotoStatus = "queued"
    books_found: int = 0
    error: str | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to this photo."""
        return _RANK[self.status] == 2

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in `photos` and `photoResults`."""
        row = {"index": self.index, "status": self.status, "booksFound": self.books_found}
        return row if self.error is None else row | {"error": self.error}


class Batch:
    """The state of one batch scan of `total_photos` photos.

    Call `init_batch`, then `update_photo` as work goes on, then `complete_batch`; `cancel_batch` at any moment; `fail`
    when the work broke. Each returns the messages to send, in order.
    """

    def __init__(self, job_id: str, total_photos: int) -> None:
        self.job_id = job_id
        self.photos = [Photo(index) for index in range(total_photos)]
        self.current_photo = 0
        self.cancel_requested = False
        self.status: BatchStatus = "uploading"
        self._begun = False

    @classmethod
    def from_state(cls, job_id: str, state: str) -> "Batch":
        """The batch whose `as_state` was `state`."""
        kept = json.loads(state)
        batch = cls(job_id, 0)
        batch.photos = [Photo(**photo) for photo in kept["photos"]]
        batch.current_photo = kept["current_photo"]
        batch.cancel_requested = kept["cancel_requested"]
        batch.status = kept["status"]
        batch._begun = kept["begun"]
        return batch

    def as_state(self) -> str:
        """All of it as JSON, to go on from after a restart."""
        return json.dumps(
            {
                "photos": [vars(photo) for photo in self.photos],
                "current_photo": self.current_photo,
                "cancel_requested": self.cancel_requested,
                "status": self.status,
                "begun": self._begun,
            }
        )

    @property
    def begun(self) -> bool:
        """Whether `batch-init` has been returned."""
        return self._begun

    @property
    def finished(self) -> bool:
        """Whether the terminal message has been returned."""
        return self.status in ("complete", "canceled")

    @property
    def total_books_found(self) -> int:
        """The books found on all photos so far, duplicates included."""
        return sum(photo.books_found for photo in self.photos)

    def init_batch(self) -> list[Message]:
        """Begin: `batch-init`, and `batch-canceling` if a cancel came before.

        Raises:
            ProgressError: the batch has begun already.
        """
        if self._begun:
            raise ProgressError(f"batch {self.job_id!r} has begun already")
        self._begun = True
        messages = [self._message("batch-init", totalPhotos=len(self.photos), status="uploading")]
        return [*messages, self._message("batch-canceling")] if self.cancel_requested else messages

    def update_photo(
        self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None
    ) -> list[Message]:
        """Move photo `index` (0-based) forward to `status`: one `batch-progress`.

        `books_found` counts only with `complete`; `error` says why and is required with `error`.

        Raises:
            ProgressError: no such photo, not a step forward, an error without a text, or the batch is not running.
        """
        self._check_running()
        if not 0 <= index < len(self.photos):
            raise ProgressError(f"no photo {index} in batch {self.job_id!r}: it has {len(self.photos)}")
        photo = self.photos[index]
        self._check_step(photo, status, error)
        photo.status = status
        photo.books_found = books_found if status == "complete" else 0
        photo.error = error if status == "error" else None
        self.current_photo = index
        if not self.cancel_requested:
            self.status = "processing"
        return [self._progress(photo)]

    def cancel_batch(self) -> list[Message]:
        """Ask the work to stop after the photo it is at: `batch-canceling`, once, while there is work to stop.

        Before the batch has begun it is owed until `init_batch`. Look at `status` for what to answer.
        """
        if self.finished or self.cancel_requested:
            return []
        self.cancel_requested = True
        self.status = "canceling"
        if not self._begun or all(photo.done for photo in self.photos):
            return []
        return [self._message("batch-canceling")]

    def complete_batch(self, books: Sequence[Book]) -> list[Message]:
        """End: `batch-complete` with `books` freed of duplicates; what a cancel left queued becomes `skipped`.

        Raises:
            ProgressError: the batch is not running, a photo is in work, or one is queued and nobody cancelled.
        """
        self._check_running()
        left = [photo for photo in self.photos if not photo.done]
        if any(photo.status == "processing" or not self.cancel_requested for photo in left):
            raise ProgressError(f"batch {self.job_id!r} is not done: {[photo.as_json() for photo in left]}")
        for photo in left:
            photo.status = "skipped"
        self.status = "canceled" if left else "complete"
        unique = self.unique(books)
        return [
            self._message(
                "batch-complete",
                status=self.status,
                totalBooks=len(unique),
                photoResults=self.rows(),
                books=[book.as_json() for book in unique],
            )
        ]

    def unique(self, books: Sequence[Book]) -> list[Book]:
        """The books that the result shows, of all that were found."""
        return without_duplicates(books)

    def fail(self, reason: str, books: Sequence[Book]) -> list[Message]:
        """End although the work broke: each photo not yet done becomes an `error` with `reason`, then `batch-complete`.

        After a cancel only the photo in work does; the queued ones are skipped. `books` are those found before. Allowed
        at any moment; a finished batch stays as it is.
        """
        if self.finished:
            return []
        messages = [] if self._begun else self.init_batch()
        for photo in self.photos:
            if photo.status == "queued" and not self.cancel_requested:
                messages += self.update_photo(photo.index, "processing")
            if photo.status == "processing":
                messages += self.update_photo(photo.index, "error", error=reason)
        return messages + self.complete_batch(books)

    def _check_running(self) -> None:
        if not self._begun:
            raise ProgressError(f"batch {self.job_id!r} has not begun")
        if self.finished:
            raise ProgressError(f"batch {self.job_id!r} is over: {self.status}")

    def _check_step(self, photo: Photo, status: PhotoStatus, error: str | None) -> None:
        if status == "skipped" or _RANK[status] <= _RANK[photo.status]:
            raise ProgressError(
                f"photo {photo.index} of batch {self.job_id!r} cannot go from {photo.status} to {status}"
            )
        if status == "processing" and self.cancel_requested:
            raise ProgressError(f"batch {self.job_id!r} is canceling: photo {photo.index} must not be started")
        if status == "error" and not error:
            raise ProgressError(f"photo {photo.index} of batch {self.job_id!r} failed without saying why")

    def _progress(self, photo: Photo) -> Message:
        return self._message(
            "batch-progress",
            currentPhoto=photo.index,
            totalPhotos=len(self.photos),
            photoStatus=photo.status,
            booksFound=photo.books_found,
            totalBooksFound=self.total_books_found,
            photos=self.rows(),
        )

    def rows(self) -> list[dict[str, Any]]:
        """The photos as they stand in messages."""
        return [photo.as_json() for photo in self.photos]

    def _message(self, kind: str, **fields: object) -> Message:
        return {"type": kind, "jobId": self.job_id, **fields}
