"""CSV files: text, quotes and lines misread, and columns misunderstood.

The readers run in another process for large files, so each is a function of this module.
"""

import csv
import functools
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reference_server.components import CsvReader
from reference_server.csv_books import Library, Names, clean_isbn, read_library
from reference_server.csv_text import Table, UnusableCsv, decode, read_table, records
from reference_server.faults.fault import Fault
from reference_server.faults.parts import CsvCalls, on_csv_calls, on_csv_reader

_NAMES = Names()

# --- text -----------------------------------------------------------------------------------------------------------


def _bom_in_header(content: bytes) -> Library:
    return _read(content, decode=_with_bom)


def _with_bom(content: bytes) -> str:
    """Decodes as `utf-8`, which leaves the BOM where it is."""
    return ("\N{BYTE ORDER MARK}" if content.startswith(b"\xef\xbb\xbf") else "") + decode(content)


def _only_utf8(content: bytes) -> Library:
    return _read(content, decode=_strictly)


def _strictly(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableCsv("the file is not UTF-8", "Save the file as UTF-8.") from error


def _mangled(content: bytes) -> Library:
    return _read(content, decode=_replacing)


def _replacing(content: bytes) -> str:
    return content.decode("utf-8-sig", errors="replace")


def _as_latin(content: bytes) -> Library:
    return _read(content, decode=_latin)


def _latin(content: bytes) -> str:
    """Takes every file for Windows-1252."""
    return content.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")


# --- lines and cells ------------------------------------------------------------------------------------------------


def _commas_in_quotes(content: bytes) -> Library:
    return _read(content, records=_split_at_commas)


def _split_at_commas(text: str) -> Iterator[list[str]]:
    """`line.split(",")`, and the quotes are taken off afterwards."""
    for row in records(text):
        yield [part.strip() for cell in row for part in cell.split(",")]


def _newlines_in_quotes(content: bytes) -> Library:
    return _read(content, records=_split_at_lines)


def _split_at_lines(text: str) -> Iterator[list[str]]:
    """Splits the file into lines and gives each to the parser."""
    for line in text.splitlines():
        for row in csv.reader([line]):
            yield [cell.strip() for cell in row]


def _doubled_quotes(content: bytes) -> Library:
    return _read(content, records=_quotes_kept)


def _quotes_kept(text: str) -> Iterator[list[str]]:
    """Leaves the quotes inside a quoted cell doubled."""
    for row in records(text):
        yield [cell.replace('"', '""') if '""' in text else cell for cell in row]


def _crlf(content: bytes) -> Library:
    return _read(content, records=_split_at_lf)


def _split_at_lf(text: str) -> Iterator[list[str]]:
    """Splits at LF, which leaves a CR in the last cell of each line."""
    end = "\r" if "\r\n" in text else ""
    for row in records(text):
        yield [*row[:-1], row[-1] + end]


def _blank_lines(content: bytes) -> Library:
    return _read(content, records=_with_blank_lines)


def _with_blank_lines(text: str) -> Iterator[list[str]]:
    """Takes a blank line for a row without cells."""
    lines = csv.reader(io.StringIO(text, newline=""))
    header = next((row for row in lines if any(cell.strip() for cell in row)), [])
    yield [cell.strip() for cell in header]
    for row in lines:
        yield [cell.strip() for cell in row]


def _last_line(content: bytes) -> Library:
    return _read(content, records=_whole_lines)


def _whole_lines(text: str) -> Iterator[list[str]]:
    """Takes a line for one only when its end has come."""
    found = list(records(text))
    yield from found if text.endswith("\n") or len(found) < 3 else found[:-1]


def _not_trimmed(content: bytes) -> Library:
    return _read(content, records=_untrimmed)


def _untrimmed(text: str) -> Iterator[list[str]]:
    """Leaves the cells as they are; the header is trimmed."""
    raw = csv.reader(io.StringIO(text, newline=""))
    kept = (row for row in raw if any(cell.strip() for cell in row) or len(row) > 1)
    yield [cell.strip() for cell in next(kept, [])]
    yield from kept


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


def _read(content: bytes, **parts: Any) -> Library:  # noqa: ANN401 - the parts of `read_table`
    return read_library(content, table=functools.partial(read_table, **parts))


def _fault(name: str, symptom: str, reader: CsvReader, *clauses: str) -> Fault:
    killed_by = tuple(f"csv-import/{clause}" for clause in clauses)
    return Fault(name, "csv_files", symptom, killed_by, on_csv_reader(reader))


_EXACT = "at_end/every-importable-row"

FAULTS = (
    _fault(
        "csv-bom-in-header",
        "a file with a UTF-8 BOM is not usable: the BOM became part of the first header name",
        _bom_in_header,
        "order",
    ),
    _fault(
        "csv-windows-1252-refused",
        "a file in Windows-1252 is not usable: only UTF-8 is read",
        _only_utf8,
        "order",
    ),
    _fault(
        "csv-windows-1252-mangled",
        "what is not ASCII in a Windows-1252 file becomes U+FFFD",
        _mangled,
        _EXACT,
    ),
    _fault(
        "csv-utf-8-read-as-windows-1252",
        "what is not ASCII in a UTF-8 file becomes two or three other characters",
        _as_latin,
        _EXACT,
    ),
    _fault(
        "csv-splits-at-quoted-commas",
        "a comma inside a quoted cell ends the cell",
        _commas_in_quotes,
        "order",
        _EXACT,
    ),
    _fault(
        "csv-splits-at-quoted-newlines",
        "a newline inside a quoted cell ends the row",
        _newlines_in_quotes,
        "order",
        _EXACT,
    ),
    _fault(
        "csv-doubled-quotes-kept",
        "a quote inside a quoted cell stays doubled",
        _doubled_quotes,
        _EXACT,
    ),
    _fault(
        "csv-crlf-kept",
        "in a file with CRLF the last cell of each line, in the header too, ends with CR",
        _crlf,
        "order",
        "at_end/cells-are-trimmed",
    ),
    _fault(
        "csv-blank-lines-are-rows",
        "a blank line is taken for a row, so that the file is not usable or the row is an error",
        _blank_lines,
        "order",
        "at_end/every-other-row-is-reported",
    ),
    _fault(
        "csv-last-line-lost",
        "the last row of a file that does not end with a newline is lost",
        _last_line,
        _EXACT,
    ),
    _fault(
        "csv-cells-not-trimmed",
        "titles and authors keep the spaces around them",
        _not_trimmed,
        "at_end/cells-are-trimmed",
        _EXACT,
    ),
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
