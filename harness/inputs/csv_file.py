"""The input type `csv_file`: CSV files with the columns that a contract names, well formed or spoiled in named ways.

A spec: `{"header": [column, ...], "rows": [row, ...], "filler": n, "layout": layout}`, rows and layout as in
`harness.inputs.csv_text`; `filler` plain rows follow the drawn ones. `"properties"` names what is not plain about it,
`"defects"` what is wrong with it, `"bytes"` says how large it is made, by longer cells in the first column; each is
left out where there is nothing to say.

Its value: `filename`; `content`, bytes; `size`, in bytes; `properties`; `defect`, a name or null; `defects`, all of
them; `header`; and `rows`, what a reader gets, `[{column: text}]`, cells as written and not trimmed; `[]` if there is a
defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.inputs import csv_defects as spoiling
from harness.inputs import csv_drawing as drawing
from harness.inputs.csv_properties import (
    CELLS,
    HOSTILE,
    LAYOUT,
    PROPERTIES,
    cells_needed,
    check_having,
    read_properties,
)
from harness.inputs.csv_text import content, grown, settled, table
from harness.inputs.lazily import st
from harness.inputs.parameters import ParameterError, Range, problem, read_mapping, read_range, shown
from harness.inputs.schemas import BINARY, COUNT, TEXT, TEXT_OR_NULL, fields, list_of
from harness.inputs.specs import counted, rebuild
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

DEFECTS = ("empty", "only-white-space", "header-only", "unclosed-quote", "ragged")
"""Ways in which a file can be spoiled."""

STANDARD = ("crlf", "no-final-newline", "quoted", "commas", "quotes", "newlines", "non-ascii", "empty-cells")
"""The properties that RFC 4180 or plain usage cover: the default."""

GROUPS = {"layout": LAYOUT, "cells": CELLS, "hostile": HOSTILE}
"""Names for several properties at once."""

MAX_ROWS = 100_000
DRAWN_ROWS = 20
"""So many rows are drawn at most; the others are filler."""
MAX_COLUMNS = 50
SIZES = Range(1, 100_000_000)
ROOM = 200_000
"""Bytes that a file of some rows may take before it is made larger, at most, beside `ROW_ROOM` for each of them."""
ROW_ROOM = 100


class Parameters(NamedTuple):
    """What `csv_file` and `csv_books` have in common."""

    rows: Range
    size: Range | None
    properties: list[str]
    having: list[str]
    defects: list[str]
    together: Range


class CsvFile:
    """CSV files. `{csv_file: {columns: [name, email], rows: 1..8, properties: [crlf], defects: [ragged]}}`.

    A file may have each of `properties`, and has all of `having`. With `defects` every file has one of them (as many as
    `together` says), without it none.
    """

    name = "csv_file"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the fewest rows of short ASCII cells, LF, UTF-8; the first defect."""
        columns, wanted = _read(parameters)
        return _files(columns, wanted)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`filename`, `content` and the others, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`3 rows, crlf` or `ragged, 3 rows`."""
        return describe(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        columns, _ = _read(parameters)
        row = fields(**dict.fromkeys(columns, TEXT))
        return fields(**FIELDS, header=list_of(TEXT), rows=list_of(row))


FIELDS = {
    "filename": TEXT,
    "content": BINARY,
    "size": COUNT,
    "properties": list_of(TEXT),
    "defect": TEXT_OR_NULL,
    "defects": list_of(TEXT),
}
"""What the values of both kinds of CSV files have."""


def describe(spec: Json, *more: str) -> str:
    """A CSV file's defects, number of rows and what is not plain about it."""
    rows = sum("blank" not in row for row in spec["rows"]) + spec["filler"]
    size = [f"{spec['bytes']:,} bytes"] if "bytes" in spec else []
    return ", ".join([*defects(spec), counted(rows, "row"), *size, *more, *spec.get("properties", [])])


def defects(spec: Json) -> list[str]:
    """The defects of a spec."""
    return list(spec.get("defects", []))


