"""Words, styles and cuts that the reports share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len

from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Line: TypeAlias = tuple[str, str]
"""A line and how it looks: (style, text); an empty style is the terminal's own."""

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "bold red",
    Verdict.NOT_EXERCISED: "yellow",
}
NAME_WIDTH = 48
MOST_LISTED = 8
_WORD = re.compile(r"\s*\S+")


def harmless(line: str) -> str:
    """`line` without what would move a terminal's cursor: a target's words stand in it."""
    return "".join(one if one.isprintable() or one == "\n" else _escaped(one) for one in line)


def one_line(text: str) -> str:
    """`text` as `harmless` leaves it, on one line whatever stands in it."""
    return harmless(text).replace("\n", "\\n")


def joined(lines: Iterable[Line]) -> str:
    """The texts of the lines, without their styles, as one text."""
    return "\n".join(text for _, text in lines)


def encodable(text: str, encoding: str) -> str:
    """`text` with every character that `encoding` does not have as Python would escape it."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def listed(names: Sequence[str]) -> str:
    """The first of `names`, and whether there are more."""
    return ", ".join(names[:MOST_LISTED]) + (" and more" if len(names) > MOST_LISTED else "")


def cut_end(text: str, most: int, mark: str = "...") -> str:
    """`text`, or its beginning and `mark`, in at most `most` cells of a terminal."""
    return text if cell_len(text) <= most else f"{_beginning(text, most - cell_len(mark))}{mark}"


def cut_middle(text: str, most: int, mark: str = "...") -> str:
    """`text`, or its beginning, `mark` and its end, in at most `most` cells of a terminal."""
    if cell_len(text) <= most:
        return text
    room = most - cell_len(mark)
    if room < 2:
        return _beginning(text, most)
    end = _beginning(text[::-1], room // 2)[::-1]
    return f"{_beginning(text, room - cell_len(end))}{mark}{end}"


def wrapped(line: str, width: int, hanging: str) -> list[str]:
    """`line` broken between words so that each piece has at most `width` cells; later pieces begin with `hanging`.

    A word that is longer stays whole.
    """
    pieces = [""]
    for word in _WORD.findall(line):
        if pieces[-1].strip() and cell_len(pieces[-1] + word) > width:
            pieces.append(hanging + word.lstrip())
        else:
            pieces[-1] += word
    return pieces


def _beginning(text: str, most: int) -> str:
    most = max(most, 0)
    taken = text[:most]  # a character has one cell or two; what has none may be lost too
    while cell_len(taken) > most:
        taken = taken[:-1]
    return taken


def _escaped(character: str) -> str:
    return repr(character)[1:-1]
