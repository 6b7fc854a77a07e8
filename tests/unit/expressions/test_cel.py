from __future__ import annotations

from typing import Any

import pytest

from harness.errors import HarnessError
from harness.expressions.cel import Environment, EvaluationError, Expression, ExpressionError, TooManyStepsError
from harness.expressions.functions import MAX_RANGE
from harness.trace.verdicts import Place

ENVIRONMENT = Environment(["msg", "prev", "n", "b"])
DEEP: list[Any] = []
for _ in range(2000):
    DEEP = [DEEP]


def compiled(source: str) -> Expression:
    return ENVIRONMENT.compile(source)


def told(source: str, **names: Any) -> str:  # noqa: ANN401
    with pytest.raises(EvaluationError) as caught:
        compiled(source).evaluate(names)
    return str(caught.value)


@pytest.mark.parametrize(
    ("source", "names", "value"),
    [
        ("msg.a", {"msg": {"a": {"b": [1, 2.5, "x", None, True]}}}, {"b": [1, 2.5, "x", None, True]}),
        ("msg.a == 1", {"msg": {"a": 1.0}}, True),
        ("msg.a == 1", {"msg": {"a": True}}, False),
        ("msg.a < 1.5", {"msg": {"a": 1}}, True),
        ("n in msg", {"n": 1, "msg": [1.0]}, True),
        ("msg.a == null", {"msg": {"a": None}}, True),
        ("has(msg.a)", {"msg": {"a": None}}, True),
        ("has(msg.a) && msg.a > 1", {"msg": {}}, False),
        ("msg.a > 1 || true", {"msg": {}}, True),
        ("msg == b'abc'", {"msg": b"abc"}, True),
        ("size(msg)", {"msg": b"abc"}, 3),
        ("size(msg)", {"msg": "\u00e9\U0001f600"}, 2),
        ("msg", {"msg": b"\x00\xff"}, b"\x00\xff"),
        (" msg.files[1].content ", {"msg": {"files": [0, {"content": b"a\x00b"}]}}, b"a\x00b"),
        ("msg.a", {"msg": {"a": {"b\x00c": ["d\x00e"]}}}, {"b\x00c": ["d\x00e"]}),
        ("msg.a", {"msg": {"a": bytearray(b"\x00")}}, b"\x00"),
        ("true", {}, True),
        ("b''", {}, b""),
        ("{'a': [b'x']}", {}, {"a": [b"x"]}),
        ("n", {"n": 2**64 - 1}, 2**64 - 1),
        ("n", {"n": -(2**63)}, -(2**63)),
        ("n > 1", {"n": 2**63}, True),
        ("timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')", {}, True),
        ("msg.all(p, p.x > 0)", {"msg": [{"x": 1}]}, True),
        ("size(msg)", {"msg": DEEP}, 1),
    ],
)
def test_values(source: str, names: dict[str, Any], value: object) -> None:
    found = compiled(source).evaluate(names)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "names", "problem"),
    [
        ("msg.a", {"msg": {}}, "there is no 'a'"),
        ("msg.a.b", {"msg": {"a": {}}}, "there is no 'b'"),
        ("msg['it\"s']", {"msg": {}}, "there is no 'it\"s'"),
        ('msg["it\'s"]', {"msg": {}}, 'there is no "it\'s"'),
        ("msg[3]", {"msg": {"a": 1}}, "there is no 3"),
        ("msg.exists(p, p.x == 1)", {"msg": [{"y": 1}]}, "there is no 'x'"),
        ("msg.a", {}, "'msg' has no value here"),
        ("msg.a.b", {"msg": {"a": 1}}, "it asks for a field of what is no object"),
        ("msg.a", {"msg": None}, "it asks for a field of what is no object"),
        ("msg.a < 1", {"msg": {"a": "x"}}, "'<' cannot be used with (string, int)"),
        ("msg.a + 1.5", {"msg": {"a": 1}}, "'+' cannot be used with (int, double)"),
        ("msg.a + 1", {"msg": {"a": 2**63}}, "'+' cannot be used with (int, int)"),
        ("msg + prev", {"msg": "a", "prev": b"b"}, "'+' cannot be used with (string, bytes)"),
        ("size(msg)", {"msg": 3}, "'size' cannot be used with (int)"),
        ("msg && true", {"msg": 1}, "'&&' cannot be used with what it is given"),
        ("msg ? 1 : 2", {"msg": 1}, "'?:' cannot be used with what it is given"),
        ("1 in msg", {"msg": 1}, "'in' cannot be used with what it is given"),
        ("msg.all(p, p)", {"msg": 1}, "a macro such as all or map cannot be used with what it is given"),
        ("msg[5]", {"msg": [1]}, "Index error: index=5 size=1"),
        ("n / 0", {"n": 1}, "divide by zero"),
        ("n + 1", {"n": 2**63 - 1}, "integer overflow"),
        ("msg.matches('(')", {"msg": "x"}, "invalid regular expression: missing ): ("),
        ("sum(msg)", {"msg": ["a"]}, "sum needs a list of numbers"),
        ("sum(msg)", {"msg": [1, True]}, "sum needs a list of numbers"),
        ("sum(msg)", {"msg": [None]}, "sum needs a list of numbers"),
        ("sum(msg)", {"msg": 3}, "'sum' cannot be used with (int)"),
        ("sum(msg)", {"msg": [2**64 - 1, 1]}, "the sum is a number of more than 64 bits"),
        ("sum(msg)", {"msg": [-(2**63), -1]}, "the sum is a number of more than 64 bits"),
        ("sum(msg.map(p, p.x))", {"msg": [{"y": 1}]}, "there is no 'x'"),
        ("range(n)", {"n": -1}, "range needs a number from 0 to 100,000"),
        ("range(n)", {"n": MAX_RANGE + 1}, "range needs a number from 0 to 100,000"),
        ("range(n)", {"n": 3.0}, "'range' cannot be used with (double)"),
        ("timestamp(0)", {}, "it gave a datetime, which JSON does not have"),
        ("[type(1)]", {}, "it gave a Type, which JSON does not have"),
        ("{1: 2}", {}, "it gave an object with the key 1, JSON has only texts there"),
        ("msg", {"msg": DEEP}, "its value is nested too deeply"),
    ],
)
def test_what_gives_no_value_is_told(source: str, names: dict[str, Any], problem: str) -> None:
    assert told(source, **names) == problem


