"""Which of many interleaved items has captured which value; what `dispatch` is for values known from the start.

A table with as many buckets as there are items. To note a value copies a few tuples and shares the rest, so that the
table of every earlier residual stays as it was. What has been noted stays: an item that is finished takes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from harness.temporal.matching import comparable
from harness.temporal.one import ABSENT, Ref, at_path, ref_paths
from harness.temporal.slots import Slots, slots

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from harness.temporal.one import One
    from harness.trace.events import Event

Path: TypeAlias = tuple[str, ...]
Bucket: TypeAlias = tuple[tuple["Hashable", int], ...]
_ANY = object()
"""Stands for a captured object or list, which a value may contain and be unlike."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What the items have captured. Make it with `unbound`.

    Attributes:
        paths: for each kind that asks for captured values, where in its messages one stands.
        tables: for each of these kinds, value and item.
        size: how many buckets each table has.
    """

    paths: Mapping[str, Path]
    tables: Mapping[str, Slots[Bucket]]
    size: int

    def takers(self, event: Event) -> tuple[int, ...]:
        """The items, by number, of which a message of the event's kind asks for the captured value that it has."""
        path = self.paths.get(event.point)
        if path is None:
            return ()
        value = at_path(event.value, path)
        wanted = (_ANY,) if value is ABSENT else (_ANY, comparable(value))
        return tuple(item for key in wanted for held, item in self._bucket(event.point, key) if held == key)

    def noted(self, item: int, ones: Iterable[One]) -> Bound:
        """The same, with the values that these messages of an item ask for by now."""
        bound = self
        for one in ones:
            value = at_path(one.where, self.paths[one.kind]) if one.kind in self.paths else ABSENT
            if value is not ABSENT and not isinstance(value, Ref):
                key = _ANY if isinstance(value, dict | list) else comparable(value)
                bound = bound._with(one.kind, key, item)
        return bound

    def _with(self, kind: str, key: Hashable, item: int) -> Bound:
        bucket = self._bucket(kind, key)
        if (key, item) in bucket:
            return self
        table = self.tables[kind].put(hash(key) % self.size, (*bucket, (key, item)))
        return replace(self, tables={**self.tables, kind: table})

    def _bucket(self, kind: str, key: Hashable) -> Bucket:
        return self.tables[kind].get(hash(key) % self.size) or ()


def unbound(items: Iterable[Iterable[One]]) -> Bound:
    """The table for items that consist of these messages, before they have captured anything.

    A kind is in it if all its messages that ask for captured values do so at one path.
    """
    common: dict[str, set[Path]] = {}
    number = 0
    for ones in items:
        number += 1
        for one in ones:
            paths = {*ref_paths(one.where)}
            if paths:
                common[one.kind] = common.get(one.kind, paths) & paths
    found = {kind: min(paths) for kind, paths in common.items() if paths}
    empty: Slots[Bucket] = slots([()] * number)
    return Bound(found, dict.fromkeys(found, empty), number)
