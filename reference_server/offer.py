"""The table of everything that the server offers over HTTP. `/openapi.json` is this table, and so are the routes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reference_server.batch_http import BatchRequests, read_scan
from reference_server.bodies import Intake
from reference_server.csv_http import CsvRequests
from reference_server.driving_http import DrivingRequests
from reference_server.operations import FileInForm, JobIdInQuery, JsonBody, Nothing, Operation, same
from reference_server.shapes import (
    BatchState,
    CancelAnswer,
    Canceled,
    CompleteRequest,
    Done,
    Health,
    ImportAccepted,
    InitRequest,
    JobRequest,
    ScanAccepted,
    ScanRequest,
    UpdateRequest,
)
from reference_server.socket_http import SocketRequests

_INVALID = (400, "E_INVALID_REQUEST", "not a JSON object of the right shape")
_TOO_LARGE = (413, "E_INVALID_REQUEST", "a body over 70 MB")
_NO_JOB_NAMED = (400, "E_INVALID_REQUEST", "no jobId")
_UNKNOWN = (404, "E_NOT_FOUND", "no such batch job")
_EXISTS = (409, "E_JOB_EXISTS", "a job of this id was accepted before and has not expired")


@dataclass(frozen=True)
class Handlers:
    """Who answers the operations."""

    intake: Intake
    batch: BatchRequests
    csv: CsvRequests
    driving: DrivingRequests
    socket: SocketRequests
    health: Callable[[], Health]


def operations(handlers: Handlers, describe: Callable[[], Mapping[str, Any]]) -> Sequence[Operation[Any]]:
    """All operations; `describe` makes the description of them."""

    async def health(_: None) -> Health:
        return handlers.health()

    async def description(_: None) -> Mapping[str, Any]:
        return describe()

    answer_of_any_kind = dict[str, Any]
    return [
        *_jobs(handlers),
        *_driving(handlers.driving, handlers.intake),
        Operation("GET", "/health", "Is the server well?", Nothing(), health, Health, in_envelope=False),
        Operation("GET", "/openapi.json", "This.", Nothing(), description, answer_of_any_kind, in_envelope=False),
    ]


def _jobs(handlers: Handlers) -> Sequence[Operation[Any]]:
    batch, intake = handlers.batch, handlers.intake
    scan = JsonBody(intake, ScanRequest, read_scan, "E_INVALID_IMAGES")
    return [
        Operation(
            "POST",
            "/api/scan-bookshelf/batch",
            "Scan photos of a bookshelf.",
            scan,
            batch.scan,
            ScanAccepted,
            202,
            [
                _INVALID,
                (400, "E_INVALID_IMAGES", "no image or more than 5, or one without index or data"),
                _EXISTS,
                (413, "E_INVALID_IMAGES", "an image over 10,000,000 bytes, or a body over 70 MB"),
            ],
            limited=True,
        ),
        Operation(
            "POST",
            "/api/scan-bookshelf/cancel",
            "Stop a scan after the photo it is at.",
            JsonBody(intake, JobRequest, same),
            batch.cancel,
            CancelAnswer,
            refusals=[_INVALID, _UNKNOWN, _TOO_LARGE],
            limited=True,
        ),
        Operation(
            "POST",
            "/api/import/csv-gemini",
            "Import a CSV file of books.",
            FileInForm("file"),
            handlers.csv.load,
            ImportAccepted,
            202,
            [
                (400, "E_MISSING_FILE", "not a multipart form, or none with a file of this name"),
                (400, "E_INVALID_REQUEST", "the body ended too early"),
                (413, "E_FILE_TOO_LARGE", "over 10 MiB"),
            ],
            limited=True,
        ),
        Operation(
            "GET",
            "/ws/progress",
            "The WebSocket on which a job's messages come.",
            JobIdInQuery(),
            handlers.socket.plain,
            None,
            101,
            [_NO_JOB_NAMED, (426, "E_UPGRADE_REQUIRED", "not a WebSocket handshake")],
        ),
    ]


def _driving(driving: DrivingRequests, intake: Intake) -> Sequence[Operation[Any]]:
    conflict = (409, "E_CONFLICT", "a step that the batch's state does not allow")
    return [
        Operation(
            "POST",
            "/test/do/init-batch",
            "Make and begin a batch that nobody works on.",
            JsonBody(intake, InitRequest, same),
            driving.init_batch,
            Done,
            refusals=[_INVALID, _EXISTS, _TOO_LARGE],
        ),
        Operation(
            "POST",
            "/test/do/update-photo",
            "Move a photo on.",
            JsonBody(intake, UpdateRequest, same),
            driving.update_photo,
            Done,
            refusals=[_INVALID, _UNKNOWN, conflict, _TOO_LARGE],
        ),
        Operation(
            "POST",
            "/test/do/complete-batch",
            "End a batch.",
            JsonBody(intake, CompleteRequest, same),
            driving.complete_batch,
            Done,
            refusals=[_INVALID, _UNKNOWN, conflict, _TOO_LARGE],
        ),
        Operation(
            "POST",
            "/test/do/cancel-batch",
            "Ask a batch to stop.",
            JsonBody(intake, JobRequest, same),
            driving.cancel_batch,
            Done,
            refusals=[_INVALID, _UNKNOWN, _TOO_LARGE],
        ),
        Operation(
            "GET",
            "/test/do/get-state",
            "The state of a batch.",
            JobIdInQuery(),
            driving.get_state,
            BatchState,
            refusals=[_NO_JOB_NAMED, _UNKNOWN],
        ),
        Operation(
            "GET",
            "/test/do/is-canceled",
            "Whether a batch was asked to stop.",
            JobIdInQuery(),
            driving.is_canceled,
            Canceled,
            refusals=[_NO_JOB_NAMED, _UNKNOWN],
        ),
    ]