def common(spec: Json, whole: bytes) -> dict[str, Any]:
    """The fields that the values of both kinds of CSV files have, but for the file's name."""
    found = defects(spec)
    return {
        "content": whole,
        "size": len(whole),
        "properties": list(spec.get("properties", [])),
        "defect": found[0] if found else None,
        "defects": found,
    }


def read_common(
    given: Json, known: list[str], standard: list[str], groups: Json, defects: tuple[str, ...], most_rows: int
) -> Parameters:
    """The parameters that both kinds of CSV files have."""
    having = read_properties(given.get("having", []), "having", known, groups)
    check_having(having)
    chosen = read_properties(given.get("properties", standard), "properties", known, groups)
    rows = read_range(given.get("rows", "1..8"), "rows", within=Range(1, most_rows))
    size = read_range(given["size"], "size", within=SIZES) if "size" in given else None
    if size is not None and size.low < ROOM + ROW_ROOM * rows.high:
        raise ParameterError(
            f"size must be {ROOM + ROW_ROOM * rows.high:,} bytes at least for so many rows, got {shown(given['size'])}"
        )
    named = read_properties(given.get("defects", []), "defects", defects, {})
    together = read_range(given.get("together", 1), "together", within=Range(1, 4))
    both = [name for name in known if name in chosen or name in having]
    return Parameters(rows, size, both, having, named, together)


def _read(parameters: Json) -> tuple[list[str], Parameters]:
    given = read_mapping(parameters, ["columns", "rows", "size", "properties", "having", "defects", "together"])
    columns = _columns(given.get("columns"))
    wanted = read_common(given, list(PROPERTIES), list(STANDARD), GROUPS, DEFECTS, MAX_ROWS)
    barred = {*(["windows-1252"] if not _is_western(columns) else []), *(["empty-cells"] if len(columns) < 2 else [])}
    for name in barred & {*wanted.having}:
        raise ParameterError(f"having names {name!r}, which a file with these columns cannot have")
    need = -(-cells_needed(wanted.having) // len(columns))
    if wanted.rows.high < need:
        raise ParameterError(f"having needs {counted(need, 'row')} at least, rows is {wanted.rows}")
    return columns, wanted._replace(properties=[name for name in wanted.properties if name not in barred])


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
def _files(draw: DrawFn, columns: list[str], wanted: Parameters) -> Json:
    def needed(names: Iterable[str]) -> int:
        return -(-cells_needed(names) // len(columns))

    count = draw(st.integers(*wanted.rows))
    chosen = draw(drawing.marks(tuple(wanted.properties), tuple(wanted.having)))
    chosen = drawing.fitting(chosen, wanted.having, needed, wanted.rows.high)
    count = max(count, needed(chosen))
    drawn = min(count, DRAWN_ROWS)
    rows = [{"cells": {column: _plain(place, row) for place, column in enumerate(columns)}} for row in range(drawn)]
    sheet = drawing.Sheet(list(columns), rows, columns)
    drawing.apply(sheet, chosen)
    spec = sheet.spec(count - drawn, PROPERTIES)
    if wanted.defects:
        spec = draw(spoiling.spoiled(spec, columns, tuple(wanted.defects), wanted.together))
    if wanted.size is not None:
        spec["bytes"] = draw(st.integers(*wanted.size))
    return settled(spec, columns)


def _plain(place: int, row: int) -> str:
    """`A1`, `B1`, ...; as a spreadsheet has it."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"{letters[place % 26] * (place // 26 + 1)}{row + 1}"


def _build(spec: Json) -> dict[str, Any]:
    header = list(spec["header"])
    start = sum("blank" not in row for row in spec["rows"])
    filler = [[_plain(place, row) for place in range(len(header))] for row in range(start, start + spec["filler"])]
    grid = [*table(header, spec["rows"]), *filler]
    whole = grown(spec, header, grid, 0) if "bytes" in spec else content(spec, header, grid)
    rows = [] if defects(spec) else [dict(zip(header, row, strict=True)) for row in grid if not isinstance(row, str)]
    return {"filename": "file.csv", **common(spec, whole), "header": header, "rows": rows}


def _is_western(columns: list[str]) -> bool:
    try:
        "".join(columns).encode("windows-1252")
    except UnicodeEncodeError:
        return False
    return True
