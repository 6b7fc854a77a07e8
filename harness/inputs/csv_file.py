"""The input type `csv_file`: CSV files with the columns that a contract names, well formed or spoiled in a named way.

A spec: `{"header": [column, ...], "rows": [row, ...], "filler": n, "layout": layout}`, rows and layout as in
`harness.inputs.csv_text`; `filler` plain rows follow the drawn ones. A spoiled file's spec has its `"defect"` too.

Its value: `filename`; `content`, bytes; `defect`, a name or None; `header`; and `rows`, what a reader gets, `[{column:
text}]`, cells as written and not trimmed; `[]` if there is a defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from harness.inputs import csv_drawing as drawing
from harness.inputs.csv_text import PLAIN, render, settled, table, traits
from harness.inputs.lazily import st
from harness.inputs.parameters import (
    ParameterError,
    Range,
    problem,
    read_mapping,
    read_names,
    read_range,
    shown,
)
from harness.inputs.schemas import BINARY, TEXT, TEXT_OR_NULL, fields, list_of
from harness.inputs.specs import counted, rebuild

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

DEFECTS = ("empty", "only-white-space", "header-only", "unclosed-quote", "ragged")
"""Ways in which a file can be spoiled."""

STANDARD = ("crlf", "no-final-newline", "quoted", "commas", "quotes", "newlines", "non-ascii", "empty-cells")
"""The properties that RFC 4180 or plain usage cover: the default."""

ROWS = Range(1, 10_000)
DRAWN_ROWS = 20
"""So many rows are drawn at most; the others are filler."""
MAX_COLUMNS = 50


class _Parameters(NamedTuple):
    columns: list[str]
    rows: Range
    properties: tuple[str, ...]
    defects: list[str]


class CsvFile:
    """CSV files. `{csv_file: {columns: [name, email], rows: 1..8, properties: [crlf], defects: [ragged]}}`.

    With `defects` every file has one of them, without it none.
    """

    name = "csv_file"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the fewest rows of short ASCII cells, LF, UTF-8; the first defect."""
        wanted = _read(parameters)
        return _spoiled(wanted) if wanted.defects else _files(wanted)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`filename`, `content`, `defect`, `header` and `rows`, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`3 rows, CRLF` or `ragged, 3 rows`."""
        return describe(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        row = fields(**dict.fromkeys(_read(parameters).columns, TEXT))
        return fields(filename=TEXT, content=BINARY, defect=TEXT_OR_NULL, header=list_of(TEXT), rows=list_of(row))


def describe(spec: Json, *more: str) -> str:
    """A CSV file's defect, number of rows and what is not plain about it."""
    rows = sum("blank" not in row for row in spec["rows"]) + spec["filler"]
    defect = [spec["defect"]] if "defect" in spec else []
    return ", ".join([*defect, counted(rows, "row"), *more, *traits(spec["layout"])])


def spoiled_spec(defect: str, **parts: Json) -> Json:
    """The spec of a file with `defect`, empty but for `parts`."""
    return {"header": [], "rows": [], "filler": 0, "layout": {**PLAIN}, **parts, "defect": defect}


def content(spec: Json, header: list[str], filler: list[list[str]]) -> bytes:
    """The bytes of the file that a spec tells, whatever its defect."""
    defect = spec.get("defect")
    if defect == "empty":
        return b""
    if defect == "only-white-space":
        return bytes(spec["text"], "ascii")
    last_line = '"' + spec["text"] if defect == "unclosed-quote" else None
    return render(header, [*table(header, spec["rows"]), *filler], spec["layout"], last_line)


def white_space() -> SearchStrategy[str]:
    """A file of nothing but white space."""
    return st.lists(st.sampled_from([" ", "\n", "\t", "\r\n"]), min_size=1, max_size=6).map("".join)


def read_rows(given: Json) -> Range:
    """The parameter `rows`."""
    return read_range(given.get("rows", "1..8"), "rows", within=ROWS)


