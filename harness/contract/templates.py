"""Templates: JSON in which `${expression}` stands for a value.

A text that is one lone `${...}` becomes the expression's value with its type (a list, a number, bytes); inside a
longer text the value is written into it. `$${` stands for `${` itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from harness.contract.problems import Span, did_you_mean
from harness.contract.source import Mapping, Node, Scalar, Sequence
from harness.errors import HarnessError
from harness.expressions.cel import Environment, EvaluationError, Expression, ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Names

    from harness.contract.problems import Problems
    from harness.trace.events import Json


class TemplateError(HarnessError):
    """A template that gives no value: it uses what the contract's own inputs do not have."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Literal pieces and expressions, to be joined."""

    parts: tuple[str | Expression, ...]


_Compiled: TypeAlias = Any
"""A constant, an Expression, a _Text, or a list or dict of these."""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; `roots` are the names that it uses."""

    compiled: _Compiled
    roots: frozenset[str]

    def render(self, names: Names[str, Any]) -> Json:
        """The value for these names: JSON, and bytes where an input is binary.

        Raises:
            TemplateError: an expression in it has no value.
        """
        return _render(self.compiled, names, percent_encode=False)

    def render_url(self, names: Names[str, Any]) -> str:
        """The text for these names; what expressions put into a longer text is percent-encoded (RFC 3986, 2.1).

        Raises:
            TemplateError: an expression in it has no value.
        """
        return str(_render(self.compiled, names, percent_encode=True))


def compile_template(node: Node, environment: Environment, problems: Problems) -> Template:
    """Compile a node with all the texts in it; what does not compile is noted in `problems`."""
    compiled = _compile(node, environment, problems)
    return Template(compiled, frozenset().union(*_roots(compiled)))


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
    text = str(node.value)
    parts: list[str | Expression] = []
    for start, source, is_expression in _pieces(text):
        if not is_expression:
            parts.append(source)
            continue
        if source is None:
            problems.add(_inside(node, start), "this ${ is never closed", "write $${ for the two characters themselves")
            return text
        expression = _compile_at(source, node, start, environment, problems)
        if expression is None:
            return text
        parts.append(expression)
    if len(parts) == 1:
        return parts[0]
    return _Text(tuple(parts)) if parts else ""


def _pieces(text: str) -> Iterator[tuple[int, Any, bool]]:
    """(start, literal text or source, whether it is an expression); the source is None where it is not closed."""
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
        return environment.compile(source)
    except ExpressionError as error:
        span = _inside(node, start + error.column - 1) if error.line == 1 else node.span
        hint = ""
        if error.unknown is not None:
            hint = did_you_mean(error.unknown, environment.names)
            span = Span(span.document, span.line, span.column, len(error.unknown))
        problems.add(span, f"this expression cannot be used: {error.problem}", hint)
        return None


def _inside(node: Scalar, offset: int) -> Span:
    """The place of a character of the node's text, as far as YAML lets it be known: on the node's first line."""
    span = node.span
    column = span.column + offset + (0 if node.plain else 1)
    if column > span.column + span.length:
        return span
    return Span(span.document, span.line, column)


def _roots(compiled: _Compiled) -> Iterator[frozenset[str]]:
    match compiled:
        case Expression():
            yield compiled.roots
        case _Text(parts):
            yield from (part.roots for part in parts if isinstance(part, Expression))
        case dict():
            for value in compiled.values():
                yield from _roots(value)
        case list():
            for item in compiled:
                yield from _roots(item)


def _render(compiled: _Compiled, names: Names[str, Any], *, percent_encode: bool) -> Any:  # noqa: ANN401 - JSON or bytes
    match compiled:
        case Expression():
            return _value(compiled, names)
        case _Text(parts):
            texts = (part if isinstance(part, str) else _as_text(_value(part, names)) for part in parts)
            if not percent_encode:
                return "".join(texts)
            return "".join(
                text if isinstance(part, str) else quote(text, safe="") for part, text in zip(parts, texts, strict=True)
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


def _as_text(value: Any) -> str:  # noqa: ANN401 - JSON or bytes
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value)
