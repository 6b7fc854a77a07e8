"""The ways in which a good CSV file may differ from the plainest one, by name, and what each does to the file.

Nothing made here is open to interpretation: no bare CR, no text after a closing quote, no white space but space, tab
and no-break space at the edge of a cell, nothing that Windows-1252 cannot write where the file is written in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.inputs.parameters import ParameterError, meant, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.inputs.base import Json

LAYOUT = ("bom", "crlf", "no-final-newline", "quoted", "stray-quotes", "blank-lines", "windows-1252")
"""How the file is written."""

CELLS = ("commas", "quotes", "newlines", "non-ascii", "lookalikes", "long-cells", "padding", "empty-cells")
"""What stands in its cells."""

HOSTILE = ("formulas", "control-characters", "right-to-left", "emoji", "only-quotes")
"""What stands in cells that are meant to do harm, or look like it."""

PROPERTIES = (*LAYOUT, *CELLS, *HOSTILE)

PADDING = (" ", "\t", "\u00a0", "  ", " \u00a0\t")
WESTERN = ("é", "ñ", "€", "\u2019s", "Øß", "œ")
"""What Windows-1252 can write; none of it, before a character of ASCII or another of these, is UTF-8."""

APPENDED: Mapping[str, tuple[str, ...]] = {
    "commas": (",b", ", b", ",,b", ",b;c"),
    "newlines": ("\nb", "\n\nb", " \n b"),
    "stray-quotes": ('"b"', ' "b" c', '=""'),
    "non-ascii": ("é", "ü, ß", "Ж", "中文", "\u2028b", "\x85b", "\u00a0b", "ﬁ"),
    "windows-1252": WESTERN,
    "control-characters": ("\x01b", "\x07b", "\x08b", "\x1b[31mb", "\x7fb"),
    "right-to-left": ("שלום", "مرحبا", "\u202eb", "\u200fb"),
    "emoji": ("😀", "👩\u200d👩\u200d👧", "🇩🇪", "e\u0301", "👍🏽"),
}
"""What is put at the end of a cell's text, the simplest first."""

PREPENDED: Mapping[str, tuple[str, ...]] = {"quotes": ('"b"', '"b" ', '"', '""b"",')}
"""What is put before a cell's text. What begins with a quote must be written in quotes, with its quotes doubled."""

WHOLE: Mapping[str, tuple[str, ...]] = {
    "lookalikes": ("1984", "null", "NA", "0", "true", "#1", "1e5", "007", "2024-01-31", "None", "undefined", "\\N"),
    "formulas": ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://localhost","b")'),
    "only-quotes": ('"', '""', '"""'),
}
"""What takes the place of a cell's text, and is to be left alone."""

ALONE = ("empty-cells", *WHOLE, "padding", "long-cells")
"""Properties of which each needs a cell of its own."""

EXCLUDES: Mapping[str, tuple[str, ...]] = {
    "windows-1252": ("bom", "right-to-left", "emoji", "non-ascii"),
    "quoted": ("stray-quotes",),
}
"""What cannot be in one file."""

NEEDS_A_SECOND_COLUMN = ("empty-cells",)


def read_properties(value: Json, what: str, known: Sequence[str], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """A list of different properties, or of names of groups of them, in the order of `known`.

    Raises:
        ParameterError: it is no such list.
    """
    if not isinstance(value, list):
        raise ParameterError(
            f"{what} must be a list of names out of {', '.join([*known, *groups])}, got {shown(value)}"
        )
    found: list[str] = []
    for entry in value:
        names = groups.get(entry, [entry]) if isinstance(entry, str) else []
        if not names or not {*names} <= {*known}:
            near = meant(entry, [*known, *groups])
            raise ParameterError(f"{what} has the unknown name {shown(entry)}; known: {', '.join(known)}{near}")
        if value.count(entry) > 1:
            raise ParameterError(f"{what} names {shown(entry)} twice")
        found += names
    return [name for name in known if name in found]


def check_having(having: Sequence[str]) -> None:
    """That one file can have all of these properties.

    Raises:
        ParameterError: it cannot.
    """
    for name in having:
        for other in EXCLUDES.get(name, ()):
            if other in having:
                raise ParameterError(f"having names {name!r} and {other!r}, which no file can have both")


def cells_needed(properties: Iterable[str]) -> int:
    """How many cells with text these properties need; those that can share one share it."""
    chosen = {*properties}
    shared = bool(chosen & {*APPENDED, *PREPENDED})
    return len(chosen & {*ALONE}) + shared
