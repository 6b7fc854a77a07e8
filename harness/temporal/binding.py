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


def bind(one: One, takes: Mapping[str, tuple[str, ...]], rest: Pattern) -> Pattern:
    """`one`, then `rest`, in which each `Ref` of a name stands for what `one` has at the name's path."""
    if rest == NOTHING:
        return NOTHING
    return Capture(replace(one, present=(*one.present, *takes.values())), tuple(takes.items()), rest)


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
        case _:
            return pattern
