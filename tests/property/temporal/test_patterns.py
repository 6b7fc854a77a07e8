"""Derivatives against naive enumeration: what a pattern allows, computed twice in unlike ways."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import (
    NOTHING,
    One,
    Pattern,
    Ref,
    bind,
    choices,
    derive,
    either,
    expected,
    for_each,
    interleave,
    mentions,
    nullable,
    repeat,
    sequence,
)  # fmt: skip
from harness.trace.events import Event, What
from harness.trace.verdicts import Explanation, Place, Verdict

LAWS = settings(derandomize=True, database=None, deadline=None, max_examples=300)
LENGTH = 5
VALUES = {"a": ("tick", {"n": 1}), "b": ("tick", {"n": 2}), "c": ("done", {})}
"""The alphabet: the first two letters are one kind with different values."""


@dataclass(frozen=True)
class Leaf:
    letters: str


@dataclass(frozen=True)
class Both:
    items: tuple[Tree, ...]


@dataclass(frozen=True)
class Any:
    items: tuple[Tree, ...]


@dataclass(frozen=True)
class Times:
    body: Tree
    low: int
    high: int | None


@dataclass(frozen=True)
class Mixed:
    items: tuple[Tree, ...]
    by_key: bool


Tree: TypeAlias = Leaf | Both | Any | Times | Mixed

LEAVES = {"a": One("tick", {"n": 1}), "b": One("tick", {"n": 2}), "ab": One("tick"), "c": One("done")}


def pattern(tree: Tree) -> Pattern:
    match tree:
        case Leaf(letters):
            return LEAVES[letters]
        case Both(items):
            return sequence(map(pattern, items))
        case Any(items):
            return either(map(pattern, items))
        case Times(body, low, high):
            return repeat(pattern(body), low, high)
        case Mixed(items, True):
            return for_each(dict(enumerate(map(pattern, items))))
        case Mixed(items, _):
            return interleave(map(pattern, items))


def joined(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    return frozenset(one + two for one in left for two in right if len(one + two) <= LENGTH)


@cache
def shuffled(one: str, two: str) -> frozenset[str]:
    """Every mixture of two words."""
    if not one or not two:
        return frozenset({one + two})
    return frozenset({one[0] + rest for rest in shuffled(one[1:], two)}) | {
        two[0] + rest for rest in shuffled(one, two[1:])
    }


def mixed(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    pairs = ((one, two) for one in left for two in right if len(one + two) <= LENGTH)
    return frozenset().union(*(shuffled(one, two) for one, two in pairs))


def words(tree: Tree) -> frozenset[str]:
    """Every word of the tree of at most LENGTH letters."""
    match tree:
        case Leaf(letters):
            return frozenset(letters)
        case Both(items):
            return reduce(joined, map(words, items), frozenset({""}))
        case Any(items):
            return frozenset().union(*map(words, items))
        case Times(body, low, high):
            highest = max(low, LENGTH) if high is None else high
            return frozenset().union(*(copies(body, number) for number in range(low, highest + 1)))
        case Mixed(items, _):
            return reduce(mixed, map(words, items), frozenset({""}))


def copies(body: Tree, number: int) -> frozenset[str]:
    return words(Both((body,) * number))


def barren(tree: Tree) -> bool:
    """Whether it has no word at all, of any length."""
    match tree:
        case Leaf(_):
            return False
        case Both(items) | Mixed(items, _):
            return any(map(barren, items))
        case Any(items):
            return all(map(barren, items))
        case Times(body, low, high):
            return (high is not None and high < low) or (low > 0 and barren(body))


def beginnings(tree: Tree) -> frozenset[str]:
    """Every beginning, of at most LENGTH letters, of a word of any length."""
    if barren(tree):
        return frozenset()
    match tree:
        case Leaf(letters):
            return frozenset(["", *letters])
        case Both(items):
            whole = (joined(words(Both(items[:at])), beginnings(item)) for at, item in enumerate(items))
            return frozenset({""}).union(*whole)
        case Any(items):
            return frozenset().union(*map(beginnings, items))
        case Times(body, _, high):
            most = LENGTH if high is None else min(high - 1, LENGTH)
            whole = (joined(copies(body, number), beginnings(body)) for number in range(most + 1))
            return frozenset({""}).union(*whole)
        case Mixed(items, _):
            return reduce(mixed, map(beginnings, items), frozenset({""}))


def event(letter: str, at: int = 0) -> Event:
    kind, value = VALUES[letter]
    return Event(float(at), What.RECEIVED, kind, value)


def larger(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    few = st.lists(trees, max_size=3).map(tuple)
    times = st.builds(Times, trees, st.integers(0, 3), st.none() | st.integers(0, 3))
    return st.builds(Both, few) | st.builds(Any, few) | times | st.builds(Mixed, few, st.booleans())


LEAF_TREES = st.sampled_from(list(LEAVES)).map(Leaf)
TREES = st.recursive(LEAF_TREES, larger, max_leaves=6)
INTERLEAVED = st.builds(
    Mixed, st.lists(st.recursive(LEAF_TREES, larger, max_leaves=3), min_size=2, max_size=3).map(tuple), st.booleans()
)
WORDS = st.text("abc", max_size=LENGTH)


@LAWS
@given(TREES | INTERLEAVED)
def test_derivatives_are_the_naive_language(tree: Tree) -> None:
    language, possible = words(tree), beginnings(tree)

    def hold(word: str, owed: Pattern) -> None:
        before = hash(owed), nullable(owed), expected(owed)
        assert nullable(owed) == (word in language), word
        assert (owed == NOTHING) == (word not in possible), word
        if len(word) < LENGTH:
            following = {letter for letter in VALUES if word + letter in possible}
            ones = expected(owed)
            assert {letter for letter in VALUES if any(one.matches(event(letter)) for one in ones)} == following, word
            assert len(ones) == len(set(ones))
            for letter in VALUES:
                hold(word + letter, derive(owed, event(letter)))
                assert letter not in following or mentions(owed, event(letter))
        assert (hash(owed), nullable(owed), expected(owed)) == before, "a residual changed what it came from"

    hold("", pattern(tree))


@LAWS
@given(TREES | INTERLEAVED, WORDS)
def test_a_violation_falls_on_the_first_event_without_a_continuation(tree: Tree, word: str) -> None:
    possible = beginnings(tree)
    wrong = next((at for at in range(len(word)) if word[: at + 1] not in possible), None)
    monitor = OrderMonitor("order", Place("c.yaml", 1), pattern(tree), {})
    for at, letter in enumerate(word):
        monitor.feed(event(letter, at))
        assert (monitor.violation is None) == (wrong is None or at < wrong)
    if wrong is not None:
        assert monitor.violation is not None
        assert monitor.violation.at == wrong
        assert monitor.violation.explanation is not Explanation.MISSING


@LAWS
@given(TREES | INTERLEAVED, WORDS)
def test_feeding_one_by_one_is_feeding_all(tree: Tree, word: str) -> None:
    owed = reduce(derive, map(event, word), pattern(tree))
    monitor = OrderMonitor("order", Place("c.yaml", 1), pattern(tree), {})
    for letter in word:
        monitor.feed(event(letter))
    if owed == NOTHING and word:
        assert monitor.verdict is (Verdict.NOT_EXERCISED if monitor.violation is None else Verdict.FAILED)
        assert monitor.violation is not None
    elif word and word in words(tree):
        assert monitor.verdict is Verdict.PASSED
    else:
        assert monitor.verdict is Verdict.NOT_EXERCISED
    if monitor.violation is None:
        listed = choices(owed)
        assert sum(1 + alike for _, alike in listed) == len(expected(owed))
        assert [text.partition(" or ")[0] for text in monitor.owed] == [str(one) for one, _ in listed]


JOBS = st.sampled_from(["j", "k", 1, True, {"a": 1}, {"a": 1, "b": 2}, [1]])
WORKS = st.builds(
    lambda kind, job: One(kind, {"id": job}), st.sampled_from(["work", "end"]), st.just(Ref("job")) | JOBS
)
CAPTURING = st.builds(
    lambda kind, works: bind(One(kind), {"job": ("id",)}, sequence(works)),
    st.sampled_from(["new", "work"]),
    st.lists(WORKS, max_size=3),
)
CAPTURED = st.builds(
    lambda kind, job: Event(0.0, What.RECEIVED, kind, {} if job is None else {"id": job}),
    st.sampled_from(["new", "new", "work", "work", "end"]),
    st.none() | JOBS,
)


@LAWS
@given(st.lists(CAPTURING, min_size=2, max_size=4), st.lists(CAPTURED, max_size=8))
def test_items_found_by_what_they_captured_are_those_that_trying_each_finds(
    items: list[Pattern], events: list[Event]
) -> None:
    quick, slow = for_each(dict(enumerate(items))), interleave(items)
    for one in events:
        assert mentions(quick, one) == mentions(slow, one)
        earlier, owed = quick, derive(quick, one)
        slow = derive(slow, one)
        assert derive(earlier, one) == owed, "a residual changed what it came from"
        quick = owed
        assert (quick == NOTHING) == (slow == NOTHING)
        assert nullable(quick) == nullable(slow)
        assert set(expected(quick)) == set(expected(slow))
