"""Reading and linting the contracts costs little beyond what the libraries cost, and a case little beyond the first.

The time is held against one that is measured beside it, with room for a busy machine; the calls are counted, so that
they are the same everywhere.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.contract.lint import findings
from harness.contract.loading import read
from harness.inputs import registry

ROOT = Path(__file__).parents[2]
TIMES_THE_LIBRARIES = "7"
"""Four and a half are measured."""
MOST_ENVIRONMENTS = 16
"""Of the expression library, for all bundled contracts; 14 are measured, and each is as dear as four expressions."""
NOT_NEEDED = ("asyncio", "dataclasses", "hypothesis", "inspect", "PIL", "rich", "typer", "unittest")
"""Modules that take long to import, or in which classes take long to make."""
MOST_FOR_A_CASE = 0.15
"""Of the calls that one case alone takes; 0.08 and 0.09 are measured."""


def test_reading_and_linting_costs_a_few_times_what_the_libraries_cost() -> None:
    command = [sys.executable, "benchmarks/loading.py", "--times", "2", "--at-most-times", TIMES_THE_LIBRARIES]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_nothing_is_imported_that_reading_does_not_need() -> None:
    code = "import sys, harness.linting as l; l.lint(l.bundled_contracts()); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(NOT_NEEDED) & set(ran.stdout.split())


def test_at_its_end_lint_looks_for_no_garbage() -> None:
    code = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count()))\n"  # called last
        "import harness.linting as l\n"
        "l.lint_contracts(l.LintOptions())"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(ran.stdout.splitlines()[-1]) > 0, "nothing was put aside"


def test_expressions_of_all_contracts_share_a_few_environments() -> None:
    code = (
        "import harness.expressions.vocabulary as v, harness.linting as l\n"
        "made, new = [], v.cel.NewEnv\n"
        "class Library:\n"
        "    Type = v.cel.Type\n"
        "    NewEnv = staticmethod(lambda **declared: made.append(1) or new(**declared))\n"
        "v.cel = Library\n"
        "l.lint(l.bundled_contracts())\n"
        "print(len(made))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 1 <= int(ran.stdout) <= MOST_ENVIRONMENTS


@pytest.mark.parametrize("name", ["batch-scan", "csv-import"])
def test_a_case_that_changes_nothing_costs_little(tmp_path: Path, name: str) -> None:
    text = (ROOT / "contracts" / f"{name}.contract.yaml").read_text("utf-8")
    shared = text[: text.index("\ncases:")]
    for file in (ROOT / "contracts").glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    one, many = (_calls(tmp_path / f"{count}.contract.yaml", shared, count) for count in (1, 21))
    assert (many - one) / 20 < one * MOST_FOR_A_CASE


def _calls(path: Path, shared: str, count: int) -> int:
    """How many calls it takes to read and to lint a contract with so many cases."""
    cases = "".join(f"  case-{number}: {{}}\n" for number in range(count))
    path.write_text(f"{shared}\ncases:\n{cases}", "utf-8")
    _read_and_lint(path)  # what is made once in a process is made here
    made = 0

    def count_calls(_frame: object, event: str, _argument: object) -> None:
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(count_calls)
    try:
        _read_and_lint(path)
    finally:
        sys.setprofile(before)
    return made


def _read_and_lint(path: Path) -> None:
    types = registry()
    loaded = read(path, types)
    assert not loaded.problems
    assert findings(loaded, types) is not None
