from __future__ import annotations

from harness.inputs import csv_defects
from harness.inputs.csv_drawing import Mark, Sheet, apply
from harness.inputs.csv_text import PLAIN, content, table
from harness.runner.drawing import draw


def test_an_empty_line_at_the_end_is_no_final_newline() -> None:
    sheet = Sheet(["a"], [{"cells": {"a": "A1"}}], ["a"])
    apply(sheet, {"no-final-newline": Mark(0, 0), "blank-lines": Mark(0, 1)})
    assert content(sheet.spec(0, sheet.properties), ["a"], table(["a"], sheet.rows)) == b"a\nA1\n "


def test_marks_that_find_no_cell_are_no_properties() -> None:
    sheet = Sheet(["a"], [{"cells": {"a": "A1"}}], ["a"])
    apply(sheet, {"only-quotes": Mark(0, 0), "padding": Mark(0, 0), "commas": Mark(0, 0), "crlf": Mark(0, 0)})
    assert sheet.rows == [{"cells": {"a": '"'}}]
    assert sheet.properties == ["only-quotes", "crlf"]


def test_a_ragged_row_never_becomes_a_blank_line() -> None:
    spec = {"header": ["a", "b"], "rows": [{"cells": {"b": "B1"}}], "filler": 0, "layout": {**PLAIN}}
    strategy = csv_defects.with_defects(spec, ["a", "b"], ["ragged"])
    rows = [spoiled["rows"][0] for spoiled in draw(strategy, 40, 1)]
    assert {row.get("extra") for row in rows} == {1, 2}
    assert spec["rows"] == [{"cells": {"b": "B1"}}]
