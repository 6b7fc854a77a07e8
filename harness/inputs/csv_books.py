"""The input type `csv_books`: CSV files of books, as people and book services write them, usable or not.

A spec: `{"header": header, "rows": [row, ...], "filler": n, "layout": layout}`. The header is a list of columns as
written, or the name of a service whose exports have it; rows and layout are as in `harness.inputs.csv_text`; `filler`
plain rows follow. The spec of an unusable file has its `"defect"` too.

Its value: `filename`; `content`, bytes; `usable`; `defect`, a name or None; `books`, the rows to be imported in order
and with exact values, `[{"title", "author", "isbn": text or None}]`; `errors`, how many rows are to be reported
instead; `rows`, how many data rows there are. Of an unusable file `books` is empty and `errors` 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from harness.inputs.book_columns import AUTHORS, EXPORTS, TITLES, columns, importable
from harness.inputs.csv_books_drawing import DEFECTS, unusable_files, usable_files
from harness.inputs.csv_file import content, describe, read_rows
from harness.inputs.csv_text import table
from harness.inputs.parameters import (
    ParameterError,
    Range,
    problem,
    read_mapping,
    read_name,
    read_names,
)
from harness.inputs.schemas import BINARY, BOOLEAN, COUNT, TEXT, TEXT_OR_NULL, fields, list_of
from harness.inputs.specs import rebuild

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json


class _Parameters(NamedTuple):
    rows: Range
    form: str
    defects: list[str]


class CsvBooks:
    """CSV files of books. `{csv_books: {rows: 1..8}}` or `{csv_books: {form: unusable, defects: [ragged]}}`.

    `form` is `usable` if it is not given. `defects` are those to draw from, all if it is not given.
    """

    name = "csv_books"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: columns title and author, the fewest rows of short ASCII cells, LF, UTF-8."""
        wanted = _read(parameters)
        if wanted.form == "usable":
            return usable_files(*wanted.rows)
        return unusable_files(*wanted.rows, wanted.defects)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`filename`, `content`, `usable`, `defect`, `books`, `errors`, `rows`, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`3 rows, goodreads columns, CRLF` or `ragged, 3 rows`."""
        service = spec["header"]
        return describe(spec, f"{service} columns") if isinstance(service, str) else describe(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return fields(
            filename=TEXT,
            content=BINARY,
            usable=BOOLEAN,
            defect=TEXT_OR_NULL,
            books=list_of(fields(title=TEXT, author=TEXT, isbn=TEXT_OR_NULL)),
            errors=COUNT,
            rows=COUNT,
        )


def _read(parameters: Json) -> _Parameters:
    given = read_mapping(parameters, _Parameters._fields)
    form = read_name(given.get("form", "usable"), "form", ["usable", "unusable"])
    defects = read_names(given.get("defects", list(DEFECTS)), "defects", DEFECTS)
    if "defects" in given and form == "usable":
        raise ParameterError("defects needs form: unusable")
    if not defects:
        raise ParameterError("defects must name at least one defect")
    return _Parameters(read_rows(given), form, defects)


def _build(spec: Json) -> dict[str, Any]:
    header = EXPORTS[spec["header"]] if isinstance(spec["header"], str) else spec["header"]
    filler = _filler(header, spec["filler"])
    rows = [row for row in table(header, spec["rows"]) if not isinstance(row, str)] + filler
    defect = spec.get("defect")
    books = [] if defect else importable(header, rows)
    return {
        "filename": "books.csv",
        "content": content(spec, list(header), filler),
        "usable": defect is None,
        "defect": defect,
        "books": books,
        "errors": 0 if defect else len(rows) - len(books),
        "rows": len(rows),
    }


def _filler(header: Sequence[str], count: int) -> list[list[str]]:
    """Rows with a title and an author and nothing else."""
    places = [*columns(header, TITLES), *columns(header, AUTHORS)]
    rows = []
    for number in range(1, count + 1):
        row = [""] * len(header)
        for place in places:
            row[place] = f"filler {number}"
        rows.append(row)
    return rows
