"""How long it takes to build the largest CSV files, against Python's csv.writer writing the same rows.

.venv/bin/python benchmarks/inputs_csv.py
"""

from __future__ import annotations

import csv
import io
import time

from harness.inputs import registry
from harness.runner.drawing import draw

ROUNDS = 5
FILES = {
    "10,000 rows, title and author": {"rows": 10_000, "properties": []},
    "10,000 rows, every cell in quotes": {"rows": 10_000, "properties": [], "having": ["quoted"]},
    "10,000 rows, LibraryThing's 54 columns": {"rows": 10_000, "properties": [], "export": "librarything"},
    "10,000 rows, 10 MiB": {"rows": 10_000, "properties": [], "size": 10 * 1024 * 1024},
}


def main() -> None:
    """Print a line for each file."""
    csv.field_size_limit(2 * 10**7)
    kind = registry()["csv_books"]
    for name, parameters in FILES.items():
        (spec,) = draw(kind.strategy(parameters), 1, 1)
        value = kind.build(spec)
        rows = list(csv.reader(io.StringIO(value["content"].decode(), newline="")))
        built = min(_seconds(lambda spec=spec: kind.build(spec)) for _ in range(ROUNDS))
        written = min(_seconds(lambda rows=rows: csv.writer(io.StringIO()).writerows(rows)) for _ in range(ROUNDS))
        print(
            f"{name:40} {built:6.3f} s, truth included; csv.writer alone {written:6.3f} s: {built / written:5.1f} times"
        )


def _seconds(call) -> float:  # noqa: ANN001
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
