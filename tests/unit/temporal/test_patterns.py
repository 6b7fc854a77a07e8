from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.temporal.patterns import (
    EMPTY,
    MAX_ALTERNATIVES,
    NOTHING,
    Either,
    One,
    Pattern,
    Repeat,
    Sequence,
    Then,
    TooAmbiguousError,
    derive,
    either,
    expected,
    expects_only,
    mentions,
    names,
    nullable,
    repeat,
    sequence,
)
from harness.trace.events import Event, Json, What
from harness.trace.verdicts import Place

A, B, C = One("a"), One("b"), One("c")


def event(kind: str, value: Json = None) -> Event:
    return Event(0.0, What.RECEIVED, kind, value)


def after(pattern: Pattern, kinds: str) -> Pattern:
    for kind in kinds:
        pattern = derive(pattern, event(kind))
    return pattern


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (A, "a"),
        (One("a", {}), "a"),
        (One("a", [1]), "a"),
        (One("a", {"n": 3, "status": "x"}), "a(n 3, status 'x')"),
    ],
)
def test_one_is_shown_by_its_kind_and_what_it_asks_for(pattern: One, text: str) -> None:
    assert str(pattern) == text


def test_one_matches_its_kind_and_what_it_asks_for() -> None:
    assert A.matches(event("a", {"n": 1}))
    assert not A.matches(event("b", {"n": 1}))
    assert One("a", {"n": 1}).matches(event("a", {"n": 1, "m": 2}))
    assert not One("a", {"n": 1}).matches(event("a", {"n": True}))


def test_one_tells_what_is_not_as_required() -> None:
    assert One("a", {"n": 2}).difference(event("a", {"n": 3})) == "n is 3, not 2"
    assert One("a", {"n": 2}).difference(event("a", {"n": 2})) == ""


def test_ones_are_equal_if_they_ask_for_the_same() -> None:
    here, there = Place("c.yaml", 1), Place("c.yaml", 2)
    assert One("a", {"n": 1}, here) == One("a", {"n": 1.0}, there)
    assert hash(One("a", {"n": 1}, here)) == hash(One("a", {"n": 1.0}, there))
    assert One("a", {"n": 1}) != One("a", {"n": True})
    assert One("a", {"n": 1}) != One("b", {"n": 1})
    assert One("a") != "a"


def test_alternatives_that_python_takes_for_equal_are_kept_apart() -> None:
    pattern = either([One("a", {"n": 1}), One("a", {"n": True})])
    assert derive(pattern, event("a", {"n": True})) == EMPTY
    assert derive(pattern, event("a", {"n": 1})) == EMPTY


def test_the_same_alternative_written_twice_is_one() -> None:
    assert either([One("a", None, Place("c.yaml", 1)), One("a", None, Place("c.yaml", 2))]) == A


def test_constructors_keep_patterns_small() -> None:
    assert sequence([]) == EMPTY
    assert sequence([EMPTY, A, EMPTY]) == A
    assert sequence([A, NOTHING]) == NOTHING
    assert sequence([A, B]) == Sequence((A, B))
    assert either([]) == NOTHING
    assert either([NOTHING, A, A]) == A
    assert either([either([A, B]), C, B]) == Either((A, B, C))
    assert repeat(A, 1, 2) == Repeat(A, 1, 2)
    assert repeat(A, 0, 0) == EMPTY
    assert repeat(EMPTY, 3) == EMPTY
    assert repeat(NOTHING) == EMPTY
    assert repeat(NOTHING, 1) == NOTHING


@pytest.mark.parametrize(("at_least", "at_most"), [(1, 0), (3, 2)])
def test_more_at_least_than_at_most_is_impossible(at_least: int, at_most: int) -> None:
    assert repeat(A, at_least, at_most) == NOTHING


def test_derivatives() -> None:
    assert derive(A, event("a")) == EMPTY
    assert derive(A, event("b")) == NOTHING
    assert derive(EMPTY, event("a")) == NOTHING
    assert derive(NOTHING, event("a")) == NOTHING
    assert after(sequence([A, B, C]), "a") == Sequence((A, B, C), 1)
    assert after(sequence([A, B, C]), "ab") == C
    assert after(sequence([repeat(A), B]), "b") == EMPTY
    assert after(sequence([repeat(A), repeat(B)]), "c") == NOTHING
    assert after(repeat(A, 2, 3), "a") == Repeat(A, 1, 2)
    assert after(repeat(A, 2, 3), "aaaa") == NOTHING
    assert after(repeat(sequence([A, B])), "a") == Then(B, repeat(sequence([A, B])))
    assert after(repeat(sequence([A, B])), "ab") == repeat(sequence([A, B]))
    assert after(sequence([repeat(sequence([repeat(A), B]), 0, 1), C]), "ac") == NOTHING
    assert after(Then(repeat(A), B), "b") == EMPTY
    assert after(Then(A, B), "b") == NOTHING
    assert after(either([A, sequence([B, C])]), "b") == C


def test_what_may_end_here() -> None:
    assert nullable(EMPTY)
    assert nullable(Then(repeat(A), repeat(B)))
    assert nullable(sequence([repeat(A), repeat(B)]))
    assert nullable(either([A, EMPTY]))
    assert nullable(repeat(A))
    assert nullable(repeat(either([A, EMPTY]), 2))
    assert not nullable(NOTHING)
    assert not nullable(A)
    assert not nullable(Then(repeat(A), B))
    assert not nullable(Then(A, repeat(B)))
    assert not nullable(sequence([repeat(A), B]))
    assert not nullable(either([A, B]))
    assert not nullable(repeat(A, 1))


def test_what_may_come_next() -> None:
    assert expected(EMPTY) == ()
    assert expected(NOTHING) == ()
    assert expected(sequence([A, B])) == (A,)
    assert expected(sequence([repeat(A), either([B, A]), C])) == (A, B)
    assert expected(sequence([repeat(A), repeat(B)])) == (A, B)
    assert expected(Then(A, B)) == (A,)
    assert expected(Then(repeat(A), B)) == (A, B)
    assert expects_only(sequence([repeat(A), A, B]), "a")
    assert expects_only(EMPTY, "a")
    assert not expects_only(sequence([repeat(B), A]), "a")


def test_what_may_still_come() -> None:
    pattern = sequence([A, Then(repeat(either([B, One("b", {"n": 1})])), sequence([C, A]))])
    assert mentions(pattern, event("c"))
    assert mentions(pattern, event("b"))
    assert not mentions(pattern, event("d"))
    assert not mentions(One("b", {"n": 1}), event("b", {"n": 2}))
    assert not mentions(EMPTY, event("a"))
    assert names(One("b", {"n": 1}), "b")
    assert not names(pattern, "d")


def test_too_many_readings_are_refused() -> None:
    alternatives = [One("a", {"n": number}) for number in range(MAX_ALTERNATIVES + 1)]
    assert len(expected(either(alternatives[:-1]))) == MAX_ALTERNATIVES
    with pytest.raises(TooAmbiguousError, match="more than 64 readings"):
        either(alternatives)
    assert issubclass(TooAmbiguousError, HarnessError)


def test_thousands_of_items_that_may_be_left_out_are_no_burden() -> None:
    items = [either([One("a", {"n": number}), EMPTY]) for number in range(5000)]
    pattern = sequence([*items, B])
    assert derive(pattern, event("b")) == EMPTY
    assert derive(pattern, event("a", {"n": 4999})) == B
    assert len(expected(pattern)) == 5001
