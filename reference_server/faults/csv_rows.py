"""CSV files, their columns and rows: names misunderstood, rows left out or made up, ISBNs misread.

The readers run in another process for large files, so each is a function of this module.
"""

import re
from dataclasses import replace

from reference_server.components import CsvReader
from reference_server.csv_books import Library, Names, clean_isbn, read_library
from reference_server.csv_text import Table, UnusableCsv, read_table
from reference_server.faults.fault import Fault
from reference_server.faults.parts import CsvCalls, on_csv_calls, on_csv_reader

_NAMES = Names()

# --- columns and rows -----------------------------------------------------------------------------------------------


def _one_name_each(content: bytes) -> Library:
    return read_library(content, names=replace(_NAMES, title=("title",), author=("author",)))


def _first_columns(content: bytes) -> Library:
    return read_library(content, table=_title_then_author)


def _title_then_author(content: bytes) -> Table:
    """Knows the columns by their place."""
    table = read_table(content)
    return Table(["title", "author", *(f"({name})" for name in table.header[2:])], table.rows)


def _as_written(content: bytes) -> Library:
    return read_library(content, table=_capitals_unknown)


def _capitals_unknown(content: bytes) -> Table:
    """Compares header names as they are written."""
    table = read_table(content)
    return Table([name if name in (name.lower(), name.title()) else f"({name})" for name in table.header], table.rows)


def _made_up_authors(content: bytes) -> Library:
    return read_library(content, table=_filled_in)


def _filled_in(content: bytes) -> Table:
    """Fills in what a row lacks."""
    table = read_table(content)
    width = len(table.header)
    rows = [[cell or "Unknown" for cell in [*row, *[""] * (width - len(row))]][:width] for row in table.rows]
    return Table(table.header, rows)


def _no_errors(content: bytes) -> Library:
    """Leaves out what cannot be imported, and does not say so."""
    return Library(read_library(content).books, [])


def _same_titles_once(content: bytes) -> Library:
    """Keeps the books by title."""
    library = read_library(content)
    return Library(list({book.title: book for book in library.books}.values()), library.errors)


def _ascii_titles(content: bytes) -> Library:
    """Keeps what its terminal can show."""
    library = read_library(content)
    books = [
        replace(book, title=_ascii(book.title) or "?", author=_ascii(book.author) or "?") for book in library.books
    ]
    return Library(books, library.errors)


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode().strip()


def _short_row_breaks(content: bytes) -> Library:
    """Takes it that every row has every column."""
    table = read_table(content)
    last = len(table.header) - 1
    for row in table.rows:
        row[last]
    return read_library(content)


def _bad_file_completes(content: bytes) -> Library:
    """Has nothing to import from a file that it cannot use."""
    try:
        return read_library(content)
    except UnusableCsv:
        return Library([], [])


# --- ISBNs ----------------------------------------------------------------------------------------------------------


def _isbn_as_written(content: bytes) -> Library:
    return read_library(content, isbn=_uncleaned)


def _uncleaned(cell: str, column: str) -> str:
    return cell


def _isbn_digits(content: bytes) -> Library:
    return read_library(content, isbn=_only_digits)


def _only_digits(cell: str, column: str) -> str:
    """Has never seen a check digit X."""
    return re.sub("[^0-9]", "", clean_isbn(cell, column))


def _isbn_10_first(content: bytes) -> Library:
    return read_library(content, names=replace(_NAMES, isbn=("isbn", "isbn13", "isbn/uid", "isbns")))


def _all_isbns_joined(content: bytes) -> Library:
    return read_library(content, isbn=_whole_cell)


def _whole_cell(cell: str, column: str) -> str:
    """Takes a list of ISBNs for one."""
    return clean_isbn(cell, "")


class _NoPrefix(CsvCalls):
    """Says what is wrong with a file in words of its own."""

    def fail(self, error: str, suggestion: str) -> None:
        super().fail(error.removeprefix("Invalid CSV: "), suggestion)


def _fault(name: str, symptom: str, reader: CsvReader, *clauses: str) -> Fault:
    killed_by = tuple(f"csv-import/{clause}" for clause in clauses)
    return Fault(name, "csv_files", symptom, killed_by, on_csv_reader(reader))


_EXACT = "at_end/every-importable-row"

FAULTS = (
    _fault(
        "csv-header-synonyms-unknown",
        "only `title` and `author` are known as header names",
        _one_name_each,
        "order",
    ),
    _fault(
        "csv-header-in-capitals-unknown",
        "`TITLE` and the like are unknown header names",
        _as_written,
        "order",
    ),
    _fault(
        "csv-columns-by-place",
        "the first column is taken for the title, the second for the author",
        _first_columns,
        _EXACT,
    ),
    _fault(
        "csv-authors-made-up",
        "rows without title or author are imported with `Unknown`",
        _made_up_authors,
        "at_end/no-other-row",
        "at_end/every-other-row-is-reported",
    ),
    _fault(
        "csv-errors-not-counted",
        "rows that cannot be imported are not reported, and the success rate is n/n",
        _no_errors,
        "at_end/every-other-row-is-reported",
    ),
    _fault(
        "csv-same-titles-once",
        "of several rows with one title the last is imported, and the others are lost",
        _same_titles_once,
        _EXACT,
        "at_end/no-other-row",
    ),
    _fault(
        "csv-non-ascii-lost",
        "titles and authors lose all that is not ASCII",
        _ascii_titles,
        _EXACT,
    ),
    _fault(
        "csv-short-row-breaks",
        "a row with too few columns ends the whole import with an error",
        _short_row_breaks,
        "order",
    ),
    _fault(
        "csv-bad-file-completes",
        "a file that is not usable ends with `complete` and no books",
        _bad_file_completes,
        "order",
    ),
    _fault(
        "csv-isbn-not-cleaned",
        "ISBNs keep their hyphens and the quoting of Goodreads",
        _isbn_as_written,
        _EXACT,
    ),
    _fault(
        "csv-isbn-x-lost",
        "the X at the end of an ISBN is lost",
        _isbn_digits,
        _EXACT,
    ),
    _fault(
        "csv-isbn-before-isbn13",
        "where a file has `isbn` and `isbn13`, the former is taken",
        _isbn_10_first,
        _EXACT,
    ),
    _fault(
        "csv-isbns-joined",
        "the entries of a list of ISBNs become one long number",
        _all_isbns_joined,
        _EXACT,
    ),
    Fault(
        name="csv-bad-file-without-prefix",
        family="csv_files",
        symptom="the error of a file that is not usable does not begin with `Invalid CSV: `",
        killed_by=("csv-import/at_end/says-what-is-wrong",),
        apply=on_csv_calls(_NoPrefix),
    ),
)
