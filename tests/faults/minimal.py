"""What the smallest input is that shows a fault in the CSV or the photo reader, and what a run tells of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.contract.loading import bundled_contracts
from reference_server.faults import FAULTS

if TYPE_CHECKING:
    from pathlib import Path

JOBS = 30
EXAMPLES = 100  # enough that each case named below meets its fault

ROWS, EXPORTS = "csv-import/imports-every-row", "csv-import/imports-what-other-services-export"
PHOTOS, LOOKS = "batch-scan/scans-every-photo", "batch-scan/scans-photos-as-people-take-them"
BETTER, UNREADABLE = "batch-scan/keeps-the-better-of-two", "batch-scan/goes-on-after-an-unreadable-photo"
NO_CSV = "csv-import/refuses-a-file-that-is-no-csv"
ONE_BOOK = ("1 photo, 1 book",)

MINIMAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "csv-bom-in-header": (ROWS, ("1 row, bom",)),
    "csv-windows-1252-refused": (ROWS, ("1 row, windows-1252",)),
    # the plain columns of another service have commas in their cells
    "csv-splits-at-quoted-commas": (ROWS, ("1 row, commas", "1 row, goodreads columns", "1 row, several-isbns")),
    "csv-splits-at-quoted-newlines": (ROWS, ("1 row, newlines",)),
    "csv-crlf-kept": (ROWS, ("1 row, crlf",)),
    "csv-blank-lines-are-rows": (ROWS, ("1 row, blank-lines",)),
    # of white space alone a title or an author is none
    "csv-cells-not-trimmed": (ROWS, ("1 row, padding", "2 rows, untitled-rows", "2 rows, authorless-rows")),
    "csv-authors-made-up": (ROWS, ("2 rows, untitled-rows", "2 rows, authorless-rows", "2 rows, empty-rows")),
    "csv-errors-not-counted": (ROWS, ("2 rows, untitled-rows", "2 rows, authorless-rows", "2 rows, empty-rows")),
    "csv-bad-file-completes": (NO_CSV, ("empty, 0 rows",)),
    "csv-isbn-not-cleaned": (
        ROWS,
        (
            "1 row",
            "1 row, hyphened-isbns",
            "1 row, goodreads-isbns",
            "1 row, bracketed-isbns",
            "1 row, lower-case-isbns",
        ),
    ),
    # with a book, if what is told first is that one is missing
    "one-bad-photo-ends-the-batch": (
        UNREADABLE,
        ("2 photos (1 unreadable), 0 books", "2 photos (1 unreadable), 1 book"),
    ),
    "unreadable-photo-is-complete": (UNREADABLE, ("1 photo (1 unreadable), 0 books",)),
    "only-jpeg-read": (LOOKS, ("1 photo (png), 0 books",)),
    "turned-photo-not-read": (LOOKS, ("1 photo (exif), 0 books",)),
    "last-book-of-a-photo-lost": (PHOTOS, ONE_BOOK),
    "boxes-in-pixels": (PHOTOS, ONE_BOOK),
    "duplicates-kept": (BETTER, ("1 photo, 2 books",)),
    "first-duplicate-kept": (BETTER, ("1 photo, 2 books",)),
    "books-merged-by-title": (PHOTOS, ("1 photo, 2 books",)),
    "base64-line-breaks-refused": (LOOKS, ("1 photo (line-breaks), 0 books",)),
}
"""For each fault the case that is run, and the words for an input from which nothing could be taken away."""


@dataclass(frozen=True)
class Told:
    """What a run told of one fault.

    Attributes:
        input: the smallest input of the first finding of a clause that the fault is said to break, in words, but for
            those that only making others small has brought up; empty if nothing failed.
        spec: the same as data.
        jobs: how many jobs making all failures of the case small took.
    """

    input: str
    spec: Any
    jobs: int


def run(fault: str, folder: Path, examples: int = EXAMPLES) -> Told:
    """Run the fault's case against the reference server with the fault."""
    case, _ = MINIMAL[fault]
    contract = case.split("/")[0]
    path = next(one for one in bundled_contracts() if one.name == f"{contract}.contract.yaml")
    options = ["--case", case, "--fault", fault, "--examples", str(examples), "--report", "json:told.json", "--fresh"]
    command = [sys.executable, "-P", "-m", "harness", "run", str(path), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 1:
        return Told("", None, 0)
    told = json.loads((folder / "told.json").read_text("utf-8"))
    by = next(one.killed_by for one in FAULTS if one.name == fault)
    made = [one for one in told["findings"] if not one["failures"][0]["note"].startswith("not shrunk")]
    named = [one for one in made if f"{contract}/{one['clause'].removeprefix(contract + '/')}" in by]
    failure = (named or made or told["findings"])[0]["failures"][0]
    return Told(failure["input"], failure["spec"], told["cases"][0]["shrunk"])


def is_minimal(fault: str, told: Told) -> bool:
    """Whether nothing could be taken away, and it cost no more than it may."""
    return told.input in MINIMAL[fault][1] and told.jobs <= JOBS
