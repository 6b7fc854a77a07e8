"""HTTP answers: wrong status, wrong envelope, wrong code, and jobs that come of requests that were refused."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from reference_server.answers import Answers, Refusal
from reference_server.batch_http import Scan
from reference_server.bodies import MAX_BODY_BYTES
from reference_server.faults.fault import Fault
from reference_server.faults.parts import on_answers
from reference_server.faults.request_parts import BATCH_PATH, BeforeReading, on_operations
from reference_server.operations import Operation


class _Always200(Answers):
    """Has the status that its framework has by default."""

    def success(self, data: Mapping[str, Any], *, status: int = 200) -> Response:
        return super().success(data)


class _NoEnvelope(Answers):
    """Returns the data as they are."""

    def success(self, data: Mapping[str, Any], *, status: int = 200) -> Response:
        return self._json(dict(data), status, None)


class _RefusedWith200(Answers):
    """Tells errors in the body alone."""

    def refusal(self, refusal: Refusal) -> Response:
        return super().refusal(_with(refusal, status=200))


class _BrokenByBadInput(Answers):
    """Does not tell a client's mistake from its own failure: one handler for all exceptions."""

    def refusal(self, refusal: Refusal) -> Response:
        broken = refusal if refusal.status not in (400, 413) else _with(refusal, status=500, code="E_INTERNAL")
        return super().refusal(broken)


class _OneCode(Answers):
    """Has one code for whatever was wrong."""

    def refusal(self, refusal: Refusal) -> Response:
        return super().refusal(_with(refusal, code="E_BAD_REQUEST"))


class _NoContentType(Answers):
    """Serializes the body by hand and forgets to say what it is."""

    def _json(self, body: dict[str, Any], status: int, headers: Mapping[str, str] | None) -> Response:
        response = super()._json(body, status, headers)
        del response.headers["content-type"]
        return response


class _RefusalAsPage(Answers):
    """Leaves refusals to its framework."""

    def refusal(self, refusal: Refusal) -> Response:
        page = f"<!doctype html><title>{refusal.status}</title><h1>Bad Request</h1>"
        return Response(page, refusal.status, refusal.headers, media_type="text/html")


class _NoDetails(Answers):
    """Has a code and a message for errors, and nothing for what a code alone has."""

    def refusal(self, refusal: Refusal) -> Response:
        return super().refusal(Refusal(refusal.status, refusal.code, refusal.message, headers=refusal.headers))


def _with(refusal: Refusal, *, status: int | None = None, code: str | None = None) -> Refusal:
    details, headers = refusal.details, refusal.headers
    return Refusal(status or refusal.status, code or refusal.code, refusal.message, details=details, headers=headers)


@dataclass(frozen=True)
class _AcceptsFirst(BeforeReading):
    """Makes the job before it looks at the rest of the request; a body over its limit is not looked at at all."""

    start: Callable[[Scan], Awaitable[object]]

    async def read(self, request: Request) -> Any:  # noqa: ANN401 - what the operation reads
        body = await request.body()
        try:
            return await self.correct.read(request)
        except Refusal:
            if len(body) <= MAX_BODY_BYTES:  # an id as long as that would be in each message
                await self._start(body)
            raise

    async def _start(self, body: bytes) -> None:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return
        job_id = asked.get("jobId") if isinstance(asked, dict) else None
        if isinstance(job_id, str) and job_id.strip():
            await self.start(Scan(job_id, [b""]))


def _accepting_first(operation: Operation[Any]) -> Operation[Any]:
    return replace(operation, reads=_AcceptsFirst(operation.reads, operation.handle))


FAULTS = (
    Fault(
        name="200-for-202",
        family="http_answers",
        symptom="an accepted job is answered with 200, as if it were done",
        killed_by=("batch-scan/accepted/status", "csv-import/accepted/status"),
        told_as=("wrong-answer",),
        apply=on_answers(_Always200),
    ),
    Fault(
        name="no-envelope",
        family="http_answers",
        symptom="`jobId` and its like stand at the top of an answer, not in `data`",
        killed_by=("batch-scan/accepted/schema", "csv-import/accepted/schema"),
        told_as=("wrong-shape",),
        apply=on_answers(_NoEnvelope),
    ),
    Fault(
        name="refused-with-200",
        family="http_answers",
        symptom="a refusal comes with status 200, and only its body says that it is one",
        killed_by=(
            "batch-refused/refused/status",
            "batch-scan/refused/status",
            "csv-import/refused/status",
            "http/refused/status",
        ),
        told_as=("wrong-refusal",),
        apply=on_answers(_RefusedWith200),
    ),
    Fault(
        name="500-for-bad-input",
        family="http_answers",
        symptom="a bad request is answered with 500 E_INTERNAL",
        killed_by=("batch-refused/refused/status", "batch-scan/refused/status", "csv-import/refused/status"),
        told_as=("server-error",),
        apply=on_answers(_BrokenByBadInput),
    ),
    Fault(
        name="one-code-for-all",
        family="http_answers",
        symptom="every refusal has the code E_BAD_REQUEST",
        killed_by=(
            "batch-refused/refused/body",
            "batch-scan/refused/body",
            "csv-import/refused/body",
            "http/refused/body",
        ),
        told_as=("wrong-refusal",),
        apply=on_answers(_OneCode),
    ),
    Fault(
        name="no-content-type",
        family="http_answers",
        symptom="answers do not say that they are JSON: there is no content-type",
        killed_by=("batch-scan/accepted/is-json", "csv-import/accepted/is-json"),
        told_as=("wrong-answer",),
        apply=on_answers(_NoContentType),
    ),
    Fault(
        name="refusal-without-details",
        family="http_answers",
        symptom="a refusal has no `details`: who sends too large a file is not told what to do instead",
        killed_by=("csv-import/refused/suggests-what-to-do",),
        told_as=("wrong-refusal",),
        apply=on_answers(_NoDetails),
    ),
    Fault(
        name="refusal-as-page",
        family="http_answers",
        symptom="a refusal is an HTML page",
        killed_by=(
            "batch-refused/refused/body",
            "batch-scan/refused/body",
            "csv-import/refused/body",
            "http/refused/body",
        ),
        told_as=("wrong-refusal",),
        apply=on_answers(_RefusalAsPage),
    ),
    Fault(
        name="job-made-though-refused",
        family="http_answers",
        symptom="a batch request is refused, yet there is a job of its id, and who connects hears of it",
        killed_by=("batch-scan/afterwards/no_job/status",),
        told_as=("wrong-answer",),
        apply=on_operations(_accepting_first, BATCH_PATH),
    ),
)
