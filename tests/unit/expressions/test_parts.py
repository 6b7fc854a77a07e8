from __future__ import annotations

from typing import Any

import pytest
from cel_expr_python import cel

from harness.expressions.cel import Environment, EvaluationError
from harness.expressions.parts import ABSENT, Extent, looked_up, only, parts_of, path_of

WHOLE, SIZE = Extent.WHOLE, Extent.SIZE
NAMES: dict[str, Any] = {
    "msg": {"a": {"b": [1, 2, 3], "size": 7, "c": {"d": "text"}}, "list": [{"x": 1}, {"x": 2}], "n": None},
    "prev": {"a": {"b": [1]}, "list": [], "t": "abc"},
    "n": 2,
}
ENVIRONMENT = Environment(NAMES)


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("msg.a.b == prev.list", {"msg": {"a": {"b": WHOLE}}, "prev": {"list": WHOLE}}),
        ("msg.a.b[0].c.d", {"msg": {"a": {"b": WHOLE}}}),
        ("msg.a . b < msg . n", {"msg": {"a": {"b": WHOLE}, "n": WHOLE}}),
        ("msg.a.b == msg.a", {"msg": {"a": WHOLE}}),
        ("msg.a == msg.a.b", {"msg": {"a": WHOLE}}),
        ("msg.a == msg", {"msg": WHOLE}),
        ("msg['a'].b", {"msg": WHOLE}),
        ("msg.a.b.map(n, n)", {"msg": {"a": {"b": WHOLE}}, "n": WHOLE}),
        ("msg.a.size()", {"msg": {"a": WHOLE}}),
        ("msg.a.size ()", {"msg": {"a": WHOLE}}),
        ("size(msg.list)", {"msg": {"list": SIZE}}),
        ("size ( msg.list ) == size(msg.list)", {"msg": {"list": SIZE}}),
        ("size(msg.list) == size(msg.list[0])", {"msg": {"list": WHOLE}}),
        ("size(msg.list + prev.list)", {"msg": {"list": WHOLE}, "prev": {"list": WHOLE}}),
        ("size(msg.a) == size(msg.a.b)", {"msg": {"a": WHOLE}}),
        ("size(msg.a.b) == size(msg.a)", {"msg": {"a": WHOLE}}),
        ("size(msg)", {"msg": SIZE}),
        ("resize(msg)", {"msg": WHOLE}),
        ("other.msg == 1", {}),
    ],
)
def test_what_an_expression_looks_at(source: str, parts: object) -> None:
    assert parts_of(source, NAMES) == parts


def test_only_that_much_is_left() -> None:
    parts = parts_of("size(msg.list) == n && msg.a.c.d == prev.gone && size(prev.t) > absent", {*NAMES, "absent"})
    assert only(parts, NAMES) == {"msg": {"list": [0, 0], "a": {"c": {"d": "text"}}}, "n": 2, "prev": {"t": "abc"}}


@pytest.mark.parametrize(
    "source",
    [
        "size(msg.list) == size(msg.a.b) - 1 && size(msg.a) == 3",
        "size(msg) + size(prev) + size(prev.t)",
        "msg.a.size() == msg.a.size",
        "msg.a.b.size ()",
        "msg.list.all(prev, prev.x > 0) && prev.list == []",
        "msg.list.map(n, n.x + size(prev.a.b))",
        "has(msg.a.c) && !has(msg.a.z) && has(prev.a)",
        "msg['a'].c.d + prev.t",
        "'size(msg.list)' == prev.t || size(msg.list) == 2 // size(msg.a)",
        "msg . a . c . d",
        "'a' in msg && 'z' in msg.a",
        "size([msg.a])",
        "size(msg.list.filter(x, x.x > 1))",
        "{'msg': msg.n, 'size': size(msg.list)}",
        "n in msg.a.b ? msg.a : prev.a",
        "msg.list[1].x == msg.list[0].x + 1",
        "msg.a.z",
        "msg.n.z",
        "size(msg.n)",
        "size(n)",
        "prev.list[0]",
        "msg.list[9].x",
        "msg[0]",
        "prev.t.z",
    ],
)
def test_the_value_is_that_of_the_whole(source: str) -> None:
    library = cel.NewEnv(variables=dict.fromkeys(NAMES, cel.Type.DYN)).compile(source).eval(data=NAMES)
    if library.type() == cel.Type.ERROR:
        with pytest.raises(EvaluationError):
            ENVIRONMENT.compile(source).evaluate(NAMES)
    else:
        assert ENVIRONMENT.compile(source).evaluate(NAMES) == library.plain_value()


def test_what_is_not_looked_at_breaks_nothing() -> None:
    names = {"msg": {"id": "a", "other": object()}, "n": "a"}
    assert ENVIRONMENT.compile("msg.id == n").holds(names)
    with pytest.raises((EvaluationError, TypeError)):
        ENVIRONMENT.compile("msg.other == n").holds(names)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("msg.a.c.d", "text"),
        (" msg.list[1].x ", 2),
        ("msg.n", None),
        ("prev", NAMES["prev"]),
        ("msg.list[2]", ABSENT),
        ("msg.a[0]", ABSENT),
        ("msg.list.x", ABSENT),
        ("prev.t.x", ABSENT),
        ("other.x", ABSENT),
        ("n + 1", ABSENT),
        ("msg['n']", ABSENT),
    ],
)
def test_what_a_path_leads_to(source: str, value: object) -> None:
    assert looked_up(path_of(source), NAMES) == value


def test_a_number_is_no_key() -> None:
    assert looked_up(path_of("msg[0]"), {"msg": {"0": 1}}) is ABSENT
