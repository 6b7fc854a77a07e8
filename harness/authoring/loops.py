"""Loops over what was asked for: a number in the messages that counts from 0 or 1 up to a number of the request.

This is the guess that is worth most: with it an order knows how many messages must come, and for which item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.authoring.observed import Path, at, is_whole, leaves
from harness.authoring.steps import Choice, Each, Mixed, One, Step, Times
from harness.authoring.words import snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.authoring.observed import Message

ITEM = "i"
_NO_INDEX = frozenset({"timestamp", "ts", "time", "version", "v", "port", "code"})


@dataclass(frozen=True, slots=True)
class Tagged:
    """A message of the order: its kind and its fields."""

    kind: str
    message: Message


@dataclass(frozen=True, slots=True)
class Loop:
    """Messages from `start` up to `stop` (excluded) that go over items.

    Attributes:
        start: 0-based, in the order's messages.
        stop: the same.
        path: where in the messages the item's number stands.
        kinds: those that have it.
        base: the first number, 0 or 1.
        items: how many items.
    """

    start: int
    stop: int
    path: Path
    kinds: frozenset[str]
    base: int
    items: int


def find_loop(tagged: Sequence[Tagged], wanted: Callable[[int], bool]) -> Loop | None:
    """The loop that covers most messages, if any; `wanted` says whether a number of items was asked for."""
    found = [
        loop
        for path in _paths(tagged)
        for kinds in _kind_sets(tagged, path)
        if (loop := _loop(tagged, path, kinds)) is not None and wanted(loop.items)
    ]
    return max(found, key=lambda loop: (len(loop.kinds), loop.stop - loop.start, -len(loop.path)), default=None)


def build_loop(tagged: Sequence[Tagged], loop: Loop, over: str) -> tuple[Step, ...]:
    """The steps of a loop over the expression `over`."""
    inside = tagged[loop.start : loop.stop]
    wanted = f"${{{ITEM}}}" if loop.base == 0 else f"${{{ITEM} + {loop.base}}}"
    last = loop.base + loop.items - 1
    note = f"{'.'.join(loop.path)} went from {loop.base} to {last}, and {over} was {loop.items}"
    groups = _groups(inside, loop)
    if groups is not None:
        return (Each(over, _body(groups, loop, wanted), interleaved=False, note=note),)
    per_item: dict[int, list[str]] = {}
    for one in inside:
        if one.kind in loop.kinds:
            per_item.setdefault(at(one.message.value, loop.path), []).append(one.kind)
    each = Each(over, _body(list(per_item.values()), loop, wanted), interleaved=True, note=note)
    others = tuple(One(kind) for kind in dict.fromkeys(one.kind for one in inside if one.kind not in loop.kinds))
    if not others:
        return (each,)
    between = Times((Choice(others),) if len(others) > 1 else others, "these came in between", at_least=0)
    return (Mixed(((each,), (between,)), "the loop's messages, and others in between"),)


def _paths(tagged: Iterable[Tagged]) -> list[Path]:
    paths = {
        path: None
        for one in tagged
        for path, leaf in leaves(one.message.value)
        if is_whole(leaf) and snake(path[-1]) not in _NO_INDEX
    }
    return list(paths)


def _kind_sets(tagged: Sequence[Tagged], path: Path) -> list[frozenset[str]]:
    """The sets of kinds that could count together: all that have the field, those seen more than once, each alone."""
    numbers: dict[str, list[bool]] = {}
    for one in tagged:
        numbers.setdefault(one.kind, []).append(is_whole(at(one.message.value, path)))
    able = [kind for kind, whole in numbers.items() if all(whole)]
    often = [kind for kind in able if len(numbers[kind]) > 1]
    sets = [frozenset(able), frozenset(often), *(frozenset({kind}) for kind in often)]
    return list(dict.fromkeys(one for one in sets if one))


def _loop(tagged: Sequence[Tagged], path: Path, kinds: frozenset[str]) -> Loop | None:
    places = [number for number, one in enumerate(tagged) if one.kind in kinds]
    values = [at(tagged[number].message.value, path) for number in places]
    items = sorted(set(values))
    base = items[0]
    if base not in (0, 1) or items != list(range(base, base + len(items))) or len(items) < 2:
        return None
    firsts = list(dict.fromkeys(values))
    per_item = {
        item: [tagged[n].kind for n, value in zip(places, values, strict=True) if value == item] for item in items
    }
    overlaps = values != sorted(values)
    if overlaps and len({tuple(_marked(one)) for one in per_item.values()}) > MOST_SHAPES:
        return None
    if not overlaps and firsts != items:
        return None
    stop = places[-1] + 1
    if not overlaps:
        stop += _tail(tagged, places, values, kinds)
    return Loop(places[0], stop, path, kinds, base, len(items))


MOST_SHAPES = 3
"""In how many ways the items of an overlapping loop may go."""


def _tail(tagged: Sequence[Tagged], places: Sequence[int], values: Sequence[int], kinds: frozenset[str]) -> int:
    """How many messages behind the last counted one belong to its item, as they did for the item before."""
    changes = [number for number in range(1, len(values)) if values[number] != values[number - 1]]
    before = [one.kind for one in tagged[places[changes[-1] - 1] + 1 : places[changes[-1]]]]
    behind = [one.kind for one in tagged[places[-1] + 1 : places[-1] + 1 + len(before)]]
    ends_there = places[-1] + 1 + len(before) < len(tagged)
    return len(before) if before == behind and ends_there and not kinds.intersection(before) else 0


def _groups(inside: Sequence[Tagged], loop: Loop) -> list[list[str]] | None:
    """The kinds of each item, one item after another; None if items overlap."""
    groups: list[list[str]] = []
    current: int | None = None
    for one in inside:
        if one.kind in loop.kinds:
            item = at(one.message.value, loop.path)
            if current is not None and item < current:
                return None
            if item != current:
                groups.append([])
            current = item
        groups[-1].append(one.kind)
    return groups


def _body(groups: Sequence[Sequence[str]], loop: Loop, wanted: str) -> tuple[Step, ...]:
    """The steps of one item: what all have in common, or an alternative where they differ."""
    where = {loop.path: wanted}

    def one(kind: str) -> One:
        return One(kind, where if kind in loop.kinds else {})

    marked = [_marked(group) for group in groups]
    if all(len(one_item) == len(marked[0]) for one_item in marked):
        return tuple(_position(position, one) for position in zip(*marked, strict=True))
    options = tuple(one(kind) for kind in dict.fromkeys(kind for group in groups for kind in group))
    body: tuple[Step, ...] = (Choice(options),) if len(options) > 1 else options
    return (Times(body, "not the same for each item"),)


def _position(position: Sequence[tuple[str, bool]], one: Callable[[str], One]) -> Step:
    kinds = list(dict.fromkeys(kind for kind, _ in position))
    step: Step = one(kinds[0]) if len(kinds) == 1 else Choice(tuple(one(kind) for kind in kinds))
    return Times((step,), "several in a row") if any(run for _, run in position) else step


def _marked(group: Sequence[str]) -> list[tuple[str, bool]]:
    """The kinds of a group, runs as one, each with whether it was a run."""
    marked: list[tuple[str, bool]] = []
    for kind in group:
        if marked and marked[-1][0] == kind:
            marked[-1] = (kind, True)
        else:
            marked.append((kind, False))
    return marked
