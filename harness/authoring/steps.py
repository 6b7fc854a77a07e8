"""The order of messages, guessed: runs and blocks that repeat, and the loops over what was asked for.

Steps are those of the contract language, each guess with a note of what was seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.authoring.observed import Path


@dataclass(frozen=True, slots=True)
class One:
    """One message of a kind; `where` are expressions by path."""

    kind: str
    where: Mapping[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """The body, again and again, at least so many times."""

    body: tuple[Step, ...]
    note: str
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of these."""

    options: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """The body for each number below `over`."""

    over: str
    body: tuple[Step, ...]
    interleaved: bool
    note: str


@dataclass(frozen=True, slots=True)
class Mixed:
    """The parts in any mixture."""

    parts: tuple[tuple[Step, ...], ...]
    note: str


Step: TypeAlias = One | Times | Choice | Each | Mixed


def compressed(kinds: Sequence[str]) -> tuple[Step, ...]:
    """The kinds in their order, with runs and repeating blocks as repetitions.

    A kind that comes back irregularly makes everything between its first and its last place one mixture.
    """
    spans = _recurring(list(kinds), _blocks(kinds))
    steps: list[Step] = []
    for block, times in spans:
        if times == 0:
            options = tuple(One(kind) for kind in dict.fromkeys(block))
            steps.append(Times((Choice(options),), f"{len(block)} messages in no clear order"))
        elif times == 1:
            steps += [One(kind) for kind in block]
        else:
            what = f"{times} of these in a row" if len(block) == 1 else f"{times} times these {len(block)}"
            steps.append(Times(compressed(block), what))
    return tuple(steps)


def _blocks(kinds: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """Blocks and how often each comes in a row, the longest repetition first at each place."""
    blocks: list[tuple[tuple[str, ...], int]] = []
    start = 0
    while start < len(kinds):
        best = (1, 1)  # how long, how often
        for length in range(1, (len(kinds) - start) // 2 + 1):
            times = _times(kinds, start, length)
            if times > 1 and times * length > best[0] * best[1]:
                best = (length, times)
        length, times = best
        blocks.append((tuple(kinds[start : start + length]), times))
        start += length * times
    return blocks


def _times(kinds: Sequence[str], start: int, length: int) -> int:
    block, times = kinds[start : start + length], 1
    while kinds[start + times * length : start + (times + 1) * length] == block:
        times += 1
    return times


def _recurring(
    kinds: Sequence[str], blocks: Sequence[tuple[tuple[str, ...], int]]
) -> list[tuple[tuple[str, ...], int]]:
    """The blocks, where those between two places of one kind are joined: such a block comes 0 times, in no order."""
    while True:
        counted = Counter(kind for block, _ in blocks for kind in set(block))
        again = next((kind for kind in kinds if counted[kind] > 1), None)
        if again is None:
            return list(blocks)
        places = [number for number, (block, _) in enumerate(blocks) if again in block]
        first, last = places[0], places[-1]
        joined = tuple(kind for block, times in blocks[first : last + 1] for kind in block * max(times, 1))
        blocks = [*blocks[:first], (joined, 0), *blocks[last + 1 :]]


def first_kinds(steps: Sequence[Step]) -> list[str]:
    """The kinds with which the steps can begin, each once."""
    match steps[0]:
        case One(kind):
            found = [kind]
        case Choice(options):
            found = [kind for option in options for kind in first_kinds([option])]
        case Mixed(parts):
            found = [kind for part in parts for kind in first_kinds(part)]
        case Times(body) | Each(body=body):
            found = first_kinds(body)
    return list(dict.fromkeys(found))
