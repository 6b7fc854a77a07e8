"""Every clause of the bundled contracts, held against a correct job and against one that breaks exactly that clause."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from harness.contract.judge import Judge
from harness.contract.loading import bundled_contracts, load
from harness.inputs import registry
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, UNDECLARED, Event, NotJson, What
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case
    from harness.trace.events import Json

JOB = "0b0f5f86-5c3b-4a39-9b8f-3a5f0d1c2e4a"
STAMP = 1_700_000_000_000
JSON = {"content-type": "application/json"}
METADATA = {"timestamp": "2025-11-04T10:00:00Z"}
AFTER_ALL = 10_000.0


@cache
def case(full_name: str) -> Case:
    return next(one for one in all_cases() if one.full_name == full_name)


@cache
def all_cases() -> tuple[Case, ...]:
    return tuple(one for path in bundled_contracts() for one in load(path, registry()).cases)


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
NAMES = {"job_id": JOB, "shelf": SHELF, "file": FILE, "images": 3, "image": {}, "job": "", "text": "{"}


# --- a trace is a list of labelled events; a mutation changes one in place


@dataclass
class Step:
    label: str
    at: float
    what: What
    value: Any = None

    @property
    def event(self) -> Event:
        point = {What.REQUEST: REQUEST, What.CONNECT: CONNECT, What.OPEN: OPEN, What.CLOSE: CLOSE, What.SENT: "ready"}
        point |= {What.NOT_OPENED: NOT_OPENED, What.ACTION: "cancel"}
        return Event(self.at, self.what, point.get(self.what, ""), self.value)


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


def opening(accepted: dict[str, Any]) -> list[tuple[str, What, Any]]:
    return [
        ("request", What.REQUEST, {"method": "POST", "url": "/"}),
        answered(202, {"data": accepted, "metadata": METADATA}),
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
        "type": "batch-progress", "jobId": JOB, "currentPhoto": current, "totalPhotos": 3, "photoStatus": status,
        "booksFound": found, "totalBooksFound": sum(one["booksFound"] for one in rows), "photos": rows,
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
    canceling = {"data": {"jobId": JOB, "status": "canceling"}, "metadata": METADATA}
    return spread(
        *opening({"jobId": JOB, "totalPhotos": 3, "status": "processing"}),
        received("init", {"type": "batch-init", "jobId": JOB, "totalPhotos": 3, "status": "uploading"}),
        received("started 0", progress(0, "processing", 0, [row(0, "processing"), row(1, "queued"), row(2, "queued")])),
        ("cancel", What.ACTION, {"status": 200, "headers": dict(JSON), "body": canceling, "seconds": 0.1}),
        received("canceling", {"type": "batch-canceling", "jobId": JOB}),
        received("done 0", progress(0, "complete", 2, [zero, row(1, "queued"), row(2, "queued")])),
        received("complete", result),
        CLOSED,
    )


def healthy() -> list[Step]:
    return spread(("request", What.REQUEST, {"method": "GET", "url": "/health"}), answered(200, {"status": "ok"}))


def refusal(code: str, status: int = 400) -> list[Step]:
    error = {"message": "no", "code": code, "details": {"suggestion": "send less"}}
    body = {"data": None, "metadata": METADATA, "error": error}
    refused = spread(("request", What.REQUEST, {"method": "POST", "url": "/"}), answered(status, body))
    refused[1].value["headers"]["allow"] = "POST"
    return refused


TRACES = {
    "batch-scan/scans-every-photo": batch_job,
    "batch-scan/too-many-images": lambda: refusal("E_INVALID_IMAGES"),
    "csv-import/imports-every-row": csv_job,
    "csv-import/refuses-a-file-that-is-no-csv": unusable_csv_job,
    "csv-import/no-file": lambda: refusal("E_MISSING_FILE"),
    "csv-import/a-file-that-is-too-large": lambda: refusal("E_FILE_TOO_LARGE", 413),
    "batch-scan/connects-first": connects_first_job,
    "batch-cancel/midway": cancelled_job,
    "http/health": healthy,
    "http/get-where-post-is-right": lambda: refusal("E_METHOD_NOT_ALLOWED", 405),
}


# --- mutations


def find(trace: list[Step], label: str) -> int:
    return next(index for index, one in enumerate(trace) if one.label == label)


def put(label: str, path: str, value: Json) -> Callable[[list[Step]], None]:
    """One field of one event has another value."""

    def mutate(trace: list[Step]) -> None:
        *way, last = path.split(".")
        part = trace[find(trace, label)].value
        for key in way:
            part = part[int(key) if isinstance(part, list) else key]
        part[int(last) if isinstance(part, list) else last] = value

    return mutate


def add(label: str, path: str, value: Json) -> Callable[[list[Step]], None]:
    """One list of one event has one item more."""

    def mutate(trace: list[Step]) -> None:
        part = trace[find(trace, label)].value
        for key in path.split("."):
            part = part[key]
        part.append(value)

    return mutate


def remove(label: str, path: str) -> Callable[[list[Step]], None]:
    """One field of one event is missing."""

    def mutate(trace: list[Step]) -> None:
        *way, last = path.split(".")
        part = trace[find(trace, label)].value
        for key in way:
            part = part[int(key) if isinstance(part, list) else key]
        del part[int(last) if isinstance(part, list) else last]

    return mutate


def later(label: str, seconds: float) -> Callable[[list[Step]], None]:
    """One event, and all that follow, come later."""

    def mutate(trace: list[Step]) -> None:
        for one in trace[find(trace, label) :]:
            one.at += seconds

    return mutate


def drop(label: str) -> Callable[[list[Step]], None]:
    """One event never comes."""

    def mutate(trace: list[Step]) -> None:
        del trace[find(trace, label)]

    return mutate


def again(label: str) -> Callable[[list[Step]], None]:
    """One event comes twice."""

    def mutate(trace: list[Step]) -> None:
        index = find(trace, label)
        trace.insert(index, deepcopy(trace[index]))

    return mutate


def drag(before: str, times: int, with_label: str) -> Callable[[list[Step]], None]:
    """The job takes 9 s longer, so many times, with a keep-alive each time."""

    def mutate(trace: list[Step]) -> None:
        alive = trace[find(trace, with_label)]
        for _ in range(times):
            index = find(trace, before)
            at = trace[index - 1].at + 9
            later(before, 9)(trace)
            trace.insert(index, replace(alive, label="alive", at=at, value=deepcopy(alive.value)))

    return mutate


def not_opened(trace: list[Step]) -> None:
    """The handshake is answered 404."""
    trace[find(trace, "open")] = Step("open", 0.03, What.NOT_OPENED, {"status": 404, "body": None, "problem": ""})


def unreadable_is_done(trace: list[Step]) -> None:
    """The photo that cannot be read ends as complete."""
    put("failed 1", "photoStatus", "complete")(trace)
    for label, rows in (
        ("failed 1", "photos"),
        ("started 2", "photos"),
        ("done 2", "photos"),
        ("complete", "photoResults"),
    ):
        put(label, f"{rows}.1", row(1, "complete"))(trace)


def finds(number: int) -> list[Callable[[list[Step]], None]]:
    """The last photo's books are so many, everywhere."""
    return [
        put("done 2", "booksFound", number),
        put("done 2", "photos.2.booksFound", number),
        put("done 2", "totalBooksFound", 2 + number),
        put("complete", "photoResults.2.booksFound", number),
    ]


