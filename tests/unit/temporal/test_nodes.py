from __future__ import annotations

import pytest

from harness.temporal.binding import bind
from harness.temporal.nodes import (
    EMPTY,
    MAX_ALTERNATIVES,
    NOTHING,
    Either,
    ForEach,
    Interleave,
    Later,
    Pattern,
    Repeat,
    Sequence,
    Then,
    TooAmbiguousError,
    either,
    for_each,
    interleave,
    nullable,
    ones,
    repeat,
    sequence,
    tail,
    then,
)
from harness.temporal.one import One, Ref
from harness.trace.events import Event, What

A, B, C = One("a"), One("b"), One("c")


def items(*patterns: Pattern) -> ForEach:
    made = for_each(dict(zip("xyz", patterns, strict=False)))
    assert isinstance(made, ForEach)
    return made


def test_constructors_keep_patterns_small() -> None:
    assert sequence([EMPTY, A, EMPTY]) == A
    assert sequence([]) == tail((A,), 1) == EMPTY
    assert sequence([A, NOTHING]) == NOTHING
    assert sequence([A, B]) == Sequence((A, B))
    assert tail((A, B), 1) == B
    assert then(NOTHING, A) == then(A, NOTHING) == NOTHING
    assert then(EMPTY, A) == then(A, EMPTY) == A
    assert then(A, B) == Then(A, B)
    assert either([]) == NOTHING
    assert either([NOTHING, A, A]) == A
    assert either([either([A, B]), C, B]) == Either((A, B, C))
    assert repeat(A, 1, 2) == Repeat(A, 1, 2)
    assert repeat(A, 3, 2) == repeat(NOTHING, 1) == NOTHING
    assert repeat(A, 0, 0) == repeat(EMPTY, 3) == repeat(NOTHING) == EMPTY
    assert interleave([]) == interleave([EMPTY]) == EMPTY
    assert interleave([EMPTY, A]) == A
    assert interleave([A, NOTHING]) == NOTHING
    assert interleave([interleave([A, B]), C]) == Interleave((A, B, C))
    assert for_each({}) == for_each({"x": EMPTY}) == EMPTY
    assert for_each({"x": A, "y": NOTHING}) == NOTHING


def test_too_many_readings_are_refused() -> None:
    with pytest.raises(TooAmbiguousError, match="more than 64 readings"):
        either(One("a", {"n": number}) for number in range(MAX_ALTERNATIVES + 1))


def test_an_item_is_replaced_and_the_pattern_stays() -> None:
    before = items(A, repeat(B))
    after = before.replaced(0, A, repeat(C))
    assert isinstance(after, ForEach)
    assert list(after.items()) == [("x", repeat(C)), ("y", repeat(B))]
    assert list(before.items()) == [("x", A), ("y", repeat(B))]
    assert (nullable(before), nullable(after)) == (False, True)
    assert before.replaced(0, A, A) is before
    assert before.replaced(0, A, NOTHING) == NOTHING
    finished = before.replaced(0, A, EMPTY)
    assert isinstance(finished, ForEach)
    assert (finished.left, list(finished.items())) == (1, [("y", repeat(B))])
    assert finished.replaced(1, repeat(B), EMPTY) == EMPTY


def test_equal_for_eaches_owe_the_same() -> None:
    assert items(A, B) == items(A, B)
    assert hash(items(A, B)) == hash(items(A, B))
    assert items(C, B).replaced(0, C, A) == items(A, B)
    assert items(A, B) != items(B, A)
    assert items(A, B) != A


def test_takers_are_the_unfinished_items_that_may() -> None:
    pattern = items(One("a", {"n": 1}), One("a", {"n": 2}))
    event = Event(0, What.RECEIVED, "a", {"n": 2})
    assert list(pattern.takers(event)) == [(1, One("a", {"n": 2}))]
    left = pattern.replaced(1, One("a", {"n": 2}), EMPTY)
    assert isinstance(left, ForEach)
    assert list(left.takers(event)) == []
    assert list(ones(pattern)) == [One("a", {"n": 1}), One("a", {"n": 2})]
    assert list(ones(sequence([B, pattern]), event)) == [B, One("a", {"n": 2})]


def test_takers_by_a_captured_value() -> None:
    def work(job: str) -> Event:
        return Event(0, What.RECEIVED, "work", {"id": job})

    waiting = One("work", {"id": Ref("job")})
    item = bind(One("new"), {"job": ("id",)}, waiting)
    before = items(item, item)
    after = before.replaced(1, item, waiting.resolved({"job": "j"}))
    assert isinstance(after, ForEach)
    assert [slot for slot, _ in after.takers(work("j"))] == [1]
    assert list(after.takers(work("k"))) == list(before.takers(work("j"))) == []
    assert (after.stranger(work("j")), after.stranger(work("k"))) == ("", "id 'k' is no item's")
    assert after.stranger(Event(0, What.RECEIVED, "work", {})) == "it has no id to tell its item by"
    finished = after.replaced(1, waiting.resolved({"job": "j"}), EMPTY)
    assert isinstance(finished, ForEach)
    assert finished.stranger(work("j")) == ""
    assert items(One("a", {"n": 1})).stranger(Event(0, What.RECEIVED, "a", {"n": 2})) == "n 2 is no item's"


@pytest.mark.parametrize(
    ("pattern", "may_end"),
    [
        (EMPTY, True),
        (NOTHING, False),
        (A, False),
        (bind(A, {"x": ("x",)}, EMPTY), False),
        (Then(repeat(A), repeat(B)), True),
        (Then(repeat(A), B), False),
        (sequence([repeat(A), repeat(B)]), True),
        (either([A, EMPTY]), True),
        (repeat(either([A, EMPTY]), 2), True),
        (repeat(A, 1), False),
        (interleave([repeat(A), B]), False),
        (interleave([repeat(A), repeat(B)]), True),
        (items(repeat(A), B), False),
    ],
)
def test_what_may_end_here(pattern: Pattern, may_end: bool) -> None:
    assert nullable(pattern) is may_end


def test_every_event_of_a_loop_over_what_is_not_known_yet() -> None:
    loop = Later(Ref("names"), "i", sequence([One("a"), One("b")]))
    assert list(ones(loop)) == [One("a"), One("b")]
    assert not nullable(loop)


def test_every_event_in_a_pattern() -> None:
    inner = interleave([repeat(A), either([B, EMPTY])])
    assert list(ones(Then(bind(C, {}, inner), sequence([A, B])))) == [C, A, B, A, B]
