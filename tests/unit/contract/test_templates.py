from __future__ import annotations

import pytest

from harness.contract.problems import Problems
from harness.contract.source import parse
from harness.contract.templates import (
    Template,
    TemplateError,
    compile_condition,
    compile_expression,
    compile_template,
    compile_text,
)
from harness.expressions.cel import Environment

NAMES = {"id": "a b/\u00e9", "n": 3, "items": [1, {"x": 2}], "raw": b"\xff\x01", "yes": True, "none": None}
ENVIRONMENT = Environment(NAMES)


def compiled(text: str) -> Template:
    problems = Problems()
    template = compile_template(parse(text, "f"), ENVIRONMENT, problems)
    problems.raise_any()
    return template


def told(text: str) -> list[str]:
    problems = Problems()
    compile_template(parse(text, "f"), ENVIRONMENT, problems)
    return [f"{one.span.column}+{one.span.length}: {one.message}" for one in problems.found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${n}", 3), ("${items}", [1, {"x": 2}]), ("${raw}", b"\xff\x01"), ("${yes}", True), ("${none}", None),
        ("n is ${n}!", "n is 3!"), ("${n}${n}", "33"), ("-${yes}-${none}-", "-true-null-"),
        ("x${items}", 'x[1, {"x": 2}]'),
        ("'${ {\"a\": n}.a }'", 3), ("'${size(\"}\")}'", 1),
        ("'${\"\\\"}\" + \"x\"}'", '"}x'),
        ("'${{\"a\": {\"b\": n}}}'", {"a": {"b": 3}}),
        ("$${n}", "${n}"), ("a $${n} ${n}", "a ${n} 3"), ("$n {n} $", "$n {n} $"), ("''", ""), ("$$${n}", "$${n}"),
        ("{a: ['${n}', 1, ~], b: x}", {"a": [3, 1, None], "b": "x"}), ("{'${n}': 1}", {"${n}": 1}),
        ("7", 7), ("~", None),
    ],
)  # fmt: skip
def test_templates(text: str, value: object) -> None:
    template = compiled(text)
    found = template.render(NAMES)
    assert (found, type(found)) == (value, type(value))


def test_a_template_knows_the_names_it_uses() -> None:
    assert compiled("{a: '${n + 1}', b: ['${size(items)} of ${id}'], c: n}").roots == {"n", "items", "id"}


def test_in_an_address_what_is_put_in_is_percent_encoded_and_the_rest_is_not() -> None:
    assert compiled("/a b?id=${id}&n=${n}").render_url(NAMES) == "/a b?id=a%20b%2F%C3%A9&n=3"
    assert compiled("${id}").render_url(NAMES) == NAMES["id"]
    assert compiled("${yes}").render_url(NAMES) == "true"
    assert compiled("${id}?t=${id}").render_url(NAMES) == f"{NAMES['id']}?t=a%20b%2F%C3%A9", "it begins with an address"


@pytest.mark.parametrize(
    ("segment", "written"), [(".", "%2E"), ("..", "%2E%2E"), ("...", "..."), ("a.b", "a.b"), ("", "")]
)
def test_a_segment_that_a_client_would_resolve_is_percent_encoded(segment: str, written: str) -> None:
    assert compiled("/a/${id}/b").render_url({**NAMES, "id": segment}) == f"/a/{written}/b"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x ${n", "3+2: this ${ is never closed"),
        ("'${\"}'", "2+2: this ${ is never closed"),
        ("'${ {n }'", "2+2: this ${ is never closed"),
        ("x ${nn} y", "5+2: nothing here is called 'nn'"),
        ("x ${n +}", "8+1: the expression ends too soon"),
        ("${}", "3+1: the expression is empty"),
        ("'it''s ${nn}'", "10+2: nothing here is called 'nn'"),
        ("'${foo(n)}'", "4+3: there is no function 'foo' that takes what it is given"),
        ("'${n == aa.b.c}'", "9+2: nothing here is called 'aa'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    assert told(text) == [problem]


def test_all_that_is_wrong_is_told() -> None:
    assert len(told("{a: '${x}', b: ['${y}', '${n}', '${z}']}")) == 3


def test_an_expression_without_a_value_is_an_error_of_the_contract() -> None:
    with pytest.raises(TemplateError, match=r"\$\{items\[9\]\} has no value here: "):
        compiled("${items[9]}").render(NAMES)
    with pytest.raises(TemplateError, match=r"binary"):
        compiled("x${items}").render({"items": [b"x"]})


@pytest.mark.parametrize(("text", "value"), [("n == 3", True), ("true", True), ("7", 7), ("'\"a\"'", "a")])
def test_an_expression_stands_without_braces(text: str, value: object) -> None:
    problems = Problems()
    expression = compile_expression(parse(text, "f"), ENVIRONMENT, problems)
    assert expression is not None
    assert expression.evaluate(NAMES) == value
    assert not problems.found


@pytest.mark.parametrize("text", ["{a: b}", "[n]", "~", "1.5"])
def test_what_is_no_expression(text: str) -> None:
    problems = Problems()
    assert compile_expression(parse(text, "f"), ENVIRONMENT, problems) is None
    assert [one.message for one in problems.found] == ["an expression is expected here"]


def test_the_place_of_an_unknown_name_in_a_folded_expression_is_in_its_line() -> None:
    problems = Problems()
    compile_expression(parse(">-\n  n ==\n  nn", "f"), ENVIRONMENT, problems)
    (problem,) = problems.found
    assert (problem.span.line, problem.span.column) == (3, 3)


def test_a_condition_must_be_able_to_be_true() -> None:
    problems = Problems()
    assert compile_condition(parse("n", "f"), ENVIRONMENT, problems) is not None
    assert not problems.found
    compile_condition(parse("size(items)", "f"), ENVIRONMENT, problems)
    assert [one.message for one in problems.found] == ["this expression is neither true nor false"]


def test_a_text_must_be_one() -> None:
    problems = Problems()
    assert compile_text(parse("/x/${n}", "f"), "'path'", ENVIRONMENT, problems).render(NAMES) == "/x/3"
    compile_text(parse("3", "f"), "'path'", ENVIRONMENT, problems)
    assert [one.message for one in problems.found] == ["'path' must be a text; found 3"]
