from __future__ import annotations

import pytest

from harness.temporal.binding import bind
from harness.temporal.derivatives import (
    choices,
    depends_on_kind_alone,
    derive,
    expected,
    expects_only,
    mentions,
    names,
    nearest,
    stranger,
)
from harness.temporal.nodes import (
    EMPTY,
    NOTHING,
    Pattern,
    Then,
    TooAmbiguousError,
    either,
    for_each,
    interleave,
    repeat,
    sequence,
)
from harness.temporal.one import One, Ref
from harness.trace.events import Event, Json, What

A, B, C = One("a"), One("b"), One("c")


def event(kind: str, n: Json = None) -> Event:
    return Event(0.0, What.RECEIVED, kind, {"n": n})


def item(number: int) -> Pattern:
    return sequence([One("a", {"n": number}), either([One(kind, {"n": number}) for kind in "bc"])])


def items(count: int) -> Pattern:
    return for_each({number: item(number) for number in range(count)})


def after(pattern: Pattern, *events: Event) -> Pattern:
    for one in events:
        pattern = derive(pattern, one)
    return pattern


def kinds(pattern: Pattern, text: str) -> Pattern:
    return after(pattern, *map(event, text))


def test_one_after_another() -> None:
    assert kinds(A, "a") == EMPTY
    assert kinds(A, "b") == kinds(EMPTY, "a") == kinds(NOTHING, "a") == NOTHING
    assert kinds(sequence([A, B, C]), "ab") == C
    assert kinds(sequence([repeat(A), repeat(B)]), "c") == NOTHING
    assert kinds(Then(repeat(A), B), "b") == EMPTY
    assert kinds(Then(A, B), "b") == NOTHING
    assert kinds(either([A, sequence([B, C])]), "b") == C
    assert kinds(repeat(A, 2, 3), "aaaa") == NOTHING
    assert kinds(repeat(sequence([A, B])), "a") == Then(B, repeat(sequence([A, B])))


def test_parts_in_any_mixture() -> None:
    parts = interleave([sequence([A, B]), C])
    assert [word for word in ("abc", "acb", "cab", "bac", "ab") if kinds(parts, word) == EMPTY] == ["abc", "acb", "cab"]
    assert expected(kinds(parts, "a")) == (B, C)
    assert kinds(interleave([A, A, A]), "aa") == A


def test_items_in_any_mixture() -> None:
    some = after(items(3), event("a", 2), event("a", 0), event("c", 2))
    assert expected(some) == (One("b", {"n": 0}), One("c", {"n": 0}), One("a", {"n": 1}))
    assert after(some, event("b", 2)) == after(some, event("a", 7)) == NOTHING
    assert after(some, event("b", 0), event("a", 1), event("b", 1)) == EMPTY


def test_equal_items_are_one_reading() -> None:
    alike = for_each(dict.fromkeys(range(100), sequence([A, B])))
    assert kinds(alike, "a" * 100 + "b" * 100) == EMPTY
    with pytest.raises(TooAmbiguousError):
        kinds(for_each({number: sequence([A, One("b", {"n": number})]) for number in range(100)}), "a")


def test_a_captured_value_is_required_later() -> None:
    job = bind(One("a"), {"job": ("n",)}, sequence([B, One("c", {"n": Ref("job")})]))
    assert expected(after(job, event("a", 5), event("b"))) == (One("c", {"n": 5}),)
    assert after(job, event("a", 5), event("b"), event("c", 6)) == NOTHING
    assert after(job, Event(0, What.RECEIVED, "a", {})) == NOTHING
    assert [one.kind for one in expected(job)] == ["a"]


def test_what_may_come_next_is_compact_for_items() -> None:
    pattern = sequence([repeat(C), after(items(5), event("a", 2)), C])
    ones = [(str(one), others) for one, others in choices(pattern)]
    assert ones == [("c", 0), ("a(n 0)", 3), ("b(n 2)", 0), ("c(n 2)", 0)]


def test_what_is_nearest_and_what_is_a_stranger() -> None:
    pattern = Then(repeat(C), after(items(3), event("a", 2)))
    assert nearest(pattern, event("b", 2)) == (One("b", {"n": 2}),)
    assert nearest(pattern, event("b", 1)) == ()
    assert stranger(pattern, event("a", 9)) == "n 9 is no item's"
    assert stranger(pattern, event("a", 1)) == stranger(pattern, event("d", 9)) == stranger(A, event("a")) == ""


def test_what_may_still_come() -> None:
    pattern = sequence([A, items(2), Then(C, repeat(B))])
    assert mentions(pattern, event("b"))
    assert not mentions(items(2), event("b", 2))
    assert mentions(items(2), event("b", 1))
    assert names(items(2), "c")
    assert not names(pattern, "d")
    assert expects_only(sequence([A, B]), "a")
    assert not expects_only(sequence([repeat(B), A]), "a")


def test_whether_the_kind_alone_decides() -> None:
    assert depends_on_kind_alone(sequence([repeat(A), One("b", {"n": 1})]), "a")
    assert not depends_on_kind_alone(sequence([repeat(A), One("b", {"n": 1})]), "b")
    assert not depends_on_kind_alone(bind(A, {"x": ("x",)}, B), "a")
    assert not depends_on_kind_alone(sequence([repeat(A), items(2)]), "d")
