"""The envelope in which every HTTP answer stands, and refusals."""

import functools
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from reference_server.clock import Clock
from reference_server.messages import as_text


class Refusal(Exception):
    """A request that is not done: raise it anywhere under a handler, and the client gets its answer.

    `code` is for programs, `message` says to a person what was wrong and what would be right, `details` are fields
    that this code alone has.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers

    def __reduce__(self) -> tuple[object, ...]:
        """For a refusal that comes from another process."""
        make = functools.partial(Refusal, details=self.details, headers=self.headers)
        return make, (self.status, self.code, self.message)


class Answers:
    """Makes the answers to HTTP requests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def success(self, data: Mapping[str, Any], *, status: int = 200) -> Response:
        """The answer to a request that was done or accepted."""
        return self._json({"data": data, "metadata": self._metadata()}, status, None)

    def bare(self, fields: Mapping[str, Any]) -> Response:
        """An answer without the envelope, for those who only ask whether the server is well."""
        return self._json(dict(fields), 200, None)

    def refusal(self, refusal: Refusal) -> Response:
        """The answer to a request that was refused."""
        error: dict[str, Any] = {"message": refusal.message, "code": refusal.code}
        if refusal.details is not None:
            error["details"] = refusal.details
        envelope = {"data": None, "metadata": self._metadata(), "error": error}
        return self._json(envelope, refusal.status, refusal.headers)

    def _metadata(self) -> dict[str, str]:
        return {"timestamp": self._clock.iso_time()}

    def _json(self, body: dict[str, Any], status: int, headers: Mapping[str, str] | None) -> Response:
        return Response(as_text(body), status, headers, media_type="application/json")
