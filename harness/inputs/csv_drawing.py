"""Draws what is not plain about a CSV file, and puts it there.

A file is drawn as the plainest one with so many rows, and *marks*: properties that it shall have, each with which
variant of it and where. Whether a file has a property is one choice in what Hypothesis draws, at a place of its own; so
shrinking takes a property away in one step and leaves the rest of the file as it is.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from harness.inputs.csv_properties import (
    ALONE,
    APPENDED,
    EXCLUDES,
    PADDING,
    PREPENDED,
    WHOLE,
)
from harness.inputs.csv_text import PLAIN
from harness.inputs.lazily import st
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

DATA_ROWS_CHECKED = 10
"""Among so many first data rows, one with a wrong number of columns spoils the file."""

VARIANTS, PLACES = 12, 8
FEW = 3
"""So many properties that need not be there a file has on average, if there are many to choose from."""

MARKS = 7
"""So many different marks a file has; properties share them."""


class Mark(NamedTuple):
    """Which variant of a property, and where; both count from 0, and are taken modulo what there is."""

    variant: int
    place: int
    times: int = 1

    def of(self, variants: Sequence[str]) -> str:
        """The variant."""
        return variants[self.variant % len(variants)]


class Sheet:
    """A file that is being drawn.

    Attributes:
        header: the columns as written.
        rows: the drawn rows, as `harness.inputs.csv_text` has them.
        layout: likewise.
        texts: the columns whose cells hold text, in which marks are put.
        properties: what was put there so far.
        alone: cells that are to be left alone, by row and column.
        odd: rows that are to be left alone.
    """

    def __init__(self, header: list[str], rows: list[Json], texts: Sequence[str]) -> None:
        self.header = header
        self.rows = rows
        self.texts = texts
        self.layout: Json = {**PLAIN}
        self.properties: list[str] = []
        self.alone: set[tuple[int, str]] = set()
        self.odd: set[int] = set()

    def spec(self, filler: int, order: Sequence[str]) -> Json:
        """The spec of the file with so many plain rows behind the drawn ones, its properties in this order."""
        spec = {"header": self.header, "rows": self.rows, "filler": filler, "layout": self.layout}
        properties = sorted(self.properties, key=order.index)
        return {**spec, "properties": properties} if properties else spec

    def cell(self, mark: Mark) -> tuple[int, str] | None:
        """The cell that a mark is about; None if all are to be left alone."""
        free = [
            (place, column)
            for place, row in enumerate(self.rows)
            for column in self.texts
            if (place, column) not in self.alone and place not in self.odd and row["cells"].get(column)
        ]
        return free[mark.place % len(free)] if free else None


@cache
def a_mark(number: int = 0) -> SearchStrategy[Mark]:
    """Which variant of a property, and where; of one that has a length, how long too.

    Of each `number` it is a strategy of its own: Hypothesis puts what it has drawn from one strategy in the place of
    what it has drawn from the same one, which only makes equal files of marks that nothing uses.
    """
    variants = [Mark(variant, number) for variant in range(VARIANTS)]
    places = [(number, place) for place in range(PLACES)]
    times = [(number, "times", times) for times in (1_000, 2_000)]
    return st.builds(_mark, st.sampled_from(variants), st.sampled_from(places), st.sampled_from(times))


def _mark(variant: Mark, place: tuple[int, int], times: tuple[int, str, int]) -> Mark:
    return Mark(variant.variant, place[1], times[2])


@st.composite
def marks(draw: DrawFn, may: Sequence[str], having: Sequence[str]) -> dict[str, Mark]:
    """Marks of the properties that a file has: all of `having`, and a few of `may` that go with them."""
    found = {*having}
    barred = {*having, *(other for name in having for other in _excluded_by(name))}
    for name in draw(_some_of(tuple(may))):
        if name and name not in barred:
            found.add(name)
            barred |= {*_excluded_by(name)}
    some = draw(_some_marks())
    return {name: some[place % MARKS] for place, name in enumerate(may) if name in found}


@lru_cache(maxsize=256)
def _some_of(names: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    """For each name either itself or nothing; nothing for all but a few.

    One choice each, as many whatever is chosen, and marks of their own for all: so shrinking takes away any one with
    a single try, and tries no other in its place. A list of names is shrunk by trying every simpler name.
    """
    seldom = [""] * max(1, round(len(names) / FEW) - 1)
    return st.tuples(*(st.sampled_from([*seldom, name]) for name in names))


@cache
def _some_marks() -> SearchStrategy[tuple[Mark, ...]]:
    return st.tuples(*map(a_mark, range(MARKS)))


def _excluded_by(name: str) -> list[str]:
    return [*EXCLUDES.get(name, ()), *(other for other, barred in EXCLUDES.items() if name in barred)]


def apply(sheet: Sheet, chosen: Mapping[str, Mark]) -> None:
    """Put the marks on the sheet. What finds no cell is left out, and is none of the sheet's properties then."""
    for name in sorted(chosen, key=_ORDER.index):
        mark = chosen[name]
        done = _STEPS[name](sheet, mark) if name in _STEPS else _write(sheet, name, mark)
        if done:
            sheet.layout.update(_LAYOUTS.get(name, {}))
            sheet.properties.append(name)


