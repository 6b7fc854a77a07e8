import pytest

from reference_server.csv_books import ImportedBook, Library
from reference_server.csv_import import CsvImport
from reference_server.messages import ProgressError

LIBRARY = Library([ImportedBook("Dune", "Frank Herbert", None)], [])


def test_progress_and_its_keep_alive() -> None:
    job = CsvImport("j")
    data = {"progress": 0.02, "status": "Validating", "keepAlive": False}
    assert job.update_progress(0.02, "Validating", at=5) == [
        {"type": "progress", "jobId": "j", "timestamp": 5, "data": data}
    ]
    assert job.keep_alive(at=7) == {
        "type": "progress",
        "jobId": "j",
        "timestamp": 7,
        "data": data | {"keepAlive": True},
    }


@pytest.mark.parametrize("progress", [0.4, 1.1, -1])
def test_progress_never_falls_or_leaves_its_range(progress: float) -> None:
    job = CsvImport("j")
    job.update_progress(0.5, "Parsed", at=0)
    with pytest.raises(ProgressError, match=r"from 0\.5"):
        job.update_progress(progress, "x", at=0)


def test_complete() -> None:
    job = CsvImport("j")
    (message,) = job.complete(LIBRARY, at=1)
    assert message["data"] == {
        "books": [{"title": "Dune", "author": "Frank Herbert"}],
        "errors": [],
        "successRate": "1/1",
    }
    assert job.fail("late", "x", at=2) == []
    with pytest.raises(ProgressError, match="is over"):
        job.update_progress(1, "x", at=2)
    with pytest.raises(ProgressError, match="is over"):
        job.complete(LIBRARY, at=2)


def test_fail() -> None:
    job = CsvImport("j")
    (message,) = job.fail("broken", "again", at=1)
    assert message["type"] == "error"
    assert message["data"] == {"error": "broken", "fallbackAvailable": True, "suggestion": "again"}
    assert job.finished
