"""The request that imports a CSV file."""

import functools
import logging
import uuid

from starlette.requests import Request
from starlette.responses import Response

from reference_server.answers import Answers
from reference_server.bodies import read_upload
from reference_server.components import Components
from reference_server.jobs import Jobs
from reference_server.work import CsvLoad, begin

logger = logging.getLogger(__name__)


class CsvRequests:
    """Answers requests to import CSV files and leaves the work to the background."""

    def __init__(self, components: Components, jobs: Jobs, answers: Answers) -> None:
        self._components = components
        self._jobs = jobs
        self._answers = answers
        self._background = components.csv_background(components.supervisor)

    async def load(self, request: Request) -> Response:
        """`POST /api/import/csv-gemini`: 202 with a new job id, and the file is read in the background.

        Raises:
            Refusal: 400 or 413; there is no new job then.
        """
        content = await read_upload(request, "file")
        job_id = str(uuid.uuid4())
        progress, channel = self._jobs.accept_import(job_id)
        clock = self._components.clock
        work = CsvLoad(
            job_id,
            content,
            self._components.csv_reporter(progress),
            begun=functools.partial(begin, channel, clock),
            read_csv=self._components.read_csv,
            clock=clock,
            csv_seconds=self._components.pace.csv_seconds,
        )
        self._background.start(work)
        logger.info("job %.80r: accepted, a CSV file of %d bytes", job_id, len(content))
        return self._answers.success({"jobId": job_id}, status=202)
