"""A CSV import as pure state: each step taken returns the message it causes.

Instants are handed in, as milliseconds since the epoch; nothing here waits, sends or reads a clock.
"""

import json
from typing import Any

from reference_server.csv_books import Library
from reference_server.messages import Message, ProgressError


class CsvImport:
    """The state of one CSV import.

    Call `update_progress` as work goes on, then `complete` or `fail`, once. Each returns the messages to send.
    """

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.finished = False
        self.progress = 0.0
        self.status = ""

    @classmethod
    def from_state(cls, job_id: str, state: str) -> "CsvImport":
        """The import whose `as_state` was `state`."""
        job = cls(job_id)
        vars(job).update(json.loads(state))
        return job

    def as_state(self) -> str:
        """All of it as JSON, to go on from after a restart."""
        return json.dumps({"finished": self.finished, "progress": self.progress, "status": self.status})

    def update_progress(self, progress: float, status: str, *, at: int) -> list[Message]:
        """Announce `progress` (0..1, never falling) and what is being done as a text.

        Raises:
            ProgressError: the import is over, or the progress falls.
        """
        self._check_running()
        if not self.progress <= progress <= 1:
            raise ProgressError(f"progress of import {self.job_id!r} cannot go from {self.progress} to {progress}")
        self.progress, self.status = progress, status
        return [self._progress_message(keep_alive=False, at=at)]

    def complete(self, library: Library, *, at: int) -> list[Message]:
        """End well: `complete` with the books, the rows that were left out, and the rate.

        Raises:
            ProgressError: the import is over.
        """
        self._check_running()
        self.finished = True
        data = {
            "books": [book.as_json() for book in library.books],
            "errors": [error.as_json() for error in library.errors],
            "successRate": library.success_rate,
        }
        return [self._message("complete", data, at)]

    def fail(self, error: str, suggestion: str, *, at: int) -> list[Message]:
        """End badly: `error` with what went wrong and what to do; an import that is over stays as it is."""
        if self.finished:
            return []
        self.finished = True
        return [self._message("error", {"error": error, "fallbackAvailable": True, "suggestion": suggestion}, at)]

    def keep_alive(self, *, at: int) -> Message:
        """The progress last announced, marked as no news."""
        return self._progress_message(keep_alive=True, at=at)

    def _check_running(self) -> None:
        if self.finished:
            raise ProgressError(f"import {self.job_id!r} is over")

    def _progress_message(self, *, keep_alive: bool, at: int) -> Message:
        data = {"progress": self.progress, "status": self.status, "keepAlive": keep_alive}
        return self._message("progress", data, at)

    def _message(self, kind: str, data: dict[str, Any], at: int) -> Message:
        return {"type": kind, "jobId": self.job_id, "timestamp": at, "data": data}
