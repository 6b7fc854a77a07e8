"""YAML with source positions.

libyaml reads them, PyYAML's own parser where that is not enough; the scalars are those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/,
10.3.2), so that `on`, `no` and `1:30` are text; a key that stands twice is an error that names both places.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from harness.contract.compose import (
    CORE,
    MAX_DEPTH,
    MAX_DIGITS,
    MERGE,
    TAG,
    TOO_DEEP,
    characters,
    compose,
    is_plain,
    span_of,
    value_of,
)
from harness.contract.nodes import Mapping, Node, Scalar, Sequence, kind_of, place, plain
from harness.contract.problems import ContractError, Document, Problem, Problems, Span
from harness.contract.quick import UnusualError, read_quickly
from harness.contract.syntax import QUOTE_IT

__all__ = [
    "Mapping", "Node", "Scalar", "Sequence", "kind_of", "parse", "place", "plain", "read_document", "shown",
]  # fmt: skip

MAX_NODES = 100_000
MAX_BYTES = 4_000_000


def shown(path: Path) -> str:
    """The path as people know it: from the working folder, if it is inside."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def read_document(path: Path, shown: str) -> Node:
    """Read one YAML file.

    Args:
        path: the file.
        shown: its path as the user knows it.

    Raises:
        ContractError: it cannot be read, or is no YAML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        span = Span(Document(shown, ()), 1, 1)
        told = getattr(error, "strerror", None) or error
        raise ContractError([Problem(span, f"this file cannot be read: {told}")]) from error
    if len(raw) > MAX_BYTES:
        span = Span(Document(shown, ()), 1, 1)
        raise ContractError([Problem(span, f"this file has over {MAX_BYTES:,} bytes; that is no contract")])
    raw = raw.removeprefix(BOM_UTF8)
    try:
        return parse(raw.decode(), shown)
    except UnicodeDecodeError as error:
        document = Document(shown, tuple(raw.decode("utf-8", "replace").splitlines()))
        before = raw[: error.start].decode().split("\n")
        span = Span(document, len(before), len(before[-1]) + 1)
        raise ContractError([Problem(span, "this file is not UTF-8", "save it as UTF-8")]) from error


@lru_cache(maxsize=16)
def parse(text: str, shown: str) -> Node:
    """Read YAML text that stands in the file `shown`; several contracts may share a file.

    Raises:
        ContractError: it is no YAML, or a key stands twice.
    """
    document = Document(shown, tuple(text.splitlines()))
    try:
        return read_quickly(text, document, MAX_NODES)
    except UnusualError:
        root = compose(text, document)
    if root is None:
        raise ContractError([Problem(Span(document, 1, 1), "this file is empty")])
    builder = _Builder(document)
    node = builder.build(root)
    builder.problems.raise_any()
    return node


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
        if id(node) in self._open:
            raise ContractError([Problem(span, "an alias in here stands for what it is part of, without end")])
        if self._count > MAX_NODES:
            raise ContractError([Problem(span, f"this file has over {MAX_NODES:,} values, aliases written out")])
        if len(self._open) >= MAX_DEPTH:
            raise ContractError([Problem(span, f"{TOO_DEEP}, aliases written out")])
        if isinstance(node, yaml.ScalarNode):
            return Scalar(self._value(node, span), span, is_plain(node))
        if node.tag not in (f"{TAG}seq", f"{TAG}map"):
            self._unknown_tag(node, span)
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
                self.problems.add(key_span, "a key must be text", QUOTE_IT)
                continue
            key = self._text(key_node.value, key_span)
            if key == MERGE and is_plain(key_node):
                hint = "write the keys out; what cases share stands in the contract itself"
                self.problems.add(key_span, "merge keys are not part of YAML 1.2", hint)
            if key in entries:
                first = entries[key][0].line
                self.problems.add(key_span, f"the key {key!r} stands twice", f"it stands in line {first} already")
                continue
            entries[key] = (key_span, self.build(value_node))
        return Mapping(entries, span)

    def _value(self, node: yaml.ScalarNode, span: Span) -> Any:  # noqa: ANN401 - the scalars of the core schema
        tag, text = node.tag.removeprefix(TAG), self._text(node.value, span)
        if tag in CORE and not re.fullmatch(CORE[tag][0], text):
            self.problems.add(span, f"{text!r} is no {tag}, as its tag says")
            return text
        if tag == "int" and len(text) > MAX_DIGITS:
            hint = "put it between quotes if it is meant as text"
            self.problems.add(span, f"a number of over {MAX_DIGITS} digits", hint)
            return 0
        if tag in (*CORE, "str"):
            return value_of(tag, text)
        self._unknown_tag(node, span)
        return text

    def _text(self, text: str, span: Span) -> str:
        try:
            return characters(text)
        except UnicodeDecodeError:
            self.problems.add(span, "an escape in this text is half of a surrogate pair and stands for no character")
            return ""

    def _unknown_tag(self, node: yaml.Node, span: Span) -> None:
        tag = node.tag.replace(TAG, "!!")
        self.problems.add(
            span, f"the tag {tag} is not known here", "leave it out, or put the value between single quotes"
        )

    def _span(self, node: yaml.Node) -> Span:
        return span_of(self.document, node.start_mark, node.end_mark)
