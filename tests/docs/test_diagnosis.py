"""Every class of failure has its page, every page its class, and each is built alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.contract.classes import CLASSES, ENDED_WITHOUT_CLOSE, STAGES

FOLDER = Path(__file__).parents[2] / "docs" / "diagnosis"
BESIDES = {"README", "flaky"}
"""Pages that are of no class: the index, and what may be said of a failure of any class."""
PAGES = sorted(page.stem for page in FOLDER.glob("*.md") if page.stem != "README")


def test_every_class_has_its_page_and_every_page_its_class() -> None:
    assert sorted({*PAGES} - BESIDES) == sorted(CLASSES)


def test_the_index_leads_to_every_page_once() -> None:
    assert sorted(re.findall(r"\(([\w-]+)\.md\)", (FOLDER / "README.md").read_text("utf-8"))) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_means_what_causes_it_and_how_to_confirm_it(page: str) -> None:
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    title, *sections = re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]
    assert title.strip().lower().replace(" ", "-") == page
    headings = {section.partition("\n")[0]: section.partition("\n")[2].strip() for section in sections}
    assert list(headings) == ["What it means", "Seen in practice", "How to confirm"]
    assert all(headings.values())
    assert len(text.splitlines()) < 60, "a short page"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_explained_on_the_page_of_its_class(stage: str) -> None:
    page = "not-closed" if stage == ENDED_WITHOUT_CLOSE else "silent-job"
    assert f"`{stage}`" in (FOLDER / f"{page}.md").read_text("utf-8")
