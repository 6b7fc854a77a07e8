"""The page of the reports: its JSON is valid, it names every field, and its blocks are what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.runner.results import KnownState
from tests.unit.reporting.made import GOLDEN
from tests.unit.reporting.schemas import RESULT, RESULT_SCHEMA

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
CODE = set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)))


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "json"])
def test_its_json_is_a_result(text: str) -> None:
    RESULT.validate(json.loads(text))


def test_it_names_every_field_of_the_document() -> None:
    assert any(language == "json" for language, _ in BLOCKS)
    assert sorted(set(RESULT_SCHEMA["properties"]) - CODE) == []
    assert sorted(set(RESULT_SCHEMA["$defs"]["standing"]["enum"]) - CODE) == []
    assert sorted({str(state) for state in KnownState} - CODE) == []


def test_its_failure_is_what_is_printed() -> None:
    (block,) = [text for language, text in BLOCKS if not language and text.startswith("FAILED")]
    assert block in (GOLDEN / "console" / "several.txt").read_text("utf-8")


@pytest.mark.parametrize("suite", sorted((GOLDEN / "junit").glob("*.xml")), ids=lambda path: path.stem)
def test_it_names_every_property_of_junit(suite: Path) -> None:
    names = re.findall(r'<property name="([^"]+)"', suite.read_text("utf-8"))
    assert sorted(set(names) - CODE - {"reason", "until", "place"}) == []
