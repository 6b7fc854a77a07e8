from __future__ import annotations

import pytest

from harness.temporal.dispatch import dispatch
from harness.temporal.one import One, Ref
from harness.trace.events import Event, Json, What


def event(kind: str, value: Json = None) -> Event:
    return Event(0.0, What.RECEIVED, kind, value)


ITEMS = dispatch([[One("a", {"of": 2, "at": {"n": n}}), One("b", {"n": n}), One("c")] for n in (1, 2)])


@pytest.mark.parametrize(
    ("kind", "value", "takers"),
    [
        ("a", {"at": {"n": 2}}, (1,)),
        ("a", {"at": {"n": 1.0}, "of": 3}, (0,)),
        ("a", {"at": {"n": True}}, ()),
        ("a", {"of": 2}, ()),
        ("b", {"n": 9}, ()),
        ("b", "no object", ()),
        ("c", {"n": 1}, (0, 1)),
        ("c", None, (0, 1)),
        ("d", {"n": 1}, ()),
    ],
)
def test_an_event_goes_to_those_that_ask_for_its_value(kind: str, value: Json, takers: tuple[int, ...]) -> None:
    assert ITEMS.takers(event(kind, value)) == takers


def test_the_path_with_the_fewest_to_try_is_taken() -> None:
    many = dispatch([[One("a", {"same": 1, "n": n, "job": Ref("job")})] for n in range(9)])
    assert all(many.takers(event("a", {"same": 1, "n": n})) == (n,) for n in range(9))


def test_who_does_not_care_is_always_tried() -> None:
    some = dispatch([[One("a", {"n": 1})], [One("a")], [One("a", {"n": 1}), One("a")]])
    assert some.takers(event("a", {"n": 1})) == (0, 2, 1, 2)
    assert some.takers(event("a", {"n": 2})) == (1, 2)
    assert some.stranger(event("a", {"n": 2})) == ""


def test_why_an_event_is_no_items() -> None:
    assert ITEMS.stranger(event("b", {"n": 9})) == "n 9 is no item's"
    assert ITEMS.stranger(event("a", {"n": 1})) == "it has no at.n to tell its item by"
    assert ITEMS.stranger(event("b", {"n": 1})) == ""
    assert ITEMS.stranger(event("d")) == ""


def test_what_is_still_to_be_captured_is_left_to_others() -> None:
    ones = [One("a", {"id": Ref("job")}), One("a", {"n": 1}), One("b", {"id": Ref("job")})]
    assert dispatch([ones], {"a"}).takers(event("a", {"n": 2, "id": "j"})) == ()
    assert dispatch([ones], {"a"}).takers(event("b", {"id": "j"})) == (0,)
    assert dispatch([ones]).takers(event("a", {"n": 2, "id": "j"})) == (0,)
