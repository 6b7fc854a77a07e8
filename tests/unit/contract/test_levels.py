from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

TICKS = "all-ticks: size(all.tick) == count"


def test_what_is_said_of_a_clause_besides(read: Read, minimal: str) -> None:
    text = minimal.replace(TICKS, f"all-ticks: {{expect: {TICKS.partition(': ')[2]}, level: should}}")
    text = text.replace("within: 5s}", "within: 5s, level: should, may_be_unexercised: nobody listens}")
    text = text.replace("expect: msg.id", "level: must, expect: msg.id")
    (case,) = read(text).cases
    assert case.should == {"at_end/all-ticks", "deadlines/news"}
    assert case.excused == {"deadlines/news": "nobody listens"}


def test_it_is_said_of_the_clauses_that_a_case_has(read: Read, minimal: str) -> None:
    text = minimal.replace("within: 5s}", "within: 5s, level: should, may_be_unexercised: nobody listens}")
    (case,) = read(text.replace("works: {}", "works: {off: [deadlines/news]}")).cases
    assert (case.should, case.excused) == (frozenset(), {})


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("level: shuold", "level: must or should is expected; found 'shuold' | here: must, should. "
                          "Did you mean 'should'?"),
        ("level: {}", "level: must or should is expected; found a map | here: must, should."),
        ("may_be_unexercised: true", "'may_be_unexercised' must be a text; found True | "
                                     "put it between quotes if it is meant as text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, minimal: str, said: str, problem: str) -> None:
    (told,) = problems(minimal.replace("within: 5s}", f"within: 5s, {said}}}"))
    assert told.partition(": ")[2] == problem
