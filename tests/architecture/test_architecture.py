"""What holds the project together and no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICE = re.compile(
    r"bookstrack|scan-bookshelf|csv-gemini|ws/progress|jobId|batch-(scan|init|complete)|csv-import", re.I
)
ELSEWHERE = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|--(extra-)?index-url|\.\./shared|/work/main", re.I
)


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def found(files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_word_of_one_service_stands_in_the_harness() -> None:
    files = tracked("harness/*.py")

    assert len(files) > 40
    assert found(files, SERVICE) == []
    assert found(tracked("contracts/*"), SERVICE), "the pattern finds what it is for"


def test_nothing_leads_to_an_index_or_to_one_machine() -> None:
    files = [path for path in tracked() if path != Path(__file__) and path.suffix != ".png"]

    assert found(files, ELSEWHERE) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_versions_are_pinned(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()

    assert lines
    assert [line for line in lines if not re.fullmatch(r"-r requirements\.txt|[\w.-]+==[\w.]+(; .+)?", line)] == []


def test_modules_stay_small() -> None:
    sizes = {
        path: len(path.read_text("utf-8").splitlines()) for path in tracked("harness/*.py", "reference_server/*.py")
    }

    assert {str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > 400} == {}