def also_in(contract: str, *, clauses: dict[str, list[Any]]) -> dict[tuple[str, str], list[Any]]:
    return {(contract, clause): mutations for clause, mutations in clauses.items()}


FINISHED, IN_TURN = "always/the-photo-that-was-started-is-finished", "always/photos-come-in-turn"
ANNOUNCED = {
    "always/the-current-photo-has-the-announced-status",
    "always/the-current-photo-has-the-announced-books",
}
PLANTED, OTHER, EVERY_ROW = "always/finds-the-planted-books", "at_end/no-other-book", "at_end/every-importable-row"
TWO_PHOTOS = [row(0, "processing"), row(1, "queued")]
ALSO = {
    ("batch-scan", "always/lists-every-photo"): {"always/photos-are-numbered-by-place"},
    ("batch-scan", "at_end/no-more-books-than-found"): {PLANTED},
    ("batch-scan", "at_end/isbns-are-unique"): {OTHER},
    ("batch-scan", "at_end/books-without-isbn-are-unique"): {OTHER},
    ("csv-import", "at_end/cells-are-trimmed"): {EVERY_ROW},
    ("batch-cancel", "schemas/canceling"): {"always/the-right-job"},
    ("batch-cancel", IN_TURN): {FINISHED, "always/the-current-photo-has-the-announced-status"},
    ("batch-cancel", FINISHED): ANNOUNCED,
}
"""Clauses that cannot fail alone, and what fails with them."""