@pytest.mark.parametrize("value", [(1, 2), object()])
def test_what_json_or_cel_cannot_hold_is_told_in_short(value: object) -> None:
    assert 0 < len(told("msg.a", msg={"a": value})) < 300


@pytest.mark.parametrize(
    ("source", "value", "found"),
    [
        ("msg.n == 1", {"n": 1, "beside": 2**64}, True),
        ("msg.n > 1e300", {"n": 10**400}, True),
        ("msg.n < -1e300", {"n": -(10**400)}, True),
        ("msg.n < prev.n", {"n": -(2**64)}, True),
        ("msg.n + 1.0", {"n": 2**70}, 2.0**70 + 1),
        ("msg.n", {"n": 2**70}, 2**70),
        ("msg.n == 1", {"n": 1, "beside": ["\ud800"], "\udfff": 2}, True),
        ("size(msg.a)", {"a": "x\udfff"}, 2),
        ("msg.a", {"a": "\ud800"}, "\ud800"),
    ],
)
def test_what_cel_has_no_value_for_is_the_nearest_that_it_has(source: str, value: object, found: object) -> None:
    assert compiled(source).evaluate({"msg": value, "prev": {"n": -(2**63)}}) == found


@pytest.mark.parametrize(
    ("source", "names", "value"),
    [
        ("msg == prev", {"msg": "x\0y", "prev": "x"}, False),
        ("msg == prev", {"msg": ["x\0y", b"\0"], "prev": ["x\0y", b"\0"]}, True),
        ("msg.a == {'k': 1}", {"msg": {"a": {"k\0": 1}}}, False),
        ("size(msg.a)", {"msg": {"a": "x\0y"}}, 3),
        ("size(msg.a)", {"msg": {"a": b"x\0y"}}, 3),
        ("msg + b'!'", {"msg": b"x\0y"}, b"x\0y!"),
        ("{'a': [msg + '!']}", {"msg": "x\0y"}, {"a": ["x\0y!"]}),
        (r"msg == 'x\x00y\000'", {"msg": "x\0y\0"}, True),
        (r"msg.contains('\u0000')", {"msg": "x\0y"}, True),
        ("msg == '\0'", {"msg": "\0"}, True),
        (r"msg['\U00000000'] + '!'", {"msg": {"\0": "x"}}, "x!"),
        (r"msg + '\\\x00'", {"msg": ""}, "\\\0"),
        (r"msg + '\\x00' + r'\x00'", {"msg": ""}, r"\x00\x00"),
        (r"b'\x00' == msg", {"msg": b"\0"}, True),
        ("unique([msg, prev])", {"msg": "x\0y", "prev": "x"}, True),
    ],
)
def test_a_nul_is_a_character_like_any_other(source: str, names: dict[str, Any], value: object) -> None:
    assert compiled(source).evaluate(names) == value


