"""The requests about batch scans: start one, cancel one."""

import asyncio
import functools
import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from reference_server.answers import Answers, Refusal
from reference_server.bodies import job_id_of, read_json_object
from reference_server.components import Components
from reference_server.jobs import JobExists, Jobs
from reference_server.photos import decode_base64
from reference_server.work import BatchScan, begin

MAX_PHOTOS = 5
MAX_PHOTO_BYTES = 10_000_000
MAX_BODY_BYTES = 70_000_000

logger = logging.getLogger(__name__)


class BatchRequests:
    """Answers requests about batch scans and leaves the work to the background."""

    def __init__(self, components: Components, jobs: Jobs, answers: Answers) -> None:
        self._components = components
        self._jobs = jobs
        self._answers = answers
        self._background = components.batch_background(components.supervisor)

    async def scan(self, request: Request) -> Response:
        """`POST /api/scan-bookshelf/batch`: 202, and the photos are scanned in the background.

        Raises:
            Refusal: 400, 409 or 413; there is no new job then.
        """
        too_large = Refusal(413, "E_INVALID_IMAGES", f"the body is larger than {MAX_BODY_BYTES:,} bytes")
        body = await read_json_object(request, MAX_BODY_BYTES, too_large)
        job_id = job_id_of(body)
        photos = await asyncio.to_thread(_photos, _images_of(body))
        self._start(job_id, photos)
        logger.info("job %.80r: accepted, %d photos", job_id, len(photos))
        data = {"jobId": job_id, "totalPhotos": len(photos), "status": "processing"}
        return self._answers.success(data, status=202)

    async def cancel(self, request: Request) -> Response:
        """`POST /api/scan-bookshelf/cancel`: 200 with what the batch is doing now.

        Raises:
            Refusal: 400, or 404 if there is no such batch.
        """
        too_large = Refusal(413, "E_INVALID_REQUEST", f"the body is larger than {MAX_BODY_BYTES:,} bytes")
        job_id = job_id_of(await read_json_object(request, MAX_BODY_BYTES, too_large))
        progress = self._jobs.batch(job_id)
        if progress is None:
            raise Refusal(404, "E_NOT_FOUND", f"there is no batch job {job_id!r:.80}")
        progress.cancel_batch()
        logger.info("job %.80r: cancel answered with %s", job_id, progress.status)
        return self._answers.success({"jobId": job_id, "status": progress.status})

    def _start(self, job_id: str, photos: list[bytes | None]) -> None:
        try:
            progress, channel = self._jobs.accept_batch(job_id, len(photos))
        except JobExists as error:
            raise Refusal(409, "E_JOB_EXISTS", f"a job {job_id!r:.80} was accepted before; use a new jobId") from error
        clock = self._components.clock
        work = BatchScan(
            job_id,
            photos,
            self._components.batch_reporter(progress),
            begun=functools.partial(begin, channel, clock),
            read_photo=self._components.read_photo,
            clock=clock,
            photo_seconds=self._components.pace.photo_seconds,
        )
        self._background.start(work)


def _images_of(body: dict[str, Any]) -> list[str]:
    """The base64 texts of a request's images, in order."""
    images = body.get("images")
    if not isinstance(images, list):
        raise Refusal(400, "E_INVALID_REQUEST", "'images' must be an array")
    if not 1 <= len(images) <= MAX_PHOTOS:
        raise _invalid_images(f"'images' has {len(images)} images; 1 to {MAX_PHOTOS} are allowed")
    return [_data_of(image, place) for place, image in enumerate(images)]


def _data_of(image: object, place: int) -> str:
    if not isinstance(image, dict):
        raise _invalid_images(f"images[{place}] is not an object")
    index, data = image.get("index"), image.get("data")
    if isinstance(index, bool) or not isinstance(index, (int, float)):
        raise _invalid_images(f"images[{place}].index is not a number")
    if not isinstance(data, str) or not data:
        raise _invalid_images(f"images[{place}].data is not a non-empty base64 string")
    return data


def _photos(images: list[str]) -> list[bytes | None]:
    """The decoded images; None for one that is not base64, which fails later and alone."""
    photos = [decode_base64(image) for image in images]
    for place, photo in enumerate(photos):
        if photo is not None and len(photo) > MAX_PHOTO_BYTES:
            raise Refusal(
                413,
                "E_INVALID_IMAGES",
                f"images[{place}] has {len(photo):,} bytes; {MAX_PHOTO_BYTES:,} are allowed",
            )
    return photos


def _invalid_images(message: str) -> Refusal:
    return Refusal(400, "E_INVALID_IMAGES", message)
