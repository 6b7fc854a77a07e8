"""The same patterns the other way round: traces that conform to one, and traces with one thing wrong.

Nothing here is left to chance: whoever calls hands in `choose`, which a seeded generator or Hypothesis may drive. The
same choices give the same trace.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, Protocol

from harness.records import NamedTuple
from harness.temporal.binding import substitute
from harness.temporal.derivatives import derive
from harness.temporal.nodes import (
    Capture,
    Either,
    Empty,
    Interleave,
    Later,
    Nothing,
    Pattern,
    Repeat,
    Sequence,
    Then,
    nullable,
)  # fmt: skip
from harness.temporal.one import ABSENT, One, at_path
from harness.trace.events import CLOSE, UNDECLARED, Event, Json, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EXTRA = 2
"""How many times more than it must a repetition comes, at most."""


class Choose(Protocol):
    """Makes a choice."""

    def __call__(self, below: int, /) -> int:
        """A number from 0 to `below` - 1; `below` is at least 1."""


class Made(NamedTuple):
    """An event to be: its kind, and the value that it has, which contains what the pattern asks for."""

    kind: str
    where: Json

    def event(self, at: float) -> Event:
        """The event at an instant."""
        if self.kind != CLOSE:
            return Event(at, What.RECEIVED, self.kind, self.where)
        return Event(at, What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": "server", **self.where})


class Change(StrEnum):
    """What can be wrong with a trace."""

    DROP = "drop one"
    REPEAT = "repeat one"
    SWAP = "swap two neighbours"
    INSERT = "insert a foreign one"
    VALUE = "change a value"
    STOP = "stop early"
    ADD = "add after the end"


FOREIGN = Made(UNDECLARED, {"foreign": True})


def conforming(pattern: Pattern, choose: Choose) -> list[Made]:
    """A trace that the pattern allows, to its end.

    Raises:
        ValueError: the pattern allows no trace at all.
    """
    match pattern:
        case Nothing() | Later():
            raise ValueError("no trace conforms to this pattern")
        case Empty():
            return []
        case One():
            return [_made(pattern, choose)]
        case Then(first, rest):
            return conforming(first, choose) + conforming(rest, choose)
        case Either(alternatives):
            return conforming(alternatives[choose(len(alternatives))], choose)
        case Capture(one, takes, rest):
            made = _made(one, choose)
            values = {name: at_path(made.where, path) for name, path in takes}
            return [made, *conforming(substitute(rest, values), choose)]
        case Sequence() | Repeat():
            return [made for body in _bodies(pattern, choose) for made in conforming(body, choose)]
        case Interleave(parts):
            return _mixed([conforming(part, choose) for part in parts], choose)
        case _:
            return _mixed([conforming(item, choose) for _, item in pattern.items()], choose)


def violating(pattern: Pattern, how: Change, choose: Choose) -> list[Made] | None:
    """A conforming trace with one change that makes it wrong; None where what the change gives is allowed too.

    Raises:
        ValueError: the pattern allows no trace at all.
    """
    changed = _CHANGES[how](conforming(pattern, choose), choose)
    return None if accepts(pattern, changed) else changed


def accepts(pattern: Pattern, trace: Iterable[Made]) -> bool:
    """Whether the pattern allows the whole trace, and that it ends there."""
    return nullable(reduce(derive, (made.event(float(at)) for at, made in enumerate(trace)), pattern))


def _bodies(pattern: Sequence | Repeat, choose: Choose) -> tuple[Pattern, ...]:
    if isinstance(pattern, Sequence):
        return pattern.items[pattern.at :]
    most = pattern.at_least + EXTRA if pattern.at_most is None else min(pattern.at_least + EXTRA, pattern.at_most)
    return (pattern.body,) * (pattern.at_least + choose(most - pattern.at_least + 1))


def _made(one: One, choose: Choose) -> Made:
    value: Json = {} if one.where is None else one.where
    for path in one.present:
        if at_path(value, path) is ABSENT:
            value = _with(value, path, f"{path[-1]}-{choose(1000)}")
    return Made(one.kind, value)


def _with(value: Json, path: tuple[str, ...], leaf: str) -> Json:
    """The value, with something at the path."""
    if not path:
        return leaf
    inner = value if isinstance(value, dict) else {}
    return {**inner, path[0]: _with(inner.get(path[0]), path[1:], leaf)}


def _mixed(traces: list[list[Made]], choose: Choose) -> list[Made]:
    """The traces in any mixture, each in its own order."""
    rest = [trace[::-1] for trace in traces if trace]
    mixed = []
    while rest:
        at = choose(len(rest))
        mixed.append(rest[at].pop())
        if not rest[at]:
            rest[at] = rest[-1]
            rest.pop()
    return mixed


def _drop(trace: list[Made], choose: Choose) -> list[Made]:
    at = choose(len(trace)) if trace else 0
    return trace[:at] + trace[at + 1 :]


def _repeat(trace: list[Made], choose: Choose) -> list[Made]:
    at = choose(len(trace)) if trace else 0
    return trace[: at + 1] + trace[at:]


def _swap(trace: list[Made], choose: Choose) -> list[Made]:
    if len(trace) < 2:
        return trace
    at = choose(len(trace) - 1)
    return [*trace[:at], trace[at + 1], trace[at], *trace[at + 2 :]]


def _insert(trace: list[Made], choose: Choose) -> list[Made]:
    at = choose(len(trace) + 1)
    return [*trace[:at], FOREIGN, *trace[at:]]


def _value(trace: list[Made], choose: Choose) -> list[Made]:
    able = [at for at, made in enumerate(trace) if isinstance(made.where, dict) and made.where]
    if not able:
        return trace
    at = able[choose(len(able))]
    keys = list(trace[at].where)
    return [*trace[:at], Made(trace[at].kind, _changed(trace[at].where, keys[choose(len(keys))])), *trace[at + 1 :]]


def _changed(where: dict[str, Json], key: str) -> dict[str, Json]:
    """Unlike before at one key: a number is one more, anything else is written as a longer text."""
    value = where[key]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {**where, key: value + 1 if is_number else f"{value} changed"}


def _stop(trace: list[Made], choose: Choose) -> list[Made]:
    return trace[: choose(len(trace))] if trace else trace


def _add(trace: list[Made], choose: Choose) -> list[Made]:
    return [*trace, trace[choose(len(trace))] if trace else FOREIGN]


_CHANGES: dict[Change, Callable[[list[Made], Choose], list[Made]]] = {
    Change.DROP: _drop, Change.REPEAT: _repeat, Change.SWAP: _swap, Change.INSERT: _insert, Change.VALUE: _value,
    Change.STOP: _stop, Change.ADD: _add,
}  # fmt: skip
