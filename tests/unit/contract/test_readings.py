from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]


def test_what_is_the_same_is_read_once() -> None:
    read: list[tuple[object, ...]] = []

    def count(*arguments: object) -> int:
        read.append(arguments)
        return len(read)

    once, part, other = Readings().once, {"a": 1}, {"a": 1}
    assert once(count, part, ("n",), frozenset({"m"}), None) == 1
    assert once(count, part, ("n",), frozenset({"m"}), None) == 1
    assert once(count, other, ("n",), frozenset({"m"}), None) == 2  # equal, and yet another part
    assert once(count, part, ("n", "k"), frozenset({"m"}), None) == 3
    assert once(count, part, ("n",), frozenset({"k"}), None) == 4
    assert once(count, (part, other)) == 5
    assert once(count, (part, other)) == 5


def test_each_reader_has_readings_of_its_own() -> None:
    once, part = Readings().once, ["a"]
    assert once(len, part) == 1
    assert once(str, part) == "['a']"


def test_what_was_read_is_not_mistaken_for_what_comes_after_it() -> None:
    readings = Readings()
    assert [readings.once(str, [number]) for number in range(100)] == [f"[{number}]" for number in range(100)]


def test_cases_share_what_they_inherit_and_nothing_else(read: Read, minimal: str) -> None:
    one, two, changed = read(
        minimal.replace("works: {}", "works: {}\n  again: {}\n  sooner: {deadlines: {news: {within: 1s}}}")
    ).cases
    assert one.socket is two.socket is changed.socket
    assert one.relations is two.relations is changed.relations
    assert one.timed is two.timed
    assert one.timed != changed.timed


def test_what_is_said_of_a_clause_besides_is_of_each_case_that_has_it(read: Read, minimal: str) -> None:
    text = minimal.replace("within: 5s}", "within: 5s, level: should}")
    one, two, must = read(
        text.replace("works: {}", "works: {}\n  again: {}\n  strict: {deadlines: {news: {level: must}}}")
    ).cases
    assert (one.should, two.should, must.should) == ({"deadlines/news"}, {"deadlines/news"}, frozenset())


def test_what_is_wrong_in_a_part_that_cases_share_is_told_once(problems: Tell, minimal: str) -> None:
    text = minimal.replace("within: 5s}", "within: 5s, level: shuold}").replace("works: {}", "works: {}\n  again: {}")
    assert len(problems(text)) == 1
