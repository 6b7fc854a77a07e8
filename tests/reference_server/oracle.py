"""What the protocol says of a whole story, written down a second time and without the server's help."""

from typing import Any

from tests.reference_server.client import Message

CSV_STEPS = [0.02, 0.05, 0.5, 0.75]
_FORWARD = {"queued": 0, "processing": 1, "complete": 2, "error": 2, "skipped": 2}


def steps(messages: list[Message]) -> list[Any]:
    """The order of job messages: kinds, and for the progress of a batch the photo and its status."""
    return [
        (message["currentPhoto"], message["photoStatus"]) if message["type"] == "batch-progress" else message["type"]
        for message in messages
    ]


def check_batch(messages: list[Message], job_id: str, total: int, *, canceling: bool | None = False) -> None:
    """The job messages of a batch of `total` photos; `canceling`: whether a cancel was told so (None: perhaps)."""
    assert all(message["jobId"] == job_id for message in messages)
    order = steps(messages)
    assert order[0] == "batch-init"
    assert order[-1] == "batch-complete"
    assert messages[0]["totalPhotos"] == total
    assert messages[0]["status"] == "uploading"
    _check_cancel(order, total, canceling)
    photos = [step for step in order if isinstance(step, tuple)]
    done = len(photos) // 2
    assert [photo for photo, _ in photos] == [index for index in range(done) for _ in range(2)]
    assert all(status == "processing" for _, status in photos[::2])
    assert all(status in ("complete", "error") for _, status in photos[1::2])
    assert len(order) == 2 + 2 * done + order.count("batch-canceling")
    _check_progress([message for message in messages if message["type"] == "batch-progress"], total)
    _check_result(messages, total)


def _check_cancel(order: list[Any], total: int, canceling: bool | None) -> None:
    done = sum(isinstance(step, tuple) and step[1] != "processing" for step in order)
    told = order.count("batch-canceling")
    if canceling is False:
        assert told == 0
    elif canceling:
        assert told == 1 or (told == 0 and done == total)
    if told:
        after = order[order.index("batch-canceling") :]
        assert not any(isinstance(step, tuple) and step[1] == "processing" for step in after)
    else:
        assert done == total


def _check_progress(progress: list[Message], total: int) -> None:
    before = [{"status": "queued", "booksFound": 0}] * total
    books = 0
    for message in progress:
        rows = message["photos"]
        assert message["totalPhotos"] == len(rows) == total
        assert [row["index"] for row in rows] == list(range(total))
        current = rows[message["currentPhoto"]]
        assert (current["status"], current["booksFound"]) == (message["photoStatus"], message["booksFound"])
        assert message["totalBooksFound"] == sum(row["booksFound"] for row in rows) >= books
        books = message["totalBooksFound"]
        for old, new in zip(before, rows, strict=True):
            assert new == old or _FORWARD[new["status"]] >= _FORWARD[str(old["status"])]
            _check_row(new)
        before = rows


def _check_row(row: dict[str, Any]) -> None:
    assert bool(row.get("error")) == (row["status"] == "error") == ("error" in row)
    assert row["booksFound"] == 0 or row["status"] == "complete"


def _check_result(messages: list[Message], total: int) -> None:
    last = messages[-1]
    progress = [message for message in messages if message["type"] == "batch-progress"]
    results = last["photoResults"]
    assert [row["index"] for row in results] == list(range(total))
    if progress:
        expected = [row | {"status": "skipped"} if row["status"] == "queued" else row for row in progress[-1]["photos"]]
        assert results == expected
    assert all(row["status"] in ("complete", "error", "skipped") for row in results)
    skipped = any(row["status"] == "skipped" for row in results)
    assert last["status"] in (("canceled",) if skipped else ("complete", "canceled"))
    books = last["books"]
    assert last["totalBooks"] == len(books) <= sum(row["booksFound"] for row in results)
    names = [book["isbn"] if book["isbn"] else (book["title"], book["author"]) for book in books]
    assert len(set(names)) == len(names)


def check_import(messages: list[Message], job_id: str, *, usable: bool) -> None:
    """The job messages of an import."""
    assert all(message["jobId"] == job_id for message in messages)
    assert all(isinstance(message["timestamp"], int) for message in messages)
    assert [message["type"] for message in messages[:-1]] == ["progress"] * (4 if usable else 1)
    steps_told = [message["data"]["progress"] for message in messages[:-1]]
    assert steps_told == (CSV_STEPS if usable else CSV_STEPS[:1])
    assert not any(message["data"]["keepAlive"] for message in messages[:-1])
    data = messages[-1]["data"]
    if usable:
        assert messages[-1]["type"] == "complete"
        assert data["successRate"] == f"{len(data['books'])}/{len(data['books']) + len(data['errors'])}"
    else:
        assert messages[-1]["type"] == "error"
        assert data["error"].startswith("Invalid CSV: ")
        assert data["fallbackAvailable"] is True
        assert data["suggestion"]
