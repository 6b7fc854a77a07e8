"""Strategies for the specs of `csv_books`.

The truth about a file is computed from its spec when it is built, not here; what is drawn here is which rows are to be
importable, and that at least one is where the file is to be usable.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from harness.inputs import csv_drawing as drawing
from harness.inputs.book_columns import AUTHORS, EXPORTS, ISBNS, TITLES, TRIMMED, columns
from harness.inputs.catalogue import BOOKS
from harness.inputs.csv_file import DRAWN_ROWS, content, spoiled_spec, white_space
from harness.inputs.csv_text import settled
from harness.inputs.lazily import st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

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

_PROPERTIES = drawing.PROPERTIES
_EXTRAS = ("notes", "subtitle", "publisher", "Author l-f", "additional authors", "My Rating", "titles", "année")
_LONG, _VERY_LONG = 2_000, 10_000  # times; a title is sent back in a message, a note is not
_ISBNS = (*(book.isbn for book in BOOKS[:8] if book.isbn), "080442957X", "043942089X")


class _Header(NamedTuple):
    """A header and the places of its columns; `written` is what the spec says."""

    written: str | list[str]
    cells: Sequence[str]
    titles: list[int]
    authors: list[int]
    isbns: list[int]

    @classmethod
    def of(cls, written: str | list[str]) -> _Header:
        cells = EXPORTS[written] if isinstance(written, str) else written
        return cls(written, cells, *(columns(cells, names) for names in (TITLES, AUTHORS, ISBNS)))

    def others(self) -> list[int]:
        """The places of columns without a meaning."""
        known = {*self.titles, *self.authors, *self.isbns}
        return [place for place in range(len(self.cells)) if place not in known]


@st.composite
def usable_files(draw: DrawFn, low: int, high: int) -> Json:
    """A usable file with `low` to `high` data rows."""
    header = draw(_headers())
    count = draw(st.integers(low, high))
    drawn = min(count, DRAWN_ROWS)
    kinds = [draw(st.sampled_from(_kinds(place))) for place in range(drawn)]
    if "good" not in kinds:
        kinds[draw(st.integers(0, drawn - 1))] = "good"
    spec = draw(_with_rows(header, kinds))
    if draw(drawing.one_in(10)):
        draw(_lengthen(header, spec["rows"]))
        spec["layout"] = settled(spec["layout"], content(spec, list(header.cells), []))
    return {**spec, "filler": count - drawn}


@st.composite
def unusable_files(draw: DrawFn, low: int, high: int, defects: Sequence[str]) -> Json:
    """A file with one of the `defects`, with `low` to `high` data rows, 20 at most, where that leaves a choice."""
    defect = draw(st.sampled_from(defects))
    if defect == "empty":
        return spoiled_spec(defect)
    if defect == "only-white-space":
        return spoiled_spec(defect, text=draw(white_space()))
    if defect == "too-many-rows":
        return spoiled_spec(defect, header=["title", "author"], filler=MAX_ROWS + draw(st.integers(1, 3)))
    header = draw(_spoiled_headers(defect))
    count = 0 if defect == "header-only" else draw(st.integers(min(low, DRAWN_ROWS), min(high, DRAWN_ROWS)))
    choices = ["no-title", "no-author", "nothing"] if defect == "no-importable-row" else ["good"]
    spec = draw(_with_rows(header, [draw(st.sampled_from(choices)) for _ in range(count)]))
    if defect == "ragged":
        data = [row for row in spec["rows"] if "blank" not in row][: drawing.DATA_ROWS_CHECKED]
        data[draw(st.integers(0, len(data) - 1))].update(draw(drawing.wrong_widths(len(header.cells))))
        spec["layout"] = settled(spec["layout"], content(spec, list(header.cells), []))
    if defect == "unclosed-quote":
        spec["text"] = draw(st.text("abc,", min_size=1, max_size=8))
    return {**spec, "defect": defect}


def _kinds(place: int) -> list[str]:
    """What a data row at this place may be without spoiling the file; the first is the simplest."""
    late = place >= drawing.DATA_ROWS_CHECKED
    return ["good", "good", "good", "good", "no-title", "no-author", "nothing", *["ragged", "ragged"] * late]


@st.composite
def _with_rows(draw: DrawFn, header: _Header, kinds: list[str]) -> Json:
    """The spec of a file with one row of each of the kinds, and some blank lines."""
    western = draw(drawing.one_in(4))
    rows = [draw(_rows(header, kind, western=western)) for kind in kinds]
    mixed = draw(drawing.with_blank_lines(rows)) if draw(drawing.one_in(3)) else rows
    layout = draw(drawing.layouts(_PROPERTIES, western=western))
    spec = {"header": header.written, "rows": mixed, "filler": 0, "layout": layout}
    return {**spec, "layout": settled(layout, content(spec, list(header.cells), []))}


@st.composite
def _rows(draw: DrawFn, header: _Header, kind: str, *, western: bool) -> Json:
    """A row that is importable (`good`) or not, and why; `nothing` is `,,`."""
    filled = drawing.cells(_PROPERTIES, western=western)
    cells: dict[int, str] = {}
    for place in (*header.titles, *header.authors):
        cells[place] = draw(filled)
    for place in {"no-title": header.titles, "no-author": header.authors}.get(kind, []):
        cells[place] = draw(drawing.blanks(_PROPERTIES))  # after `filled`, or shrinking would prefer rows that fail
    for place in header.isbns:
        cells[place] = draw(_isbn_cells(header.cells[place]))
    for place in draw(st.lists(st.sampled_from(header.others() or [0]), max_size=2, unique=True)):
        cells.setdefault(place, draw(filled | filled | st.just("two\r\nlines")))
    if kind == "nothing":
        return {"cells": {}}
    row: Json = {"cells": {header.cells[place]: cell for place, cell in cells.items() if cell != ""}}
    if kind == "ragged":
        row.update(draw(drawing.wrong_widths(len(header.cells))))
    return row


@lru_cache(maxsize=64)
def _isbn_cells(column: str) -> SearchStrategy[str]:
    """An ISBN in one of the forms in which such a column has it, or none."""
    number = st.sampled_from(_ISBNS)
    if column.strip(TRIMMED).lower() == "isbns":
        entry = number | number.map(_hyphened)
        several = st.builds(
            lambda some, by: by.join(some),
            st.lists(entry, min_size=1, max_size=3),
            st.sampled_from([", ", ";", " ", ","]),
        )
        return st.just("") | several
    number_as_written = st.builds(lambda form, isbn: form(isbn), st.sampled_from(_FORMS), number)
    return st.sampled_from(["", '=""', "-"]) | number_as_written


def _hyphened(isbn: str) -> str:
    return f"{isbn[:-10]}-{isbn[-10]}-{isbn[-9:-1]}-{isbn[-1]}".lstrip("-")


def _spaced(isbn: str) -> str:
    return _hyphened(isbn).replace("-", " ")


_FORMS: tuple[Callable[[str], str], ...] = (str, str.lower, _hyphened, _spaced, '="{}"'.format, "[{}]".format)


@st.composite
def _lengthen(draw: DrawFn, header: _Header, rows: list[Json]) -> None:
    """Makes one cell of the rows very long."""
    candidates = [row["cells"] for row in rows if row.get("cells")]
    cells = draw(st.sampled_from(candidates))
    column = draw(st.sampled_from(sorted(cells)))
    most = _VERY_LONG if header.cells.index(column) in header.others() else _LONG
    if header.cells.index(column) not in header.isbns and cells[column].strip(TRIMMED):
        cells[column] = drawing.lengthened(cells[column].strip(TRIMMED), draw(st.integers(100, most)))


@st.composite
def _headers(draw: DrawFn) -> _Header:
    """Title and author, what people make by hand, or what a book service exports."""
    kind = draw(st.sampled_from(["minimal", "by hand", "by hand", *EXPORTS]))
    if kind == "minimal":
        return _Header.of(["title", "author"])
    if kind in EXPORTS:
        return _Header.of(kind)
    return draw(_by_hand([draw(st.sampled_from(TITLES))], draw(_some(AUTHORS, least=1))))


@st.composite
def _spoiled_headers(draw: DrawFn, defect: str) -> _Header:
    """A header that has the defect, if it is one of the header's."""
    if defect == "one-column":
        return _Header.of([draw(st.sampled_from(["title", "Title", "author"]))])
    if defect == "no-title-column":
        return draw(_by_hand([draw(st.sampled_from(["name", "subtitle", "titles"]))], draw(_some(AUTHORS, least=1))))
    if defect == "no-author-column":
        return draw(_by_hand([draw(st.sampled_from(TITLES))], [draw(st.sampled_from(["writer", "Author l-f"]))]))
    return draw(_headers())


@st.composite
def _by_hand(draw: DrawFn, titles: list[str], authors: list[str]) -> _Header:
    """A header of these and some more columns, in any order, case and padding."""
    names = [*titles, *authors, *draw(_some(ISBNS)), *draw(_some([e for e in _EXTRAS if e not in {*titles, *authors}]))]
    case = st.sampled_from(_CASES)
    space = st.sampled_from(["", "", "", *drawing.PADDING])
    return _Header.of([draw(space) + draw(case)(name) + draw(space) for name in draw(st.permutations(names))])


_CASES: tuple[Callable[[str], str], ...] = (str, str.title, str.upper)


def _some(names: Sequence[str], least: int = 0) -> SearchStrategy[list[str]]:
    """Up to two of the names."""
    return st.lists(st.sampled_from(names), min_size=least, max_size=2, unique=True)
