"""Strategies for the specs of `csv_books`.

The truth about a file is computed from its spec when it is built, not here; what is drawn here is how it is written,
which rows are to be importable, and that at least one is where the file is to be usable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.inputs import csv_defects as spoiling
from harness.inputs import csv_drawing as drawing
from harness.inputs.book_columns import AUTHORS, EXPORTS, TITLES, columns
from harness.inputs.book_exports import BY_HAND, NEEDED, cells
from harness.inputs.csv_books_properties import (
    BLANKS,
    ODD_ROWS,
    PROPERTIES,
    change_header,
    meaning,
    number_rows,
    possible,
    rows_needed,
    spoil_rows,
)
from harness.inputs.csv_properties import PROPERTIES as GENERAL
from harness.inputs.csv_text import settled
from harness.inputs.lazily import st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json
    from harness.inputs.csv_file import Parameters

DEFECTS = (
    "empty",
    "only-white-space",
    "header-only",
    "one-column",
    "unclosed-quote",
    "ragged",
    "no-title-column",
    "no-author-column",
    "no-importable-row",
    "too-many-rows",
)
"""Why a file cannot be used, simplest first."""

MAX_ROWS = 10_000
"""So many data rows are still a usable file."""

DRAWN_ROWS = 20
"""So many rows are drawn at most; the others are filler."""

REVIEWS = ("review", "my review")
"""Of the columns of these names the cells are made longer where a file is to have some size."""

_NAMELESS = {
    "no-title-column": (TITLES, ("name", "titles", "subtitle")),
    "no-author-column": (AUTHORS, ("writer", "by", "author l-f")),
}


@st.composite
def files(draw: DrawFn, wanted: Parameters, styles: Sequence[str], *, whole: bool) -> Json:
    """A file: with defects if `wanted` names any. If not `whole`, an export may lack columns that say nothing here."""
    most = min(wanted.rows.high, DRAWN_ROWS) if wanted.defects else wanted.rows.high
    count = draw(st.integers(min(wanted.rows.low, most), most))
    style = draw(st.sampled_from(styles))
    header = draw(_headers(style, whole=whole))
    found = draw(spoiling.some(wanted.defects, wanted.together)) if wanted.defects else []
    chosen = draw(drawing.marks(tuple(wanted.properties), tuple(wanted.having)))
    barred = {*ODD_ROWS} if found else set()
    chosen = {name: mark for name, mark in chosen.items() if possible(name, style) and name not in barred}
    chosen = drawing.fitting(chosen, wanted.having, rows_needed, most)
    count = max(count, rows_needed(chosen))
    drawn = min(count, DRAWN_ROWS)
    rows = [{"cells": _kept(cells(style, number), header)} for number in range(drawn)]
    sheet = drawing.Sheet(header, rows, meaning(header))
    if wanted.size is not None and not columns(header, REVIEWS):
        header.append(REVIEWS[0])
    _mark(sheet, chosen, style)
    spec = sheet.spec(count - drawn, PROPERTIES)
    if found:
        spec = draw(_spoiled(sheet, spec, found))
    elif wanted.size is not None:
        spec["bytes"] = draw(st.integers(*wanted.size))
    spec = settled(spec, spec["header"])
    return {**spec, "header": style} if style in EXPORTS and spec["header"] == [*EXPORTS[style]] else spec


def _headers(style: str, *, whole: bool) -> SearchStrategy[list[str]]:
    """The columns of a style."""
    if style == BY_HAND:
        return st.just(("title", "author")).map(list)
    choices = [EXPORTS[style]] if whole else [NEEDED[style], *[EXPORTS[style]] * 3]
    return st.sampled_from(choices).map(list)


def _kept(row: dict[str, str], header: Sequence[str]) -> dict[str, str]:
    return {column: cell for column, cell in row.items() if column in header and cell}


def _mark(sheet: drawing.Sheet, chosen: dict[str, drawing.Mark], style: str) -> None:
    """Put all marks on the sheet: rows first, then cells, the header last."""
    spoil_rows(sheet, chosen)
    number_rows(sheet, chosen, style)
    if style == BY_HAND:
        change_header(sheet, chosen)
    drawing.apply(sheet, {name: mark for name, mark in chosen.items() if name in GENERAL})


@st.composite
def _spoiled(draw: DrawFn, sheet: drawing.Sheet, spec: Json, found: Sequence[str]) -> Json:
    """The spec with all the defects."""
    data = [row for row in spec["rows"] if "blank" not in row]
    title, author = meaning(sheet.header)
    if "no-importable-row" in found:
        for row in data:
            column = draw(st.sampled_from([title, author, None]))
            row["cells"] = {} if column is None else {**row["cells"], column: draw(st.sampled_from(BLANKS))}
    for name, (names, others) in _NAMELESS.items():
        if name in found:
            spec = _renamed(spec, names, draw(st.sampled_from(others)))
    if "one-column" in found:
        spec = {**spec, "header": [draw(st.sampled_from([title, author]))]}
    if "too-many-rows" in found:
        spec = {**spec, "filler": MAX_ROWS + draw(st.integers(1, 3)) - len(data)}
    return draw(spoiling.with_defects(spec, spec["header"], found))


def _renamed(spec: Json, names: Sequence[str], other: str) -> Json:
    """The spec with other names for the columns of a meaning."""
    header = list(spec["header"])
    changed = {header[place]: f"{other}{number or ''}" for number, place in enumerate(columns(header, names))}
    taken = {column.lower() for column in header}
    changed = {old: f"{new} 2" if new in taken else new for old, new in changed.items()}
    rows = [
        row
        if "blank" in row
        else {**row, "cells": {changed.get(name, name): cell for name, cell in row["cells"].items()}}
        for row in spec["rows"]
    ]
    return {**spec, "header": [changed.get(column, column) for column in header], "rows": rows}
