from __future__ import annotations

from typing import Any

import pytest

from harness.expressions.cel import comparison
from harness.expressions.comparing import compared
from harness.expressions.parts import ABSENT

NAMES: dict[str, Any] = {
    "msg": {"id": "a", "n": 3, "list": [{"x": 2}, {"x": 3}], "map": {"k": 1}, "yes": True, "half": 0.5, "no": None},
    "id": "b",
}


def told(source: str, names: dict[str, Any] = NAMES) -> Any:  # noqa: ANN401 - a boolean, or ABSENT
    sides = comparison(source)
    simple = compared(*sides) if sides is not None else None
    return simple.holds(names) if simple is not None else ABSENT


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("msg.id == id", False),
        ("msg.id != id", True),
        ("msg.id < id", True),
        ("msg.id >= id", False),
        ("msg.id == 'a'", True),
        ('"a" == msg.id', True),
        ("msg.n > 2", True),
        ("msg.n <= 2", False),
        ("msg.n == -3", False),
        ("msg.n == msg.list[1].x", True),
        ("size(msg.list) == 2", True),
        ("size ( msg.map ) < msg.n", True),
    ],
)
def test_two_texts_or_two_numbers_are_compared(source: str, holds: bool) -> None:
    assert told(source) is holds


@pytest.mark.parametrize(
    "source",
    [
        "msg.id",
        "msg.id == id || true",
        "msg.id == id + ''",
        "!msg.yes == msg.yes",
        "msg.yes == 1",
        "msg.yes == msg.yes",
        "msg.half < 1",
        "msg.no == 1",
        "msg.id == 1",
        "msg.list == msg.list",
        "msg.gone == id",
        "gone == id",
        "size(msg.id) == 1",
        "size(msg.gone) == 1",
        "size(msg.list + msg.list) == 4",
        r"msg.id == '\x61'",
        "msg.id == r'a'",
        "msg.id in ['a']",
        "msg.n == 3u",
        "msg.n == 3.0",
    ],
)
def test_everything_else_is_left_to_the_library(source: str) -> None:
    assert told(source) is ABSENT


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_numbers_that_are_no_int_of_the_library_are_left_to_it(number: int) -> None:
    assert told("n == 1", {"n": number}) is ABSENT
    assert told("n == m", {"n": 1, "m": number}) is ABSENT
