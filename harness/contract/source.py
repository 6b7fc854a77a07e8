"""YAML with source positions.

PyYAML composes the nodes; the scalars are those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/,
10.3.2), so that `on`, `no` and `1:30` are text; a key that stands twice is an error that names both places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from harness.contract.problems import ContractError, Document, Problem, Problems, Span
from harness.trace.verdicts import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.trace.events import Json

MAX_NODES = 100_000
MAX_BYTES = 4_000_000
_STR = "tag:yaml.org,2002:str"
_QUOTE_IT = "if this is one expression or text, put it between single quotes"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, boolean or null, and where it stands."""

    value: str | int | float | bool | None
    span: Span
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Nodes by key, each with the place of its key."""

    entries: dict[str, tuple[Span, Node]]
    span: Span

    def __iter__(self) -> Iterator[tuple[str, Span, Node]]:
        """Key, the key's place, value; in the order they are written."""
        return ((key, span, node) for key, (span, node) in self.entries.items())


Node: TypeAlias = Scalar | Sequence | Mapping


def place(span: Span) -> Place:
    """The span as a clause's place."""
    return Place(span.document.file, span.line, span.column)


def plain(node: Node) -> Json:
    """The node's value without positions."""
    match node:
        case Scalar(value, _, _):
            return value
        case Sequence(items, _):
            return [plain(item) for item in items]
        case Mapping():
            return {key: plain(value) for key, _, value in node}


def kind_of(node: Node) -> str:
    """What the node is, for a message."""
    match node:
        case Mapping():
            return "a map"
        case Sequence():
            return "a list"
        case Scalar(None, _, _):
            return "nothing"
        case Scalar(value, _, _):
            return f"{value!r}"


def read_document(path: Path, shown: str) -> Node:
    """Read one YAML file.

    Args:
        path: the file.
        shown: its path as the user knows it.

    Raises:
        ContractError: it cannot be read, or is no YAML.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        span = Span(Document(shown, ()), 1, 1)
        raise ContractError([Problem(span, f"this file cannot be read: {error.strerror}")]) from error
    if len(raw) > MAX_BYTES:
        span = Span(Document(shown, ()), 1, 1)
        raise ContractError([Problem(span, f"this file has over {MAX_BYTES:,} bytes; that is no contract")])
    try:
        return parse(raw.decode("utf-8-sig"), shown)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        span = Span(Document(shown, ()), line, 1)
        raise ContractError([Problem(span, "this file is not UTF-8", "save it as UTF-8")]) from error


def parse(text: str, shown: str) -> Node:
    """Read YAML text that stands in the file `shown`.

    Raises:
        ContractError: it is no YAML, or a key stands twice.
    """
    document = Document(shown, tuple(text.splitlines()))
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ContractError([_syntax_problem(document, error)]) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        problem = Problem(
            Span(document, line, 1), f"a character that YAML does not allow: U+{ord(error.character):04X}"
        )
        raise ContractError([problem]) from error
    except RecursionError as error:
        raise ContractError([Problem(Span(document, 1, 1), "this file is nested too deeply")]) from error
    if root is None:
        raise ContractError([Problem(Span(document, 1, 1), "this file is empty")])
    builder = _Builder(document)
    node = builder.build(root)
    builder.problems.raise_any()
    return node


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of the 1.2 core schema."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+0123456789."),
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


class _Builder:
    """Turns PyYAML's nodes into ours."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = Problems()
        self._count = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node) -> Node:
        span = self._span(node)
        self._count += 1
        if self._count > MAX_NODES or id(node) in self._open:
            raise ContractError([Problem(span, "this alias makes the file endless, or over 100,000 values large")])
        if isinstance(node, yaml.ScalarNode):
            return Scalar(self._value(node, span), span, node.style is None)
        self._open.add(id(node))
        built: Node
        if isinstance(node, yaml.SequenceNode):
            built = Sequence(tuple(self.build(item) for item in node.value), span)
        else:
            built = self._mapping(node, span)
        self._open.discard(id(node))
        return built

    def _mapping(self, node: yaml.Node, span: Span) -> Mapping:
        entries: dict[str, tuple[Span, Node]] = {}
        for key_node, value_node in node.value:
            key_span = self._span(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.add(key_span, "a key must be text", _QUOTE_IT)
                continue
            key = key_node.value
            if key in entries:
                first = entries[key][0].line
                self.problems.add(key_span, f"the key {key!r} stands twice", f"it stands in line {first} already")
                continue
            entries[key] = (key_span, self.build(value_node))
        return Mapping(entries, span)

    def _value(self, node: yaml.ScalarNode, span: Span) -> Any:  # noqa: ANN401 - the scalars of the core schema
        tag, text = node.tag.rpartition(":")[2], node.value
        match tag:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return _integer(text)
            case "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
            case "str":
                return str(text)
        self.problems.add(span, f"the tag {node.tag!r} is not known here", "put the value between single quotes")
        return text

    def _span(self, node: yaml.Node) -> Span:
        start, end = node.start_mark, node.end_mark
        length = end.column - start.column if end.line == start.line else 1
        line = self.document.lines[start.line] if start.line < len(self.document.lines) else ""
        if end.line != start.line:
            length = len(line) - start.column
        return Span(self.document, start.line + 1, start.column + 1, max(length, 1))


def _integer(text: str) -> int | str:
    if text.startswith(("0o", "0x")):
        return int(text, 0)
    return int(text) if len(text) <= 300 else text


def _syntax_problem(document: Document, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    told = error.problem or error.context or "this is no YAML"
    hint = _QUOTE_IT if "mapping values" in told or "expected <block end>" in told or "found character" in told else ""
    return Problem(Span(document, line, column), f"this is no YAML: {told}", hint)
