"""What all readers of one contract share: the problems found so far, the names, the schemas' files."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.contract.fields import one_or_more
from harness.contract.files import Files, path_of, uri_of
from harness.contract.problems import did_you_mean
from harness.contract.readings import Readings
from harness.contract.source import Mapping, Node, Scalar, Sequence, kind_of, plain
from harness.expressions.cel import environment
from harness.expressions.references import comes_back, joined, parted
from harness.expressions.schema import TYPES, UNKNOWN_TYPE, Schema, SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.contract.drawn import InputTypes
    from harness.contract.problems import Problems
    from harness.expressions.cel import Environment
    from harness.trace.events import Json


_REF = "$ref"
_INSIDE = "?schema"
"""Tells a schema from the file in which it stands, which it may refer to."""


class Context:
    """One contract being read.

    Attributes:
        merged: what each case is, whole, by its name.
        schemas: every JSON Schema in it, and in the files that these refer to.
        readings: the parts that were read already.
    """

    def __init__(self, path: Path, shown: str, input_types: InputTypes, problems: Problems) -> None:
        self.path = path.resolve()
        self.shown = shown
        self.input_types = input_types
        self.problems = problems
        self.files = Files(problems)
        self._documents: dict[str, Json] = {}
        self._loaded: dict[str, bool] = {}
        self._schemas: dict[tuple[str, str], Schema | None] = {}
        self._nodes: dict[str, Node] = {}
        self._checked: set[str] = set()
        self.merged: dict[str, Mapping] = {}
        self.schemas: list[Node] = []
        self.readings = Readings()

    def environment(self, *names: str) -> Environment:
        """The environment for these names; the same one for the same names."""
        return environment(frozenset(names))

    def schema(self, node: Node | None) -> Schema | None:
        """Compile a schema; its `$ref`s may lead into other files, relative to the contract's."""
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.problems.add(node.span, f"a JSON Schema is expected here, a map; found {kind_of(node)}")
            return None
        key = (node.span.document.file, repr(plain(node)))
        if key not in self._schemas:
            self.schemas.append(node)
            self._schemas[key] = self._compiled(node)
        return self._schemas[key]

    def _compiled(self, node: Mapping) -> Schema | None:
        loaded = [self._load(reference, written_in_schema=True) for reference in _references(node)]
        if not all(loaded):
            return None
        base = uri_of(node.span) + _INSIDE
        value = {"$id": base, **_with_absolute_references(node)}
        if self._comes_back(node, base, {**self._documents, base: value}):
            return None
        try:
            return _schema(json.dumps(value), tuple(self._nodes.items()))
        except SchemaError as error:
            for path, told in error.wrong:
                self._note_wrong(_at(node, path), told)
            if not error.wrong:
                self.problems.add(node.span, f"this is no schema that can be used: {error}", self._near(value))
            return None

    def _note_wrong(self, node: Node, told: str) -> None:
        """Note what makes a schema none."""
        unknown = [item for item in one_or_more(node) if plain(item) not in TYPES] if told == UNKNOWN_TYPE else []
        for item in unknown:
            self.problems.unknown(item.span, "type", str(plain(item)), TYPES)
        if not unknown:
            self.problems.add(node.span, f"this is no schema that can be used: {told}")

    def _comes_back(self, node: Mapping, base: str, documents: dict[str, Json]) -> bool:
        """Whether a reference in a schema, or in a file that it refers to, leads back to itself; which is noted."""
        unchecked = {uri: document for uri, document in self._nodes.items() if uri not in self._checked}
        self._checked.update(unchecked)
        written = [(base, reference) for reference in _references(node)]
        written += [(uri, reference) for uri, document in unchecked.items() for reference in _references(document)]
        back = [reference for uri, reference in written if comes_back(_seen_from(reference, uri), documents)]
        for reference in back:
            told = f"{reference.value!r} leads back to itself, so it says nothing"
            self.problems.add(reference.span, told, "write out what is meant")
        return bool(back)

    def _near(self, schema: dict[str, Json]) -> str:
        """For a reference to what its file does not have, what there is."""
        uri, name = parted(str(schema.get("$ref", "")))
        document = self._documents.get(uri)
        name = name.removeprefix("/")
        return did_you_mean(name, document) if isinstance(document, dict) and name and name not in document else ""

    def _load(self, reference: Scalar, *, written_in_schema: bool) -> bool:
        """Whether what `reference` leads to could be loaded, and all that leads on.

        In a schema of a contract a reference without a file is one into this very schema.
        """
        try:
            uri, _ = parted(_absolute(reference))
            parts = urlsplit(uri)
        except ValueError as error:
            self.problems.add(reference.span, f"{reference.value!r} is no reference: {error}")
            return False
        if str(reference.value).startswith("#") and written_in_schema:
            return True
        if uri not in self._loaded:
            self._loaded[uri] = True  # so that files that refer to each other come to an end
            if parts.scheme == "file":
                self._loaded[uri] = self._read(uri, path_of(parts), reference)
            else:
                message = f"{uri} is no file beside the contract; references to the network are not followed"
                self.problems.add(reference.span, message)
                self._loaded[uri] = False
        return self._loaded[uri]

    def _read(self, uri: str, path: Path, reference: Scalar) -> bool:
        document = self.files.at(path, str(reference.value), reference.span)
        if document is None:
            return False
        self._documents[uri] = _value(document)
        self._nodes[uri] = document
        self.schemas += _schemas_in(document)
        loaded = [self._load(inner, written_in_schema=False) for inner in _references(document)]
        return all(loaded)


