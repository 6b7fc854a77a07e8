"""The type checker refuses progress calls that do not exist: the lesson of the silent jobs, held by a test."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLS = """
from reference_server.progress import BatchReporter, CsvReporter

def right(batch: BatchReporter, csv: CsvReporter) -> None:
    batch.init_batch()
    batch.update_photo(0, "complete", books_found=1)
    batch.complete_batch([])
    csv.update_progress(0.02, "Validating the file")
    csv.fail("broken", "again")

def wrong(batch: BatchReporter, csv: CsvReporter) -> None:
    batch.fetch("http://do/init-batch")
    batch.init_batch({"totalPhotos": 1})
    batch.update_photo(0, "done")
    batch.update_photo("0", "complete")
    batch.update_photo(0, "complete", 1)
    batch.update_photos(0, "complete")
    batch.complete_batch()
    csv.update_progress("0.02", "Validating the file")
    csv.complete({"books": []})
    csv.fail("broken")
"""
WRONG = {12: "attr-defined", 13: "call-arg", 14: "arg-type", 15: "arg-type", 16: "call-arg", 17: "attr-defined"} | {
    18: "call-arg",
    19: "arg-type",
    20: "arg-type",
    21: "call-arg",
}


def test_mypy_refuses_each_wrong_call_and_no_right_one(tmp_path: Path) -> None:
    module = tmp_path / "calls.py"
    module.write_text(CALLS)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(module)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    errors = [line.split(":") for line in told.stdout.splitlines() if "calls.py:" in line and ": error:" in line]
    found = {int(line[1]): ":".join(line[3:]) for line in errors}
    assert set(found) == set(WRONG), told.stdout
    for number, kind in WRONG.items():
        assert f"[{kind}]" in found[number]
