from __future__ import annotations

import pytest

from harness.temporal.one import ABSENT, One, Ref, at_path, leaves, ref_paths
from harness.trace.events import Event, Json, What
from harness.trace.verdicts import Place


def event(kind: str, value: Json = None) -> Event:
    return Event(0.0, What.RECEIVED, kind, value)


def test_it_matches_its_kind_and_what_it_asks_for() -> None:
    assert One("a").matches(event("a", 3))
    assert not One("a").matches(event("b"))
    assert One("a", {"n": 1}).matches(event("a", {"n": 1, "m": 2}))
    assert not One("a", {"n": 1}).matches(event("a", {"n": True}))
    held = One("a", None, None, (("x", "y"),))
    assert held.matches(event("a", {"x": {"y": None}}))
    assert not held.matches(event("a", {"x": {}}))


def test_it_tells_what_is_not_as_required() -> None:
    one = One("a", {"n": 2}, None, (("x", "y"),))
    assert one.difference(event("a", {"n": 3})) == "n is 3, not 2"
    assert one.difference(event("a", {"n": 2, "x": 1})) == "x.y is missing"
    assert one.difference(event("a", {"n": 2, "x": {"y": 1}})) == ""


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (One("a"), "a"),
        (One("a", {}), "a"),
        (One("a", [1]), "a"),
        (One("a", {"n": 3, "job": Ref("job")}), "a(n 3, job ${job})"),
    ],
)
def test_it_is_shown_by_its_kind_and_what_it_asks_for(one: One, text: str) -> None:
    assert str(one) == text


def test_equal_ones_ask_for_the_same() -> None:
    assert One("a", {"n": 1}, Place("c.yaml", 1)) == One("a", {"n": 1.0}, Place("c.yaml", 2))
    assert hash(One("a", {"n": 1})) == hash(One("a", {"n": 1.0}))
    assert One("a", {"n": Ref("x")}) == One("a", {"n": Ref("x")})
    assert One("a", {"n": 1}) not in (
        One("a", {"n": True}),
        One("b", {"n": 1}),
        One("a", {"n": 1}, None, (("x",),)),
        "a",
    )


def test_a_ref_is_resolved_wherever_it_stands() -> None:
    one = One("a", {"id": Ref("job"), "deep": [{"id": Ref("job")}, 1], "other": Ref("other")})
    assert not one.matches(event("a", {"id": "j", "deep": [{"id": "j"}, 1], "other": 1}))
    where = {"id": "j", "deep": [{"id": "j"}, 1], "other": Ref("other")}
    assert one.resolved({"job": "j"}) == One("a", where)
    assert one.where["id"] == Ref("job")
    constant = One("a", {"n": [1]})
    assert constant.resolved({"job": "j"}) is constant


def test_paths() -> None:
    assert at_path({"a": {"b": 1}}, ("a", "b")) == 1
    assert at_path({"a": {"b": 1}}, ()) == {"a": {"b": 1}}
    assert at_path({"a": 1}, ("a", "b")) is ABSENT
    assert at_path({"a": 1}, ("b",)) is ABSENT
    where = {"a": {"b": 1, "c": [1]}, "d": None, "e": Ref("x")}
    assert list(leaves(where)) == [(("a", "b"), 1), (("d",), None)]
    assert list(leaves(3)) == []
    assert list(ref_paths({"a": {"b": Ref("x"), "c": [Ref("x")]}, "d": 1, "e": Ref("y")})) == [("a", "b"), ("e",)]


def test_both_are_told_as_a_contract_writes_them() -> None:
    assert repr(One("done", {"n": Ref("job")})) == "One(done(n ${job}))"
    assert repr(One("done")) == "One(done)"