def test_a_mistake_behind_a_nul_is_told_where_it_stands() -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled(r"msg == '\x00' && nope")
    assert (caught.value.column, caught.value.unknown) == (18, "nope")


def test_what_is_wrong_beside_a_number_that_cel_does_not_have_is_told() -> None:
    assert told("msg.b", msg={"a": 2**64}) == "there is no 'b'"
    assert told("msg.a + 1", msg={"a": 2**64}) == "'+' cannot be used with (double, int)"


@pytest.mark.parametrize(("value", "holds"), [(True, True), (False, False)])
def test_a_bool_is_a_yes_or_a_no(value: bool, holds: bool) -> None:
    assert compiled("msg.ok").holds({"msg": {"ok": value}}) is holds


@pytest.mark.parametrize("value", [1, 0, None, "", "true", [], {}, b"", 1.0])
def test_nothing_but_a_bool_is_true_or_false(value: object) -> None:
    with pytest.raises(EvaluationError, match=r"^it gave .*, not true or false$"):
        compiled("msg.ok").holds({"msg": {"ok": value}})


def test_what_is_not_true_or_false_is_told_in_short() -> None:
    with pytest.raises(EvaluationError) as caught:
        compiled("msg").holds({"msg": "x" * 500})
    assert str(caught.value) == f"it gave '{'x' * 79}..., not true or false"


@pytest.mark.parametrize("source", ["1 / 0 == 1", "msg.a", "msg.a == 1", "msg.all(p, p.x)"])
def test_an_error_is_never_true(source: str) -> None:
    with pytest.raises(EvaluationError):
        compiled(source).holds({"msg": {}} if "all" not in source else {"msg": [{}]})


@pytest.mark.parametrize(
    ("source", "names", "value"),
    [
        ("sum(msg)", {"msg": []}, 0),
        ("sum(msg)", {"msg": [1, 2]}, 3),
        ("sum(msg)", {"msg": [1, 2.5]}, 3.5),
        ("sum([1, 2]) == 3", {}, True),
        ("sum(msg)", {"msg": [2**64 - 2, 1]}, 2**64 - 1),
        ("range(n)", {"n": 3}, [0, 1, 2]),
        ("range(0)", {}, []),
        ("size(range(n))", {"n": MAX_RANGE}, MAX_RANGE),
        ("msg.map(p, p.index) == range(size(msg))", {"msg": [{"index": 0}, {"index": 1.0}]}, True),
    ],
)
def test_functions_that_cel_lacks(source: str, names: dict[str, Any], value: object) -> None:
    assert compiled(source).evaluate(names) == value


def test_all_unknown_names_are_told() -> None:
    with pytest.raises(ExpressionError) as caught:
        Environment(["a"]).compile("a == b && c.d == a || e(a)")
    assert [(one.unknown, one.column) for one in (caught.value, *caught.value.more)] == [("b", 6), ("c", 12), ("e", 24)]
    with pytest.raises(ExpressionError) as caught:
        Environment(["a"]).compile("a = b && c")
    assert (caught.value.unknown, caught.value.more) == (None, ())


@pytest.mark.parametrize(
    ("source", "unknown", "line", "name_ends"),
    [
        ("foo", "foo", 1, 3),
        ("msg.a == foo", "foo", 1, 12),
        ("foo.bar == 1", "foo", 1, 3),
        ("msg.a ==\n  foo", "foo", 2, 5),
        ("'\u00e9' + foo", "foo", 1, 9),
        ("nofn(1)", "nofn", 1, 4),
    ],
)
def test_an_unknown_name_is_found_at_or_right_before_the_column(
    source: str, unknown: str, line: int, name_ends: int
) -> None:
    with pytest.raises(ExpressionError, match=f"^nothing here is called '{unknown}'$") as caught:
        compiled(source)
    assert caught.value.unknown == unknown
    assert caught.value.line == line
    assert name_ends - len(unknown) + 1 <= caught.value.column <= name_ends + 1
    assert isinstance(caught.value, HarnessError)


