"""What the expression compiler says of an expression, in the words of this project."""

from __future__ import annotations

import re

# Patterns, compiled once there is something to complain of.
_UNEXPECTED = r"(?:mismatched|extraneous) input '(.*)' expecting|no viable alternative at input '(.*)'"
_MISSING = r"missing (.+) at '(.*)'"
_TOKEN = r"(?s)token recognition error at: '(.*)"
_OVERLOAD = r"found no matching overload for '(.+)' applied to '(?:.*\.)?\((.*)\)'"
_END = "<EOF>"
_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "=="}
_TOO_SOON = "the expression ends too soon"


def complaint(told: str, source: str, column: int) -> tuple[str, str]:
    """What is wrong with the expression, and what to do; the latter may be empty.

    Args:
        told: the compiler's own words.
        source: the expression.
        column: 1-based, where the compiler gave up.
    """
    if not source.strip():
        return "the expression is empty", ""
    if "recursion limit" in told:
        return "the expression is nested too deeply", "make it two clauses"
    unexpected = re.search(_UNEXPECTED, told)
    if unexpected is not None:
        return _unexpected(unexpected.group(1) or unexpected.group(2), source, column)
    missing = re.search(_MISSING, told)
    if missing is not None:
        what, before = missing.groups()
        return (f"{_TOO_SOON}, {what} is missing" if before == _END else f"{what} is missing before {before!r}"), ""
    token = re.search(_TOKEN, told)
    if token is not None:
        return _token(token.group(1).removesuffix("'").strip())
    overload = re.search(_OVERLOAD, told)
    if overload is not None:
        return f"{overload.group(1).strip('_@')!r} cannot be used with ({overload.group(2)})", ""
    return f"this expression cannot be used: {told}", ""


def _unexpected(found: str, source: str, column: int) -> tuple[str, str]:
    if found == _END or column > len(source.rstrip()):
        return _TOO_SOON, ""
    before = source[: column - 1].split()[-1:]
    word = next((word for word in (found, *before) if word in _WORDS), None)
    return f"{found!r} is not expected here", f"for {word!r}, write {_WORDS[word]}" if word is not None else ""


def _token(found: str) -> tuple[str, str]:
    if found.startswith(("'", '"')):
        if "\\" in found:
            return "this text is not closed, or has an escape that there is not", "a backslash itself is written \\\\"
        return "this text is never closed", ""
    return f"{found!r} is not expected here", "to compare, write ==" if found == "=" else ""