@lru_cache(maxsize=256)
def _schema(written: str, documents: tuple[tuple[str, Node], ...]) -> Schema:
    """Compile a schema, as JSON, that may refer to these files; contracts that have it in common share it."""
    return Schema(json.loads(written), {uri: _value(document) for uri, document in documents})


@lru_cache(maxsize=64)
def _value(document: Node) -> Json:
    """What is in a file; not to be changed."""
    return plain(document)


def _at(node: Node, path: tuple[str | int, ...]) -> Node:
    """What stands in `node` at the path, as far as it leads."""
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)][1]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node


def _schemas_in(document: Node) -> Iterator[Node]:
    """The schemas of a file: itself, or the values of its keys."""
    is_one = isinstance(document, Mapping) and ("$schema" in document.entries or "type" in document.entries)
    yield from (document,) if is_one or not isinstance(document, Mapping) else (value for _, _, value in document)


def _seen_from(reference: Scalar, uri: str) -> str:
    """The reference as a whole URI, where one without a file means the document `uri`."""
    written = str(reference.value)
    return uri + written if written.startswith("#") else _absolute(reference)


def _absolute(reference: Scalar) -> str:
    """The reference as seen from the file in which it stands.

    Raises:
        ValueError: it is none.
    """
    return joined(uri_of(reference.span), str(reference.value))


def _with_absolute_references(node: Node) -> Json:
    """The schema's value, in which each reference to a file is one from anywhere."""
    match node:
        case Mapping():
            return {
                key: _absolute(value)
                if key == _REF and isinstance(value, Scalar) and not str(value.value).startswith("#")
                else _with_absolute_references(value)
                for key, _, value in node
            }
        case Sequence(items, _):
            return [_with_absolute_references(item) for item in items]
        case Scalar(value, _, _):
            return value


@lru_cache(maxsize=256)
def _references(node: Node) -> tuple[Scalar, ...]:
    return tuple(_references_in(node))


def _references_in(node: Node) -> Iterator[Scalar]:
    match node:
        case Mapping():
            for key, _, value in node:
                if key == _REF and isinstance(value, Scalar) and isinstance(value.value, str):
                    yield value
                else:
                    yield from _references_in(value)
        case Sequence(items, _):
            for item in items:
                yield from _references_in(item)