@pytest.mark.parametrize(
    ("source", "problem", "line", "column"),
    [
        ("1 +", "mismatched input '<EOF>'", 1, 4),
        ("true &&\n )", "mismatched input ')'", 2, 2),
        ("size(1)", "found no matching overload for 'size' applied to '(int)'", 1, 5),
        ("msg ==\n '\ud800'", r"'\ud800' is no character", 2, 3),
    ],
)
def test_what_is_no_cel_is_told_with_its_position(source: str, problem: str, line: int, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled(source)
    assert caught.value.problem.startswith(problem)
    assert (caught.value.line, caught.value.column, caught.value.unknown) == (line, column, None)


def test_an_expression_nested_too_deeply_has_no_position() -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled("(" * 500 + "n" + ")" * 500)
    assert (caught.value.line, caught.value.column) == (1, 1)


@pytest.mark.parametrize(
    ("source", "roots", "mentions"),
    [
        ("msg.a.b == prev.list[0].x && n == 1", {"msg", "prev", "n"}, ("msg.a.b", "prev.list[0].x")),
        ("msg.a + msg.a == n", {"msg", "n"}, ("msg.a",)),
        ("msg.prev == 1", {"msg"}, ("msg.prev",)),
        ("msg.name.startsWith('x')", {"msg"}, ("msg.name",)),
        ("'prev.x' == \"n.y\"", set(), ()),
        (r"'it\'s' == msg && prev.x == 'y'", {"msg", "prev"}, ("prev.x",)),
        (r'"say \"hi\" to n" == msg && prev.x == "y"', {"msg", "prev"}, ("prev.x",)),
        ('"""a "prev.x" b""" == msg', {"msg"}, ()),
        ("'''a 'prev.x' b''' == msg", {"msg"}, ()),
        (r"r'\d+' == msg && n == 1", {"msg", "n"}, ()),
        (r"msg.matches(r'\w+\.n')", {"msg"}, ()),
        ("b'abc' == msg", {"msg"}, ()),
        ("b == b'abc'", {"b"}, ()),
        ("br'abc' == msg", {"msg"}, ()),
        ("msg == 1 // it's prev.x\n && n == 2", {"msg", "n"}, ()),
        ("msg == 'http://x' && n == 2", {"msg", "n"}, ()),
        ("msg.`a-n` == 1", {"msg"}, ()),
        ("true", set(), ()),
    ],
)
def test_what_an_expression_uses(source: str, roots: set[str], mentions: tuple[str, ...]) -> None:
    expression = compiled(source)
    assert expression.source == source
    assert expression.roots == roots
    assert expression.mentions == mentions


@pytest.mark.parametrize(
    ("source", "names", "text"),
    [
        ("msg.n == sum(msg.l)", {"msg": {"n": 4, "l": [1, 2]}}, "msg.n = 4, sum(msg.l) = 3, size(msg.l) = 2"),
        ('msg.t != "a == b"', {"msg": {"t": "a == b"}}, "msg.t = 'a == b'"),
        ("size(msg.l) < 3 && msg.n > 1", {"msg": {"n": 1, "l": []}}, "size(msg.l) = 0, msg.n = 1"),
        ("msg.a == prev.b", {"msg": {"a": 1}, "prev": {"b": "x"}}, "msg.a = 1, prev.b = 'x'"),
        ("msg.a.all(p, p.x > 0)", {"msg": {"a": [{"x": 0}]}}, "size(msg.a) = 1"),
        ("msg.a == {}", {"msg": {"a": {"b": 1, "c": 2}}}, "size(msg.a) = 2"),
        ("msg.a == msg.b", {"msg": {"b": None}}, "msg.b = None"),
        ("msg.a", {"msg": {"a": "x" * 200}}, f"msg.a = '{'x' * 79}..."),
        ("msg == 1", {"msg": 2}, "msg = 2"),
        ("msg == prev.a", {"msg": {"b": 1}, "prev": {"a": 1}}, "prev.a = 1"),
    ],
)
def test_the_values_behind_a_verdict(source: str, names: dict[str, Any], text: str) -> None:
    assert compiled(source).values(names) == text


@pytest.mark.parametrize(
    ("source", "may"), [("true", True), ("msg.a", True), ("msg.a == 1", True), ("size(msg)", False), ("'true'", False)]
)
def test_whether_it_may_be_a_bool(source: str, may: bool) -> None:
    assert compiled(source).may_be_bool is may


def test_an_expression_is_compiled_once() -> None:
    assert compiled("msg.a == 1") is compiled("msg.a == 1")


def test_the_names_given_are_left_alone() -> None:
    names = {"msg": {"a": [1]}}
    compiled("msg.a").evaluate(names).append(2)
    assert names == {"msg": {"a": [1]}}


@pytest.mark.parametrize("source", ["a.all(x, a.exists(y, y == x))", "a.map(x, a.map(y, y))"])
def test_loops_that_take_too_long_are_no_fault_of_the_values(source: str) -> None:
    expression = Environment(["a"]).compile(source).at(Place("c.yaml", 3, 5))
    with pytest.raises(TooManyStepsError, match=r"c\.yaml:3: a\..*: its loops take more than 10,000 steps"):
        expression.evaluate({"a": list(range(300))})
    expression.evaluate({"a": list(range(30))})
