"""Templates: JSON in which `${expression}` stands for a value.

A text that is one lone `${...}` becomes the expression's value with its type (a list, a number, bytes); inside a
longer text the value is written into it. `$${` stands for `${` itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from harness.contract.complaints import complaint
from harness.contract.fields import text
from harness.contract.locating import beginning, piece
from harness.contract.problems import did_you_mean
from harness.contract.source import Mapping, Node, Scalar, Sequence, place
from harness.errors import HarnessError
from harness.expressions.cel import Environment, EvaluationError, Expression, ExpressionError
from harness.expressions.functions import NAMES as FUNCTIONS
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Names

    from harness.contract.problems import Problems, Span
    from harness.trace.events import Json


_DOT_SEGMENTS = frozenset({".", ".."})
"""What a client resolves before it sends a path (RFC 3986 5.2.4)."""


class TemplateError(HarnessError):
    """A template that gives no value: it uses what the contract's own inputs do not have."""


class _Text(NamedTuple):
    """Literal pieces and expressions, to be joined."""

    parts: tuple[str | Expression, ...]


_Compiled: TypeAlias = Any
"""A constant, an Expression, a _Text, or a list or dict of these."""


class Template(NamedTuple):
    """A compiled template.

    Attributes:
        compiled: what is rendered.
        roots: the names that it uses.
        variables: the NAMEs of `env.NAME` among them.
        looked_at: the kinds that it looks back on, as `last.KIND`.
    """

    compiled: _Compiled
    roots: frozenset[str]
    variables: frozenset[str] = frozenset()
    looked_at: frozenset[str] = frozenset()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression in it."""
        return tuple(_expressions(self.compiled))

    def render(self, names: Names[str, Any]) -> Json:
        """The value for these names: JSON, and bytes where an input is binary.

        Raises:
            TemplateError: an expression in it has no value.
        """
        return _render(self.compiled, names, percent_encode=False)

    def render_url(self, names: Names[str, Any]) -> str:
        """The text for these names; what expressions put into a longer text is percent-encoded (RFC 3986, 2.1).

        But what the text begins with is an address, or the beginning of one, and stays as it is.

        Raises:
            TemplateError: an expression in it has no value.
        """
        return _as_text(_render(self.compiled, names, percent_encode=True))


def compile_template(node: Node, environment: Environment, problems: Problems) -> Template:
    """Compile a node with all the texts in it; what does not compile is noted in `problems`."""
    compiled = _compile(node, environment, problems)
    expressions = tuple(_expressions(compiled))
    roots = frozenset[str]().union(*(expression.roots for expression in expressions))
    mentions = [path.split(".") for expression in expressions for path in expression.mentions]
    variables, looked_at = (
        frozenset(path[1] for path in mentions if path[0] == root and len(path) > 1) for root in ("env", "last")
    )
    return Template(compiled, roots, variables, looked_at)


def compile_text(node: Node, what: str, environment: Environment, problems: Problems) -> Template:
    """Compile a node that must be a text; `what` it is called if it is none, which is noted."""
    if text(node, what, problems) is None:
        return Template("", frozenset())
    return compile_template(node, environment, problems)


def compile_condition(node: Node, environment: Environment, problems: Problems) -> Expression | None:
    """Compile an expression that must be true or false; None, and noted in `problems`, if it is none at all."""
    expression = compile_expression(node, environment, problems)
    if expression is not None and not expression.may_be_bool:
        problems.add(node.span, "this expression is neither true nor false", "compare it with something")
    return expression


def compile_expression(node: Node, environment: Environment, problems: Problems) -> Expression | None:
    """Compile a node that is one expression, without `${}`; None, and noted in `problems`, if it is none."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str | bool | int):
        hint = "if YAML misread it, put it between single quotes"
        problems.add(node.span, "an expression is expected here", hint)
        return None
    source = json.dumps(node.value) if isinstance(node.value, bool | int) else node.value
    return _compile_at(source, node, 0, environment, problems)


def _compile(node: Node, environment: Environment, problems: Problems) -> _Compiled:
    match node:
        case Mapping():
            return {key: _compile(value, environment, problems) for key, _, value in node}
        case Sequence(items, _):
            return [_compile(item, environment, problems) for item in items]
        case Scalar(str(), _, _):
            return _compile_text(node, environment, problems)
        case Scalar(value, _, _):
            return value


def _compile_text(node: Scalar, environment: Environment, problems: Problems) -> _Compiled:
    whole = str(node.value)
    parts: list[str | Expression] = []
    for start, source, is_expression in _pieces(whole):
        if not is_expression:
            parts.append(source)
            continue
        if source is None:
            hint = "write $${ for the two characters themselves"
            problems.add(inside(node, start - 2, 2), "this ${ is never closed", hint)
            return whole
        expression = _compile_at(source, node, start, environment, problems)
        if expression is None:
            return whole
        parts.append(expression)
    if len(parts) == 1:
        return parts[0]
    return _Text(tuple(parts)) if parts else ""


