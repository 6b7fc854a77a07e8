"""Clauses that cannot fail, whatever the service does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.contract.lint.findings import Finding, Level
from harness.contract.lint.walk import relations
from harness.contract.problems import Problem
from harness.expressions.cel import EvaluationError, blanked, comparison
from harness.temporal.deadlines import Deadline
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, END, OPEN, REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.lint.subject import Subject
    from harness.contract.model import Case
    from harness.expressions.cel import Expression

_SIZE = re.compile(r"size\(.*\)|\S+\.size\(\)", re.DOTALL)
_NEVER_FAILS = {(">=", "0"), (">", "-1")}
_NEVER_HOLDS = {("<", "0"), ("<=", "-1"), ("==", "-1")}
_MIRRORED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}


def check_constant(subject: Subject) -> Iterator[Finding]:
    """Conditions that hold, or are never judged, whatever comes; deadlines that are met before they run."""
    case = subject.case
    for relation in relations(case):
        told = _cannot_fail(relation.expect, case)
        if told:
            yield _warning(subject, relation.expect, f"{relation.clause} cannot fail: {told}")
        never = _never(relation.when) if relation.when is not None else ""
        if never and relation.when is not None:
            yield _warning(subject, relation.when, f"{relation.clause} is never judged: {never}")
    for timed in case.timed:
        first = _met_before(timed, case) if isinstance(timed, Deadline) else ""
        if first:
            told = f"{timed.clause} cannot fail: {first}"
            span = subject.at(timed.place, len(timed.clause.partition("/")[2]))
            yield Finding("cannot-fail", Level.WARNING, Problem(span, told))


def _warning(subject: Subject, expression: Expression, told: str) -> Finding:
    return Finding("cannot-fail", Level.WARNING, Problem(subject.whole(expression), told))


def _cannot_fail(expression: Expression, case: Case) -> str:
    """Why the condition holds whatever the service does; empty if it need not."""
    if _constant(expression) is True:
        return "it is always true"
    if expression.roots and expression.roots <= {*case.inputs, *case.fresh}:
        return "it is about what was drawn, not about what the service did"
    return _always(expression.source)


@lru_cache(maxsize=1024)
def _always(source: str) -> str:
    """Why a condition, or one of several of which one is enough, holds whatever comes; empty if it need not."""
    parts = _alternatives(source)
    if len(parts) > 1:
        return next((f"`{part}` is enough, and always true" for part in parts if part == "true" or _always(part)), "")
    sides = comparison(source)
    if sides is None:
        return ""
    left, operator, right = _size_first(*sides)
    if left == right and operator in ("==", "<=", ">="):
        return "both sides are the same"
    return "no size is below 0" if _SIZE.fullmatch(left) and (operator, right) in _NEVER_FAILS else ""


def _alternatives(source: str) -> list[str]:
    """The parts of a condition between each `||` that is in no brackets; the whole if `?` chooses between two."""
    blank, depth, parts, start = blanked(source), 0, [], 0
    for at, character in enumerate(blank):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character == "?":
            return [source]
        if depth == 0 and blank.startswith("||", at):
            parts.append(source[start:at].strip())
            start = at + 2
    return [*parts, source[start:].strip()]


def _never(expression: Expression) -> str:
    """Why the condition never holds; empty if it may."""
    sides = comparison(expression.source)
    if _constant(expression) is False or sides is None:
        return "'when' is never true" if _constant(expression) is False else ""
    left, operator, right = _size_first(*sides)
    if left == right and operator in ("!=", "<", ">"):
        return "both sides of 'when' are the same"
    return "no size is below 0, as 'when' asks" if _SIZE.fullmatch(left) and (operator, right) in _NEVER_HOLDS else ""


def _size_first(left: str, operator: str, right: str) -> tuple[str, str, str]:
    return (right, _MIRRORED.get(operator, operator), left) if _SIZE.fullmatch(right) else (left, operator, right)


def _constant(expression: Expression) -> bool | None:
    """Its value, if it is one that no name can change."""
    if expression.roots:
        return None
    try:
        return expression.holds({})
    except EvaluationError:
        return None


def _met_before(deadline: Deadline, case: Case) -> str:
    """Why it is met before its time runs; empty if it need not be."""
    for to in deadline.to:
        for start in deadline.start:
            if to == start:
                return f"{to!r} starts it and meets it"
            if (to, start) in _FIRST or (to == OPEN and _comes_over_the_socket(start, case)):
                return f"{to!r} always comes before {start!r}"
            if to == ACCEPTED and not case.client.before_request and start in (CONNECT, OPEN):
                return f"{to!r} always comes before {start!r}, for the client connects after it"
    if deadline.or_end and not {END, CLOSE}.isdisjoint(deadline.start):
        return "with or_end the end meets it, and the end starts it"
    return ""


_FIRST = {(REQUEST, ACCEPTED), (CONNECT, OPEN), (CONNECT, END), (CONNECT, CLOSE), (OPEN, END), (OPEN, CLOSE)}
"""Of each pair, what comes first in every job."""


def _comes_over_the_socket(point: str, case: Case) -> bool:
    return case.socket is not None and (point in case.socket.kinds or point in case.socket.sends)
