"""Patterns of messages, judged by derivatives.

Theory of operation. A pattern says which sequences of events may come. `derive(pattern, event)` is the pattern
still owed once the event has been seen (Brzozowski, "Derivatives of Regular Expressions", 1964); it is `NOTHING`
exactly when no continuation allows the event, so a violation falls on the first wrong event. `expected(pattern)`
are the events that may come next, exactly; `nullable(pattern)` tells whether it may end here.

Rules of this file: patterns are frozen data, without functions or expressions; build them with `sequence`,
`either` and `repeat`, which keep them small; a residual is a pattern like any other. Do not add intersection or
complement: several things that must all hold are several monitors, each with its own verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.errors import HarnessError
from harness.temporal.matching import comparable, contains, first_difference

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from harness.trace.events import Event
    from harness.trace.verdicts import Place

MAX_ALTERNATIVES = 64


class TooAmbiguousError(HarnessError):
    """So many readings of the events so far are open that judging would not end: change the contract's order."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No sequence at all, not even the empty one."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The empty sequence only."""


@dataclass(frozen=True, slots=True, eq=False)
class One:
    """One event of a kind; it equals another that asks for the same, wherever each is written.

    Attributes:
        kind: the point's name.
        where: what its value must contain (see `harness.temporal.matching.contains`); None for anything.
        place: where the contract says so; no part of what it asks for.
    """

    kind: str
    where: Any = None
    place: Place | None = None

    def matches(self, event: Event) -> bool:
        """Whether `event` is this one."""
        return event.point == self.kind and (self.where is None or contains(event.value, self.where))

    def difference(self, event: Event) -> str:
        """Which part of an event of the same kind is not as required, such as `currentPhoto is 3, not 2`."""
        return first_difference(event.value, self.where) or ""

    def __eq__(self, other: object) -> bool:
        """As JSON: 1 and 1.0 are the same, 1 and `true` are not."""
        return isinstance(other, One) and self._key() == other._key()

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return hash(self._key())

    def _key(self) -> tuple[str, Hashable]:
        return self.kind, comparable(self.where)

    def __str__(self) -> str:
        """`photo_done(currentPhoto 3)`."""
        if not isinstance(self.where, dict) or not self.where:
            return self.kind
        return f"{self.kind}({', '.join(f'{key} {value!r}' for key, value in self.where.items())})"


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


Pattern: TypeAlias = Nothing | Empty | One | Then | Sequence | Either | Repeat

NOTHING = Nothing()
EMPTY = Empty()


def sequence(items: Iterable[Pattern]) -> Pattern:
    """The items one after another."""
    kept = tuple(item for item in items if item != EMPTY)
    if any(item == NOTHING for item in kept):
        return NOTHING
    return kept[0] if len(kept) == 1 else _tail(kept, 0)


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
        case _:
            return False


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
        case Repeat(body, at_least, at_most):
            fewer = repeat(body, max(at_least - 1, 0), None if at_most is None else at_most - 1)
            return _then(derive(body, event), fewer)
        case _:
            return NOTHING


def expected(pattern: Pattern) -> tuple[One, ...]:
    """The events that may come next, each once, in the order they are written."""
    return tuple(dict.fromkeys(_firsts(pattern)))


def expects_only(pattern: Pattern, kind: str) -> bool:
    """Whether nothing but events of `kind` may come next, if anything may."""
    return all(one.kind == kind for one in _firsts(pattern))


def mentions(pattern: Pattern, event: Event) -> bool:
    """Whether `event` could still come anywhere in the pattern, next or later."""
    return any(one.matches(event) for one in _ones(pattern))


def names(pattern: Pattern, kind: str) -> bool:
    """Whether events of `kind` have any place in the pattern."""
    return any(one.kind == kind for one in _ones(pattern))


def _then(first: Pattern, rest: Pattern) -> Pattern:
    if first == NOTHING or rest == NOTHING:
        return NOTHING
    if first == EMPTY:
        return rest
    return first if rest == EMPTY else Then(first, rest)


def _tail(items: tuple[Pattern, ...], at: int) -> Pattern:
    left = len(items) - at
    if left == 0:
        return EMPTY
    return items[at] if left == 1 else Sequence(items, at)


def _derive_then(first: Pattern, rest: Pattern, event: Event) -> Iterator[Pattern]:
    yield _then(derive(first, event), rest)
    if nullable(first):
        yield derive(rest, event)


def _derive_items(items: tuple[Pattern, ...], at: int, event: Event) -> Iterator[Pattern]:
    """As `_derive_then`, item by item: thousands of items that may be left out must not nest."""
    for index in range(at, len(items)):
        yield _then(derive(items[index], event), _tail(items, index + 1))
        if not nullable(items[index]):
            return


def _flattened(alternatives: Iterable[Pattern]) -> Iterator[Pattern]:
    for alternative in alternatives:
        if isinstance(alternative, Either):
            yield from alternative.alternatives
        elif alternative != NOTHING:
            yield alternative


def _firsts(pattern: Pattern) -> Iterator[One]:
    match pattern:
        case One():
            yield pattern
        case Then(first, rest):
            yield from _firsts(first)
            if nullable(first):
                yield from _firsts(rest)
        case Sequence(items, at):
            for item in items[at:]:
                yield from _firsts(item)
                if not nullable(item):
                    break
        case Either(alternatives):
            for alternative in alternatives:
                yield from _firsts(alternative)
        case Repeat(body, _, _):
            yield from _firsts(body)


def _ones(pattern: Pattern) -> Iterator[One]:
    match pattern:
        case One():
            yield pattern
        case Then(first, rest):
            yield from _ones(first)
            yield from _ones(rest)
        case Sequence(items, at):
            for item in items[at:]:
                yield from _ones(item)
        case Either(alternatives):
            for alternative in alternatives:
                yield from _ones(alternative)
        case Repeat(body, _, _):
            yield from _ones(body)