def _pieces(text: str) -> Iterator[tuple[int, Any, bool]]:
    """(start, literal text or source, whether it is an expression); the source is None where it is not closed."""
    if text and "${" not in text:
        yield len(text), text, False
        return
    at, literal = 0, ""
    while at < len(text):
        if text.startswith("$${", at):
            literal, at = literal + "${", at + 3
        elif text.startswith("${", at):
            if literal:
                yield at, literal, False
                literal = ""
            end = _closing_brace(text, at + 2)
            yield at + 2, None if end is None else text[at + 2 : end], True
            at = len(text) if end is None else end + 1
        else:
            literal, at = literal + text[at], at + 1
    if literal:
        yield at, literal, False


def _closing_brace(text: str, at: int) -> int | None:
    depth, quote_mark = 0, ""
    while at < len(text):
        character = text[at]
        if quote_mark:
            if character == "\\":
                at += 1
            elif character == quote_mark:
                quote_mark = ""
        elif character in "'\"":
            quote_mark = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return None


def _compile_at(
    source: str, node: Scalar, start: int, environment: Environment, problems: Problems
) -> Expression | None:
    try:
        return environment.compile(source).at(place(inside(node, start)))
    except ExpressionError as error:
        for one in (error, *error.more):
            _wrong(one, source, node, start, environment, problems)
        return None


def _wrong(
    error: ExpressionError, source: str, node: Scalar, start: int, environment: Environment, problems: Problems
) -> None:
    """Note what is wrong with an expression that begins at `start` in the node's text."""
    at = sum(len(line) + 1 for line in source.split("\n")[: error.line - 1]) + error.column - 1
    if error.unknown is not None:
        _unknown(error.unknown, source, at, node, start, environment, problems)
    else:
        told, hint = complaint(error.problem, source, at + 1)
        problems.add(inside(node, start + at), told, hint or _cut_off(node))


def _cut_off(node: Scalar) -> str:
    """What to do if YAML took the rest of the line for a comment."""
    span = node.span
    lines = span.document.lines
    behind = lines[span.line - 1][span.column - 1 + span.length :] if span.line <= len(lines) else ""
    if node.plain and behind.lstrip().startswith("#"):
        return "YAML takes what follows ' #' for a comment; put the expression between single quotes"
    return ""


def _unknown(
    name: str, source: str, at: int, node: Scalar, start: int, environment: Environment, problems: Problems
) -> None:
    """Note a name that nothing declares; the compiler points at or behind it."""
    found = max(source.rfind(name, 0, at + len(name)), 0)
    span = inside(node, start + found, len(name))
    if source[found + len(name) :].lstrip().startswith("("):
        hint = did_you_mean(name, FUNCTIONS) if name not in FUNCTIONS else ""
        problems.add(span, f"there is no function {name!r} that takes what it is given", hint)
    else:
        problems.add(span, no_such_name(name), did_you_mean(name, environment.names))


def no_such_name(name: str) -> str:
    """What is told of a name that nothing declares."""
    return f"nothing here is called {name!r}"


def inside(node: Scalar, offset: int, length: int = 1) -> Span:
    """The place of a piece of the node's text; that of the node, where it cannot be told."""
    return piece(node.span.document, *beginning(node.span), str(node.value), offset, length) or node.span


def _expressions(compiled: _Compiled) -> Iterator[Expression]:
    match compiled:
        case Expression():
            yield compiled
        case _Text(parts):
            yield from (part for part in parts if isinstance(part, Expression))
        case dict():
            for value in compiled.values():
                yield from _expressions(value)
        case list():
            for item in compiled:
                yield from _expressions(item)


def _render(compiled: _Compiled, names: Names[str, Any], *, percent_encode: bool) -> Any:  # noqa: ANN401 - JSON or bytes
    match compiled:
        case Expression():
            return _value(compiled, names)
        case _Text(parts):
            return "".join(
                part
                if isinstance(part, str)
                else _written(_value(part, names), percent_encode=percent_encode and number > 0)
                for number, part in enumerate(parts)
            )
        case dict():
            return {key: _render(value, names, percent_encode=percent_encode) for key, value in compiled.items()}
        case list():
            return [_render(item, names, percent_encode=percent_encode) for item in compiled]
        case _:
            return compiled


def _value(expression: Expression, names: Names[str, Any]) -> Any:  # noqa: ANN401 - JSON or bytes
    try:
        return expression.evaluate(names)
    except EvaluationError as error:
        message = f"${{{expression.source}}} has no value here: {error}"
        raise TemplateError(message) from error


def _written(value: Any, *, percent_encode: bool) -> str:  # noqa: ANN401 - JSON or bytes
    text = _as_text(value)
    if not percent_encode:
        return text
    if text in _DOT_SEGMENTS:
        return text.replace(".", "%2E")
    return quote(text, safe="")


def _as_text(value: Any) -> str:  # noqa: ANN401 - JSON or bytes
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return json.dumps(value)
    except TypeError as error:
        raise TemplateError("what is binary cannot be part of a text") from error
