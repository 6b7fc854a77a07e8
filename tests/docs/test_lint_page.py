"""What the pages on lint and on writing a contract show was printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.contract.loading import SUFFIX
from harness.linting import as_text, lint

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "lint.md", ROOT / "docs" / "write-a-contract.md"]
GOLDEN = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "golden" / "lint").glob("*.txt")))
CODE = ROOT / "harness" / "contract" / "lint"
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)


def outputs(page: Path) -> list[str]:
    return [text for mark, text in FENCED.findall(page.read_text("utf-8")) if not mark and ".yaml:" in text]


def whole_contracts(page: Path) -> list[str]:
    return [text for mark, text in FENCED.findall(page.read_text("utf-8")) if mark == "yaml"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_findings_on_the_page_are_those_of_the_golden_files(page: Path) -> None:
    shown = [one for text in outputs(page) for one in text.strip("\n").split("\n\n") if not re.match(r"\d+ error", one)]

    assert shown
    assert [one for one in shown if one not in GOLDEN and not one.startswith("thumbnails")] == []


def test_every_check_is_named() -> None:
    code = "".join(path.read_text("utf-8") for path in CODE.glob("*.py"))
    checks = set(re.findall(r"(?:Finding|_error|_warning)\(\s*\"([a-z-]+)\"", code)) | {"cannot-fail", "contract"}
    checks |= {f"unused-{what}" for what in ("input", "action", "probe", "hint", "send")}
    page = PAGES[0].read_text("utf-8")

    assert len(checks) >= 14
    assert sorted(check for check in checks if f"`{check}`" not in page) == []


def test_the_whole_contract_that_is_written_has_nothing_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(f"thumbnails{SUFFIX}")
    whole = whole_contracts(PAGES[1])
    for text in (whole[0], whole[-1]):
        path.write_text(text, "utf-8")
        assert as_text(lint([path])).startswith("nothing is wrong with 1 contract, ")


def test_the_mistake_that_is_shown_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = whole_contracts(PAGES[1])[-1]
    path = Path(f"thumbnails{SUFFIX}")
    path.write_text(whole.replace('"${sizes}"', '"${size}"').replace("title: Thumbnails of one image\n", ""), "utf-8")

    assert as_text(lint([path])) in outputs(PAGES[1])
