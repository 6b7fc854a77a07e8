from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import Phase, find, settings

from harness.inputs import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])


def test_draws_every_choice_and_builds_a_copy(drawn: Drawn) -> None:
    values = [{"size": 1}, "b", None]
    specs = drawn("choice", values, 30)
    assert all(value in specs for value in values)
    assert all(spec in values for spec in specs)
    kind = registry()["choice"]
    kind.build(specs[specs.index({"size": 1})])["size"] = 9
    assert {"size": 1} in specs
    assert values[0] == {"size": 1}


def test_draws_the_whole_range_of_integers(drawn: Drawn) -> None:
    assert set(drawn("integer", "-2..2", 60)) == {-2, -1, 0, 1, 2}


def test_a_constant_is_always_the_same(drawn: Drawn) -> None:
    assert drawn("constant", {"a": [1]}, 5) == [{"a": [1]}]
    value = {"a": [1]}
    registry()["constant"].build(value)["a"].append(2)
    assert value == {"a": [1]}


def test_numbers_lie_in_their_range_and_have_few_digits(drawn: Drawn) -> None:
    numbers = drawn("number", "-0.5..2.125", 100)
    assert all(isinstance(number, float) and -0.5 <= number <= 2.125 for number in numbers)
    assert all(round(number, 3) == number for number in numbers)
    assert any(round(number, 2) != number for number in numbers)
    assert {0.0, 1.0, 2.0} <= set(numbers)
    assert set(drawn("number", {"range": "1..2", "decimals": 0}, 20)) == {1.0, 2.0}
    assert set(drawn("number", "0.25", 5)) == {0.25}


def test_a_drawn_uuid_is_one(drawn: Drawn) -> None:
    texts = drawn("uuid", "drawn", 20)
    assert len(set(texts)) > 10
    assert all(str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4 for text in texts)


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("number", "2..1.5", "number is 2..1.5, a range without numbers; did you mean 1.5..2?"),
        ("number", "1e5", "number must be one such as 1.5 or a range such as 0.5..2, got '1e5'"),
        ("number", True, "number must be one such as 1.5"),
        ("number", {"range": "0.125", "decimals": 2}, "decimals must be one number, and no less than the 3 digits"),
        ("number", {"rang": "1"}, "unknown parameter 'rang'"),
        ("uuid", "fresh", "a UUID that is new at each execution is written {fresh: uuid}"),
        ("uuid", None, "uuid must be drawn, got None"),
    ],
)
def test_what_is_wrong_is_told(name: str, parameters: object, problem: str) -> None:
    assert (registry()[name].check(parameters) or "").startswith(problem)


def test_draws_texts_of_the_length_asked_for(drawn: Drawn) -> None:
    texts = drawn("text", {"length": "2..4"}, 200)
    assert {len(text) for text in texts} == {2, 3, 4}
    assert any(ord(character) > 0xFFFF for text in texts for character in text)
    for text in drawn("text", {"length": 500}, 60):
        assert len(text) == 500
        text.encode("utf-8")  # fails for a surrogate


def test_the_simplest_is_the_first_the_nearest_to_zero_and_the_shortest() -> None:
    kinds = registry()
    assert find(kinds["choice"].strategy(["b", "a"]), lambda _: True, settings=QUIET) == "b"
    assert find(kinds["integer"].strategy("-3..7"), lambda _: True, settings=QUIET) == 0
    assert find(kinds["integer"].strategy("3..7"), lambda n: n > 4, settings=QUIET) == 5
    assert find(kinds["number"].strategy("-2.5..7"), lambda _: True, settings=QUIET) == 0
    assert find(kinds["number"].strategy("-2.5..7"), lambda n: n > 1, settings=QUIET) == 2
    assert find(kinds["number"].strategy("-2.5..7"), lambda n: n % 1, settings=QUIET) == 0.01
    assert find(kinds["text"].strategy(None), lambda _: True, settings=QUIET) == ""
