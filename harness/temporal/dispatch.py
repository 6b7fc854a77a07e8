"""Which of many interleaved items may take an event, told by one value in it and not by trying them all.

For each kind, the path is found at which the items ask for the most different values, such as `currentPhoto`; an
event goes to those that ask for the value it has there, and to those that do not care.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from harness.temporal.matching import comparable, shown
from harness.temporal.one import ABSENT, at_path, leaves, ref_paths

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Mapping

    from harness.temporal.one import One
    from harness.trace.events import Event

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """For one kind: where to look, who asks for which value there, and who takes any."""

    path: Path
    by_value: Mapping[Hashable, tuple[int, ...]]
    takes_any: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The tables by kind. Make it with `dispatch`."""

    tables: Mapping[str, _Table]

    def takers(self, event: Event) -> tuple[int, ...]:
        """The items, by number, that alone may take `event` now or later; one may be named twice."""
        table = self.tables.get(event.point)
        if table is None:
            return ()
        value = at_path(event.value, table.path)
        if value is ABSENT:
            return table.takes_any
        return table.by_value.get(comparable(value), ()) + table.takes_any

    def stranger(self, event: Event) -> str:
        """Why `event`, of a kind that some item has, is no item's: `currentPhoto 9 is no item's`; else nothing."""
        table = self.tables.get(event.point)
        if table is None or self.takers(event):
            return ""
        return told_apart(table.path, event)


def told_apart(path: Path, event: Event) -> str:
    """Why an event is no item's, where items are told apart by the value at `path`."""
    value, name = at_path(event.value, path), ".".join(path)
    return f"it has no {name} to tell its item by" if value is ABSENT else f"{name} {shown(value)} is no item's"


def dispatch(items: Iterable[Iterable[One]], captured: Container[str] = ()) -> Dispatch:
    """Tables for items, numbered from 0, that consist of these ones.

    Those of the kinds `captured` that ask for values still to come match nothing until then, and are left out.
    """
    by_kind: dict[str, list[tuple[int, dict[Path, Hashable]]]] = defaultdict(list)
    for number, ones in enumerate(items):
        for one in ones:
            if one.kind in captured and next(ref_paths(one.where), None) is not None:
                continue
            by_kind[one.kind].append((number, {path: comparable(value) for path, value in leaves(one.where)}))
    return Dispatch({kind: _table(found) for kind, found in by_kind.items()})


def _table(found: list[tuple[int, dict[Path, Hashable]]]) -> _Table:
    """The one by which the fewest items have to be tried."""
    paths = dict.fromkeys(path for _, values in found for path in values)
    tables = [_by_path(path, found) for path in paths] or [_by_path((), found)]
    return min(tables, key=lambda table: max(map(len, table.by_value.values()), default=0) + len(table.takes_any))


def _by_path(path: Path, found: list[tuple[int, dict[Path, Hashable]]]) -> _Table:
    by_value: dict[Hashable, dict[int, None]] = defaultdict(dict)
    takes_any: dict[int, None] = {}
    for number, values in found:
        if path in values:
            by_value[values[path]][number] = None
        else:
            takes_any[number] = None
    return _Table(path, {value: tuple(numbers) for value, numbers in by_value.items()}, tuple(takes_any))
