"""Each module of the temporal core is covered wholly, branches too, by its own test file and by nothing else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[2]
TESTS = "tests/unit/temporal"
MODULES = sorted(path.stem for path in (ROOT / "harness" / "temporal").glob("*.py") if path.stem != "__init__")
WHEN_IMPORTED = "^$"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each test of the room executes, told apart by test."""
    file = tmp_path_factory.mktemp("coverage") / "data"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS,
        "--cov=harness/temporal", "--cov-branch", "--cov-context=test", "--cov-report=",
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    environment["COVERAGE_FILE"] = str(file)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return file


def covered(data: Path, module: str, context: str) -> tuple[float, str]:
    """How much of a module, in percent, the tests of a context cover; and what they do not."""
    measured = coverage.Coverage(data_file=str(data), branch=True)
    measured.load()
    told = io.StringIO()
    include = [str(ROOT / "harness" / "temporal" / f"{module}.py")]
    percent = measured.report(include=include, contexts=[WHEN_IMPORTED, context], file=told, show_missing=True)
    return percent, told.getvalue()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_covered_by_its_own_tests(data: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    percent, told = covered(data, module, f"^{TESTS}/test_{module}\\.py::")
    assert percent == 100, told


def test_only_its_own_tests_count(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    percent, _ = covered(data, "order", f"^{TESTS}/test_slots\\.py::")
    assert 0 < percent < 60
