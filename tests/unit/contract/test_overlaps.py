from __future__ import annotations

import pytest

from harness.contract.order import OrderReader
from harness.contract.problems import Problems
from harness.contract.source import parse


def told(text: str) -> list[str]:
    problems = Problems()
    OrderReader(("a", "b", "c"), ("count", "name"), problems).read(parse(text, "f"))
    return [str(problem) for problem in problems.found]


@pytest.mark.parametrize(
    "parts",
    [
        "[a, b, c]",
        "[{a: {n: 1}}, {a: {n: 2}}]",
        "[{a: {n: 1, m: '${count}'}}, {a: {n: true}}]",
        "[{a: {x: {n: 1}}}, [{repeat: {a: {x: {n: 2}}}}, close]]",
        "[{optional: b}, {either: [a, [a, c]]}]",
        "[{interleave: [a, b]}, {for_each: {i: count}, body: c}]",
    ],
)
def test_parts_that_can_be_told_apart(parts: str) -> None:
    assert told(f"[{{interleave: {parts}}}]") == []


@pytest.mark.parametrize(
    "parts",
    [
        "[a, [b, a]]",
        "[{a: {n: 1}}, a]",
        "[{a: {n: 1}}, {a: {n: 1}}]",
        "[{a: {n: 1}}, {a: {m: 2}}]",
        "[{a: {n: '${count}'}}, {a: {n: '${name}'}}]",
        "[{a: {n: [1]}}, {a: {n: [2]}}]",
        "[[a, close], [b, {close: 1000}]]",
        "[{repeat: a}, {for_each: {i: count}, body: {a: {n: '${i}'}}}]",
    ],
)
def test_parts_that_cannot_be_told_apart_are_refused(parts: str) -> None:
    (problem,) = told(f"[{{interleave: {parts}}}]")
    assert "another part of this interleave could take the same" in problem


def test_the_place_the_caret_and_what_to_do_are_told() -> None:
    assert told("- interleave:\n    - a: {n: 1}\n    - [b, a]\n") == [
        "f:3:11: another part of this interleave could take the same a, at line 2\n"
        "    3 |     - [b, a]\n"
        "      |           ^\n"
        "  say of each a what it contains, with a value that differs, or join the two parts"
    ]
    assert told("- for_each: {i: count}\n  interleaved: true\n  body: [{a: {n: '${i}'}}, b]\n") == [
        "f:3:28: interleaved items cannot be told apart by this b\n"
        "    3 |   body: [{a: {n: '${i}'}}, b]\n"
        "      |                            ^\n"
        "  add a value that mentions i, such as b: {number: '${i}'}"
    ]


@pytest.mark.parametrize(
    ("before", "body", "refused"),
    [
        ("", "{a: {n: '${i + 1}'}}", 0),
        ("", "{either: [{a: {n: '${i}'}}, {repeat: {b: {x: {n: 'no ${i}'}}}}]}", 0),
        ("", "[{a: {n: '${i}'}, capture: {job: id}}, {b: {id: '${job}'}}]", 0),
        ("{c: , capture: {job: id}},", "[{a: {n: '${i}'}}, {b: {id: '${job}'}}]", 1),
        ("", "{a: {n: '${count}'}}", 1),
        ("", "[a, b]", 2),
        ("", "[{a: {n: '${i}'}}, close]", 1),
    ],
)
def test_items_are_told_apart_by_each_message(before: str, body: str, refused: int) -> None:
    assert len(told(f"[{before} {{for_each: {{i: count}}, interleaved: true, body: {body}}}]")) == refused