def _read(parameters: Json) -> _Parameters:
    given = read_mapping(parameters, _Parameters._fields)
    return _Parameters(
        _columns(given.get("columns")),
        read_rows(given),
        tuple(read_names(given.get("properties", list(STANDARD)), "properties", drawing.PROPERTIES)),
        read_names(given.get("defects", []), "defects", DEFECTS),
    )


def _columns(value: Json) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_COLUMNS:
        raise ParameterError(f"columns must be a list of 1 to {MAX_COLUMNS} column names, got {shown(value)}")
    for column in value:
        if not isinstance(column, str) or not column.isprintable() or not column or column.strip() != column:
            raise ParameterError(f"columns has {shown(column)}, which is not a printable name without space around it")
        if value.count(column) > 1:
            raise ParameterError(f"columns names {shown(column)} twice")
    return list(value)


@st.composite
def _files(draw: DrawFn, wanted: _Parameters) -> Json:
    count = draw(st.integers(wanted.rows.low, wanted.rows.high))
    drawn = min(count, DRAWN_ROWS)
    names = "".join(wanted.columns)
    western = "windows-1252" in wanted.properties and _is_western(names) and draw(st.booleans())
    rows = [draw(_row(wanted, western=western)) for _ in range(drawn)]
    if "long-cells" in wanted.properties and draw(drawing.one_in(3)):
        chosen = rows[draw(st.integers(0, drawn - 1))]["cells"]
        first = wanted.columns[0]
        chosen[first] = drawing.lengthened(chosen[first], draw(st.integers(100, 10_000)))
    if "blank-lines" in wanted.properties:
        rows = draw(drawing.with_blank_lines(rows))
    layout = draw(drawing.layouts(wanted.properties, western=western))
    spec = {"header": wanted.columns, "rows": rows, "filler": count - drawn, "layout": layout}
    return {**spec, "layout": settled(layout, content(spec, wanted.columns, []))}


@st.composite
def _row(draw: DrawFn, wanted: _Parameters, *, western: bool) -> Json:
    """A row; its first cell is never blank, so that the row of a file with one column is no blank line."""
    first, *others = wanted.columns
    cells = {first: draw(drawing.cells(wanted.properties, western=western))}
    for column in others:
        cell = draw(drawing.cells(wanted.properties, western=western))
        if not ("empty-cells" in wanted.properties and draw(drawing.one_in(5))):
            cells[column] = cell
    return {"cells": cells}


@st.composite
def _spoiled(draw: DrawFn, wanted: _Parameters) -> Json:
    defect = draw(st.sampled_from(wanted.defects))
    if defect == "empty":
        return spoiled_spec(defect)
    if defect == "only-white-space":
        return spoiled_spec(defect, text=draw(white_space()))
    spec = draw(_files(wanted))
    if defect == "header-only":
        spec = {**spec, "rows": [], "filler": 0}
        spec["layout"] = settled(spec["layout"], content(spec, spec["header"], []))
    elif defect == "unclosed-quote":
        spec["text"] = draw(st.text("abc,", min_size=1, max_size=8))
    else:
        data = [row for row in spec["rows"] if "blank" not in row][: drawing.DATA_ROWS_CHECKED]
        data[draw(st.integers(0, len(data) - 1))].update(draw(drawing.wrong_widths(len(wanted.columns))))
        spec["layout"] = settled(spec["layout"], content(spec, spec["header"], []))
    return {**spec, "defect": defect}


def _build(spec: Json) -> dict[str, Any]:
    header, defect = list(spec["header"]), spec.get("defect")
    filler = [[f"{column} {n}" for column in header] for n in range(1, spec["filler"] + 1)]
    grid = [row for row in table(header, spec["rows"]) if not isinstance(row, str)] + filler
    return {
        "filename": "file.csv",
        "content": content(spec, header, filler),
        "defect": defect,
        "header": header,
        "rows": [] if defect else [dict(zip(header, row, strict=True)) for row in grid],
    }


def _is_western(text: str) -> bool:
    try:
        text.encode("windows-1252")
    except UnicodeEncodeError:
        return False
    return True
