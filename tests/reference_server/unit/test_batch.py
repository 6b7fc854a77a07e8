import pytest

from reference_server.batch import Batch
from reference_server.books import Book, Box
from reference_server.messages import Message, ProgressError

BOOK = Book("Dune", "Frank Herbert", None, 0.9, Box(0, 0, 1, 1))


def begun(photos: int) -> Batch:
    batch = Batch("j", photos)
    batch.init_batch()
    return batch


def steps(messages: list[Message]) -> list[object]:
    return [
        (message["currentPhoto"], message["photoStatus"]) if message["type"] == "batch-progress" else message["type"]
        for message in messages
    ]


def test_a_photo_reports_itself_and_all_the_others() -> None:
    batch = begun(2)
    batch.update_photo(0, "processing")
    assert batch.update_photo(0, "complete", books_found=2) == [
        {
            "type": "batch-progress",
            "jobId": "j",
            "currentPhoto": 0,
            "totalPhotos": 2,
            "photoStatus": "complete",
            "booksFound": 2,
            "totalBooksFound": 2,
            "photos": [
                {"index": 0, "status": "complete", "booksFound": 2},
                {"index": 1, "status": "queued", "booksFound": 0},
            ],
        }
    ]


def test_messages_do_not_change_with_the_state() -> None:
    batch = begun(1)
    (before,) = batch.update_photo(0, "processing")
    batch.update_photo(0, "error", error="torn")
    assert before["photos"] == [{"index": 0, "status": "processing", "booksFound": 0}]


@pytest.mark.parametrize("status", ["processing", "error"])
def test_books_count_only_with_complete(status: str) -> None:
    (message,) = begun(1).update_photo(0, status, books_found=3, error="why")  # type: ignore[arg-type]
    assert message["booksFound"] == message["totalBooksFound"] == 0


def test_complete_batch_frees_books_of_duplicates() -> None:
    batch = begun(1)
    batch.update_photo(0, "processing")
    batch.update_photo(0, "complete", books_found=2)
    (message,) = batch.complete_batch([BOOK, BOOK])
    assert (message["status"], message["totalBooks"], message["books"]) == ("complete", 1, [BOOK.as_json()])
    assert batch.finished


@pytest.mark.parametrize(
    ("batch", "step"),
    [
        (begun(1), lambda batch: batch.init_batch()),
        (begun(1), lambda batch: batch.update_photo(1, "processing")),
        (begun(1), lambda batch: batch.update_photo(-1, "processing")),
        (begun(1), lambda batch: batch.update_photo(0, "queued")),
        (begun(1), lambda batch: batch.update_photo(0, "skipped")),
        (begun(1), lambda batch: batch.update_photo(0, "error")),
        (begun(1), lambda batch: batch.complete_batch([])),
        (Batch("j", 1), lambda batch: batch.update_photo(0, "processing")),
        (Batch("j", 1), lambda batch: batch.complete_batch([])),
    ],
)
def test_a_step_that_is_not_allowed_changes_nothing(batch: Batch, step: object) -> None:
    before = [photo.as_json() for photo in batch.photos]
    with pytest.raises(ProgressError, match="'j'"):
        step(batch)  # type: ignore[operator]
    assert [photo.as_json() for photo in batch.photos] == before
    assert not batch.finished


def test_a_photo_only_moves_forward() -> None:
    batch = begun(1)
    batch.update_photo(0, "processing")
    batch.update_photo(0, "complete")
    for status in ("processing", "complete", "error"):
        with pytest.raises(ProgressError, match="cannot go from complete"):
            batch.update_photo(0, status, error="why")  # type: ignore[arg-type]


def test_cancel_before_the_beginning_is_announced_after_it() -> None:
    batch = Batch("j", 2)
    assert batch.cancel_batch() == []
    assert batch.status == "canceling"
    assert steps(batch.init_batch()) == ["batch-init", "batch-canceling"]
    (end,) = batch.complete_batch([])
    assert end["status"] == batch.status == "canceled"
    assert [row["status"] for row in end["photoResults"]] == ["skipped", "skipped"]


def test_cancel_is_announced_once_and_no_photo_is_started_after_it() -> None:
    batch = begun(2)
    batch.update_photo(0, "processing")
    assert steps(batch.cancel_batch()) == ["batch-canceling"]
    assert batch.cancel_batch() == []
    with pytest.raises(ProgressError, match="canceling"):
        batch.update_photo(1, "processing")
    with pytest.raises(ProgressError, match="not done"):
        batch.complete_batch([])
    batch.update_photo(0, "complete", books_found=1)
    assert batch.status == "canceling"
    (end,) = batch.complete_batch([BOOK])
    assert (end["status"], end["totalBooks"]) == ("canceled", 1)
    assert [row["status"] for row in end["photoResults"]] == ["complete", "skipped"]


def test_cancel_when_all_photos_are_done_announces_nothing() -> None:
    batch = begun(1)
    batch.update_photo(0, "processing")
    batch.update_photo(0, "complete")
    assert batch.cancel_batch() == []
    assert batch.complete_batch([])[0]["status"] == "complete"
    assert batch.cancel_batch() == []
    assert batch.status == "complete"


def test_a_failure_ends_every_photo() -> None:
    batch = begun(3)
    batch.update_photo(0, "processing")
    batch.update_photo(0, "complete", books_found=1)
    batch.update_photo(1, "processing")
    messages = batch.fail("broken", [BOOK])
    assert steps(messages) == [(1, "error"), (2, "processing"), (2, "error"), "batch-complete"]
    assert [row.get("error") for row in messages[-1]["photoResults"]] == [None, "broken", "broken"]
    assert messages[-1]["totalBooks"] == 1
    assert batch.fail("again", []) == []


def test_a_failure_before_the_beginning_still_begins() -> None:
    assert steps(Batch("j", 1).fail("broken", [])) == ["batch-init", (0, "processing"), (0, "error"), "batch-complete"]


def test_a_failure_after_a_cancel_starts_no_photo() -> None:
    batch = begun(2)
    batch.update_photo(0, "processing")
    batch.cancel_batch()
    messages = batch.fail("broken", [])
    assert steps(messages) == [(0, "error"), "batch-complete"]
    assert messages[-1]["status"] == "canceled"
