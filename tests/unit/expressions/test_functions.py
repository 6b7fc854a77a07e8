from __future__ import annotations

import base64
import gc
import sys
import time
from typing import Any

import pytest

from harness.expressions.cel import Environment, EvaluationError, ExpressionError
from harness.expressions.functions import MOST_GIVEN

ENVIRONMENT = Environment(["v"])


def value(source: str, v: object) -> object:
    return ENVIRONMENT.compile(source).evaluate({"v": v})


@pytest.mark.parametrize(
    ("values", "unique"),
    [
        ([], True),
        ([1, 2, "1", "a", None, True, [1], {"a": 1}], True),
        ([1, 1.0], False),
        ([1, True], True),
        ([0, False], True),
        (["a", "a"], False),
        ([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}], False),
        ([{"a": 1}, {"a": True}], True),
        ([None, None], False),
        ([[1], [1]], False),
    ],
)
def test_unique(values: list[Any], unique: bool) -> None:
    assert value("unique(v)", values) is unique


@pytest.mark.parametrize(
    ("values", "result"),
    [([], []), ([3, 1.5, 2], [1.5, 2, 3]), (["b", "B", "\u00e9", "a"], ["B", "a", "b", "\u00e9"])],
)
def test_sorted(values: list[Any], result: list[Any]) -> None:
    assert value("sorted(v)", values) == result


@pytest.mark.parametrize("raw", [b"", b"a", b"ab", b"abc", b"\xff" * 1000])
def test_base64_size(raw: bytes) -> None:
    assert value("base64_size(v)", base64.b64encode(raw).decode()) == len(raw)


def test_base64_size_of_what_is_large_is_known_at_once() -> None:
    text = base64.b64encode(b"x" * 6_000_000).decode()
    began = time.process_time()
    assert value("base64_size(v)", text) == 6_000_000
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("source", "given", "problem"),
    [
        ("sorted(v)", [1, "a"], "sorted needs a list of numbers, or one of texts"),
        ("sorted(v)", [1, True], "sorted needs a list of numbers, or one of texts"),
        ("sorted(v)", [[1]], "sorted needs a list of numbers, or one of texts"),
        ("base64_size(v)", "a", "base64_size needs a text in base64"),
        ("base64_size(v)", "YQ=", "base64_size needs a text in base64"),
        ("base64_size(v)", "Y===", "base64_size needs a text in base64"),
        ("base64_size(v)", "YQ==YQ==", "base64_size needs a text in base64"),
        ("base64_size(v)", "YW\nJj", "base64_size needs a text in base64"),
        ("base64_size(v)", "data:x,YQ==", "base64_size needs a text in base64"),
        ("base64_size(v)", 3, "'base64_size' cannot be used with (int)"),
        ("unique(v)", {"a": 1}, "'unique' cannot be used with (map)"),
        ("sorted(v)", "ab", "'sorted' cannot be used with (string)"),
    ],
)
def test_what_is_wrong_with_what_they_are_given(source: str, given: object, problem: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(source, given)
    assert str(caught.value) == problem


@pytest.mark.parametrize("source", ["base64_size(3)", "unique('a')", "sorted(v, v)", "sorted(v) + 1", "unique(v) < 1"])
def test_what_they_take_and_give_is_known_when_an_expression_is_compiled(source: str) -> None:
    with pytest.raises(ExpressionError):
        ENVIRONMENT.compile(source)


@pytest.mark.parametrize(("source", "may"), [("unique(v)", True), ("sorted(v)", False), ("base64_size(v)", False)])
def test_only_what_may_be_true_or_false_is_a_condition(source: str, may: bool) -> None:
    assert ENVIRONMENT.compile(source).may_be_bool is may


@pytest.mark.parametrize("source", ["sum(v)", "unique(v)", "size(sorted(v)) == 0"])
def test_what_a_function_was_given_does_not_stay_in_memory(source: str) -> None:
    expression, numbers = ENVIRONMENT.compile(source), [number + 0.5 for number in range(20)]
    expression.evaluate({"v": numbers})
    before = sys.getallocatedblocks()
    for _ in range(500):
        expression.evaluate({"v": numbers})
    assert sys.getallocatedblocks() - before < 500 * (25 if "sorted" in source else 5)


@pytest.mark.parametrize("source", ["range(300) == v", "sorted(v) == v", "unique(v)", "sum(v) == 44850"])
def test_lists_do_not_stay_in_memory_although_the_library_lets_go_of_none(source: str) -> None:
    expression = ENVIRONMENT.compile(source)
    numbers = list(range(300))

    def evaluate() -> int:
        for _ in range(MOST_GIVEN * 3):
            assert expression.holds({"v": numbers})
        gc.collect()
        return sum(isinstance(one, list) and one == numbers for one in gc.get_objects())

    assert evaluate() <= evaluate() <= MOST_GIVEN + 2
