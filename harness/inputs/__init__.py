"""Input types: the generated inputs that contracts name, and the truth about them.

A contract says `inputs: {shelf: {shelf_photos: {photos: 1..5}}}`; whoever runs it does

    kind = registry()["shelf_photos"]
    kind.check(parameters)              # a sentence if the contract is wrong, else None
    kind.strategy(parameters)           # Hypothesis draws specs: plain JSON, to keep, compare, shrink and store
    kind.build(spec)                    # the value that the contract's expressions see; always the same for a spec
    kind.describe(spec)                 # '1 photo, 0 books'

What the parameters, specs and values of the built-in types look like stands in the docstring of each one's module. An
input type of one's own is any object with the members of `InputType`, and becomes known through the entry point group
`harness.inputs` (`harness.inputs.plugins`). Call `check` before `strategy`. Nothing here knows a clock, or chance but
Hypothesis'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from harness.inputs.base import InputType, Json, Registry
from harness.inputs.broken_json import BrokenJson
from harness.inputs.csv_books import CsvBooks
from harness.inputs.csv_file import CsvFile
from harness.inputs.disk import File
from harness.inputs.nested import List, Where
from harness.inputs.plain import Choice, Constant, Integer, Number, Text, Uuid
from harness.inputs.schema_values import JsonSchema
from harness.inputs.shelf_photos import ShelfPhotos

__all__ = ["InputType", "Json", "Registry", "registry"]

FRESH = "fresh"
"""No input type, but no input type can have the name."""


@cache
def _built_in() -> Registry:
    built_in: tuple[InputType, ...] = (
        ShelfPhotos(),
        CsvFile(),
        CsvBooks(),
        Choice(),
        Constant(),
        Integer(),
        Number(),
        Text(),
        Uuid(),
        JsonSchema(),
        File(),
        BrokenJson(),
        List(registry),
        Where(registry),
    )
    return {kind.name: kind for kind in built_in}


class _Types(Mapping[str, InputType]):
    """The input types by name; other packages are only asked once a name is wanted that is not built in."""

    def __getitem__(self, name: str) -> InputType:
        found = _built_in().get(name)
        return found if found is not None else _third_party()[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*_built_in(), *_third_party()))

    def __len__(self) -> int:
        return len(_built_in()) + len(_third_party())


@cache
def _third_party() -> Registry:
    from harness.inputs.plugins import third_party

    return third_party([*_built_in(), FRESH])


def registry() -> Registry:
    """The input types by name: the built-in ones and those of installed packages.

    Asking it for a name that is not built in, or for all names, may raise `HarnessError`: two packages bring an input
    type of the same name.
    """
    return _Types()
