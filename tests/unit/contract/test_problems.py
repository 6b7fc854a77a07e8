from __future__ import annotations

from harness.contract.problems import MAX_SHOWN, ContractError, Document, Problem, Problems, Span, did_you_mean

DOCUMENT = Document("c.yaml", ("first", "\tsecond", "third"))


def test_a_problem_shows_its_line_with_a_caret_and_its_hint() -> None:
    problem = Problem(Span(DOCUMENT, 2, 2, 6), "wrong", "do this")
    assert str(problem) == "c.yaml:2:2: wrong\n    2 | \tsecond\n      | \t^^^^^^\n  do this"


def test_a_caret_stays_within_its_line() -> None:
    assert str(Problem(Span(DOCUMENT, 1, 4, 99), "wrong")).endswith("| first\n      |    ^^")
    assert str(Problem(Span(DOCUMENT, 1, 6), "wrong")).endswith("| first\n      |      ^")
    assert str(Problem(Span(DOCUMENT, 9, 1), "wrong")) == "c.yaml:9:1: wrong"


def test_a_caret_stands_below_characters_of_any_width() -> None:
    document = Document("c.yaml", ("e\u0301 \u5b57: \u5b57\u5b57x",))
    assert str(Problem(Span(document, 1, 7, 2), "wrong")).splitlines()[2] == "      |       ^^^^"
    assert str(Problem(Span(document, 1, 9), "wrong")).splitlines()[2] == "      |           ^"


def test_what_cannot_be_shown_is_not_sent_to_a_terminal() -> None:
    document = Document("c.yaml", ("a\x1b[31m\0b",))
    assert str(Problem(Span(document, 1, 9), "wrong")).splitlines()[1:] == [
        "    1 | a\ufffd[31m\ufffdb", "      |         ^",
    ]  # fmt: skip


def test_of_a_very_long_line_the_part_around_the_caret_is_shown() -> None:
    document = Document("c.yaml", ("x" * 5000 + "here" + "y" * 5000,))
    place, line, caret = str(Problem(Span(document, 1, 5001, 4), "wrong")).splitlines()
    assert place == "c.yaml:1:5001: wrong"
    assert len(line) < MAX_SHOWN + 10
    assert line[caret.index("^") : caret.rindex("^") + 1] == "here"


def test_problems_are_told_in_the_order_of_the_files_and_once() -> None:
    other = Document("b.yaml", ("x",))
    spans = [Span(DOCUMENT, 3, 1), Span(DOCUMENT, 1, 5), Span(DOCUMENT, 1, 2), Span(other, 9, 9), Span(DOCUMENT, 1, 5)]
    error = ContractError(Problem(span, "wrong", f"hint {number}") for number, span in enumerate(spans))
    found = [(one.span.document.file, one.span.line, one.span.column, one.hint) for one in error.problems]
    assert found == [
        ("b.yaml", 9, 9, "hint 3"), ("c.yaml", 1, 2, "hint 2"), ("c.yaml", 1, 5, "hint 1"), ("c.yaml", 3, 1, "hint 0"),
    ]  # fmt: skip
    assert str(error).count("wrong") == 4


def test_two_problems_of_one_place_are_both_told_as_they_were_found() -> None:
    error = ContractError([Problem(Span(DOCUMENT, 1, 1), "zebra"), Problem(Span(DOCUMENT, 1, 1), "ant")])
    assert [one.message for one in error.problems] == ["zebra", "ant"]


def test_nothing_is_raised_while_nothing_is_wrong() -> None:
    Problems().raise_any()


def test_the_nearest_name_is_offered() -> None:
    assert did_you_mean("progres", ["init", "progress"]) == "here: init, progress. Did you mean 'progress'?"
    assert did_you_mean("doen", ["done", "open"]) == "here: done, open. Did you mean 'done'?"
    assert did_you_mean("xyz", ["init"]) == "here: init."
    assert did_you_mean("xyz", []) == "here: none."
