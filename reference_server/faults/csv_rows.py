"""CSV files, their columns and rows: names misunderstood, rows left out or made up, ISBNs misread.

The readers run in another process for large files, so each is a function of this module.
"""

from reference_server.components import CsvReader
from reference_server.csv_books import Library, read_library
from reference_server.csv_text import Table, UnusableCsv, read_table
from reference_server.faults.fault import Fault
from reference_server.faults.parts import on_csv_reader

# --- columns and rows -----------------------------------------------------------------------------------------------


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


def _fault(name: str, symptom: str, reader: CsvReader, *clauses: str, told_as: tuple[str, ...]) -> Fault:
    killed_by = tuple(f"csv-import/{clause}" for clause in clauses)
    return Fault(name, "csv_files", symptom, killed_by, on_csv_reader(reader), told_as=told_as)


FAULTS = (
    _fault(
        "csv-authors-made-up",
        "rows without title or author are imported with `Unknown`",
        _made_up_authors,
        "at_end/no-other-row",
        "at_end/every-other-row-is-reported",
        told_as=("wrong-totals",),
    ),
    _fault(
        "csv-errors-not-counted",
        "rows that cannot be imported are not reported, and the success rate is n/n",
        _no_errors,
        "at_end/every-other-row-is-reported",
        told_as=("wrong-totals",),
    ),
    _fault(
        "csv-bad-file-completes",
        "a file that is not usable ends with `complete` and no books",
        _bad_file_completes,
        "order",
        told_as=("wrong-order",),
    ),
    _fault(
        "csv-isbn-not-cleaned",
        "ISBNs keep their hyphens and the quoting of Goodreads",
        _isbn_as_written,
        "at_end/every-importable-row",
        told_as=("broken-relation",),
    ),
)
