from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.reporting.made import renders, runs

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case
    from harness.runner.results import RunResult


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, Case]:
    """Two cases of a contract that lies in the current folder."""
    monkeypatch.chdir(tmp_path)
    return renders(tmp_path)


@pytest.fixture
def case(both: tuple[Case, Case]) -> Case:
    return both[0]


@pytest.fixture
def made(both: tuple[Case, Case]) -> dict[str, RunResult]:
    """Runs by name."""
    return runs(*both)
