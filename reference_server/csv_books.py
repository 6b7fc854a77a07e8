"""From a table to the books in it: which column means what, which rows can be imported, and why the others cannot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reference_server.csv_text import Table, UnusableCsv, read_table

_TITLE_NAMES = ("title", "book title")
_AUTHOR_NAMES = ("author", "authors", "primary author", "author name")
_ISBN_NAMES = ("isbn13", "isbn", "isbn/uid", "isbns")
_LIST_OF_ISBNS = "isbns"


@dataclass(frozen=True)
class ImportedBook:
    """A book from a row: `title` and `author` are not empty, `isbn` is None where the row has none."""

    title: str
    author: str
    isbn: str | None

    def as_json(self) -> dict[str, Any]:
        """The book as it stands in `complete`."""
        book = {"title": self.title, "author": self.author}
        return book if self.isbn is None else book | {"isbn": self.isbn}


@dataclass(frozen=True)
class RowError:
    """A row that was not imported: its title (or `row N`, counting data rows from 1) and why."""

    title: str
    error: str

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in `complete`."""
        return {"title": self.title, "error": self.error}


@dataclass(frozen=True)
class Library:
    """What a CSV file held."""

    books: list[ImportedBook]
    errors: list[RowError]

    @property
    def success_rate(self) -> str:
        """The text `n/m`: n books of m rows."""
        return f"{len(self.books)}/{len(self.books) + len(self.errors)}"


def read_library(content: bytes) -> Library:
    """The books in an uploaded CSV file.

    Raises:
        UnusableCsv: the file is no table, has no title or no author column, or no row that can be imported.
    """
    table = read_table(content)
    library = _import_rows(table, _Columns(table.header))
    if not library.books:
        raise UnusableCsv("no row has both a title and an author", "Fill in title and author for each book.")
    return library


class _Columns:
    """Where a header has the columns that matter."""

    def __init__(self, header: Sequence[str]) -> None:
        self.width = len(header)
        self._header = [name.lower() for name in header]
        self.title = self._required("title", _TITLE_NAMES)
        self.author = self._required("author", _AUTHOR_NAMES)
        self.isbns = [(name, self._header.index(name)) for name in _ISBN_NAMES if name in self._header]

    def _required(self, meaning: str, names: Sequence[str]) -> int:
        for name in names:
            if name in self._header:
                return self._header.index(name)
        wanted = " or ".join(repr(name) for name in names)
        raise UnusableCsv(f"there is no {meaning} column", f"Name the {meaning} column {wanted} in the header line.")


def _import_rows(table: Table, columns: _Columns) -> Library:
    library = Library([], [])
    for number, row in enumerate(table.rows, start=1):
        problem = _problem(row, columns)
        if problem is None:
            library.books.append(ImportedBook(row[columns.title], row[columns.author], _isbn(row, columns)))
        else:
            title = row[columns.title] if columns.title < len(row) else ""
            library.errors.append(RowError(title or f"row {number}", problem))
    return library


def _problem(row: Sequence[str], columns: _Columns) -> str | None:
    if len(row) != columns.width:
        return f"{len(row)} columns where the header has {columns.width}"
    if not row[columns.title]:
        return "no title"
    if not row[columns.author]:
        return "no author"
    return None


def _isbn(row: Sequence[str], columns: _Columns) -> str | None:
    for name, index in columns.isbns:
        cell = re.split("[,; ]", row[index])[0] if name == _LIST_OF_ISBNS else row[index]
        cleaned = re.sub("[^0-9X]", "", cell.upper())
        if cleaned:
            return cleaned
    return None
