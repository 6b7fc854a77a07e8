"""Correct jobs of the bundled contracts as traces, and the truth about what was sent."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.trace.events import CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, Event, What

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.trace.events import Json

JOB = "0b0f5f86-5c3b-4a39-9b8f-3a5f0d1c2e4a"
STAMP = 1_700_000_000_000
JSON = {"content-type": "application/json"}
METADATA = {"timestamp": "2025-11-04T10:00:00Z"}


# --- what was sent, and the truth about it


def planted(title: str, isbn: str | None, *, confident: bool = True) -> dict[str, Any]:
    return {"title": title, "author": "Le Guin", "isbn": isbn, "confident": confident}


A, B, C = planted("A", "9780000000001"), planted("B", "9780000000002"), planted("C", None, confident=False)
SHELF = {
    "images": [{"index": index, "data": "aGVsbG8="} for index in range(3)],
    "photos": [
        {"readable": True, "ends": "complete", "books": [A, C]},
        {"readable": False, "ends": "error", "books": []},
        {"readable": True, "ends": "complete", "books": [{**A, "confident": False}, B]},
    ],
    "books": [A, C, B],
    "exact": True,
}
ROWS = [{"title": "A", "author": "x", "isbn": "9780000000001"}, {"title": "B", "author": "y", "isbn": None}]
FILE = {
    "filename": "b.csv", "content": b"...", "usable": True, "defect": None, "books": ROWS, "errors": 1, "rows": 3,
    "reported": [{"row": 3, "title": "C"}],
}  # fmt: skip
NAMES = {
    "job_id": JOB, "shelf": SHELF, "file": FILE, "images": 3, "image": {}, "job": "", "text": "{",
    "found": 1, "index": 1, "photos": -1, "question": "get-state", "body": {},
}  # fmt: skip


# --- a trace is a list of labelled events; a mutation changes one in place


@dataclass
class Step:
    label: str
    at: float
    what: What
    value: Any = None
    connection: int = 0

    @property
    def event(self) -> Event:
        point = {What.REQUEST: REQUEST, What.CONNECT: CONNECT, What.OPEN: OPEN, What.CLOSE: CLOSE, What.SENT: "ready"}
        point |= {What.NOT_OPENED: NOT_OPENED, What.ACTION: self.label, What.AFTERWARDS: self.label}
        return Event(self.at, self.what, point.get(self.what, ""), self.value, self.connection)


def spread(*steps: tuple[str, What, Any]) -> list[Step]:
    """Half a second apart but for what needs no thinking."""
    quick = (What.REQUEST, What.ANSWER, What.CONNECT, What.OPEN, What.SENT)
    at, trace = 0.0, []
    for label, what, value in steps:
        at += 0.01 if what in quick or label == "ready_ack" else 0.5
        trace.append(Step(label, round(at, 3), what, deepcopy(value)))
    return trace


def received(label: str, value: Json) -> tuple[str, What, Any]:
    return label, What.RECEIVED, value


def answered(status: int, body: Json) -> tuple[str, What, Any]:
    return "answer", What.ANSWER, {"status": status, "headers": dict(JSON), "body": body}


def asked(what: What, label: str, data: dict[str, Any]) -> tuple[str, What, Any]:
    """A request besides, and that it was done."""
    body = {"data": data, "metadata": METADATA}
    return label, what, {"status": 200, "headers": dict(JSON), "body": body, "seconds": 0.1}


def refused_besides(what: What, label: str, status: int, code: str) -> tuple[str, What, Any]:
    """A request besides, and that it was refused, as is promised of it."""
    return label, what, {"status": status, "headers": dict(JSON), "body": refused(code), "seconds": 0.1}


def refused(code: str) -> dict[str, Any]:
    error = {"message": "no", "code": code, "details": {"suggestion": "send less"}}
    return {"data": None, "metadata": METADATA, "error": error}


def opening(accepted: dict[str, Any], status: int = 202) -> list[tuple[str, What, Any]]:
    return [
        ("request", What.REQUEST, {"method": "POST", "url": "/"}),
        answered(status, {"data": accepted, "metadata": METADATA}),
        ("connect", What.CONNECT, {"url": "/ws"}),
        ("open", What.OPEN, None),
        ("ready", What.SENT, {"type": "ready"}),
        received("ready_ack", {"type": "ready_ack", "timestamp": STAMP}),
    ]


CLOSED = ("close", What.CLOSE, {"code": 1000, "reason": "", "by": "server"})


def row(index: int, status: str, found: int = 0) -> dict[str, Any]:
    return {"index": index, "status": status, "booksFound": found, **({"error": "?"} if status == "error" else {})}


def progress(current: int, status: str, found: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "batch-progress", "jobId": JOB, "currentPhoto": current, "totalPhotos": len(rows),
        "photoStatus": status, "booksFound": found, "totalBooksFound": sum(one["booksFound"] for one in rows),
        "photos": rows,
    }  # fmt: skip


def book(truth: dict[str, Any]) -> dict[str, Any]:
    box = {"x1": 0.1, "y1": 0.1, "x2": 0.2, "y2": 0.9}
    found = {"title": truth["title"], "author": truth["author"], "isbn": truth["isbn"], "format": "unknown"}
    return {**found, "confidence": 0.9 if truth["confident"] else 0.5, "boundingBox": box}


def batch_job() -> list[Step]:
    zero, one, two = row(0, "complete", 2), row(1, "error"), row(2, "complete", 2)
    result = {
        "type": "batch-complete", "jobId": JOB, "status": "complete", "totalBooks": 3,
        "photoResults": [zero, one, two], "books": [book(A), book(C), book(B)],
    }  # fmt: skip
    return spread(
        *opening({"jobId": JOB, "totalPhotos": 3, "status": "processing"}),
        received("init", {"type": "batch-init", "jobId": JOB, "totalPhotos": 3, "status": "uploading"}),
        received("started 0", progress(0, "processing", 0, [row(0, "processing"), row(1, "queued"), row(2, "queued")])),
        received("ping", {"type": "ping", "timestamp": STAMP}),
        received("done 0", progress(0, "complete", 2, [zero, row(1, "queued"), row(2, "queued")])),
        received("started 1", progress(1, "processing", 0, [zero, row(1, "processing"), row(2, "queued")])),
        received("failed 1", progress(1, "error", 0, [zero, one, row(2, "queued")])),
        received("started 2", progress(2, "processing", 0, [zero, one, row(2, "processing")])),
        received("done 2", progress(2, "complete", 2, [zero, one, two])),
        received("complete", result),
        CLOSED,
    )


def imported(kind: str, **data: Json) -> dict[str, Any]:
    return {"type": kind, "jobId": JOB, "timestamp": STAMP, "data": data}


def step(share: float, *, keep_alive: bool = False) -> dict[str, Any]:
    return imported("progress", progress=share, status="working", keepAlive=keep_alive)


def csv_job() -> list[Step]:
    books = [{"title": "A", "author": "x", "isbn": "9780000000001"}, {"title": "B", "author": "y"}]
    errors = [{"title": "C", "error": "no author"}]
    return spread(
        *opening({"jobId": JOB}),
        received("validating", step(0.02)),
        received("parsing", step(0.05)),
        received("parsed", step(0.5)),
        received("keep_alive", step(0.5, keep_alive=True)),
        received("validated", step(0.75)),
        received("complete", imported("complete", books=books, errors=errors, successRate="2/3")),
        CLOSED,
    )


def unusable_csv_job() -> list[Step]:
    told = {"error": "Invalid CSV: empty", "fallbackAvailable": True, "suggestion": "send rows"}
    validating, error = received("validating", step(0.02)), received("error", imported("error", **told))
    return spread(*opening({"jobId": JOB}), validating, error, CLOSED)


def connects_first_job() -> list[Step]:
    """The job of a client that has its socket open before there is a job."""
    request, answer, *rest = batch_job()
    connected, told = rest[:4], rest[4:]
    return spread(*((one.label, one.what, one.value) for one in (*connected, request, answer, *told)))


def cancelled_job() -> list[Step]:
    """Cancelled while the first photo was in work."""
    zero = row(0, "complete", 2)
    result = {
        "type": "batch-complete", "jobId": JOB, "status": "canceled", "totalBooks": 2,
        "photoResults": [zero, row(1, "skipped"), row(2, "skipped")], "books": [book(A), book(C)],
    }  # fmt: skip
    return spread(
        *opening({"jobId": JOB, "totalPhotos": 3, "status": "processing"}),
        received("init", {"type": "batch-init", "jobId": JOB, "totalPhotos": 3, "status": "uploading"}),
        received("started 0", progress(0, "processing", 0, [row(0, "processing"), row(1, "queued"), row(2, "queued")])),
        asked(What.ACTION, "cancel", {"jobId": JOB, "status": "canceling"}),
        received("canceling", {"type": "batch-canceling", "jobId": JOB}),
        received("done 0", progress(0, "complete", 2, [zero, row(1, "queued"), row(2, "queued")])),
        received("complete", result),
        CLOSED,
    )


def cancelled_at_once_job() -> list[Step]:
    """Cancelled before the client was ready."""
    request, answer, *connected = opening({"jobId": JOB, "totalPhotos": 3, "status": "processing"})
    result = {
        "type": "batch-complete", "jobId": JOB, "status": "canceled", "totalBooks": 0, "books": [],
        "photoResults": [row(index, "skipped") for index in range(3)],
    }  # fmt: skip
    return spread(
        request,
        answer,
        asked(What.ACTION, "cancel", {"jobId": JOB, "status": "canceling"}),
        *connected,
        received("init", {"type": "batch-init", "jobId": JOB, "totalPhotos": 3, "status": "uploading"}),
        received("canceling", {"type": "batch-canceling", "jobId": JOB}),
        received("complete", result),
        CLOSED,
    )


def cancelled_too_late_job() -> list[Step]:
    """Cancelled while the last photo was in work, and so done all the same."""
    *before, last, complete, close = batch_job()
    answer = {"jobId": JOB, "status": "canceling"}
    return spread(
        *((one.label, one.what, one.value) for one in before),
        asked(What.ACTION, "cancel", answer),
        asked(What.ACTION, "again", answer),
        received("canceling", {"type": "batch-canceling", "jobId": JOB}),
        *((one.label, one.what, one.value) for one in (last, complete, close)),
    )


def driven_job(ends: str = "complete", *, cancel: bool = False) -> list[Step]:
    """A batch whose every step the client made: of one photo, or of two with the second one cancelled."""
    found, done, skipped = int(ends == "complete"), {"success": True}, [row(1, "skipped")] * cancel
    zero, queued, status = row(0, ends, found), [row(1, "queued")] * cancel, "canceled" if cancel else "complete"
    result = {
        "type": "batch-complete", "jobId": JOB, "status": status, "totalBooks": 0, "photoResults": [zero, *skipped],
        "books": [],
    }  # fmt: skip
    state = {
        "jobId": JOB, "totalPhotos": 1 + cancel, "photos": [zero, *skipped], "overallStatus": status,
        "currentPhoto": 0, "totalBooksFound": found, "cancelRequested": cancel,
    }  # fmt: skip
    cancelling = [asked(What.ACTION, "cancel", done), received("canceling", {"type": "batch-canceling", "jobId": JOB})]
    return spread(
        *opening(done, 200),
        received("init", {"type": "batch-init", "jobId": JOB, "totalPhotos": 1 + cancel, "status": "uploading"}),
        asked(What.ACTION, "begin", done),
        received("started 0", progress(0, "processing", 0, [row(0, "processing"), *queued])),
        received("ping", {"type": "ping", "timestamp": STAMP}),
        *cancelling * cancel,
        asked(What.ACTION, "finish", done),
        received("ended 0", progress(0, ends, found, [zero, *queued])),
        asked(What.ACTION, "wind_up", done),
        received("complete", result),
        CLOSED,
        asked(What.AFTERWARDS, "settled", state),
        asked(What.AFTERWARDS, "cancelled", {"canceled": cancel}),
    )


def besides(*asked_besides: tuple[str, What, Any]) -> Callable[[], list[Step]]:
    """A whole batch, and what a client asked in the midst of it or afterwards."""
    return lambda: [*batch_job(), *(replace(one, at=100.0) for one in spread(*asked_besides))]


def told_to_two(job: Callable[[], list[Step]], first: str) -> Callable[[], list[Step]]:
    """A whole job on one connection, and its beginning on another: the `first` message, labelled `again`."""

    def trace() -> list[Step]:
        whole = job()
        beginning = [one for one in whole if one.label in ("connect", "open", first)]
        *opened, told = (replace(deepcopy(one), connection=1) for one in beginning)
        return [*whole, *opened, replace(told, label="again")]

    return trace


def healthy() -> list[Step]:
    return spread(("request", What.REQUEST, {"method": "GET", "url": "/health"}), answered(200, {"status": "ok"}))


def refusal(code: str, status: int = 400) -> list[Step]:
    trace = spread(("request", What.REQUEST, {"method": "POST", "url": "/"}), answered(status, refused(code)))
    trace[1].value["headers"]["allow"] = "POST"
    return trace


def refusal_without_job() -> list[Step]:
    """What was refused has made no job."""
    no_job = refused_besides(What.AFTERWARDS, "no_job", 404, "E_NOT_FOUND")
    return [*refusal("E_INVALID_IMAGES"), *(replace(one, at=1.0) for one in spread(no_job))]


STATE = {
    "jobId": JOB, "totalPhotos": 3, "photos": [row(0, "complete", 2), row(1, "error"), row(2, "complete", 2)],
    "overallStatus": "complete", "currentPhoto": 2, "totalBooksFound": 4, "cancelRequested": False,
}  # fmt: skip
TRACES = {
    "batch-scan/scans-every-photo": batch_job,
    "batch-scan/too-many-images": refusal_without_job,
    "batch-scan/watched-by-several": told_to_two(batch_job, "init"),
    "batch-scan/asks-for-its-state-afterwards": besides(asked(What.AFTERWARDS, "settled", STATE)),
    "batch-scan/says-the-same-id-again": besides(refused_besides(What.ACTION, "again", 409, "E_JOB_EXISTS")),
    "batch-scan/cancelled-before-there-is-a-job": besides(refused_besides(What.ACTION, "cancel", 404, "E_NOT_FOUND")),
    "csv-import/imports-every-row": csv_job,
    "csv-import/refuses-a-file-that-is-no-csv": unusable_csv_job,
    "csv-import/watched-by-several": told_to_two(csv_job, "validating"),
    "csv-import/no-file": lambda: refusal("E_MISSING_FILE"),
    "csv-import/a-file-that-is-too-large": lambda: refusal("E_FILE_TOO_LARGE", 413),
    "batch-scan/connects-first": connects_first_job,
    "batch-cancel/midway": cancelled_job,
    "batch-cancel/twice": cancelled_too_late_job,
    "batch-cancel/with-several-watchers": told_to_two(cancelled_job, "init"),
    "batch-cancel/after-the-202": cancelled_at_once_job,
    "batch-refused/job-id": lambda: refusal("E_INVALID_REQUEST"),
    "progress-object/sends-what-the-handler-would": driven_job,
    "progress-object/tells-of-a-photo-that-failed": lambda: driven_job("error"),
    "progress-object/tells-of-a-cancel": lambda: driven_job(cancel=True),
    "progress-object/state-of-no-job": lambda: refusal("E_INVALID_REQUEST"),
    "http/health": healthy,
    "http/get-where-post-is-right": lambda: refusal("E_METHOD_NOT_ALLOWED", 405),
}
