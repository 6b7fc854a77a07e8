"""The input type `csv_books`: CSV files of books, as people and book services write them, usable or not.

A spec: `{"header": header, "rows": [row, ...], "filler": n, "layout": layout}`. The header is a list of columns as
written, or the name of a service whose exports have it; rows and layout are as in `harness.inputs.csv_text`; `filler`
plain rows follow. `"properties"`, `"defects"` and `"bytes"` are as in `harness.inputs.csv_file`.

Its value: `filename`; `content`, bytes; `size`, in bytes; `properties`; `usable`; `defect`, a name or null; `defects`,
all of them; `books`, the rows to be imported in order and with exact values, `[{"title", "author", "isbn": text or
null}]`; `errors`, how many rows are to be reported instead; `reported`, which ones, `[{"row": number from 1, "title":
text or null}]`; `rows`, how many data rows there are. Of an unusable file `books` and `reported` are empty and `errors`
is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.inputs.book_columns import AUTHORS, EXPORTS, TITLES, columns, importable, reported
from harness.inputs.book_exports import BY_HAND, STYLES
from harness.inputs.csv_books_drawing import DEFECTS, MAX_ROWS, REVIEWS, files
from harness.inputs.csv_books_properties import GROUPS, PROPERTIES, STANDARD, possible, rows_needed
from harness.inputs.csv_file import FIELDS, Parameters, common, defects, describe, read_common
from harness.inputs.csv_text import content, grown, table
from harness.inputs.parameters import ParameterError, problem, read_mapping, read_name, read_names
from harness.inputs.schemas import BOOLEAN, COUNT, TEXT, TEXT_OR_NULL, fields, list_of
from harness.inputs.specs import counted, rebuild
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json

_WEIGHTS = {BY_HAND: 3}
"""How often a style is drawn, if not once in all."""


class _Parameters(NamedTuple):
    common: Parameters
    styles: list[str]
    whole: bool


class CsvBooks:
    """CSV files of books. `{csv_books: {rows: 1..8}}` or `{csv_books: {form: unusable, defects: [ragged]}}`.

    `form` is `usable` if it is not given. `defects` are those to draw from, all if it is not given. `export` says how
    the files are written: one or several of `STYLES`, all if it is not given.
    """

    name = "csv_books"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: columns title and author, the fewest rows of short ASCII cells, LF, UTF-8."""
        wanted = _read(parameters)
        styles = [style for style in wanted.styles for _ in range(_WEIGHTS.get(style, 1))]
        return files(wanted.common, styles, whole=wanted.whole)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`filename`, `content` and the others, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`3 rows, goodreads columns, crlf` or `ragged, 3 rows`."""
        service = spec["header"]
        return describe(spec, f"{service} columns") if isinstance(service, str) else describe(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return fields(
            **FIELDS,
            usable=BOOLEAN,
            books=list_of(fields(title=TEXT, author=TEXT, isbn=TEXT_OR_NULL)),
            errors=COUNT,
            reported=list_of(fields(row=COUNT, title=TEXT_OR_NULL)),
            rows=COUNT,
        )


_KNOWN = ("rows", "size", "form", "export", "properties", "having", "defects", "together")


def _read(parameters: Json) -> _Parameters:
    given = read_mapping(parameters, _KNOWN)
    form = read_name(given.get("form", "usable"), "form", ["usable", "unusable"])
    for name in ("defects", "together"):
        if name in given and form == "usable":
            raise ParameterError(f"{name} needs form: unusable")
    if form == "unusable" and "size" in given:
        raise ParameterError("size needs form: usable")
    defaults = {"defects": list(DEFECTS)} if form == "unusable" else {}
    wanted = read_common({**defaults, **given}, list(PROPERTIES), STANDARD, GROUPS, DEFECTS, MAX_ROWS)
    if form == "unusable" and not wanted.defects:
        raise ParameterError("defects must name at least one defect")
    need = rows_needed(wanted.having)
    if wanted.rows.high < need:
        raise ParameterError(f"having needs {counted(need, 'row')} at least, rows is {wanted.rows}")
    return _Parameters(wanted, _styles(given, wanted.having), "export" in given)


def _styles(given: Json, having: Sequence[str]) -> list[str]:
    """The styles in which files may be written that have all of `having`."""
    export = given.get("export", list(STYLES))
    named = read_names(export if isinstance(export, list) else [export], "export", STYLES)
    styles = [style for style in named if all(possible(name, style) for name in having)]
    if not styles:
        raise ParameterError(f"no file can be one of export and have all of having: {', '.join([*named, *having])}")
    return styles


def _build(spec: Json) -> dict[str, Any]:
    header = list(EXPORTS[spec["header"]] if isinstance(spec["header"], str) else spec["header"])
    drawn = table(header, spec["rows"])
    start = sum(not isinstance(row, str) for row in drawn) + 1
    all_rows = [*drawn, *_filler(header, start, spec["filler"])]
    found = defects(spec)
    if "bytes" in spec:
        (place, *_) = columns(header, REVIEWS)
        for row in all_rows:
            if not isinstance(row, str) and len(row) == len(header):
                row[place] = row[place] or "R"
        whole = grown(spec, header, all_rows, place)
    else:
        whole = content(spec, header, all_rows)
    rows = [row for row in all_rows if not isinstance(row, str)]
    wrong = [] if found else reported(header, rows)
    return {
        "filename": "books.csv",
        **common(spec, whole),
        "usable": not found,
        "books": [] if found else importable(header, rows),
        "errors": len(wrong),
        "reported": wrong,
        "rows": len(rows),
    }


def _filler(header: Sequence[str], start: int, count: int) -> list[list[str]]:
    """Rows with a title and an author and nothing else, which go on where the drawn ones end."""
    titles, authors = columns(header, TITLES), columns(header, AUTHORS)
    rows = []
    for number in range(start, start + count):
        row = [""] * len(header)
        for place in titles:
            row[place] = f"T{number}"
        for place in authors:
            row[place] = f"A{number}"
        rows.append(row)
    return rows