IN_CASE = {
    ("csv-import", "schemas/error"): "csv-import/refuses-a-file-that-is-no-csv",
    ("batch-scan", "at_end/every-ready-is-acknowledged"): "batch-scan/connects-first",
    ("csv-import", "refused/suggests-what-to-do"): "csv-import/a-file-that-is-too-large",
    ("csv-import", "at_end/says-what-is-wrong"): "csv-import/refuses-a-file-that-is-no-csv",
}
BOTH: dict[str, list[Any]] = {
    "accepted/status": [put("answer", "status", 200)],
    "accepted/within": [later("answer", 2.1)],
    "refused/status": [put("answer", "status", 404)],
    "refused/within": [later("answer", 2.1)],
    "refused/schema": [remove("answer", "body.metadata")],
    "refused/body": [put("answer", "body.error.code", "E_OTHER")],
    "accepted/is-json": [put("answer", "headers.content-type", "text/html")],
    "refused/is-json": [put("answer", "headers.content-type", "text/html")],
    "socket/opens": [not_opened],
    "socket/within": [later("open", 2.1)],
    "schemas/ready_ack": [remove("ready_ack", "timestamp")],
    "deadlines/acknowledged": [drop("ready_ack")],
    "deadlines/closed": [later("close", 2.1)],
    "always/the-right-job": [put("complete", "jobId", "another")],
    "at_end/one-ack-each": [again("ready_ack")],
}
MUTANTS: dict[tuple[str, str], list[Any]] = {
    **also_in("batch-scan", clauses=BOTH),
    **also_in("csv-import", clauses=BOTH),
    **also_in("batch-scan", clauses={
        "accepted/schema": [put("answer", "body.data.status", "done")],
        "accepted/echoes-the-job": [put("answer", "body.data.jobId", "another")],
        "accepted/counts-the-photos": [put("answer", "body.data.totalPhotos", 4)],
        "order": [again("started 0")],
        "schemas/ping": [remove("ping", "timestamp")],
        "schemas/init": [put("init", "status", "queued")],
        "schemas/photo_started": [put("started 0", "photos.2.error", "?")],
        "schemas/photo_done": [put("done 0", "photos.2.error", "?")],
        "schemas/photo_failed": [remove("failed 1", "photos.1.error")],
        "schemas/complete": [put("complete", "books.0.format", "scroll")],
        "deadlines/first-news": [later("init", 5.1)],
        "deadlines/no-gap": [later("done 2", 10.1)],
        "deadlines/finished": [drag("done 2", 10, "ping")],
        "always/counts-every-photo": [put("init", "totalPhotos", 4)],
        "always/lists-every-photo": [put("started 0", "photos", TWO_PHOTOS)],
        "always/photos-are-numbered-by-place": [put("started 0", "photos.2.index", 1)],
        "always/the-current-photo-has-the-announced-status": [put("started 0", "photos.0.status", "queued")],
        "always/a-photo-has-books-only-when-complete": [
            put("started 0", "booksFound", 1),
            put("started 0", "photos.0.booksFound", 1),
            put("started 0", "totalBooksFound", 1),
        ],
        "always/the-current-photo-has-the-announced-books": [
            put("started 2", "photos.2.booksFound", 1),
            put("started 2", "totalBooksFound", 3),
        ],
        "always/total-is-the-sum": [put("started 0", "totalBooksFound", 1)],
        "always/total-never-falls": [
            put("started 1", "photos.0.booksFound", 1),
            put("started 1", "totalBooksFound", 1),
        ],
        "always/finished-photos-stay-finished": [put("started 1", "photos.0.status", "queued")],
        "always/results-agree-with-the-last-progress": [put("complete", "photoResults.0.booksFound", 3)],
        "always/boxes-are-not-turned-inside-out": [put("complete", "books.0.boundingBox.x1", 0.3)],
        PLANTED: finds(1),
        "at_end/books-counted": [put("complete", "totalBooks", 2)],
        "at_end/one-result-for-each-photo": [
            put("complete", "photoResults", [row(1, "error"), row(0, "complete", 2), row(2, "complete", 2)])
        ],
        "at_end/no-more-books-than-found": finds(0),
        "at_end/isbns-are-unique": [add("complete", "books", book(A)), put("complete", "totalBooks", 4)],
        "at_end/books-without-isbn-are-unique": [add("complete", "books", book(C)), put("complete", "totalBooks", 4)],
        "at_end/photos-end-as-they-must": [unreadable_is_done],
        "at_end/every-ready-is-acknowledged": [again("ready")],
        "at_end/every-planted-book": [put("complete", "books.2.title", "D")],
        OTHER: [add("complete", "books", book(planted("D", None))), put("complete", "totalBooks", 4)],
        "at_end/the-more-confident-duplicate": [put("complete", "books.0.confidence", 0.5)],
    }),
    **also_in("csv-import", clauses={
        "accepted/schema": [remove("answer", "body.metadata")],
        "order": [drop("parsing")],
        "schemas/keep_alive": [put("keep_alive", "data.status", 3)],
        "schemas/validating": [put("validating", "data.status", 3)],
        "schemas/parsing": [put("parsing", "data.status", 3)],
        "schemas/parsed": [put("parsed", "data.status", 3)],
        "schemas/validated": [put("validated", "data.status", 3)],
        "schemas/complete": [put("complete", "data.errors.0.error", "")],
        "schemas/error": [put("error", "data.fallbackAvailable", False)],
        "deadlines/first-news": [later("validating", 5.1)],
        "deadlines/no-gap": [later("validated", 10.1)],
        "deadlines/finished": [drag("validated", 7, "keep_alive")],
        "always/progress-never-falls": [put("keep_alive", "data.progress", 0.05)],
        "at_end/success-rate-counts-rows": [put("complete", "data.successRate", "3/3")],
        "at_end/cells-are-trimmed": [put("complete", "data.books.0.title", "A\u00a0")],
        EVERY_ROW: [put("complete", "data.books.0.isbn", None)],
        "at_end/no-other-row": [
            add("complete", "data.books", {"title": "D", "author": "z"}),
            put("complete", "data.successRate", "3/4"),
        ],
        "at_end/every-other-row-is-reported": [
            add("complete", "data.errors", {"title": "D", "error": "no author"}),
            put("complete", "data.successRate", "2/4"),
        ],
        "at_end/reported-rows-are-named": [put("complete", "data.errors.0.title", "D")],
        "refused/suggests-what-to-do": [put("answer", "body.error.details.suggestion", "")],
        "at_end/says-what-is-wrong": [put("error", "data.error", "it is empty")],
    }),
    **also_in("batch-cancel", clauses={
        "schemas/canceling": [put("canceling", "jobId", 7)],
        IN_TURN: [put("started 0", "currentPhoto", 1)],
        FINISHED: [put("done 0", "currentPhoto", 1)],
        "at_end/cancelling-is-announced": [drop("canceling")],
        "at_end/canceled-if-a-photo-was-skipped": [put("complete", "status", "complete")],
        "at_end/books-of-finished-photos-are-kept": [
            put("complete", "books", [book(A)]),
            put("complete", "totalBooks", 1),
        ],
    }),
    **also_in("http", clauses={
        "accepted/body": [put("answer", "body.status", "down")],
        "refused/names-the-right-method": [put("answer", "headers.allow", "GET")],
    }),
}  # fmt: skip
"""For each clause of the bundled contracts, the least that breaks it and nothing else."""


