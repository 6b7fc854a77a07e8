"""Fields that an input, an answer or a message never has, and types that do not fit, in expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.complaints import complaint
from harness.contract.lint.findings import Finding, Level
from harness.contract.lint.paths import follow, items_of
from harness.contract.problems import Problem, did_you_mean
from harness.expressions.cel import Environment, ExpressionError
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Names

    from harness.contract.lint.known import Known
    from harness.contract.lint.paths import Typed, Unknown
    from harness.contract.lint.subject import Subject
    from harness.contract.lint.walk import Use
    from harness.contract.model import Socket
    from harness.expressions.cel import Expression
    from harness.trace.events import Json

_MESSAGE = ("msg", "prev")
_LOOKING_BACK = ("last", "all", "sent")
_OF_THE_SOCKET = (*_MESSAGE, *_LOOKING_BACK)
_NAMED_IN_TEXT = re.compile(r"""(["'])(?P<before>\w+)\1\s+in\s+(?P<of>last|all|sent)\b(?!\.)""")
_INDEXED = re.compile(r"""\b(?P<of>last|all|sent)\[\s*(["'])(?P<name>\w+)\2\s*\]""")
_NUMBERS = {"int", "double", "uint"}
_ARITHMETIC = ("+", "-", "*", "/", "%")
_EQUALITY = ("==", "!=")
# Patterns, compiled once a type does not fit.
_OVERLOAD = r"for '_?@?(?P<operator>[^']+?)_?' applied to '\((?P<types>.*)\)'"
_NO_FIELDS = r"expression of type '(\w+)\b.*' cannot be the operand of a select operation"
_TYPES = {"list": "a list", "string": "a text", "int": "a number", "bool": "true or false"}


class _Typed(NamedTuple):
    """An expression of which something has a known type.

    Attributes:
        use: it.
        subject: the case in which it stands.
        source: the same with a name for each path whose type is known.
        schemas: of all names in it, as far as they tell a type.
    """

    use: Use
    subject: Subject
    source: str
    schemas: dict[str, Json]


class _Checked:
    """What was checked already, in the cases before."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._seen: set[tuple[object, ...]] = set()
        self._checked: set[tuple[object, ...]] = set()
        self._told: dict[int, tuple[Json, str]] = {}

    def is_seen(self, use: Use, here: Names[str, Json], socket: Socket | None) -> bool:
        """Whether this very use was looked at with these very schemas; that of messages goes with those of `last`."""
        roots = use.expression.roots
        if use.loops:
            roots = roots.union(*(over.roots for _, over in use.loops))
        of_socket = [id(here["last"])] if not roots.isdisjoint(_OF_THE_SOCKET) else []
        sends = tuple(socket.sends) if socket is not None and "sent" in roots else ()
        same = (id(use), sends, *of_socket, *[id(here.get(root)) for root in roots])
        is_seen = same in self._seen
        self._seen.add(same)
        return is_seen

    def is_new(self, use: Use, schemas: Names[str, Json], socket: Socket | None) -> bool:
        """Whether the expression, as it stands there, has not been checked with the same knowledge of its names yet."""
        roots = use.expression.roots
        looks_back = socket is not None and not roots.isdisjoint(_LOOKING_BACK)
        names = (tuple(socket.kinds), tuple(socket.sends)) if socket is not None and looks_back else ()
        known = frozenset((root, self._text(schemas[root])) for root in roots if root in schemas)
        one = (use.expression.source, use.expression.place, known, names)
        is_new = one not in self._checked
        self._checked.add(one)
        return is_new

    def _text(self, schema: Json) -> str:
        """What tells the schema apart from others."""
        if self._known.made(schema):
            return str(id(schema))
        if id(schema) not in self._told:
            self._told[id(schema)] = (schema, repr(schema))  # kept, so that no other gets its identity
        return self._told[id(schema)][1]


def check_values(subjects: Iterable[Subject], known: Known) -> Iterator[Finding]:
    """Every expression of the cases against what is known of its names."""
    typed: list[_Typed] = []
    for use, schemas, subject in _once_each(subjects, known):
        unknown, paths = follow(use.expression.source, schemas)
        wrong = [_unknown(one, use.expression, subject) for one in unknown if one.certain or one.is_near]
        yield from wrong
        yield from _kinds_in_texts(use.expression, subject)
        if paths and not wrong and (use.condition or use.counted or not use.expression.is_path):
            typed.append(_as_names(use, subject, schemas, paths))
    names = {name: schema for one in typed for name, schema in one.schemas.items()}
    shared = Environment(names, names)
    for one in typed:
        agrees = all(names[name] == schema for name, schema in one.schemas.items())
        yield from _check_types(one, shared if agrees else Environment(one.schemas, one.schemas))


def _once_each(subjects: Iterable[Subject], known: Known) -> Iterator[tuple[Use, Names[str, Json], Subject]]:
    """Each expression that has not been checked so yet, with what is known of its names."""
    checked = _Checked(known)
    for subject in subjects:
        socket = subject.case.socket
        here: Names[str, Json] = {**known.of_case(subject.case), **subject.schemas}
        for use in subject.uses:
            if checked.is_seen(use, here, socket):
                continue
            schemas = here
            if not use.expression.roots.isdisjoint(_MESSAGE):
                schemas = {**here, **known.of_message(socket, use.points)}
            if use.loops:
                schemas = _in_loops(use, schemas)
            if checked.is_new(use, schemas, socket):
                yield use, schemas, subject


def _in_loops(use: Use, schemas: Names[str, Json]) -> Names[str, Json]:
    """What is known inside of the loops that the expression stands in."""
    inside = dict(schemas)
    for name, over in use.loops:
        inside[name] = items_of(over.source, inside)
    return inside


def _unknown(step: Unknown, expression: Expression, subject: Subject) -> Finding:
    span = subject.inside(expression, step.offset, len(step.name))
    if step.known is None:
        hint = "an element of it is meant, such as the first, [0]?" if "array" in step.what else ""
        return _error("unknown-field", Problem(span, f"there is no {step.name!r} in {_kind(step.what)}", hint))
    hint = did_you_mean(step.name, step.known)
    if step.certain:
        told = f"there is no field {step.name!r} here"
        if step.is_asked:
            return Finding("unknown-field", Level.WARNING, Problem(span, f"{told}, so has() is always false", hint))
        return _error("unknown-field", Problem(span, told, hint))
    return Finding("unknown-field", Level.WARNING, Problem(span, f"the schema names no field {step.name!r}", hint))


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


def _check_types(typed: _Typed, environment: Environment) -> Iterator[Finding]:
    use, expression, subject = typed.use, typed.use.expression, typed.subject
    try:
        compiled = environment.compile(typed.source)
    except ExpressionError as error:
        problem = _type_problem(error, expression, subject)
        if problem is not None:
            yield _error("types", problem)
        return
    if use.condition and expression.may_be_bool and not compiled.may_be_bool:
        told = "this expression is neither true nor false"
        yield _error("types", Problem(subject.whole(expression), told, "compare it with something"))
    if use.counted and not compiled.may_be_counted:
        told = "a loop goes over a list, or over 0, 1, ... below a number; this is neither"
        yield _error("types", Problem(subject.whole(expression), told))


def _as_names(use: Use, subject: Subject, schemas: Names[str, Json], paths: Iterable[Typed]) -> _Typed:
    """The expression with each path of a known type as a name of that type, as long as the path.

    The compiler knows the types of names, not those of a map's fields.
    """
    source, roots = use.expression.source, use.expression.roots
    names = {root: _type_in(schemas.get(root)) for root in roots}
    for start, end, schema in paths:
        name = re.sub(r"\W", "_", source[start:end])
        if name not in use.expression.source:
            source = source[:start] + name + source[end:]
            names[name] = _type_in(schema)
    return _Typed(use, subject, source, names)


def _type_in(schema: Json) -> Json:
    """As much of a schema as the compiler makes something of."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    inner = {"array": "items", "object": "additionalProperties"}.get(kind) if isinstance(kind, str) else None
    return {"type": kind} if inner is None else {"type": kind, inner: _type_in(schema.get(inner))}


def _type_problem(error: ExpressionError, expression: Expression, subject: Subject) -> Problem | None:
    """What the types make wrong; None if it compares what a run can compare."""
    overload = re.search(_OVERLOAD, error.problem)
    operator = overload["operator"] if overload is not None else ""
    mixes_numbers = overload is not None and {*overload["types"].split(", ")} <= _NUMBERS
    if (mixes_numbers and operator not in _ARITHMETIC) or (operator in _EQUALITY and "null_type" in error.problem):
        return None
    lines = expression.source.split("\n")[: error.line]
    offset = sum(len(line) + 1 for line in lines[:-1]) + error.column - 1
    fields = re.search(_NO_FIELDS, error.problem)
    if fields is not None:
        told, hint = f"{_TYPES.get(fields.group(1), fields.group(1))} has no fields", ""
        if fields.group(1) == "list":
            hint = "an element of it is meant, such as the first, [0], or the newest message, last.KIND?"
    else:
        told, hint = complaint(_in_words(error.problem), expression.source, error.column)
        if mixes_numbers:
            hint = "write double(...) around the whole number"
    at = min(offset, len(expression.source) - 1)
    length = len(operator) if operator and expression.source.startswith(operator, at) else 1
    return Problem(subject.inside(expression, at, length), told, hint)


def _in_words(problem: str) -> str:
    """The compiler's words for types in those of contracts."""
    problem = re.sub(r"map\(string, (?:[^()]|\([^()]*\))*\)", "object", problem)
    return re.sub(r"list\((?:[^()]|\([^()]*\))*\)", "list", problem).replace("null_type", "null")


def _kind(what: str) -> str:
    names = {"array": "a list", "string": "a text", "integer": "a number", "number": "a number", "null": "null"}
    return " or ".join(names.get(one, one) for one in what.split(" or "))


def _error(check: str, problem: Problem) -> Finding:
    return Finding(check, Level.ERROR, problem)
