"""For each clause of the bundled contracts, what breaks it in a correct job of `bundled_jobs`, and nothing else."""

from __future__ import annotations

from typing import Any

from tests.unit.contract.breaking import (
    add,
    again,
    drag,
    drop,
    finds,
    later,
    not_opened,
    put,
    remove,
    unreadable_is_done,
)
from tests.unit.contract.bundled_jobs import A, C, book, planted, row


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
    ("batch-cancel", "always/lists-every-photo"): {"always/photos-are-numbered-by-place"},
    ("batch-cancel", "at_end/no-more-books-than-found"): {PLANTED},
    ("batch-cancel", "order"): {IN_TURN},
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
    ("batch-scan", "actions/again"): "batch-scan/says-the-same-id-again",
    ("batch-scan", "actions/cancel"): "batch-scan/cancelled-before-there-is-a-job",
    ("batch-scan", "afterwards/settled"): "batch-scan/asks-for-its-state-afterwards",
    ("batch-scan", "afterwards/no_job"): "batch-scan/too-many-images",
    ("batch-scan", "same-story"): "batch-scan/watched-by-several",
    ("csv-import", "same-story"): "csv-import/watched-by-several",
    ("batch-cancel", "same-story"): "batch-cancel/with-several-watchers",
    ("batch-cancel", "at_end/cancelling-is-announced"): "batch-cancel/midway",
    ("batch-cancel", "at_end/canceled-if-a-photo-was-skipped"): "batch-cancel/midway",
    ("batch-cancel", "actions/cancel/body"): "batch-cancel/after-the-202",
    ("progress-object", "schemas/photo_failed"): "progress-object/tells-of-a-photo-that-failed",
    ("progress-object", "actions/cancel"): "progress-object/tells-of-a-cancel",
}
"""Where a clause, or all that begin so, are shown, if not in the plainest case."""

ANSWERED: dict[str, list[Any]] = {
    "accepted/status": [put("answer", "status", 299)],
    "accepted/within": [later("answer", 2.1)],
    "accepted/is-json": [put("answer", "headers.content-type", "text/html")],
}
REFUSED: dict[str, list[Any]] = {
    "refused/status": [put("answer", "status", 499)],
    "refused/within": [later("answer", 2.1)],
    "refused/schema": [remove("answer", "body.metadata")],
    "refused/body": [put("answer", "body.error.code", "E_OTHER")],
    "refused/is-json": [put("answer", "headers.content-type", "text/html")],
}
TOLD: dict[str, list[Any]] = {
    "socket/opens": [not_opened],
    "socket/within": [later("open", 2.1)],
    "schemas/ready_ack": [remove("ready_ack", "timestamp")],
    "deadlines/acknowledged": [drop("ready_ack")],
    "deadlines/closed": [later("close", 2.1)],
    "always/the-right-job": [put("complete", "jobId", "another")],
    "at_end/one-ack-each": [again("ready_ack")],
}
SCANNED: dict[str, list[Any]] = {
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
}  # fmt: skip


def asked(name: str, **parts: list[Any]) -> dict[str, list[Any]]:
    """The clauses of a request besides, and what breaks each."""
    label = name.rpartition("/")[2]
    own = {"within": [put(label, "seconds", 2.1)], "status": [put(label, "status", 599)], **parts}
    return {f"{name}/{part.replace('_', '-')}": mutations for part, mutations in own.items()}


def not_done(label: str) -> list[Any]:
    return [put(label, "body.data.success", False)]


ANOTHER_CODE = "body.error.code", "E_OTHER"
MUTANTS: dict[tuple[str, str], list[Any]] = {
    **also_in("batch-scan", clauses=ANSWERED | REFUSED | TOLD | SCANNED | {
        "at_end/photos-end-as-they-must": [unreadable_is_done],
        "at_end/every-ready-is-acknowledged": [again("ready")],
        "at_end/every-planted-book": [put("complete", "books.2.title", "D")],
        OTHER: [add("complete", "books", book(planted("D", None))), put("complete", "totalBooks", 4)],
        "at_end/the-more-confident-duplicate": [put("complete", "books.0.confidence", 0.5)],
        "same-story": [put("again", "totalPhotos", 4)],
        **asked("actions/again", schema=[remove("again", "body.metadata")], body=[put("again", *ANOTHER_CODE)]),
        **asked("actions/cancel", schema=[remove("cancel", "body.metadata")], body=[put("cancel", *ANOTHER_CODE)]),
        **asked("afterwards/no_job", body=[put("no_job", *ANOTHER_CODE)]),
        **asked(
            "afterwards/settled",
            schema=[remove("settled", "body.metadata")],
            body=[put("settled", "body.data.overallStatus", "processing")],
            agrees_with_the_results=[put("settled", "body.data.photos.1.index", 2)],
        ),
    }),
    **also_in("csv-import", clauses=ANSWERED | REFUSED | TOLD | {
        "same-story": [put("again", "timestamp", 0)],
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
    **also_in("batch-cancel", clauses=ANSWERED | TOLD | SCANNED),
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
        "same-story": [put("again", "totalPhotos", 4)],
        **asked(
            "actions/cancel",
            schema=[put("cancel", "body.data.status", "done")],
            body=[put("cancel", "body.data.status", "complete")],
            names_the_job=[put("cancel", "body.data.jobId", "another")],
        ),
        **asked("actions/again", schema=[put("again", "body.data.status", "done")]),
    }),
    **also_in("batch-refused", clauses=REFUSED),
    **also_in("progress-object", clauses=ANSWERED | REFUSED | TOLD | {
        "accepted/body": not_done("answer"),
        "order": [again("started 0")],
        "schemas/ping": [remove("ping", "timestamp")],
        "schemas/init": [put("init", "status", "queued")],
        "schemas/photo_started": [put("started 0", "photos.0.error", "?")],
        "schemas/photo_done": [put("ended 0", "photos.0.error", "?")],
        "schemas/photo_failed": [remove("ended 0", "photos.0.error")],
        "schemas/complete": [remove("complete", "books")],
        "deadlines/first-news": [later("init", 5.1)],
        "deadlines/finished": [later("complete", 12.1)],
        **asked("actions/begin", body=not_done("begin")),
        **asked("actions/finish", body=not_done("finish")),
        **asked("actions/wind_up", body=not_done("wind_up")),
        **asked("actions/cancel", body=not_done("cancel")),
        **asked(
            "afterwards/settled",
            schema=[remove("settled", "body.metadata")],
            is_what_was_announced=[put("settled", "body.data.overallStatus", "processing")],
            has_the_books=[put("settled", "body.data.totalBooksFound", 3)],
        ),
        **asked("afterwards/cancelled", is_what_was_announced=[put("cancelled", "body.data.canceled", True)]),
    }),
    **also_in("http", clauses=ANSWERED | REFUSED | {
        "accepted/body": [put("answer", "body.status", "down")],
        "refused/names-the-right-method": [put("answer", "headers.allow", "GET")],
    }),
}  # fmt: skip
"""For each clause of the bundled contracts, the least that breaks it and nothing else."""
