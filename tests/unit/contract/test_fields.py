from __future__ import annotations

import json

import pytest

from harness.contract.fields import Fields, check_title, entries, is_name, one_or_more, text
from harness.contract.problems import Problems
from harness.contract.source import parse, plain


def told(problems: Problems) -> list[str]:
    return [problem.message for problem in problems.found]


def test_keys_that_nobody_took_are_unknown_ones() -> None:
    problems = Problems()
    fields = Fields(parse("{from: a, withn: 1s}", "f"), "a deadline", problems)
    fields.take("from")
    fields.take("within")
    fields.done()
    (problem,) = problems.found
    assert (problem.message, problem.hint) == ("unknown key 'withn'", "here: from, within. Did you mean 'within'?")
    assert problem.span.column == 11


def test_a_required_key_that_is_missing_is_told() -> None:
    problems = Problems()
    assert Fields(parse("{}", "f"), "a request", problems).need("path") is None
    assert told(problems) == ["a request needs 'path'"]


def test_what_is_no_map_is_told_once_however_much_is_needed() -> None:
    problems = Problems()
    fields = Fields(parse("[1]", "f"), "a request", problems)
    assert (fields.need("path"), fields.text("method", required=True), fields.seconds("within")) == (None, None, 0.0)
    fields.done()
    assert told(problems) == ["a request is expected here, a map; found a list"]


@pytest.mark.parametrize(
    ("value", "seconds", "problem"),
    [
        ("2s", 2.0, None),
        ("0s", 0.0, "'within' must be longer than nothing; found '0s'"),
        ("-1s", 0.0, "'within' must be a duration such as 500ms, 5s or 1m; found '-1s'"),
        ("2", 0.0, "'within' must be a duration such as 500ms, 5s or 1m; found 2"),
        ("[2s]", 0.0, "'within' must be a duration such as 500ms, 5s or 1m; found a list"),
    ],
)
def test_durations(value: str, seconds: float, problem: str | None) -> None:
    problems = Problems()
    assert Fields(parse(f"within: {value}", "f"), "it", problems).seconds("within") == seconds
    assert told(problems) == ([] if problem is None else [problem])


def test_only_what_could_be_meant_as_text_gets_the_hint_to_quote_it() -> None:
    problems = Problems()
    assert text(parse("a", "f"), "'title'", problems) == "a"
    assert [text(parse(value, "f"), "'title'", problems) for value in ("3", "{}", "~")] == [None, None, None]
    assert [bool(problem.hint) for problem in problems.found] == [True, False, False]
    assert told(problems)[1] == "'title' must be a text; found a map"


def test_entries_and_items() -> None:
    problems = Problems()
    assert [key for key, _, _ in entries(parse("{a: 1, b: 2}", "f"), "'x'", problems)] == ["a", "b"]
    assert entries(None, "'x'", problems) == ()
    assert not told(problems)
    assert entries(parse("[a]", "f"), "'x'", problems) == ()
    assert told(problems) == ["'x' must be a map of names; found a list"]
    assert [plain(node) for node in one_or_more(parse("[1, 2]", "f"))] == [1, 2]
    assert [plain(node) for node in one_or_more(parse("1", "f"))] == [1]


@pytest.mark.parametrize("name", ["job_id", "_", "inn", "A1"])
def test_names_that_expressions_can_use(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["a-b", "1a", "", "in", "loop", "caf\u00e9", "a\n", "a.b"])
def test_names_that_expressions_cannot_use(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize("name", ["connects-late", "two words", "ünï.cöde", "404", "a:b"])
def test_a_title_may_be_almost_anything(name: str) -> None:
    problems = Problems()
    check_title(name, "a case", parse("x", "f").span, problems)
    assert told(problems) == []


@pytest.mark.parametrize("name", ["a/b", "", " a", "a ", "a\nb", "a\u2028b", "a\0"])
def test_a_title_that_no_command_could_be_given_is_told(name: str) -> None:
    problems = Problems()
    assert entries(parse(json.dumps({name: 1}), "f"), "'cases'", problems, "a case")
    assert told(problems) == [f"a case cannot be called {name!r}"]
