"""What is still owed after an event, and what may come next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.temporal.binding import substitute
from harness.temporal.nodes import (
    EMPTY,
    NOTHING,
    Capture,
    Either,
    ForEach,
    Interleave,
    Pattern,
    Repeat,
    Sequence,
    Then,
    either,
    interleave,
    nullable,
    ones,
    open_items,
    repeat,
    tail,
    then,
)  # fmt: skip
from harness.temporal.one import One, at_path, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.trace.events import Event


def derive(pattern: Pattern, event: Event) -> Pattern:
    """The pattern still owed once `event` has been seen; `NOTHING` if no continuation allows it."""
    match pattern:
        case One():
            return EMPTY if pattern.matches(event) else NOTHING
        case Then(first, rest):
            return either(_derive_then(first, rest, event))
        case Sequence(items, at):
            return either(_derive_items(items, at, event))
        case Either(alternatives):
            return either(derive(alternative, event) for alternative in alternatives)
        case Repeat():
            return _derive_repeat(pattern, event)
        case Interleave(parts):
            return either(_derive_parts(parts, event))
        case ForEach():
            return either(_derive_for_each(pattern, event))
        case Capture(one, takes, rest):
            values = {name: at_path(event.value, path) for name, path in takes}
            return substitute(rest, values) if one.matches(event) else NOTHING
        case _:
            return NOTHING


def expected(pattern: Pattern) -> tuple[One, ...]:
    """The events that may come next, each once, in the order they are written."""
    return tuple(dict.fromkeys(firsts(pattern)))


def nearest(pattern: Pattern, event: Event) -> tuple[One, ...]:
    """The events of the same kind that may come next; of interleaved items, those of the item that `event` names."""
    return tuple(dict.fromkeys(one for one in firsts(pattern, event) if one.kind == event.point))


def choices(pattern: Pattern) -> tuple[tuple[One, int], ...]:
    """What may come next, in the order it is written, each with the number of others that only differ in their item."""
    found: dict[object, list[One]] = {}
    grouped: set[One] = set()
    for group in _groups(pattern):
        grouped.update(firsts(group))
    for one in expected(pattern):
        alike = (one.kind, tuple(path for path, _ in leaves(one.where))) if one in grouped else one
        found.setdefault(alike, []).append(one)
    return tuple((first, len(others)) for first, *others in found.values())


def stranger(pattern: Pattern, event: Event) -> str:
    """Why an event of a kind that items in progress have is no item's, `currentPhoto 9 is no item's`; else nothing."""
    kinds = ((group, {*group.dispatch.tables, *group.bound.paths}) for group in _groups(pattern))
    reasons = [group.stranger(event) for group, known in kinds if event.point in known]
    return reasons[0] if reasons and all(reasons) else ""


def expects_only(pattern: Pattern, kind: str) -> bool:
    """Whether nothing but events of `kind` may come next, if anything may."""
    return all(one.kind == kind for one in firsts(pattern))


def depends_on_kind_alone(pattern: Pattern, kind: str) -> bool:
    """Whether every event of `kind` leaves the same owed; never said where items are interleaved."""
    if next(_groups(pattern), None) is not None:
        return False
    return all(one.where is None and not one.present for one in firsts(pattern) if one.kind == kind)


def mentions(pattern: Pattern, event: Event) -> bool:
    """Whether `event` could still come anywhere in the pattern, next or later."""
    return any(one.matches(event) for one in ones(pattern, event))


def names(pattern: Pattern, kind: str) -> bool:
    """Whether events of `kind` have any place in the pattern."""
    return any(one.kind == kind for one in ones(pattern))


def firsts(pattern: Pattern, taking: Event | None = None) -> Iterator[One]:
    """What may come next, with repetitions; of interleaved items only those that may take `taking`, if it is given."""
    match pattern:
        case One():
            yield pattern
        case Capture(one, _, _):
            yield one
        case ForEach():
            for item in open_items(pattern, taking):
                yield from firsts(item, taking)
        case _:
            for part in _next(pattern):
                yield from firsts(part, taking)


def _groups(pattern: Pattern) -> Iterator[ForEach]:
    """The interleaved items of which an event may come next, but for those inside of items."""
    if isinstance(pattern, ForEach):
        yield pattern
    for part in _next(pattern):
        yield from _groups(part)


def _next(pattern: Pattern) -> Iterable[Pattern]:
    """The parts of which the next event may be; not those of a ForEach, which may be many."""
    match pattern:
        case Then(first, rest):
            return (first, rest) if nullable(first) else (first,)
        case Sequence(items, at):
            return _until_owed(items, at)
        case Either(parts) | Interleave(parts):
            return parts
        case Repeat(body, _, _):
            return (body,)
        case _:
            return ()


def _until_owed(items: tuple[Pattern, ...], at: int) -> Iterator[Pattern]:
    for index in range(at, len(items)):
        yield items[index]
        if not nullable(items[index]):
            return


def _derive_then(first: Pattern, rest: Pattern, event: Event) -> Iterator[Pattern]:
    yield then(derive(first, event), rest)
    if nullable(first):
        yield derive(rest, event)


def _derive_items(items: tuple[Pattern, ...], at: int, event: Event) -> Iterator[Pattern]:
    """As `_derive_then`, item by item: thousands of items that may be left out must not nest."""
    for index, item in enumerate(_until_owed(items, at), at):
        yield then(derive(item, event), tail(items, index + 1))


def _derive_repeat(pattern: Repeat, event: Event) -> Pattern:
    at_most = None if pattern.at_most is None else pattern.at_most - 1
    return then(derive(pattern.body, event), repeat(pattern.body, max(pattern.at_least - 1, 0), at_most))


def _derive_parts(parts: tuple[Pattern, ...], event: Event) -> Iterator[Pattern]:
    for index, part in enumerate(parts):
        if part not in parts[:index]:  # of equal parts any one will do
            yield interleave((*parts[:index], derive(part, event), *parts[index + 1 :]))


def _derive_for_each(pattern: ForEach, event: Event) -> Iterator[Pattern]:
    took: list[Pattern] = []
    for slot, item in pattern.takers(event):
        if item not in took:  # of equal items any one will do
            owed = derive(item, event)
            if owed != NOTHING:
                took.append(item)
                yield pattern.replaced(slot, item, owed)
