"""Log lines on stderr: as text for people, or as one JSON object a line for programs."""

import datetime
import json
import logging
import sys
from typing import Any, Literal

Form = Literal["text", "json"]


def set_up(form: Form, *, quiet: bool) -> None:
    """Send the server's log to stderr in this form; only warnings of libraries, and no line a client can cause.

    With `quiet` only warnings of the server too.
    """
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("reference_server").setLevel(logging.WARNING if quiet else logging.INFO)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # a client's broken form is in its answer


class JsonLines(logging.Formatter):
    """`time` (ISO 8601, UTC), `level`, `message`, and where there are any `job` and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if (job := getattr(record, "job", None)) is not None:
            line["job"] = job
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The instant of the record in UTC with milliseconds."""
        moment = datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