def judged(full_name: str, trace: list[Step]) -> Judge:
    judge = Judge(case(full_name), NAMES)
    for one in trace:
        if judge.watch.done:
            break
        judge.feed(one.event)
    if not judge.watch.done:
        judge.watch.advance(AFTER_ALL)
        judge.watch.finish(AFTER_ALL)
    return judge


def failed(judge: Judge) -> set[str]:
    assert {violation.clause for violation in judge.watch.violations()} == {
        clause for clause, verdict in judge.watch.verdicts().items() if verdict is Verdict.FAILED
    }
    return {violation.clause for violation in judge.watch.violations()}


OF_BOTH = ("batch-scan", "csv-import")
ACCEPTS = {
    "batch-scan": "scans-every-photo", "csv-import": "imports-every-row", "batch-cancel": "midway", "http": "health",
}  # fmt: skip
REFUSES = {"batch-scan": "too-many-images", "csv-import": "no-file", "http": "get-where-post-is-right"}


def case_for(contract: str, clause: str) -> str:
    name = (REFUSES if clause.startswith("refused/") else ACCEPTS)[contract]
    return IN_CASE.get((contract, clause), f"{contract}/{name}")


def test_the_table_has_every_clause_of_the_bundled_contracts() -> None:
    judged = [(one.contract, clause) for one in all_cases() for clause in watched(one)]
    alike = {clause for _, clause in MUTANTS}
    assert {one for one in judged if one[0] in OF_BOTH} == {one for one in MUTANTS if one[0] in OF_BOTH}
    assert {one for one in judged if one[1] not in alike} == set(), "the other contracts add to these"


