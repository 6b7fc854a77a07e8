from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.expressions.cel import comparison
from harness.expressions.comparing import compared
from harness.expressions.parts import ABSENT
from harness.expressions.vocabulary import Vocabulary

LIBRARY = Vocabulary({"a": (), "b": ()})
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)  # the library cuts texts at NUL
WHOLE = st.integers(-3, 3) | st.integers(-(2**65), 2**65) | st.sampled_from([2**63, 2**63 - 1, -(2**63)])
VALUES = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False) | TEXTS | st.lists(WHOLE, max_size=3)
NAMES = st.fixed_dictionaries(
    {name: VALUES | st.fixed_dictionaries({}, optional={"x": VALUES}) for name in ("a", "b")}
) | st.sampled_from([0, "", "t"]).map(lambda same: {"a": same, "b": same})
SIDES = st.sampled_from(["a", "b", "a.x", "b.x", "a[1]", "size(a)", "size(b.x)", "0", "-1", "3", "''", '"t"', "'\"'"])


@given(SIDES, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), SIDES, NAMES)
def test_whatever_is_told_without_the_library_is_what_it_tells(
    left: str, between: str, right: str, names: dict[str, Any]
) -> None:
    source = f"{left} {between} {right}"
    assert comparison(source) == (left, between, right)
    simple = compared(left, between, right)
    assert simple is not None
    told = simple.holds(names)
    if told is not ABSENT:
        assert LIBRARY.compile(source).eval(data=names).plain_value() is told
