"""What people read of each class and stage. `UPDATE_GOLDEN=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.contract.classes import CLASSES, LOST_ON_RESTART, LOST_TO_LATE_CLIENT
from harness.runner.diagnose import diagnose, lost_on_restart, lost_to_late_client
from harness.runner.results import Diagnosis
from tests.unit.runner.situations import SITUATIONS, cases, situation

GOLDEN = Path(__file__).parent


def told(name: str, diagnosis: Diagnosis) -> str:
    stage = f" ({diagnosis.stage})" if diagnosis.stage else ""
    lines = [f"== {name}", f"{diagnosis.title}{stage}: {diagnosis.story}"]
    lines += [f"  - {one}" for one in diagnosis.evidence]
    return "\n".join((*lines, f"  next: {diagnosis.next_step}\n"))


def texts(folder: Path) -> dict[str, list[str]]:
    of = cases(folder)
    found: dict[str, list[str]] = {kind: [] for kind in CLASSES}
    for name in SITUATIONS:
        diagnosis = diagnose(*situation(name, of))
        found[diagnosis.kind].append(told(name, diagnosis))
        if name == "the first messages are lost":
            late = lost_to_late_client(diagnosis, 1.2, "the client connects before the request")
            found[LOST_TO_LATE_CLIENT].append(told(name, late))
        if name == "the job stops":
            lost = lost_on_restart(diagnosis, "the client only drops its connection (2 of 2 tries)", {})
            found[LOST_ON_RESTART].append(told(name, lost))
    return found


@pytest.mark.parametrize("kind", CLASSES)
def test_each_class_reads_as_it_did(kind: str, tmp_path: Path) -> None:
    text = "\n".join(texts(tmp_path)[kind])
    golden = GOLDEN / f"{kind}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text("utf-8")
    assert text


def test_there_is_no_other_text() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CLASSES)
