"""Where a piece of a text stands in its document, in whichever way YAML writes the text there.

A text over several lines, in a block or not, is folded, indented and stripped, and one between quotes has escapes. But
its characters, apart from blanks, are there in their order; so they are counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.problems import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.problems import Document

_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|.|$)|''|\S")
_BLANK_ESCAPES = ("\\", "\\n", "\\t", "\\r", "\\ ", "\\_", "\\N", "\\L", "\\P", "\\v", "\\f")
_WRITTEN = re.compile(r"\S")
_HEADER = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")


def beginning(span: Span) -> tuple[int, int]:
    """Line and column, 1-based, at which the text of the scalar with this span begins."""
    line = _line(span.document, span.line)
    if _HEADER.fullmatch(line, span.column - 1):
        return span.line + 1, 1
    return span.line, span.column + (line[span.column - 1 : span.column] in ("'", '"'))


def piece(document: Document, line: int, column: int, text: str, offset: int, length: int) -> Span | None:
    """Where the `length` characters of `text` from `offset` on stand, if `text` begins at this line and column.

    None if they are not found there.
    """
    if _line(document, line).startswith(text, column - 1):
        return Span(document, line, column + offset, length)
    wanted = text[offset : offset + length].split(None, 1)
    behind = not wanted  # something is missing at the end
    number = len("".join(text[:offset].split())) - behind
    for pattern in (_WRITTEN, _ESCAPE):
        found = next((one for at, one in enumerate(_characters(document, line, column, pattern)) if at == number), None)
        if found is not None and (behind or _line(document, found[0]).startswith(wanted[0], found[1] - 1)):
            room = len(_line(document, found[0]).rstrip()) - found[1] + 1
            return Span(document, found[0], found[1] + behind, max(min(length, room), 1))
    return None


def _characters(document: Document, line: int, column: int, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Line and column of each character that is no blank."""
    for number in range(line, len(document.lines) + 1):
        for one in pattern.finditer(_line(document, number), column - 1 if number == line else 0):
            if one.group() not in _BLANK_ESCAPES:
                yield number, one.start() + 1


def _line(document: Document, line: int) -> str:
    return document.lines[line - 1] if line <= len(document.lines) else ""
