from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.runner.examples import cases

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case with a socket, its contract in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    return cases(tmp_path)[0]
