"""Values that one event of a pattern brings and later ones must have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.temporal.nodes import (
    NOTHING,
    Capture,
    Either,
    ForEach,
    Interleave,
    Later,
    Pattern,
    Repeat,
    Sequence,
    Then,
    either,
    for_each,
    interleave,
    repeat,
    sequence,
    then,
)  # fmt: skip
from harness.temporal.one import One

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.trace.events import Json

MAX_ITEMS = 100_000
"""As many items a number may stand for."""


def bind(one: One, takes: Mapping[str, tuple[str, ...]], rest: Pattern) -> Pattern:
    """`one`, then `rest`, in which each `Ref` of a name stands for what `one` has at the name's path."""
    if rest == NOTHING:
        return NOTHING
    taken_from = One(one.kind, one.where, one.place, (*one.present, *takes.values()))
    return Capture(taken_from, tuple(takes.items()), rest)


def substitute(pattern: Pattern, values: Mapping[str, Json]) -> Pattern:
    """The pattern, with the values in place of the `Ref`s of these names."""
    match pattern:
        case One():
            return pattern.resolved(values)
        case Then(first, rest):
            return then(substitute(first, values), substitute(rest, values))
        case Sequence(items, at):
            return sequence(substitute(item, values) for item in items[at:])
        case Either(alternatives):
            return either(substitute(alternative, values) for alternative in alternatives)
        case Repeat(body, at_least, at_most):
            return repeat(substitute(body, values), at_least, at_most)
        case Interleave(parts):
            return interleave(substitute(part, values) for part in parts)
        case ForEach():
            return for_each({key: substitute(item, values) for key, item in pattern.items()})
        case Capture(one, takes, rest):
            hidden = {name for name, _ in takes}
            inner = {name: value for name, value in values.items() if name not in hidden}
            return Capture(one.resolved(values), takes, substitute(rest, inner))
        case Later():
            return _later(pattern, values)
        case _:
            return pattern


def _later(pattern: Later, values: Mapping[str, Json]) -> Pattern:
    """The items one by one, once it is known what they are; NOTHING if that cannot be gone over."""
    body = substitute(pattern.body, {name: value for name, value in values.items() if name != pattern.variable})
    if pattern.over.name not in values:
        return replace(pattern, body=body)
    over = values[pattern.over.name]
    if isinstance(over, int) and not isinstance(over, bool) and 0 <= over <= MAX_ITEMS:
        over = range(over)
    if not isinstance(over, list | range):
        return NOTHING
    items = [substitute(body, {pattern.variable: item}) for item in over]
    return for_each(dict(enumerate(items))) if pattern.interleaved else sequence(items)
