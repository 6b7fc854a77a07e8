"""Spoils the spec of a CSV file in named ways, one or several at once where they do not rule each other out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.inputs import csv_drawing as drawing
from harness.inputs.csv_text import PLAIN
from harness.inputs.lazily import st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

    from harness.inputs.base import Json
    from harness.inputs.parameters import Range

NO_FILE = ("empty", "only-white-space")
"""Nothing is left of a file with one of these, and no other defect goes with them."""

NO_ROWS = ("header-only",)
OF_ROWS = ("ragged", "no-importable-row", "too-many-rows", "unclosed-quote")
"""Defects of rows, which a file without rows cannot have; what is not closed looks like one."""


@st.composite
def some(draw: DrawFn, defects: Sequence[str], together: Range) -> list[str]:
    """One of the defects, or several that can be in one file, in the order of `defects`."""
    count = draw(st.integers(*together))
    found = [draw(st.sampled_from(defects))]
    for _ in range(count - 1):
        more = [name for name in defects if all(_go_together(name, other) for other in found)]
        if more:
            found.append(draw(st.sampled_from(more)))
    return [name for name in defects if name in found]


def _go_together(name: str, other: str) -> bool:
    if name == other or name in NO_FILE or other in NO_FILE:
        return False
    pair = {name, other}
    return not (pair & {*NO_ROWS} and pair & {*OF_ROWS}) and pair not in _APART


_APART = [{"one-column", other} for other in ("no-title-column", "no-author-column", "ragged", "no-importable-row")]


@st.composite
def spoiled(draw: DrawFn, spec: Json, header: Sequence[str], defects: Sequence[str], together: Range) -> Json:
    """The spec with some of the defects."""
    return draw(with_defects(spec, header, draw(some(defects, together))))


@st.composite
def with_defects(draw: DrawFn, spec: Json, header: Sequence[str], found: Sequence[str]) -> Json:
    """The spec with these defects, as far as they are not of its header or of all its rows."""
    if found[0] in NO_FILE:
        text = {"text": draw(drawing.white_space())} if found[0] == "only-white-space" else {}
        return {"header": [], "rows": [], "filler": 0, "layout": {**PLAIN}, **text, "defects": list(found)}
    spec = {**spec, "rows": [{**row} for row in spec["rows"]]}
    if "header-only" in found:
        spec = {**spec, "rows": [], "filler": 0}
    if "ragged" in found:
        data = [row for row in spec["rows"] if "blank" not in row][: drawing.DATA_ROWS_CHECKED]
        mark = draw(drawing.a_mark())
        row = data[mark.place % len(data)]
        kept = any(str(row["cells"].get(column, "")).strip() for column in header[:-1])
        row.update(drawing.wrong_width(mark, len(header) if kept else 1))
    if "unclosed-quote" in found:
        spec["text"] = draw(drawing.unclosed())
    return {**spec, "defects": list(found)}
