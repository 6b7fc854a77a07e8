"""Whether the smallest input that a run tells of is minimal, for each fault in the CSV and the photo reader.

    python benchmarks/shrinking.py [FAULT...]

`tests/faults/minimal.py` states what minimal is for each, and which case is run. All that makes the failures of that
case small, whatever their clauses, is counted. Exits with 1 if it is not so for nine faults in ten.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.minimal import JOBS, MINIMAL, is_minimal, run

FAMILIES = ("csv_files", "photos")
SHARE = 0.9


def faults() -> list[str]:
    """The faults of both readers, as the reference server lists them."""
    listing = [sys.executable, "-m", "reference_server", "--list-faults", "--json"]
    listed = json.loads(subprocess.run(listing, capture_output=True, text=True, check=True).stdout)
    return [one["name"] for one in listed if one["family"] in FAMILIES]


def main() -> None:
    """Measure and print."""
    named = sys.argv[1:] or faults()
    good = []
    for fault in named:
        with TemporaryDirectory() as folder:
            told = run(fault, Path(folder))
        good += [fault] if is_minimal(fault, told) else []
        mark = "minimal" if fault in good else "NOT MINIMAL"
        print(f"{mark:12} {fault:32} {told.jobs:3} jobs   {told.input or 'nothing failed'}", flush=True)
        assert fault in MINIMAL
    print(f"shrinking {len(good)} of {len(named)} are minimal in {JOBS} jobs or fewer (at least {SHARE:.0%})")
    sys.exit(len(good) < SHARE * len(named))


if __name__ == "__main__":
    main()
