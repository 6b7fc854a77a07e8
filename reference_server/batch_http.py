"""The requests about batch scans: start one, cancel one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from reference_server.answers import Refusal
from reference_server.jobs import Jobs
from reference_server.photos import decode_base64
from reference_server.shapes import CancelAnswer, JobRequest, ScanAccepted, ScanRequest
from reference_server.starting import Starter
from reference_server.storage import JobExists

MAX_PHOTO_BYTES = 10_000_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scan:
    """A batch as it was asked for; a photo is None where the request had no base64, which fails later and alone."""

    job_id: str
    photos: list[bytes | None]


class BatchRequests:
    """Answers requests about batch scans and leaves the work to the background."""

    def __init__(self, jobs: Jobs, starter: Starter) -> None:
        self._jobs = jobs
        self._starter = starter

    async def scan(self, scan: Scan) -> ScanAccepted:
        """`POST /api/scan-bookshelf/batch`: 202, and the photos are scanned in the background.

        Raises:
            Refusal: 409; there is no new job then.
        """
        job_id, total = scan.job_id, len(scan.photos)
        try:
            progress, channel = await self._jobs.accept_batch(job_id, scan.photos)
        except JobExists as error:
            raise job_exists(job_id) from error
        self._starter.start_batch(progress, channel)
        logger.info("job %.80r: accepted, %d photos", job_id, total, extra={"job": job_id})
        return {"jobId": job_id, "totalPhotos": total, "status": "processing"}

    async def cancel(self, request: JobRequest) -> CancelAnswer:
        """`POST /api/scan-bookshelf/cancel`: 200 with what the batch is doing now.

        Raises:
            Refusal: 404 if there is no such batch.
        """
        job_id = request.jobId
        progress = await self._jobs.batch(job_id)
        if progress is None:
            raise no_such_batch(job_id)
        progress.cancel_batch()
        status = progress.status
        await self._jobs.settled()  # what is answered must outlive a crash
        logger.info("job %.80r: cancel answered with %s", job_id, status, extra={"job": job_id})
        return {"jobId": job_id, "status": status}


def job_exists(job_id: str) -> Refusal:
    """The refusal of an id that is taken."""
    return Refusal(409, "E_JOB_EXISTS", f"a job {job_id!r:.80} was accepted before; use a new jobId")


def no_such_batch(job_id: str) -> Refusal:
    """The refusal of an id that is no batch's."""
    return Refusal(404, "E_NOT_FOUND", f"there is no batch job {job_id!r:.80}")


def read_scan(
    request: ScanRequest,
    max_photo_bytes: int = MAX_PHOTO_BYTES,
    decode: Callable[[str], bytes | None] = decode_base64,
) -> Scan:
    """The batch that `request` asks for.

    Raises:
        Refusal: 413 if a photo is too large.
    """
    photos = [decode(image.data) for image in request.images]
    for place, photo in enumerate(photos):
        if photo is not None and len(photo) > max_photo_bytes:
            text = f"images[{place}] has {len(photo):,} bytes; {max_photo_bytes:,} are allowed"
            raise Refusal(413, "E_INVALID_IMAGES", text)
    return Scan(request.jobId, photos)
