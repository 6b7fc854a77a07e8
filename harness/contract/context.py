"""What all readers of one contract share: the problems found so far, the names, the schemas' files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from harness.contract.problems import ContractError
from harness.contract.source import Mapping, Node, Scalar, Sequence, plain, read_document
from harness.expressions.cel import Environment
from harness.expressions.schema import Schema, SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.model import InputTypes
    from harness.contract.problems import Problems
    from harness.trace.events import Json


class Context:
    """One contract being read."""

    def __init__(self, path: Path, shown: str, input_types: InputTypes, problems: Problems) -> None:
        self.path = path.resolve()
        self.shown = shown
        self.input_types = input_types
        self.problems = problems
        self._documents: dict[str, Json] = {}
        self._environments: dict[frozenset[str], Environment] = {}
        self._schemas: dict[str, Schema | None] = {}

    def environment(self, *names: str) -> Environment:
        """The environment for these names; the same one for the same names."""
        key = frozenset(names)
        if key not in self._environments:
            self._environments[key] = Environment(key)
        return self._environments[key]

    def schema(self, node: Node | None) -> Schema | None:
        """Compile a schema; its `$ref`s may lead into other files, relative to the contract's."""
        if node is None:
            return None
        base = self.path.as_uri()
        value = self._absolute(node, base)
        key = repr(value)
        if key not in self._schemas:
            try:
                self._schemas[key] = Schema(value, self._documents)
            except SchemaError as error:
                self.problems.add(node.span, f"this is no JSON Schema: {error}")
                self._schemas[key] = None
        return self._schemas[key]

    def _absolute(self, node: Node, base: str) -> Json:
        """The node's value with each reference made absolute, and the documents it leads to loaded."""
        value = plain(node)
        if isinstance(value, dict) and "$ref" not in value:
            value = {"$id": base, **value}
        for reference in _references(node):
            target = urldefrag(urljoin(base, str(reference.value))).url
            if target != base:
                self._load(target, reference)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            value["$ref"] = urljoin(base, value["$ref"])
        return value

    def _load(self, uri: str, reference: Scalar) -> None:
        if uri in self._documents:
            return
        if not uri.startswith("file:"):
            self.problems.add(reference.span, f"{uri} is no file beside the contract; network references are not used")
            return
        path = Path(uri.removeprefix("file://"))
        try:
            document = read_document(path, str(Path(self.shown).parent / path.name))
        except ContractError as error:
            if any(problem.span.document.lines for problem in error.problems):
                self.problems.found.extend(error.problems)
            else:
                self.problems.add(reference.span, f"{reference.value!r} leads to no readable file", f"looked at {path}")
            self._documents[uri] = {}
            return
        self._documents[uri] = plain(document)
        for inner in _references(document):
            self._load(urldefrag(urljoin(uri, str(inner.value))).url, inner)


def _references(node: Node) -> Iterator[Scalar]:
    match node:
        case Mapping():
            for key, _, value in node:
                if key == "$ref" and isinstance(value, Scalar) and isinstance(value.value, str):
                    yield value
                else:
                    yield from _references(value)
        case Sequence(items, _):
            for item in items:
                yield from _references(item)