def _write(sheet: Sheet, name: str, mark: Mark) -> bool:
    """Change a cell's text as the property has it; nothing is to be done for one of the layout."""
    if name in WHOLE:
        return _replace(sheet, mark, lambda _: mark.of(WHOLE[name]))
    if name in PREPENDED:
        return _change(sheet, mark, lambda text: mark.of(PREPENDED[name]) + text)
    if name in APPENDED:
        return _change(sheet, mark, lambda text: text + mark.of(APPENDED[name]))
    return True


def _change(sheet: Sheet, mark: Mark, change: Callable[[str], Json]) -> bool:
    """Change the text of the cell that the mark is about; false if there is none."""
    found = sheet.cell(mark)
    if found is not None:
        row, column = found
        cells = sheet.rows[row]["cells"]
        cells[column] = change(cells[column])
    return found is not None


def _replace(sheet: Sheet, mark: Mark, change: Callable[[str], Json]) -> bool:
    """As `_change`; and no other mark changes the cell again."""
    found = sheet.cell(mark)
    if found is not None:
        _change(sheet, mark, change)
        sheet.alone.add(found)
    return found is not None


def _pad(sheet: Sheet, mark: Mark) -> bool:
    space = mark.of(PADDING)
    sides: tuple[Callable[[str], str], ...] = (
        lambda text: text + space,
        lambda text: space + text,
        lambda text: space + text + space,
    )
    return _replace(sheet, mark, sides[mark.variant % len(sides)])


def _lengthen(sheet: Sheet, mark: Mark) -> bool:
    return _replace(sheet, mark, lambda text: {"repeat": f"{text}-", "times": mark.times})


def _empty(sheet: Sheet, mark: Mark) -> bool:
    """Empty a cell, but none of the first column: the row of a file with one column would become a blank line."""
    first = {(row, sheet.texts[0]) for row in range(len(sheet.rows))} - sheet.alone
    sheet.alone |= first
    found = sheet.cell(mark)
    sheet.alone -= first
    if found is not None:
        del sheet.rows[found[0]]["cells"][found[1]]
    return found is not None


def _insert_blank_line(sheet: Sheet, mark: Mark) -> bool:
    """A blank line among the rows, or at the place after the last one before the header."""
    blank = mark.of(BLANKS)
    place = mark.place % (len(sheet.rows) + 2)
    if place > len(sheet.rows):
        sheet.layout["leading"] = [blank]
    else:
        last = place == len(sheet.rows) and not sheet.layout["final_newline"]
        sheet.rows.insert(place, {"blank": blank or " " * last})  # an empty last line would be a final newline
    return True


BLANKS = ("", " ", "\t", " \t ")
"""Blank lines."""

_STEPS: Mapping[str, Callable[[Sheet, Mark], bool]] = {
    "padding": _pad,
    "long-cells": _lengthen,
    "empty-cells": _empty,
    "blank-lines": _insert_blank_line,
}

_ORDER = [*ALONE, *PREPENDED, *APPENDED, "bom", "crlf", "no-final-newline", "quoted", "blank-lines"]
"""Those first that need a cell of their own, the blank lines last: places count rows."""

_LAYOUTS: dict[str, Json] = {
    "bom": {"bom": True},
    "crlf": {"newline": "crlf"},
    "no-final-newline": {"final_newline": False},
    "quoted": {"quotes": "all"},
    "stray-quotes": {"quotes": "stray"},
    "windows-1252": {"encoding": "windows-1252"},
}


def fitting(
    chosen: Mapping[str, Mark], having: Sequence[str], needed: Callable[[Iterable[str]], int], room: int
) -> dict[str, Mark]:
    """The marks but for those that there is no room for; those of `having` stay."""
    kept = [name for name in chosen if name in having]
    for name in chosen:
        if name not in kept and needed([*kept, name]) <= room:
            kept.append(name)
    return {name: mark for name, mark in chosen.items() if name in kept}


def wrong_width(mark: Mark, columns: int) -> Json:
    """What to add to a row so that its number of columns differs; it does not become blank if no cell is."""
    variants = [{"extra": 1}, *[{"drop": 1}] * (columns > 1), {"extra": 2}]
    return variants[mark.variant % len(variants)]


def white_space() -> SearchStrategy[str]:
    """A file of nothing but white space."""
    return st.lists(st.sampled_from([" ", "\n", "\t", "\r\n"]), min_size=1, max_size=6).map("".join)


def unclosed() -> SearchStrategy[str]:
    """What stands behind the quote that is not closed."""
    return st.sampled_from(["a", "a,b", "", ",", "abc,abc"])
