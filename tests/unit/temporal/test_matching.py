from __future__ import annotations

import pytest

from harness.temporal.matching import comparable, contains, first_difference, only_difference, shown
from harness.trace.events import Json, NotJson


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1}, {}),
        ({"a": {"b": [1, {"c": 2, "d": 3}]}}, {"a": {"b": [1, {"c": 2}]}}),
        (1, 1.0),
        (None, None),
        ([], []),
    ],
)
def test_what_contains(value: Json, part: Json) -> None:
    assert contains(value, part)
    assert first_difference(value, part) is None


@pytest.mark.parametrize(
    ("value", "part", "difference"),
    [
        ({"a": 1}, {"a": 2}, "a is 1, not 2"),
        ({"a": {"b": 1}}, {"a": {"b": "1"}}, "a.b is 1, not '1'"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a[1] is 2, not 3"),
        ({"a": [1, 2]}, {"a": [1]}, "a is [1, 2], not [1]"),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}, "a[0].c is missing, it should be 1"),
        ({}, {"a": {"b": 1}}, 'a is missing, it should be {"b": 1}'),
        ({"a": None}, {"a": {}}, "a is null, not {}"),
        ({"a": 1}, {"a": True}, "a is 1, not true"),
        ({"a": True}, {"a": 1}, "a is true, not 1"),
        ({"a": False}, {"a": None}, "a is false, not null"),
        (3, 4, "it is 3, not 4"),
        ([3], [4], "[0] is 3, not 4"),
        ({"a": "x" * 1000}, {"a": 1}, f"a is '{'x' * 159}..., not 1"),
    ],
)
def test_what_does_not_contain_is_told(value: Json, part: Json, difference: str) -> None:
    assert first_difference(value, part) == difference
    assert not contains(value, part)


@pytest.mark.parametrize(
    ("value", "part", "difference"),
    [
        ({"a": 1, "b": [2, 3]}, {"a": 1, "b": [2, 4]}, "b[1] is 3, not 4"),
        ({"a": 1, "b": 2}, {"a": 2, "b": 3}, None),
        ({"a": 1}, {"a": 2}, None),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, None),
        ({"a": 1}, None, None),
        (NotJson("x"), {"a": 1, "b": 2}, None),
    ],
)
def test_what_lacks_but_one_thing(value: Json, part: Json, difference: str | None) -> None:
    assert only_difference(value, part) == difference


@pytest.mark.parametrize(("left", "right"), [(1, 1.0), ({"a": 1, "b": [None]}, {"b": [None], "a": 1.0}), (True, True)])
def test_values_that_contain_each_other_compare_equal(left: Json, right: Json) -> None:
    assert comparable(left) == comparable(right)
    assert hash(comparable(left)) == hash(comparable(right))


@pytest.mark.parametrize(
    ("left", "right"), [(1, True), (0, False), (True, False), ({"a": 1}, {}), ([1, 2], [2, 1]), ([], {}), (None, 0)]
)
def test_other_values_do_not(left: Json, right: Json) -> None:
    assert comparable(left) != comparable(right)


def test_long_values_are_shown_by_their_beginning() -> None:
    assert shown({"a": ["b", True, None, "ü"]}) == '{"a": ["b", true, null, "ü"]}'
    assert shown({"a": NotJson("?")}) == "{'a': '?'}", "what is no JSON is shown all the same"
    assert shown("x" * 158) == f"'{'x' * 158}'"
    assert shown("x" * 159) == f"'{'x' * 159}..."
