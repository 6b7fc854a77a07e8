"""Strategies for what CSV files are made of: cells, layouts, blank lines, odd rows.

Nothing drawn here is open to interpretation: no bare CR, no text after a closing quote, no white space but space,
tab and no-break space at the edge of a cell, nothing that Windows-1252 cannot write.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from harness.inputs.csv_text import PLAIN
from harness.inputs.lazily import st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

PROPERTIES = (
    "bom",
    "crlf",
    "no-final-newline",
    "quoted",
    "stray-quotes",
    "commas",
    "quotes",
    "newlines",
    "blank-lines",
    "non-ascii",
    "windows-1252",
    "long-cells",
    "padding",
    "empty-cells",
)
"""Ways in which a good file may differ from the plainest one."""

DATA_ROWS_CHECKED = 10
"""Among so many first data rows, one with a wrong number of columns spoils the file."""

PADDING = (" ", "\t", "\u00a0", "  ", " \u00a0\t")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WESTERN = "éüñßåøÆçÖ€œžŸ\u2013\u2019\u201c\u201d\u2026"  # letters and signs that Windows-1252 has
_WORDS = ("War and Peace", "NA", "null", "0", "#1", "=1+1", "true", "1984")  # what lax readers take for something else


@lru_cache(maxsize=64)
def words(properties: tuple[str, ...], *, western: bool = False) -> SearchStrategy[str]:
    """Text that is not blank and has no white space at its edges.

    With `western`, non-ASCII characters are only such as Windows-1252 has.
    """
    middle = " " + ",;'" * ("commas" in properties)
    middle += '"' * ("quotes" in properties) + "\n" * ("newlines" in properties)
    plain = st.text(_LETTERS, min_size=1, max_size=8)
    joined = st.builds("".join, st.tuples(plain, st.text(middle, min_size=1, max_size=3), plain))
    choices = [plain, joined, st.sampled_from(_WORDS)]
    if western:
        choices += [st.builds("".join, st.tuples(plain, st.text(_WESTERN, min_size=1, max_size=4), plain))] * 2
    elif "non-ascii" in properties:
        choices += [
            _unicode(),
            st.builds("".join, st.tuples(plain, st.sampled_from(["\u2028", "\x85", "\u00a0"]), plain)),
        ]
    return st.one_of(choices)


def _unicode() -> SearchStrategy[str]:
    """Text of any script, signs and emoji too; no white space, controls or quotes."""
    characters = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nd", "Nl", "So", "Sm", "Sc", "Pd"])
    return st.text(characters, min_size=1, max_size=6)


@lru_cache(maxsize=64)
def cells(properties: tuple[str, ...], *, western: bool = False) -> SearchStrategy[str]:
    """A cell with words in it, perhaps with space around."""
    text = words(properties, western=western)
    if "padding" not in properties:
        return text
    padded = st.builds("".join, st.tuples(st.sampled_from(("", *PADDING)), text, st.sampled_from(PADDING)))
    return st.one_of(text, text, text, padded)


@lru_cache(maxsize=64)
def blanks(properties: tuple[str, ...]) -> SearchStrategy[str]:
    """A cell that is empty once trimmed."""
    return st.sampled_from(("", *PADDING)) if "padding" in properties else st.just("")


@lru_cache(maxsize=64)
def one_in(number: int) -> SearchStrategy[bool]:
    """True about once in `number` times; False is simpler."""
    return st.sampled_from([False] * (number - 1) + [True])


@st.composite
def layouts(draw: DrawFn, properties: tuple[str, ...], *, western: bool = False) -> Json:
    """A layout; with `western`, in Windows-1252."""
    quotes = ["needed", *["all"] * ("quoted" in properties), *["stray"] * ("stray-quotes" in properties)]
    lead = "blank-lines" in properties and draw(one_in(8))
    return {
        **PLAIN,
        "leading": draw(st.lists(blank_lines(), min_size=1, max_size=2)) if lead else [],
        "bom": "bom" in properties and not western and draw(st.booleans()),
        "newline": "crlf" if "crlf" in properties and draw(st.booleans()) else "lf",
        "final_newline": not ("no-final-newline" in properties and draw(st.booleans())),
        "encoding": "windows-1252" if western else "utf-8",
        "quotes": draw(st.sampled_from(quotes)),
    }


def blank_lines() -> SearchStrategy[str]:
    """A blank line without its newline."""
    return st.text(" \t", max_size=3)


@st.composite
def with_blank_lines(draw: DrawFn, rows: list[Json]) -> list[Json]:
    """The rows with up to three blank lines among them."""
    mixed = list(rows)
    for blank in draw(st.lists(blank_lines(), max_size=3)):
        mixed.insert(draw(st.integers(0, len(mixed))), {"blank": blank})
    return mixed


def lengthened(cell: str, times: int) -> Json:
    """A long cell: the text of `cell`, again and again."""
    return {"repeat": f"{cell}-", "times": times}


def wrong_widths(columns: int) -> SearchStrategy[Json]:
    """What to add to a row so that its number of columns differs; it does not become blank if no cell is."""
    extra = st.integers(1, 3).map(lambda n: {"extra": n})
    return extra | st.just({"drop": 1}) if columns > 1 else extra
