"""What PyYAML says of a text that is no YAML, in the words of this project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.problems import Problem, Span

if TYPE_CHECKING:
    import yaml

    from harness.contract.problems import Document

QUOTE_IT = "if this is one expression or text, put it between single quotes"
_NO_KEY = "this ':' makes what stands before it a key, and no key can stand here"
_IN_FLOW = "inside {...} and [...] an expression stands between quotes, '...'"
_TEMPLATE = 'inside {...} and [...] a template stands between quotes: "${...}"'
# Patterns, compiled once there is a mistake.
_ALIAS = r"found undefined alias '(.*)'"
_CANNOT_START = r"(?s)found character '(.*)' that cannot start any token"
_KEY_ALONE = r"\s*[\w.-]+\s*"


def syntax_problem(document: Document, error: yaml.MarkedYAMLError) -> Problem:
    """What is wrong, where, and what to do about it."""
    problem, context = error.problem or error.context or "it cannot be read", str(error.context)
    mark, began = error.problem_mark or error.context_mark, error.context_mark
    if began is not None and ("end of stream" in problem or "could not find expected ':'" in problem):
        mark = began  # what is wrong is not where the file ends, but where this began
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    above = began.line + 1 if began is not None and began.line + 1 < line else 0
    if mark is began and "quoted scalar" in context:
        told, hint = "this quote is never closed", ""
    elif problem == "expected <block end>, but found '<block mapping start>'" and above and began is not None:
        told = f"this line is indented by {column - 1}, the block around it by {began.column}"
        hint = f"that block begins in line {above}; give all its lines the same indentation"
    elif context.startswith("while parsing a flow") and mark is not began:
        told = problem
        hint = (
            _TEMPLATE if "but got '{'" in problem else f"is what opens in line {above} closed?" if above else _IN_FLOW
        )
    else:
        told, hint = _in_words(problem, _before(document, line, column))
    alias = re.search(_ALIAS, problem)
    return Problem(Span(document, line, column, len(alias[1]) + 1 if alias else 1), f"this is no YAML: {told}", hint)


def _in_words(problem: str, before: str) -> tuple[str, str]:
    """What is wrong and what to do, where `before` stands before it in its line."""
    if "'\\t'" in problem:
        return "a line cannot begin with a tab", "indent with spaces"
    if "mapping values are not allowed" in problem and re.fullmatch(_KEY_ALONE, before):
        return _NO_KEY, "give the keys of one map the same indentation, or put the value above between quotes"
    if "mapping values are not allowed" in problem:
        return _NO_KEY, QUOTE_IT
    if "expected <block end>" in problem:
        return "the value before this is complete, and more follows it", QUOTE_IT
    if "found another document" in problem:
        return "a second document begins here", "one file is one contract"
    alias = re.search(_ALIAS, problem)
    if alias is not None:
        return f"there is no anchor &{alias[1]} for which *{alias[1]} could stand", QUOTE_IT
    character = re.search(_CANNOT_START, problem)
    if character is not None:
        return f"a value cannot begin with {character[1]!r}", QUOTE_IT
    return problem, ""


def _before(document: Document, line: int, column: int) -> str:
    return document.lines[line - 1][: column - 1] if line <= len(document.lines) else ""
