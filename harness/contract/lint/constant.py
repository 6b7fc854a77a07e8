"""Clauses that cannot fail, whatever the service does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.lint.findings import Finding, Level
from harness.contract.lint.walk import relations
from harness.contract.problems import Problem
from harness.expressions.cel import EvaluationError, comparison
from harness.temporal.deadlines import Deadline
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, END, OPEN, REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.lint.subject import Subject
    from harness.contract.model import Case
    from harness.expressions.cel import Expression

_SIZE = re.compile(r"size\(.*\)|\S+\.size\(\)", re.DOTALL)
_NEVER_FAILS = {(">=", "0"), (">", "-1")}
_MIRRORED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}


def check_constant(subject: Subject) -> Iterator[Finding]:
    """Conditions that hold, or are never judged, whatever comes; deadlines that are met before they run."""
    case = subject.case
    for relation in relations(case):
        told = _cannot_fail(relation.expect, case)
        if told:
            yield _warning(subject, relation.expect, f"{relation.clause} cannot fail: {told}")
        if relation.when is not None and _constant(relation.when) is False:
            yield _warning(subject, relation.when, f"{relation.clause} is never judged: 'when' is never true")
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
    sides = comparison(expression.source)
    if sides is None:
        return ""
    left, operator, right = sides
    if left == right and operator in ("==", "<=", ">="):
        return "both sides are the same"
    if _SIZE.fullmatch(right):
        left, operator, right = right, _MIRRORED.get(operator, operator), left
    if _SIZE.fullmatch(left) and (operator, right) in _NEVER_FAILS:
        return "no size is below 0"
    return ""


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
