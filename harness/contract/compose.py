"""The nodes of a YAML text, with their places, as PyYAML composes them.

The scalars are those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/, 10.3.2). PyYAML's own parser, slow as
it is, says best what is wrong; `harness.contract.quick` reads what is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from harness.contract.problems import ContractError, Problem, Span
from harness.contract.syntax import syntax_problem

if TYPE_CHECKING:
    from harness.contract.problems import Document

MAX_DEPTH = 100
TAG = "tag:yaml.org,2002:"
TOO_DEEP = f"more than {MAX_DEPTH} values inside each other"
CORE = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+0123456789."),
    ),
}
"""Of each tag of the core schema, what its plain scalars look like and how they begin."""
PLAIN = (None, "")
"""The styles of scalars that stand there without quotes."""
MERGE = "<<"
MAX_DIGITS = 300


def is_plain(node: yaml.ScalarNode) -> bool:
    """Whether the scalar stands there without quotes."""
    return node.style in PLAIN


class _Limited(yaml.composer.Composer):
    """Composes nodes, up to a depth."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as PyYAML has it
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=TOO_DEEP, problem_mark=self.peek_event().start_mark)  # type: ignore[attr-defined]
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _CoreSchema(yaml.resolver.BaseResolver):
    """Knows the scalars of the 1.2 core schema, and no others."""


for _name, (_pattern, _first) in CORE.items():
    _CoreSchema.add_implicit_resolver(TAG + _name, re.compile(rf"^(?:{_pattern})$"), _first)


class _Loader(_CoreSchema, _Limited, yaml.SafeLoader):
    """PyYAML's own parser."""

    yaml_implicit_resolvers = _CoreSchema.yaml_implicit_resolvers

    def __init__(self, text: str) -> None:
        yaml.SafeLoader.__init__(self, text)


def compose(text: str, document: Document) -> yaml.Node | None:
    """The root of a text that stands in `document`; None if it is empty.

    Raises:
        ContractError: it is no YAML.
    """
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position].splitlines(keepends=True) or [""]
        span = Span(document, len(before), len(before[-1]) + 1)
        raise ContractError(
            [Problem(span, f"a character that YAML does not allow: U+{error.character:04X}")]
        ) from error
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise ContractError([syntax_problem(document, error)]) from error
    except (ValueError, OverflowError) as error:  # what PyYAML lets through, such as the escape \UFFFFFFFF
        mark = loader.get_mark()
        span = Span(document, mark.line + 1, mark.column + 1)
        raise ContractError([Problem(span, "this is no YAML: an escape that stands for no character")]) from error


def plain_tag(text: str) -> str:
    """Which tag of the core schema a plain scalar of this text has, without its prefix."""
    resolvers: Any = _CoreSchema.yaml_implicit_resolvers.get(text[:1], ())
    return next((tag.removeprefix(TAG) for tag, pattern in resolvers if pattern.match(text)), "str")


def value_of(tag: str, text: str) -> str | int | float | bool | None:
    """The value of a scalar that looks like its tag says, which is one of the core schema without its prefix."""
    match tag:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        case _:
            return text


def characters(text: str) -> str:
    """The text, with escaped surrogate pairs made characters, as in JSON (RFC 8259, 7).

    Raises:
        UnicodeDecodeError: half of a pair stands alone.
    """
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def span_of(document: Document, start: Any, end: Any) -> Span:  # noqa: ANN401 - PyYAML's marks, or libyaml's
    """The place of what begins and ends at these marks, as far as its first line goes."""
    length = end.column - start.column
    if end.line != start.line:
        line = document.lines[start.line] if start.line < len(document.lines) else ""
        length = len(line) - start.column
    return Span(document, start.line + 1, start.column + 1, max(length, 1))
