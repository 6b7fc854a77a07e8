"""Writes CSV files (RFC 4180) from specs, in the many ways in which they are rightly written.

A *layout* says how: `{"leading": [], "bom": false, "newline": "lf", "final_newline": true, "encoding": "utf-8",
"quotes": "needed"}`; `leading` are blank lines before the header.
A *cell* is its text, or `{"repeat": text, "times": n}` where it is long. A *row* is `{"cells": {column: cell}}`,
columns as the header writes them, absent ones empty; with `"extra": n` cells too many or `"drop": n` too few; or it is
a blank line, `{"blank": " "}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.inputs.base import Json

Row: TypeAlias = "list[str] | str"
"""The cells of a row; or the text of a blank line, nothing but spaces and tabs."""

BOM = b"\xef\xbb\xbf"
NEWLINES = {"lf": "\n", "crlf": "\r\n"}
PLAIN: dict[str, Any] = {
    "leading": [],
    "bom": False,
    "newline": "lf",
    "final_newline": True,
    "encoding": "utf-8",
    "quotes": "needed",
}
"""The simplest layout."""

_QUOTE_OR_BREAK = re.compile(r'["\r\n]')


def render(header: Sequence[str], rows: Iterable[Row], layout: Json, last_line: str | None = None) -> bytes:
    """The file. `last_line`, if any, is added as it stands, unquoted."""
    newline = NEWLINES[layout["newline"]]
    lines = [*layout["leading"], line(header, layout["quotes"])]
    lines += [row if isinstance(row, str) else line(row, layout["quotes"]) for row in rows]
    if last_line is not None:
        lines.append(last_line)
    text = newline.join(lines) + (newline if layout["final_newline"] else "")
    return (BOM if layout["bom"] else b"") + text.encode(layout["encoding"])


def line(cells: Sequence[str], quotes: str) -> str:
    """A row as it is written, without its newline."""
    bare = ",".join(cells)
    if quotes != "all" and bare.count(",") == len(cells) - 1 and not _QUOTE_OR_BREAK.search(bare):
        return bare  # so are most rows, and large files have thousands
    return ",".join(written(cell, quotes) for cell in cells)


def written(cell: str, quotes: str) -> str:
    """A cell as it is written.

    `quotes` is `all` (every cell in quotes), `needed` (those with a comma, newline or quote in them) or `stray` (as
    `needed`, but quotes inside an unquoted cell stand as they are, as in the exports of Goodreads: `="0140449132"`).
    The whole file's quotes stay even in number.
    """
    broken = "," in cell or "\n" in cell or "\r" in cell
    literal = quotes == "stray" and cell.count('"') % 2 == 0 and not cell.strip().startswith('"')
    if quotes == "all" or broken or ('"' in cell and not literal):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def table(header: Sequence[str], rows: Json) -> list[Row]:
    """The rows of a spec with their cells in place."""
    return [row["blank"] if "blank" in row else _cells(header, row) for row in rows]


def content(spec: Json, header: Sequence[str], rows: Sequence[Row]) -> bytes:
    """The bytes of the file that a spec tells, whatever its defects; `rows` are all of them, filler too."""
    found = spec.get("defects", [])
    if "empty" in found:
        return b""
    if "only-white-space" in found:
        return bytes(spec["text"], "ascii")
    return render(header, rows, spec["layout"], '"' + spec["text"] if "unclosed-quote" in found else None)


def grown(spec: Json, header: Sequence[str], rows: Sequence[Row], place: int) -> bytes:
    """As `content`, with the cells at `place` of the rows made longer, in place, until the file has `bytes` bytes.

    Only rows that have the header's number of columns and some text at that place are changed, all of them alike.

    Raises:
        ValueError: the file is larger already, or has no such row.
    """
    chosen = [row for row in rows if not isinstance(row, str) and len(row) == len(header) and row[place]]
    missing = spec["bytes"] - len(content(spec, header, rows))
    if missing < 0 or not chosen:
        raise ValueError(f"the file cannot be made {spec['bytes']:,} bytes large")
    each, rest = divmod(missing, len(chosen))
    for number, row in enumerate(chosen):
        cell = row[place]
        middle = len(cell) // 2 + 1
        row[place] = cell[:middle] + "x" * (each + (number < rest)) + cell[middle:]
    return content(spec, header, rows)


def settled(spec: Json, header: Sequence[str]) -> Json:
    """The spec, or the same in UTF-8 where it could be read as UTF-8 although it was to be Windows-1252."""
    if spec["layout"]["encoding"] == "utf-8":
        return spec
    try:
        content(spec, header, table(header, spec["rows"])).decode("utf-8")
    except UnicodeDecodeError:
        return spec
    properties = [name for name in spec.get("properties", []) if name != "windows-1252"]
    return {**spec, "layout": {**spec["layout"], "encoding": "utf-8"}, "properties": properties}


def cell_text(cell: Json) -> str:
    """The text of a cell of a spec."""
    return cell if isinstance(cell, str) else cell["repeat"] * cell["times"]


def _cells(header: Sequence[str], row: Json) -> list[str]:
    cells = [cell_text(row["cells"].get(column, "")) for column in header]
    cells += ["extra"] * row.get("extra", 0)
    return cells[: len(cells) - row.get("drop", 0)]
