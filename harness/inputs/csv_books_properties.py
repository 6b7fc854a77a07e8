"""The properties that only files of books have: their header, their ISBNs, and rows that are not to be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.inputs import csv_properties
from harness.inputs.book_columns import AUTHORS, ISBNS, TITLES, columns
from harness.inputs.book_exports import BY_HAND
from harness.inputs.catalogue import BOOKS
from harness.inputs.csv_drawing import DATA_ROWS_CHECKED, Sheet, wrong_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.inputs.base import Json
    from harness.inputs.csv_drawing import Mark

HEADER = ("extra-columns", "two-author-columns", "other-names", "column-order", "header-case", "header-padding")
"""What people do to a header; not what services do."""

NUMBERS = (
    "isbns",
    "hyphened-isbns",
    "goodreads-isbns",
    "bracketed-isbns",
    "lower-case-isbns",
    "several-isbns",
    "empty-first-isbn",
)
"""Forms in which a row has its ISBN."""

ODD_ROWS = ("untitled-rows", "authorless-rows", "empty-rows", "ragged-rows")
"""Rows that are not imported but reported, among others that are."""

GENERAL = tuple(name for name in csv_properties.PROPERTIES if name != "empty-cells")
PROPERTIES = (*GENERAL, *NUMBERS, *HEADER, *ODD_ROWS)
GROUPS = {
    "layout": csv_properties.LAYOUT,
    "cells": tuple(name for name in csv_properties.CELLS if name in GENERAL),
    "hostile": csv_properties.HOSTILE,
    "isbn-forms": NUMBERS,
    "header": HEADER,
    "odd-rows": ODD_ROWS,
}
"""Names for several properties at once."""

STANDARD = [name for name in PROPERTIES if name not in csv_properties.HOSTILE]
"""What a file of books may have if a contract says nothing."""

_EXTRAS = ("notes", "My Rating", "subtitle", "publisher", "Author l-f", "année")
_ISBNS = tuple(book.isbn for book in BOOKS if book.isbn)[:12]
BLANKS = ("", " ", "\u00a0", "\t ")


def rows_needed(properties: Iterable[str]) -> int:
    """How many rows a file with these properties has at least: one that is imported, and all that is odd."""
    chosen = {*properties}
    texts = -(-csv_properties.cells_needed(chosen) // 2)
    numbers = len(chosen & {*NUMBERS})
    odd = len(chosen & {*ODD_ROWS})
    least = max(1, texts, numbers) + odd
    return max(least, DATA_ROWS_CHECKED + odd) if "ragged-rows" in chosen else least


def possible(name: str, style: str) -> bool:
    """Whether a file of this style can have a property."""
    if name in HEADER or name == "empty-first-isbn":
        return style == BY_HAND
    return name != "several-isbns" or style in (BY_HAND, "librarything")


def number_rows(sheet: Sheet, chosen: Mapping[str, Mark], style: str) -> None:
    """Give rows ISBNs, a row for each form, and a header written by hand the columns that they need."""
    free = [row for place, row in enumerate(sheet.rows) if place not in sheet.odd]
    for name, row in zip((name for name in NUMBERS if name in chosen), free, strict=False):
        column, text = _number(name, chosen[name])
        if style == BY_HAND:
            _add_column(sheet, column)
        else:
            row["cells"].update(dict.fromkeys((sheet.header[at] for at in columns(sheet.header, ISBNS)), ""))
            column = sheet.header[columns(sheet.header, ["isbns"] if column == "isbns" else ISBNS)[0]]
        row["cells"][column] = text
        if name == "empty-first-isbn":
            _add_column(sheet, "isbn13")
            row["cells"]["isbn13"] = ("", '=""', "-")[chosen[name].place % 3]
        sheet.properties.append(name)


def _number(name: str, mark: Mark) -> tuple[str, str]:
    """The column of a form, and a number in it."""
    isbn = _ISBNS[mark.variant % len(_ISBNS)]
    hyphened = f"{isbn[:3]}-{isbn[3]}-{isbn[4:8]}-{isbn[8:12]}-{isbn[12]}"
    if name == "several-isbns":
        other = _ISBNS[(mark.variant + 1) % len(_ISBNS)]
        return "isbns", (f"{isbn}, {other}", f"{isbn};{other}", f"{hyphened} {other}", f"{isbn},{other}")[
            mark.place % 4
        ]
    forms = {
        "hyphened-isbns": hyphened.replace("-", " ") if mark.place % 2 else hyphened,
        "goodreads-isbns": f'="{isbn}"',
        "bracketed-isbns": f"[{isbn}]",
        "lower-case-isbns": ("080442957x", "043942089x")[mark.variant % 2],
    }
    return "isbn", forms.get(name, isbn)


def _add_column(sheet: Sheet, column: str) -> None:
    if column not in sheet.header:
        sheet.header.append(column)


def spoil_rows(sheet: Sheet, chosen: Mapping[str, Mark]) -> None:
    """Make an odd row of each kind out of a good one. At least one good row stays, and the odd ones are left alone."""
    title, author = meaning(sheet.header)
    for name in (name for name in reversed(ODD_ROWS) if name in chosen):
        mark = chosen[name]
        first = DATA_ROWS_CHECKED if name == "ragged-rows" else 0
        free = [place for place in range(len(sheet.rows)) if place not in sheet.odd]
        late = [place for place in free if place >= first]
        if late and len(free) > 1:
            place = late[mark.place % len(late)]
            _spoil(sheet.rows[place], name, mark, {"untitled-rows": title, "authorless-rows": author}.get(name))
            sheet.odd.add(place)
            sheet.properties.append(name)


def _spoil(row: Json, name: str, mark: Mark, column: str | None) -> None:
    if column is not None:
        row["cells"][column] = mark.of(BLANKS)
    elif name == "empty-rows":
        row["cells"] = {}
    else:
        row.update(wrong_width(mark, 2))


def meaning(header: list[str]) -> tuple[str, str]:
    """The columns of the title and of the author."""
    return header[columns(header, TITLES)[0]], header[columns(header, AUTHORS)[0]]


def change_header(sheet: Sheet, chosen: Mapping[str, Mark]) -> None:
    """Do to a header written by hand what people do."""
    for name in (name for name in HEADER if name in chosen):
        _STEPS[name](sheet, chosen[name])
        sheet.properties.append(name)


def _more_columns(sheet: Sheet, mark: Mark) -> None:
    column = mark.of(_EXTRAS)
    sheet.header.append(column)
    _fill(sheet, column, "N")


def _fill(sheet: Sheet, column: str, letter: str) -> None:
    for number, row in enumerate(sheet.rows):
        if number not in sheet.odd:
            row["cells"][column] = f"{letter}{number + 1}"


def _second_author(sheet: Sheet, mark: Mark) -> None:
    """Another column of authors, before the one that counts because its name comes first."""
    column = mark.of(AUTHORS[1:])
    sheet.header.insert(0, column)
    _fill(sheet, column, "X")


def _other_names(sheet: Sheet, mark: Mark) -> None:
    """The column of the title, of the author or of the ISBN by another of its names."""
    names = [("title", other) for other in TITLES[1:]]
    if len(columns(sheet.header, AUTHORS)) == 1:
        names = [("author", other) for other in AUTHORS[1:]] + names
    if "isbn" in sheet.header and "isbn13" not in sheet.header:
        names += [("isbn", other) for other in ("isbn13", "isbn/uid")]
    _rename(sheet, dict([names[mark.variant % len(names)]]))


def _reorder(sheet: Sheet, mark: Mark) -> None:
    turn = 1 + mark.variant % max(1, len(sheet.header) - 1)
    sheet.header[:] = [*sheet.header[turn:], *sheet.header[:turn]]


def _recase(sheet: Sheet, mark: Mark) -> None:
    change = (str.title, str.upper)[mark.variant % 2]
    _rename(sheet, {column: change(column) for column in sheet.header})


def _pad(sheet: Sheet, mark: Mark) -> None:
    space = mark.of(csv_properties.PADDING)
    column = sheet.header[mark.place % len(sheet.header)]
    _rename(sheet, {column: f"{space if mark.variant % 2 else ''}{column}{space}"})


_STEPS: Mapping[str, Callable[[Sheet, Mark], None]] = {
    "extra-columns": _more_columns,
    "other-names": _other_names,
    "two-author-columns": _second_author,
    "column-order": _reorder,
    "header-case": _recase,
    "header-padding": _pad,
}


def _rename(sheet: Sheet, names: Mapping[str, str]) -> None:
    sheet.header[:] = [names.get(column, column) for column in sheet.header]
    for row in sheet.rows:
        row["cells"] = {names.get(column, column): cell for column, cell in row["cells"].items()}
    sheet.alone = {(row, names.get(column, column)) for row, column in sheet.alone}
    sheet.texts = [names.get(column, column) for column in sheet.texts]
