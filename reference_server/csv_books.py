"""From a table to the books in it: which column means what, which rows can be imported, and why the others cannot."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reference_server.csv_text import Table, UnusableCsv, read_table

LIST_OF_ISBNS = "isbns"


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


def clean_isbn(cell: str, column: str) -> str:
    """The ISBN in a cell of the column of this name (in lower case), maybe empty."""
    first = re.split("[,; ]", cell)[0] if column == LIST_OF_ISBNS else cell
    return re.sub("[^0-9X]", "", first.upper())


@dataclass(frozen=True)
class Names:
    """What the columns that matter are called, in lower case, the preferred name first."""

    title: Sequence[str] = ("title", "book title")
    author: Sequence[str] = ("author", "authors", "primary author", "author name")
    isbn: Sequence[str] = ("isbn13", "isbn", "isbn/uid", LIST_OF_ISBNS)


def read_library(
    content: bytes,
    *,
    table: Callable[[bytes], Table] = read_table,
    names: Names = Names(),
    isbn: Callable[[str, str], str] = clean_isbn,
) -> Library:
    """The books in an uploaded CSV file.

    Raises:
        UnusableCsv: the file is no table, has no title or no author column, or no row that can be imported.
    """
    found = table(content)
    library = _import_rows(found, _Columns(found.header, names), isbn)
    if not library.books:
        raise UnusableCsv("no row has both a title and an author", "Fill in title and author for each book.")
    return library


class _Columns:
    """Where a header has the columns that matter."""

    def __init__(self, header: Sequence[str], names: Names) -> None:
        self.width = len(header)
        self._header = [name.lower() for name in header]
        self.title = self._required("title", names.title)
        self.author = self._required("author", names.author)
        self.isbns = [(name, self._header.index(name)) for name in names.isbn if name in self._header]

    def _required(self, meaning: str, names: Sequence[str]) -> int:
        for name in names:
            if name in self._header:
                return self._header.index(name)
        wanted = " or ".join(repr(name) for name in names)
        raise UnusableCsv(f"there is no {meaning} column", f"Name the {meaning} column {wanted} in the header line.")


def _import_rows(table: Table, columns: _Columns, isbn: Callable[[str, str], str]) -> Library:
    library = Library([], [])
    for number, row in enumerate(table.rows, start=1):
        problem = _problem(row, columns)
        if problem is None:
            isbns = (isbn(row[index], name) for name, index in columns.isbns)
            book = ImportedBook(row[columns.title], row[columns.author], next(filter(None, isbns), None))
            library.books.append(book)
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
