"""What patterns are made of, and the constructors that keep them small."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from harness.errors import HarnessError
from harness.temporal.bound import Bound, unbound
from harness.temporal.dispatch import Dispatch, dispatch, told_apart
from harness.temporal.one import One, Ref
from harness.temporal.slots import Slots, slots

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from harness.trace.events import Event

MAX_ALTERNATIVES = 64


class TooAmbiguousError(HarnessError):
    """So many readings of the events so far are open that judging would not end: change the contract's order."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No sequence at all, not even the empty one."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The empty sequence only."""


@dataclass(frozen=True, slots=True)
class Then:
    """`first`, then `rest`."""

    first: Pattern
    rest: Pattern


@dataclass(frozen=True, slots=True)
class Sequence:
    """`items[at:]`, one after another; shares its items with every residual of it."""

    items: tuple[Pattern, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Either:
    """Any one of the alternatives (two or more, none of them an Either or NOTHING)."""

    alternatives: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`body` at least `at_least` times, at most `at_most` times (None: without limit)."""

    body: Pattern
    at_least: int = 0
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Interleave:
    """All the parts, in any mixture (two or more, none of them an Interleave, EMPTY or NOTHING)."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ForEach:
    """All the items, in any mixture, however many there are.

    Attributes:
        keys: what each item is called, by its slot; finished ones included.
        dispatch: who may take an event, by values that are known from the start.
        bound: who may take an event, by captured values.
        residuals: what each item still owes; finished ones are gone.
        left: how many are not finished.
        owing: how many may not end as they are.
        fingerprint: of the residuals; kept up with each change, so that unlike ones are told apart at once.
    """

    keys: tuple[Hashable, ...]
    dispatch: Dispatch
    bound: Bound
    residuals: Slots[Pattern]
    left: int
    owing: int
    fingerprint: int

    def takers(self, event: Event) -> Iterator[tuple[int, Pattern]]:
        """Slot and residual of the unfinished items that alone may take `event`, now or later."""
        for slot in (*self.dispatch.takers(event), *self.bound.takers(event)):
            residual = self.residuals.get(slot)
            if residual is not None:
                yield slot, residual

    def items(self) -> Iterator[tuple[Hashable, Pattern]]:
        """Key and residual of each unfinished item."""
        return ((self.keys[slot], residual) for slot, residual in self.residuals)

    def replaced(self, slot: int, old: Pattern, new: Pattern) -> Pattern:
        """The same, but what the item in `slot` owes is `new`, not `old`."""
        if new in (NOTHING, old):
            return self if new == old else NOTHING
        left = self.left - (new == EMPTY)
        if left == 0:
            return EMPTY
        fingerprint = self.fingerprint ^ hash((slot, old)) ^ (0 if new == EMPTY else hash((slot, new)))
        residuals = self.residuals.put(slot, None if new == EMPTY else new)
        owing = self.owing - (not nullable(old)) + (not nullable(new))
        bound = self.bound.noted(slot, ones(new)) if self.bound.paths else self.bound
        return replace(self, bound=bound, residuals=residuals, left=left, owing=owing, fingerprint=fingerprint)

    def stranger(self, event: Event) -> str:
        """Why `event`, of a kind that some item has, is no item's: `currentPhoto 9 is no item's`; else nothing."""
        path = self.bound.paths.get(event.point)
        if path is None:
            return self.dispatch.stranger(event)
        return "" if next(self.takers(event), None) or self.bound.takers(event) else told_apart(path, event)

    def __eq__(self, other: object) -> bool:
        """Whether the same is owed in the same slots."""
        if self is other or not isinstance(other, ForEach):
            return self is other
        same = (self.left, self.fingerprint) == (other.left, other.fingerprint)
        return same and list(self.residuals) == list(other.residuals)

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return self.fingerprint


@dataclass(frozen=True, slots=True)
class Capture:
    """`one`, then `rest`, in which the `Ref`s stand for what `one` brought.

    Attributes:
        one: the event; it has something at each of the paths.
        takes: a name, and the path in the event's value of what it stands for.
        rest: where the names are known.
    """

    one: One
    takes: tuple[tuple[str, tuple[str, ...]], ...]
    rest: Pattern


@dataclass(frozen=True, slots=True)
class Later:
    """`body` for each item of what an earlier event brings; it stands in the `rest` of a `Capture`.

    Attributes:
        over: what that event brings: a list, or a number for 0, 1, ... below it.
        variable: the `Ref`s of this name in `body` stand for the item.
        body: what comes for each item.
        interleaved: in any mixture, not one after another.
    """

    over: Ref
    variable: str
    body: Pattern
    interleaved: bool = False


Pattern: TypeAlias = Nothing | Empty | One | Then | Sequence | Either | Repeat | Interleave | ForEach | Capture | Later

NOTHING = Nothing()
EMPTY = Empty()


def sequence(items: Iterable[Pattern]) -> Pattern:
    """The items one after another."""
    kept = tuple(item for item in items if item != EMPTY)
    if any(item == NOTHING for item in kept):
        return NOTHING
    return kept[0] if len(kept) == 1 else tail(kept, 0)


def then(first: Pattern, rest: Pattern) -> Pattern:
    """`first`, then `rest`; a residual of a sequence."""
    if first == NOTHING or rest == NOTHING:
        return NOTHING
    if first == EMPTY:
        return rest
    return first if rest == EMPTY else Then(first, rest)


def tail(items: tuple[Pattern, ...], at: int) -> Pattern:
    """`items[at:]` one after another, none of them EMPTY or NOTHING."""
    left = len(items) - at
    if left == 0:
        return EMPTY
    return items[at] if left == 1 else Sequence(items, at)


def either(alternatives: Iterable[Pattern]) -> Pattern:
    """Any one of the alternatives.

    Raises:
        TooAmbiguousError: more than `MAX_ALTERNATIVES` different ones are open.
    """
    kept: list[Pattern] = []
    for alternative in _flattened(alternatives):
        if alternative not in kept:
            kept.append(alternative)
    if len(kept) > MAX_ALTERNATIVES:
        message = f"the order leaves more than {MAX_ALTERNATIVES} readings open; make its parts tell apart sooner"
        raise TooAmbiguousError(message)
    if not kept:
        return NOTHING
    return kept[0] if len(kept) == 1 else Either(tuple(kept))


def repeat(body: Pattern, at_least: int = 0, at_most: int | None = None) -> Pattern:
    """`body` between `at_least` and `at_most` times; None for no upper limit."""
    if at_most is not None and at_most < at_least:
        return NOTHING
    if at_most == 0 or body == EMPTY:
        return EMPTY
    if body == NOTHING:
        return EMPTY if at_least == 0 else NOTHING
    return Repeat(body, at_least, at_most)


def interleave(parts: Iterable[Pattern]) -> Pattern:
    """All the parts in any mixture, each in its own order; for more than a few alike use `for_each`."""
    kept: list[Pattern] = []
    for part in parts:
        kept.extend(part.parts if isinstance(part, Interleave) else () if part == EMPTY else (part,))
    if NOTHING in kept:
        return NOTHING
    if not kept:
        return EMPTY
    return kept[0] if len(kept) == 1 else Interleave(tuple(kept))


def for_each(items: Mapping[Hashable, Pattern]) -> Pattern:
    """All the items in any mixture, each in its own order; an event costs the same however many there are.

    That holds where the items are told apart by a value in `where`, as in `{"currentPhoto": 3}`, or by a captured one.
    """
    kept = {key: item for key, item in items.items() if item != EMPTY}
    patterns = tuple(kept.values())
    if NOTHING in patterns:
        return NOTHING
    if not kept:
        return EMPTY
    fingerprint = 0
    for slot, item in enumerate(patterns):
        fingerprint ^= hash((slot, item))
    owing = sum(not nullable(item) for item in patterns)
    bound = unbound(map(ones, patterns))
    tables = dispatch(map(ones, patterns), bound.paths)
    return ForEach(tuple(kept), tables, bound, slots(patterns), len(kept), owing, fingerprint)


def nullable(pattern: Pattern) -> bool:
    """Whether the pattern may end here, with nothing more to come."""
    match pattern:
        case Empty():
            return True
        case Then(first, rest):
            return nullable(first) and nullable(rest)
        case Sequence(items, at):
            return all(nullable(item) for item in items[at:])
        case Either(alternatives):
            return any(nullable(alternative) for alternative in alternatives)
        case Repeat(body, at_least, _):
            return at_least == 0 or nullable(body)
        case Interleave(parts):
            return all(nullable(part) for part in parts)
        case ForEach():
            return pattern.owing == 0
        case _:
            return False


def ones(pattern: Pattern, taking: Event | None = None) -> Iterator[One]:
    """Every event anywhere in the pattern; of interleaved items only those that may take `taking`, if it is given."""
    match pattern:
        case One():
            yield pattern
        case Capture(one, _, rest):
            yield one
            yield from ones(rest, taking)
        case _:
            for part in _parts(pattern, taking):
                yield from ones(part, taking)


def open_items(pattern: ForEach, taking: Event | None) -> Iterator[Pattern]:
    """What the unfinished items owe; of those only that may take `taking`, if it is given."""
    return (residual for _, residual in (pattern.residuals if taking is None else pattern.takers(taking)))


def _parts(pattern: Pattern, taking: Event | None) -> Iterable[Pattern]:
    match pattern:
        case Then(first, rest):
            return (first, rest)
        case Sequence(items, at):
            return items[at:]
        case Either(parts) | Interleave(parts):
            return parts
        case Repeat(body, _, _) | Later(_, _, body, _):
            return (body,)
        case ForEach():
            return open_items(pattern, taking)
        case _:
            return ()


def _flattened(alternatives: Iterable[Pattern]) -> Iterator[Pattern]:
    for alternative in alternatives:
        if isinstance(alternative, Either):
            yield from alternative.alternatives
        elif alternative != NOTHING:
            yield alternative
