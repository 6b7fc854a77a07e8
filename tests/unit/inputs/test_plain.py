from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

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
    assert find(kinds["text"].strategy(None), lambda _: True, settings=QUIET) == ""
