"""What a run tells of a fault in a reader is what a person would have chosen to show it; the benchmark has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reference_server.faults import FAULTS
from tests.faults.minimal import MINIMAL, is_minimal, run

if TYPE_CHECKING:
    from pathlib import Path

QUICK = 40  # examples with which each of these is met
READERS = ("csv_files", "photos")


@pytest.mark.parametrize(
    "fault",
    [
        "csv-bom-in-header",
        "csv-windows-1252-refused",
        "csv-splits-at-quoted-newlines",
        "csv-authors-made-up",
        "unreadable-photo-is-complete",
        "boxes-in-pixels",
    ],
)
def test_the_smallest_input_is_minimal(fault: str, tmp_path: Path) -> None:
    told = run(fault, tmp_path, QUICK)
    assert is_minimal(fault, told), told


def test_what_is_minimal_is_stated_for_each_fault_of_both_readers() -> None:
    assert set(MINIMAL) == {fault.name for fault in FAULTS if fault.family in READERS}
