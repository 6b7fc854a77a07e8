"""The request that imports a CSV file."""

import logging
import uuid

from reference_server.jobs import Jobs
from reference_server.shapes import ImportAccepted
from reference_server.starting import Starter

logger = logging.getLogger(__name__)


class CsvRequests:
    """Answers requests to import CSV files and leaves the work to the background."""

    def __init__(self, jobs: Jobs, starter: Starter) -> None:
        self._jobs = jobs
        self._starter = starter

    async def load(self, content: bytes) -> ImportAccepted:
        """`POST /api/import/csv-gemini`: 202 with a new job id, and the file is read in the background."""
        job_id = str(uuid.uuid4())
        progress, channel = await self._jobs.accept_import(job_id, content)
        self._starter.start_import(progress, channel)
        logger.info("job %.80r: accepted, a CSV file of %d bytes", job_id, len(content), extra={"job": job_id})
        return {"jobId": job_id}
