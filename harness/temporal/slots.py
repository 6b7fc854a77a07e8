"""A numbered row of values of which one is replaced or taken out at a time, while every earlier row stays as it was.

A tree of tuples `WIDTH` wide, after Bagwell, "Ideal Hash Trees" (2001): to replace one value copies one tuple a level
and shares the rest, three of them for 4,096 values. What has been taken out leaves no branch behind, so that going over
the others costs nothing for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHIFT = 4
WIDTH = 1 << SHIFT

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slots(Generic[T]):
    """The row. Make it with `slots`; None in the tree is what has been taken out."""

    root: tuple[Any, ...] | None
    depth: int

    def get(self, slot: int) -> T | None:
        """The value in a slot; None once it has been taken out."""
        node: Any = self.root
        for level in range(self.depth, -1, -1):
            if node is None:
                return None
            node = node[(slot >> SHIFT * level) & (WIDTH - 1)]
        return node  # type: ignore[no-any-return]

    def put(self, slot: int, value: T | None) -> Slots[T]:
        """A row with `value` in a slot that has one; None takes it out."""
        return Slots(_put(self.root, self.depth, slot, value), self.depth)

    def __iter__(self) -> Iterator[tuple[int, T]]:
        """Slot and value of all that are left, in order."""
        return _walk(self.root, self.depth, 0)


def slots(values: Sequence[T]) -> Slots[T]:
    """A row of these values, numbered from 0."""
    level: Sequence[Any] = values
    depth = 0
    while len(level) > WIDTH:
        level = [tuple(level[at : at + WIDTH]) for at in range(0, len(level), WIDTH)]
        depth += 1
    return Slots(tuple(level), depth)


def _put(node: Any, level: int, slot: int, value: Any) -> tuple[Any, ...] | None:  # noqa: ANN401 - a node or a T
    at = (slot >> SHIFT * level) & (WIDTH - 1)
    child = value if level == 0 else _put(node[at], level - 1, slot, value)
    copied = (*node[:at], child, *node[at + 1 :])
    return copied if child is not None or any(one is not None for one in copied) else None


def _walk(node: Any, level: int, first: int) -> Iterator[tuple[int, Any]]:  # noqa: ANN401 - a node or a T
    for at, child in enumerate(node or ()):
        slot = first + (at << SHIFT * level)
        if child is None:
            continue
        if level == 0:
            yield slot, child
        else:
            yield from _walk(child, level - 1, slot)
