"""Input types: the generated inputs that contracts name, and the truth about them.

A contract says `inputs: {shelf: {shelf_photos: {photos: 1..5}}}`; whoever runs it does

    kind = registry()["shelf_photos"]
    kind.check(parameters)              # a sentence if the contract is wrong, else None
    kind.strategy(parameters)           # Hypothesis draws specs: plain JSON, to keep, compare, shrink and store
    kind.build(spec)                    # the value that the contract's expressions see; always the same for a spec
    kind.describe(spec)                 # '1 photo, 0 books'

Built in: `shelf_photos`, `csv_file`, `csv_books`, `choice`, `integer` and `text`. What their parameters, specs and
values look like stands in the docstring of each one's module. An input type of one's own is any object with the
members of `InputType`; call `check` before `strategy`. Nothing here knows a clock, or chance but Hypothesis'.
"""

from __future__ import annotations

from harness.inputs.base import InputType, Json, Registry
from harness.inputs.csv_books import CsvBooks
from harness.inputs.csv_file import CsvFile
from harness.inputs.plain import Choice, Integer, Text
from harness.inputs.shelf_photos import ShelfPhotos

__all__ = ["InputType", "Json", "Registry", "registry"]


def registry() -> Registry:
    """The built-in input types by name."""
    types: tuple[InputType, ...] = (ShelfPhotos(), CsvFile(), CsvBooks(), Choice(), Integer(), Text())
    return {kind.name: kind for kind in types}
