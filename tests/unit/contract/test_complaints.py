from __future__ import annotations

import pytest

from harness.contract.complaints import complaint
from harness.expressions.cel import Environment, ExpressionError


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("", "the expression is empty", ""),
        (" \n", "the expression is empty", ""),
        ("a ==", "the expression ends too soon", ""),
        ("size(", "the expression ends too soon", ""),
        ("a.", "the expression ends too soon", ""),
        ("!", "the expression ends too soon", ""),
        ("a ? 1", "the expression ends too soon", ""),
        ("[1,", "the expression ends too soon, ']' is missing", ""),
        ("a = 1", "'=' is not expected here", "to compare, write =="),
        ("a b", "'b' is not expected here", ""),
        ("a and b", "'and' is not expected here", "for 'and', write &&"),
        ("not a", "'a' is not expected here", "for 'not', write !"),
        ("]", "']' is not expected here", ""),
        ("@", "'@' is not expected here", ""),
        ("'a", "this text is never closed", ""),
        (r"'\q'", "this text is not closed, or has an escape that there is not", r"a backslash itself is written \\"),
        ("1 + 'a'", "'+' cannot be used with (int, string)", ""),
        ("range('a')", "'range' cannot be used with (string)", ""),
        ("(" * 60 + "a" + ")" * 60, "the expression is nested too deeply", "make it two clauses"),
        ("a.all(1, true)", "this expression cannot be used: all() variable name must be a simple identifier", ""),
    ],
)
def test_the_compiler_is_told_in_our_words(source: str, message: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Environment(["a", "b"]).compile(source)
    assert complaint(caught.value.problem, source, caught.value.column) == (message, hint)