def watched(case: Case) -> set[str]:
    """The clauses of a case that are judged on a connection."""
    return {one for one in case.clauses if not one.startswith(("actions/", "afterwards/")) and one != "same-story"}


@pytest.mark.parametrize("full_name", TRACES)
def test_a_correct_job_breaks_nothing(full_name: str) -> None:
    judge = judged(full_name, TRACES[full_name]())
    assert failed(judge) == set()
    assert judge.watch.done


def test_a_correct_job_exercises_every_clause_of_its_case() -> None:
    for full_name in ("batch-scan/scans-every-photo", "batch-scan/too-many-images", "csv-import/no-file"):
        verdicts = judged(full_name, TRACES[full_name]()).watch.verdicts()
        assert {clause for clause, verdict in verdicts.items() if verdict is not Verdict.PASSED} == set()
    verdicts = judged("csv-import/imports-every-row", csv_job()).watch.verdicts()
    assert {clause for clause, verdict in verdicts.items() if verdict is not Verdict.PASSED} == {"schemas/error"}


@pytest.mark.parametrize(("contract", "clause"), MUTANTS)
def test_each_clause_fails_for_its_own_reason(contract: str, clause: str) -> None:
    full_name = case_for(contract, clause)
    trace = TRACES[full_name]()
    for mutate in MUTANTS[contract, clause]:
        mutate(trace)
    assert failed(judged(full_name, trace)) == {clause} | ALSO.get((contract, clause), set())


