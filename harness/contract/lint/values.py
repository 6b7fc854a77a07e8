"""Fields that an input, an answer or a message never has, and types that do not fit, in expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.complaints import complaint
from harness.contract.fields import is_variable
from harness.contract.lint.findings import Finding, Level
from harness.contract.lint.paths import follow, items_of
from harness.contract.problems import Problem, did_you_mean
from harness.expressions.cel import Environment, ExpressionError
from harness.trace.events import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Names

    from harness.contract.lint.subject import Subject
    from harness.contract.lint.walk import Use
    from harness.contract.model import Socket
    from harness.expressions.cel import Expression
    from harness.trace.events import Json

_MESSAGE: Json = {"type": "object"}
_MESSAGES: Json = {"type": "array", "items": _MESSAGE}
ANSWER: Json = {
    "type": "object",
    "properties": {"status": {"type": "integer"}, "headers": {"type": "object"}, "body": {}},
    "additionalProperties": False,
}
_OF_MESSAGES: dict[str, Json] = {
    "msg": _MESSAGE,
    "prev": _MESSAGE,
    "last": {"type": "object", "additionalProperties": _MESSAGE},
    "all": {"type": "object", "additionalProperties": _MESSAGES},
    "sent": {"type": "object", "additionalProperties": {"type": "array"}},
}
_LOOKING_BACK = ("last", "all", "sent")
_NAMED_IN_TEXT = re.compile(r"""(["'])(?P<before>\w+)\1\s+in\s+(?P<of>last|all|sent)\b(?!\.)""")
_INDEXED = re.compile(r"""\b(?P<of>last|all|sent)\[\s*(["'])(?P<name>\w+)\2\s*\]""")
_NUMBERS = {"int", "double", "uint"}
_OVERLOAD = re.compile(r"applied to '\((\w+), (\w+)\)'")
_NO_FIELDS = re.compile(r"expression of type '(\w+)\b.*' cannot be the operand of a select operation")
_TYPES = {"list": "a list", "string": "a text", "int": "a number", "bool": "true or false"}


class Typing:
    """What was checked already, in the cases before."""

    def __init__(self) -> None:
        self._checked: set[tuple[object, ...]] = set()
        self._told: dict[int, tuple[Json, str]] = {}

    def is_new(self, use: Use, schemas: Names[str, Json], socket: Socket | None) -> bool:
        """Whether the expression, as it stands there, has not been checked with the same knowledge of its names yet."""
        expression = use.expression
        known = frozenset((root, self._text(schemas[root])) for root in expression.roots if root in schemas)
        looks_back = socket is not None and not expression.roots.isdisjoint(_LOOKING_BACK)
        names = (tuple(socket.kinds), tuple(socket.sends)) if socket is not None and looks_back else ()
        one = (expression.source, expression.place, known, names)
        is_new = one not in self._checked
        self._checked.add(one)
        return is_new

    def _text(self, schema: Json) -> str:
        """What tells the schema apart from others."""
        if id(schema) not in self._told:
            self._told[id(schema)] = (schema, repr(schema))  # kept, so that no other gets its identity
        return self._told[id(schema)][1]


def check_values(subject: Subject, typing: Typing) -> Iterator[Finding]:
    """Every expression of the case against what is known of its names."""
    case = subject.case
    asides = (*case.before, *case.afterwards, *case.actions)
    answers = dict.fromkeys((ACCEPTED, REFUSED, *(aside.name for aside in asides)), ANSWER)
    schemas = {**answers, **_OF_MESSAGES, **subject.schemas}
    for use in subject.uses:
        here = _in_loops(use, schemas)
        if typing.is_new(use, here, case.socket):
            yield from _check_use(use, subject, here)


def _in_loops(use: Use, schemas: Names[str, Json]) -> Names[str, Json]:
    """What is known inside of the loops that the expression stands in."""
    if not use.loops:
        return schemas
    inside = dict(schemas)
    for name, over in use.loops:
        inside[name] = items_of(over.source, inside)
    return inside


def _check_use(use: Use, subject: Subject, schemas: Names[str, Json]) -> Iterator[Finding]:
    expression = use.expression
    wrong, typed = follow(expression.source, schemas)
    for unknown in wrong:
        span = subject.inside(expression, unknown.offset, len(unknown.name))
        if unknown.known is None:
            told = f"there is no {unknown.name!r} in {_kind(unknown.what)}"
            hint = "an element of it is meant, such as the first, [0]?" if "array" in unknown.what else ""
            yield _error("unknown-field", Problem(span, told, hint))
        else:
            told = f"there is no field {unknown.name!r} here"
            yield _error("unknown-field", Problem(span, told, did_you_mean(unknown.name, unknown.known)))
    yield from _kinds_in_texts(expression, subject)
    if typed and not wrong:
        yield from _check_types(use, subject, schemas)


def _kinds_in_texts(expression: Expression, subject: Subject) -> Iterator[Finding]:
    """Kinds and sent messages that are named as texts: `"done" in last`, `all["done"]`."""
    socket = subject.case.socket
    if socket is None or not expression.roots.intersection(_LOOKING_BACK):
        return
    for match in (*_NAMED_IN_TEXT.finditer(expression.source), *_INDEXED.finditer(expression.source)):
        group = "before" if match.re is _NAMED_IN_TEXT else "name"
        known = socket.sends if match["of"] == "sent" else socket.kinds
        if match[group] not in known:
            what = "sent message" if match["of"] == "sent" else "kind"
            span = subject.inside(expression, match.start(group), len(match[group]))
            hint = did_you_mean(match[group], known)
            yield _error("unknown-kind", Problem(span, f"unknown {what} {match[group]!r}", hint))


def _check_types(use: Use, subject: Subject, schemas: Names[str, Json]) -> Iterator[Finding]:
    expression = use.expression
    try:
        typed = Environment(expression.names.union(filter(is_variable, schemas)), schemas).compile(expression.source)
    except ExpressionError as error:
        problem = _type_problem(error, expression, subject)
        if problem is not None:
            yield _error("types", problem)
        return
    if use.condition and expression.may_be_bool and not typed.may_be_bool:
        told = "this expression is neither true nor false"
        yield _error("types", Problem(subject.whole(expression), told, "compare it with something"))
    if use.counted and not typed.may_be_counted:
        told = "a loop goes over a list, or over 0, 1, ... below a number; this is neither"
        yield _error("types", Problem(subject.whole(expression), told))


def _type_problem(error: ExpressionError, expression: Expression, subject: Subject) -> Problem | None:
    """What the types make wrong; None if it compares numbers of two types, which a run can."""
    pair = _OVERLOAD.search(error.problem)
    if pair is not None and {*pair.groups()} <= _NUMBERS and not re.search(r"_[-+*/%]_", error.problem):
        return None
    lines = expression.source.split("\n")[: error.line]
    offset = sum(len(line) + 1 for line in lines[:-1]) + error.column - 1
    fields = _NO_FIELDS.search(error.problem)
    if fields is not None:
        told, hint = f"{_TYPES.get(fields.group(1), fields.group(1))} has no fields", ""
        if fields.group(1) == "list":
            hint = "an element of it is meant, such as the first, [0], or the newest message, last.KIND?"
    else:
        told, hint = complaint(_in_words(error.problem), expression.source, error.column)
        if pair is not None and {*pair.groups()} <= _NUMBERS:
            hint = "write double(...) around the whole number"
    return Problem(subject.inside(expression, min(offset, len(expression.source) - 1), 1), told, hint)


def _in_words(problem: str) -> str:
    """The compiler's words for types in those of contracts."""
    problem = re.sub(r"map\(string, (?:[^()]|\([^()]*\))*\)", "object", problem)
    return re.sub(r"list\((?:[^()]|\([^()]*\))*\)", "list", problem).replace("null_type", "null")


def _kind(what: str) -> str:
    names = {"array": "a list", "string": "a text", "integer": "a number", "number": "a number", "null": "null"}
    return " or ".join(names.get(one, one) for one in what.split(" or "))


def _error(check: str, problem: Problem) -> Finding:
    return Finding(check, Level.ERROR, problem)
