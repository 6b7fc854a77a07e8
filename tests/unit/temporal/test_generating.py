from __future__ import annotations

from random import Random

import pytest

from harness.temporal.binding import bind
from harness.temporal.generating import Change, Made, accepts, conforming, violating
from harness.temporal.nodes import EMPTY, NOTHING, Later, Pattern, Then, either, for_each, interleave, repeat, sequence
from harness.temporal.one import One, Ref
from harness.trace.events import CLOSE, What

A, B, C = One("a", {"n": 1}), One("b", {"on": True}), One("c")
FIRST, SECOND, THIRD = Made("a", {"n": 1}), Made("b", {"on": True}), Made("c", {})


def least(below: int) -> int:
    return 0


def most(below: int) -> int:
    return below - 1


@pytest.mark.parametrize(
    ("pattern", "smallest", "largest"),
    [
        (EMPTY, [], []),
        (A, [FIRST], [FIRST]),
        (Then(A, C), [FIRST, THIRD], [FIRST, THIRD]),
        (sequence([A, B, C]), [FIRST, SECOND, THIRD], [FIRST, SECOND, THIRD]),
        (either([A, B]), [FIRST], [SECOND]),
        (repeat(C), [], [THIRD] * 2),
        (repeat(C, 1, 2), [THIRD], [THIRD] * 2),
        (interleave([sequence([A, C]), B]), [FIRST, THIRD, SECOND], [SECOND, FIRST, THIRD]),
        (for_each({1: A, 2: B}), [FIRST, SECOND], [SECOND, FIRST]),
    ],
)
def test_a_trace_that_conforms(pattern: Pattern, smallest: list[Made], largest: list[Made]) -> None:
    assert conforming(pattern, least) == smallest
    assert conforming(pattern, most) == largest
    assert accepts(pattern, smallest)


def test_what_allows_nothing_has_no_trace() -> None:
    with pytest.raises(ValueError, match="no trace conforms"):
        conforming(Later(Ref("names"), "i", One("a")), lambda most: 0)
    with pytest.raises(ValueError, match="no trace conforms"):
        conforming(NOTHING, least)


def test_captured_values_are_made_where_there_are_none() -> None:
    takes = {"job": ("data", "id"), "n": ("n",)}
    pattern = bind(A, takes, One("c", {"job": Ref("job"), "n": Ref("n")}))
    assert conforming(pattern, least) == [
        Made("a", {"n": 1, "data": {"id": "id-0"}}), Made("c", {"job": "id-0", "n": 1}),
    ]  # fmt: skip


def test_events() -> None:
    assert (FIRST.event(2).at, FIRST.event(2).what, FIRST.event(2).value) == (2, What.RECEIVED, {"n": 1})
    close = Made(CLOSE, {"code": 1001}).event(2)
    assert (close.what, close.value) == (What.CLOSE, {"code": 1001, "reason": "", "by": "server"})


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        (Change.DROP, ["bc", "ab"]),
        (Change.REPEAT, ["aabc", "abcc"]),
        (Change.SWAP, ["bac", "acb"]),
        (Change.INSERT, ["?abc", "abc?"]),
        (Change.VALUE, ["abc", "abc"]),
        (Change.STOP, ["", "ab"]),
        (Change.ADD, ["abca", "abcc"]),
    ],
)
def test_one_thing_is_wrong(how: Change, kinds: list[str]) -> None:
    pattern = sequence([A, B, C])
    for choose, text in zip((least, most), kinds, strict=True):
        wrong = violating(pattern, how, choose)
        assert wrong is not None
        assert "".join(made.kind or "?" for made in wrong) == text
        assert not accepts(pattern, wrong)


def test_values_are_changed_by_their_type() -> None:
    wrong = [violating(sequence([A, B]), Change.VALUE, choose) for choose in (least, most)]
    assert wrong == [[Made("a", {"n": 2}), SECOND], [FIRST, Made("b", {"on": "True changed"})]]


@pytest.mark.parametrize("how", Change)
def test_what_is_allowed_too_is_no_violation(how: Change) -> None:
    seen = {violating(EMPTY, how, least) is None, violating(repeat(C), how, most) is None}
    assert seen == ({False} if how is Change.INSERT else {False, True} if how is Change.ADD else {True})


@pytest.mark.parametrize("how", sorted(set(Change) - {Change.INSERT, Change.ADD}))
def test_nothing_can_be_done_to_an_empty_trace(how: Change) -> None:
    assert violating(EMPTY, how, least) is None


def test_a_seed_gives_the_same_trace() -> None:
    pattern = for_each({n: sequence([One("a", {"n": n}), One("b", {"n": n})]) for n in range(20)})
    assert conforming(pattern, Random(3).randrange) == conforming(pattern, Random(3).randrange)
    assert conforming(pattern, Random(3).randrange) != conforming(pattern, Random(4).randrange)
