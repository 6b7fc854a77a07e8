"""The test endpoints: they drive the progress object of a job without its handler and its work.

So that a fault can be pinned to one of the two: if a job is silent and its object answers here, look at the handler.
"""

from collections.abc import Callable

from reference_server.answers import Refusal
from reference_server.batch_http import job_exists, no_such_batch
from reference_server.books import Book, Box
from reference_server.jobs import Jobs
from reference_server.messages import ProgressError
from reference_server.progress import BatchProgress
from reference_server.shapes import (
    BatchState,
    Canceled,
    CompleteRequest,
    Done,
    DrivenBook,
    InitRequest,
    JobRequest,
    UpdateRequest,
)
from reference_server.storage import JobExists

_DONE: Done = {"success": True}


class DrivingRequests:
    """Answers the requests under `/test/do`."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def init_batch(self, request: InitRequest) -> Done:
        """Make a batch that nobody works on, and begin it.

        Raises:
            Refusal: 409 if there is a job of this id.
        """
        try:
            progress, _ = await self._jobs.accept_driven(request.jobId, request.totalPhotos)
        except JobExists as error:
            raise job_exists(request.jobId) from error
        return await self._drive(progress.init_batch)

    async def update_photo(self, request: UpdateRequest) -> Done:
        """Move a photo on.

        Raises:
            Refusal: 404 if there is no such batch, 400 if there is no such photo or no reason for an error, 409 if the
                batch's state does not allow the step.
        """
        progress = await self._progress(request.jobId)
        photos = len(progress.state.photos)
        if request.photoIndex >= photos:
            raise _invalid(f"no photo {request.photoIndex}: batch {request.jobId!r:.80} has {photos}, counted from 0")
        if request.status == "error" and not request.error:
            raise _invalid("'error' must say why the photo failed")
        return await self._drive(
            lambda: progress.update_photo(
                request.photoIndex, request.status, books_found=request.booksFound, error=request.error
            )
        )

    async def complete_batch(self, request: CompleteRequest) -> Done:
        """End a batch.

        Raises:
            Refusal: 404 if there is no such batch, 409 if its state does not allow it.
        """
        progress = await self._progress(request.jobId)
        return await self._drive(lambda: progress.complete_batch([_book(book) for book in request.books]))

    async def cancel_batch(self, request: JobRequest) -> Done:
        """Ask a batch to stop; one that nobody works on is then ended by whoever drives it.

        Raises:
            Refusal: 404 if there is no such batch.
        """
        progress = await self._progress(request.jobId)
        return await self._drive(progress.cancel_batch)

    async def get_state(self, job_id: str) -> BatchState:
        """The state of a batch.

        Raises:
            Refusal: 404 if there is no such batch.
        """
        batch = (await self._progress(job_id)).state
        return {
            "jobId": job_id,
            "totalPhotos": len(batch.photos),
            "photos": batch.rows(),
            "overallStatus": batch.status,
            "currentPhoto": batch.current_photo,
            "totalBooksFound": batch.total_books_found,
            "cancelRequested": batch.cancel_requested,
        }

    async def is_canceled(self, job_id: str) -> Canceled:
        """Whether a cancel was asked for.

        Raises:
            Refusal: 404 if there is no such batch.
        """
        return {"canceled": (await self._progress(job_id)).is_canceled()}

    async def _progress(self, job_id: str) -> BatchProgress:
        progress = await self._jobs.batch(job_id)
        if progress is None:
            raise no_such_batch(job_id)
        return progress

    async def _drive(self, step: Callable[[], None]) -> Done:
        try:
            step()
        except ProgressError as error:
            raise Refusal(409, "E_CONFLICT", str(error)) from error
        await self._jobs.settled()
        return _DONE


def _book(book: DrivenBook) -> Book:
    box = book.boundingBox
    return Book(book.title, book.author, book.isbn, book.confidence, Box(box.x1, box.y1, box.x2, box.y2))


def _invalid(message: str) -> Refusal:
    return Refusal(400, "E_INVALID_REQUEST", message)
