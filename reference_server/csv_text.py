"""From the bytes of an uploaded CSV file to a table, or to the reason why it is none (RFC 4180, a little widened)."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_ROWS = 10_000
_ROWS_COMPARED = 10
_TRIMMED = " \t\r\n\N{NO-BREAK SPACE}"

# One cell may be as long as the largest file that is accepted; the module's own limit is 128 KiB.
csv.field_size_limit(16 * 1024 * 1024)


class UnusableCsv(Exception):
    """The file is not a usable CSV; `reason` says why and `suggestion` what to do, both for the person who sent it."""

    def __init__(self, reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion

    def __reduce__(self) -> tuple[object, ...]:
        """For one that comes from another process."""
        return UnusableCsv, (self.reason, self.suggestion)


@dataclass(frozen=True)
class Table:
    """A header and the data rows under it, every cell trimmed; rows may differ from the header in length."""

    header: list[str]
    rows: list[list[str]]


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, with or without a BOM, or else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def records(text: str) -> Iterator[list[str]]:
    """The rows of `text`, header and all, without its blank lines; every cell trimmed.

    Raises:
        UnusableCsv: it cannot be parsed.
    """
    # The parser cannot tell a line of spaces from one quoted cell of spaces (`"  "`, a row), so the lines that each row
    # was made of are kept beside it.
    consumed: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            consumed.append(line)
            yield line

    try:
        for row in csv.reader(lines()):
            if any(line.strip(" \t\r\n") for line in consumed):
                yield [cell.strip(_TRIMMED) for cell in row]
            consumed.clear()
    except csv.Error as error:
        raise UnusableCsv(f"it cannot be parsed: {error}", "Save the file as CSV (comma separated) again.") from error


def read_table(
    content: bytes,
    *,
    decode: Callable[[bytes], str] = decode,
    records: Callable[[str], Iterator[list[str]]] = records,
    max_rows: int = MAX_ROWS,
) -> Table:
    """The table in `content`. Of the rows only the first ten are compared with the header.

    Raises:
        UnusableCsv: the file is empty, has an unclosed quote, no data row or too many, fewer than two columns, or rows
            that do not fit its header.
    """
    text = decode(content)
    _check_text(text)
    table = _collect(records(text), max_rows)
    _check_shape(table)
    return table


def _check_text(text: str) -> None:
    if not text.strip():
        raise UnusableCsv("the file is empty", "Export your library again and check that the file has any content.")
    if text.count('"') % 2:
        raise UnusableCsv(
            'a quote is not closed: the file has an odd number of "',
            'Close every quoted cell, and write a quote inside one twice (""), then import again.',
        )


def _collect(records: Iterator[list[str]], max_rows: int) -> Table:
    header = next(records, [])
    rows: list[list[str]] = []
    for row in records:
        if len(rows) == max_rows:
            raise UnusableCsv(
                f"more than {max_rows:,} data rows",
                f"Split the file into parts of at most {max_rows:,} rows, each with the header line.",
            )
        rows.append(row)
    return Table(header, rows)


def _check_shape(table: Table) -> None:
    width = len(table.header)
    if not table.rows:
        raise UnusableCsv(
            "there is no data row under the header", "Check that the export holds books, one in each line."
        )
    if width < 2:
        raise UnusableCsv(
            "the header has fewer than 2 columns",
            "Separate columns with commas (not semicolons or tabs) and name at least a title and an author column.",
        )
    for number, row in enumerate(table.rows[:_ROWS_COMPARED], start=1):
        if len(row) != width:
            raise UnusableCsv(
                f"data row {number} has {len(row)} columns where the header has {width}",
                "Put cells that contain a comma in double quotes, and give every row the columns of the header.",
            )
