"""CSV files, their columns and rows: names misunderstood, rows left out or made up, ISBNs misread.

The readers run in another process for large files, so each is a function of this module.
"""

from dataclasses import replace

from reference_server.components import CsvReader
from reference_server.csv_books import Library, Names, read_library
from reference_server.csv_text import Table, UnusableCsv, read_table
from reference_server.faults.fault import Fault
from reference_server.faults.parts import CsvCalls, on_csv_calls, on_csv_reader

_NAMES = Names()

# --- columns and rows -----------------------------------------------------------------------------------------------


def _one_name_each(content: bytes) -> Library:
    return read_library(content, names=replace(_NAMES, title=("title",), author=("author",)))


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
    Fault(
        name="csv-bad-file-without-prefix",
        family="csv_files",
        symptom="the error of a file that is not usable does not begin with `Invalid CSV: `",
        killed_by=("csv-import/at_end/says-what-is-wrong",),
        apply=on_csv_calls(_NoPrefix),
    ),
)
