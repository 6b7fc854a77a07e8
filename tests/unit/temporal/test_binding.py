from __future__ import annotations

import pytest

from harness.temporal.binding import MAX_ITEMS, bind, substitute
from harness.temporal.nodes import (
    EMPTY,
    NOTHING,
    Capture,
    Later,
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


def later(*, interleaved: bool = False, body: Pattern | None = None) -> Later:
    return Later(Ref("job"), "i", body or done(Ref("i")), interleaved)


@pytest.mark.parametrize(("over", "items"), [([3, "a"], [3, "a"]), (2, [0, 1]), ([], []), (0, [])])
def test_a_loop_goes_over_what_an_event_brought(over: object, items: list[object]) -> None:
    assert substitute(later(), {"job": over}) == sequence(done(item) for item in items)
    mixed = for_each({place: done(item) for place, item in enumerate(items)})
    assert substitute(later(interleaved=True), {"job": over}) == mixed


@pytest.mark.parametrize("over", ["ab", {"a": 1}, True, None, 1.0, -1, MAX_ITEMS + 1])
def test_what_cannot_be_gone_over_lets_nothing_come(over: object) -> None:
    assert substitute(later(), {"job": over}) == NOTHING


def test_until_it_is_known_only_the_body_changes() -> None:
    body = sequence([done(Ref("i")), One("tick", {"id": Ref("other")})])
    changed = substitute(later(body=body), {"other": 5, "i": 9})
    assert changed == later(body=sequence([done(Ref("i")), One("tick", {"id": 5})]))
    assert substitute(changed, {"job": [1]}) == sequence([done(1), One("tick", {"id": 5})])


def test_loops_over_two_things_that_were_brought() -> None:
    inner = Later(Ref("names"), "n", One("page", {"of": Ref("i"), "name": Ref("n")}))
    whole = substitute(bind(One("a"), {"names": ("n",)}, later(body=inner)), {"job": [1, 2]})
    assert isinstance(whole, Capture)
    pages = [One("page", {"of": of, "name": name}) for of in (1, 2) for name in "xy"]
    assert substitute(whole.rest, {"names": ["x", "y"]}) == sequence([sequence(pages[:2]), sequence(pages[2:])])
