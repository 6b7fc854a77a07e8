from __future__ import annotations

from harness.temporal.binding import bind, substitute
from harness.temporal.nodes import (
    EMPTY,
    NOTHING,
    Capture,
    Pattern,
    Then,
    either,
    for_each,
    interleave,
    repeat,
    sequence,
)
from harness.temporal.one import One, Ref

TAKES = {"job": ("data", "id")}


def done(value: object) -> One:
    return One("done", {"id": value})


def both(value: object) -> list[Pattern]:
    return [done(value), One("tick", {"id": value})]


def test_what_is_captured_must_be_there() -> None:
    assert bind(One("a"), TAKES, done(1)) == Capture(
        One("a", None, None, (("data", "id"),)), (("job", ("data", "id")),), done(1)
    )
    assert bind(One("a"), TAKES, NOTHING) == NOTHING


def test_values_are_put_in_everywhere() -> None:
    ref, values = Ref("job"), {"job": 7}
    for make in (
        sequence,
        either,
        interleave,
        lambda parts: Then(*parts),
        lambda parts: for_each(dict(enumerate(parts))),
    ):
        assert substitute(make(both(ref)), values) == make(both(7))
    assert substitute(repeat(done(ref), 1, 2), values) == repeat(done(7), 1, 2)
    assert substitute(EMPTY, values) == EMPTY
    assert substitute(bind(done(ref), {"other": ("x",)}, done(ref)), values) == bind(
        done(7), {"other": ("x",)}, done(7)
    )


def test_a_name_that_is_captured_anew_hides_the_former() -> None:
    assert substitute(bind(done(Ref("job")), TAKES, done(Ref("job"))), {"job": 7}) == bind(
        done(7), TAKES, done(Ref("job"))
    )
