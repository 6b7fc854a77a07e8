"""CSV files: text, quotes and lines misread, and columns misunderstood.

The readers run in another process for large files, so each is a function of this module.
"""

import csv
import functools
import io
from collections.abc import Iterator
from typing import Any

from reference_server.components import CsvReader
from reference_server.csv_books import Library, read_library
from reference_server.csv_text import UnusableCsv, decode, read_table, records
from reference_server.faults.fault import Fault
from reference_server.faults.parts import on_csv_reader

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


def _not_trimmed(content: bytes) -> Library:
    return _read(content, records=_untrimmed)


def _untrimmed(text: str) -> Iterator[list[str]]:
    """Leaves the cells as they are; the header is trimmed."""
    raw = csv.reader(io.StringIO(text, newline=""))
    kept = (row for row in raw if any(cell.strip() for cell in row) or len(row) > 1)
    yield [cell.strip() for cell in next(kept, [])]
    yield from kept


def _read(content: bytes, **parts: Any) -> Library:  # noqa: ANN401 - the parts of `read_table`
    return read_library(content, table=functools.partial(read_table, **parts))


def _fault(name: str, symptom: str, reader: CsvReader, *clauses: str, told_as: tuple[str, ...]) -> Fault:
    killed_by = tuple(f"csv-import/{clause}" for clause in clauses)
    return Fault(name, "csv_files", symptom, killed_by, on_csv_reader(reader), told_as=told_as)


FAULTS = (
    _fault(
        "csv-bom-in-header",
        "a file with a UTF-8 BOM is not usable: the BOM became part of the first header name",
        _bom_in_header,
        "order",
        told_as=("wrong-order",),
    ),
    _fault(
        "csv-windows-1252-refused",
        "a file in Windows-1252 is not usable: only UTF-8 is read",
        _only_utf8,
        "order",
        told_as=("wrong-order",),
    ),
    _fault(
        "csv-splits-at-quoted-commas",
        "a comma inside a quoted cell ends the cell",
        _commas_in_quotes,
        "order",
        "at_end/every-importable-row",
        told_as=("wrong-order", "broken-relation"),
    ),
    _fault(
        "csv-splits-at-quoted-newlines",
        "a newline inside a quoted cell ends the row",
        _newlines_in_quotes,
        "order",
        "at_end/every-importable-row",
        told_as=("wrong-order", "broken-relation"),
    ),
    _fault(
        "csv-crlf-kept",
        "in a file with CRLF the last cell of each line, in the header too, ends with CR",
        _crlf,
        "order",
        "at_end/cells-are-trimmed",
        "at_end/every-importable-row",
        told_as=("wrong-order", "broken-relation"),
    ),
    _fault(
        "csv-blank-lines-are-rows",
        "a blank line is taken for a row, so that the file is not usable or the row is an error",
        _blank_lines,
        "order",
        "at_end/every-other-row-is-reported",
        told_as=("wrong-order", "wrong-totals"),
    ),
    _fault(
        "csv-cells-not-trimmed",
        "titles and authors keep the spaces around them",
        _not_trimmed,
        "at_end/cells-are-trimmed",
        "at_end/every-importable-row",
        told_as=("broken-relation",),
    ),
)
