"""The exact text that people read of what lint finds. `UPDATE_GOLDEN=1` writes it anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import harness.contract.lint
from harness.contract.loading import SUFFIX
from harness.linting import as_text, lint

HERE = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(SUFFIX) for path in HERE.glob(f"*{SUFFIX}"))
CHECKS = {
    name
    for module in Path(harness.contract.lint.__file__).parent.glob("*.py")
    for name in re.findall(r"Finding\(\s*\"([\w-]+)\"|_(?:error|warning)\(\"([\w-]+)\"", module.read_text("utf-8"))
    for name in name
    if name
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_reads_as_it_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    told = as_text(lint([Path(f"{name}{SUFFIX}")])).replace(str(HERE), "HERE")
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


def test_every_finding_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    shown = {finding.check for name in NAMES for finding in lint([Path(f"{name}{SUFFIX}")]).findings}

    assert len(CHECKS) >= 8
    assert sorted(CHECKS - shown) == []