@pytest.mark.parametrize("after", ["open", "ready", "ready_ack", "init", "started 0", "done 2", "complete"])
def test_silence_is_a_violation_wherever_it_begins(after: str) -> None:
    trace = batch_job()
    del trace[find(trace, after) + 1 :]
    clauses = failed(judged("batch-scan/scans-every-photo", trace))
    assert "order" in clauses
    if after not in ("open",):  # nothing was asked of the server yet
        assert clauses & {"deadlines/first-news", "deadlines/no-gap", "deadlines/closed"}


def test_the_point_of_each_event_is_what_clauses_call_it() -> None:
    judge = Judge(case("batch-scan/scans-every-photo"), NAMES)
    points = [judge.feed(one.event).point for one in batch_job()]
    assert points[1] == ACCEPTED
    assert points[6:] == [
        "init", "photo_started", "ping", "photo_done", "photo_started", "photo_failed", "photo_started", "photo_done",
        "complete", "close",
    ]  # fmt: skip


@pytest.mark.parametrize("message", [{"type": "batch-progress", "photoStatus": "half"}, {}, NotJson("hello")])
def test_a_message_that_no_kind_fits_breaks_the_order(message: Json) -> None:
    trace = batch_job()
    trace.insert(find(trace, "started 0"), Step("odd", 0.6, What.RECEIVED, message))
    judge = Judge(case("batch-scan/scans-every-photo"), NAMES)
    points = [judge.feed(one.event).point for one in trace]
    assert UNDECLARED in points
    assert failed(judge) == {"order"}


def test_a_request_without_an_answer_breaks_the_status_and_says_why() -> None:
    trace = [
        Step("request", 0.0, What.REQUEST),
        Step("answer", 1.0, What.ANSWER, {"status": None, "headers": {}, "body": None, "problem": "reset"}),
    ]
    (violation,) = judged("batch-scan/scans-every-photo", trace).watch.violations()
    assert (violation.clause, violation.summary) == ("accepted/status", "no answer came: reset")


def test_an_accepted_job_where_a_refusal_was_promised_breaks_the_status_alone() -> None:
    trace = refusal("E_INVALID_IMAGES")
    trace[1].value = {"status": 202, "headers": JSON, "body": {"data": {}}}
    judge = judged("batch-scan/too-many-images", trace)
    (violation,) = judge.watch.violations()
    assert violation.clause == "refused/status"
    assert violation.summary.startswith("the answer was 202: ")
    assert violation.expected == ("400",)


def test_a_broken_relation_tells_its_values() -> None:
    trace = batch_job()
    put("init", "totalPhotos", 4)(trace)
    (violation,) = judged("batch-scan/scans-every-photo", trace).watch.violations()
    assert violation.summary == (
        "msg.totalPhotos == size(shelf.images) is false: msg.totalPhotos = 4, size(shelf.images) = 3"
    )


def test_a_field_that_is_missing_breaks_the_relation_over_it() -> None:
    trace = batch_job()
    remove("init", "jobId")(trace)
    judge = judged("batch-scan/scans-every-photo", trace)
    assert failed(judge) == {"always/the-right-job", "schemas/init"}
    assert any("there is no 'jobId'" in violation.summary for violation in judge.watch.violations())


def test_a_relation_over_a_kind_that_never_came_is_not_exercised() -> None:
    trace = batch_job()
    del trace[find(trace, "complete") :]
    verdicts = judged("batch-scan/scans-every-photo", trace).watch.verdicts()
    assert verdicts["at_end/books-counted"] is Verdict.NOT_EXERCISED
    assert verdicts["always/results-agree-with-the-last-progress"] is Verdict.NOT_EXERCISED


def test_a_message_that_overtakes_the_answer_is_not_held_to_it() -> None:
    judge = Judge(case("csv-import/imports-every-row"), NAMES)
    judge.feed(Event(0.0, What.RECEIVED, "", step(0.02)))
    assert judge.watch.verdicts()["always/the-right-job"] is Verdict.NOT_EXERCISED
    assert failed(judge) == set()
