"""What lint looks at: a contract's cases, each with the nodes that it was read from."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from harness.contract.drawn import DescribesValue
from harness.contract.lint.possible import possible_points
from harness.contract.lint.walk import uses
from harness.contract.locating import piece
from harness.contract.problems import Document, Span
from harness.contract.source import Mapping, Node, Scalar, Sequence
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Names

    from harness.contract.drawn import InputTypes
    from harness.contract.lint.walk import Use
    from harness.contract.model import Case
    from harness.expressions.cel import Expression
    from harness.trace.events import Json
    from harness.trace.verdicts import Place

FRESH: Json = {"type": "string"}
"""What every fresh value is."""


class Subject(NamedTuple):
    """One case.

    Attributes:
        case: as it was read.
        node: as it is written out, whole.
        schemas: of the values of its inputs, as far as they are known, by name.
        uses: its expressions.
        points: those that may come in it.
    """

    case: Case
    node: Mapping
    schemas: Names[str, Json] = MappingProxyType({})
    uses: tuple[Use, ...] = ()
    points: frozenset[str] = frozenset()

    def at(self, place: Place, length: int = 1) -> Span:
        """The place in its document."""
        return Span(_document(self.node, place.file) or Document(place.file, ()), place.line, place.column, length)

    def key(self, *path: str) -> Span | None:
        """Where the last key of the path is written; None if it is not there."""
        node: Node = self.node
        span = None
        for key in path:
            if not isinstance(node, Mapping) or key not in node.entries:
                return None
            span, node = node.entries[key]
        return span

    def value(self, *path: str) -> Node | None:
        """What stands at the path; None if it is not there."""
        node: Node = self.node
        for key in path:
            if not isinstance(node, Mapping) or key not in node.entries:
                return None
            node = node.entries[key][1]
        return node

    def keys(self, *path: str) -> Iterator[tuple[str, Span]]:
        """The keys of the map at the path, each with its place."""
        node = self.value(*path)
        if isinstance(node, Mapping):
            yield from ((key, span) for key, span, _ in node)

    def inside(self, expression: Expression, offset: int, length: int) -> Span:
        """The place of a piece of an expression; that of the expression, where it cannot be told."""
        if expression.place is None:
            return self.node.span
        start = self.at(expression.place)
        return piece(start.document, start.line, start.column, expression.source, offset, length) or start

    def whole(self, expression: Expression) -> Span:
        """The place of an expression, underlined as far as its line goes."""
        return self.inside(expression, 0, len(expression.source.split("\n")[0]))


def subjects(cases: Iterable[Case], merged: Names[str, Mapping], input_types: InputTypes) -> tuple[Subject, ...]:
    """The cases with their nodes and what is known of their inputs."""
    whole = [case for case in cases if case.name in merged]
    known: dict[int, Json | None] = {}
    return tuple(
        Subject(case, merged[case.name], _schemas(case, input_types, known), found, possible_points(case))
        for case, found in zip(whole, uses(whole), strict=True)
    )


def _schemas(case: Case, input_types: InputTypes, known: dict[int, Json | None]) -> dict[str, Json]:
    """Of each input that says what its values are; `known` are those of cases before, which share inputs."""
    for use in case.inputs.values():
        if id(use) not in known:
            kind = input_types.get(use.type_name)
            described = kind if isinstance(kind, DescribesValue) and kind.check(use.parameters) is None else None
            known[id(use)] = described.value_schema(use.parameters) if described is not None else None
    drawn = {name: known[id(use)] for name, use in case.inputs.items()}
    return {**dict.fromkeys(case.fresh, FRESH), **{name: one for name, one in drawn.items() if one is not None}}


def _document(node: Node, file: str) -> Document | None:
    """The document of this name, if something in `node` is written in it."""
    if node.span.document.file == file:
        return node.span.document
    match node:
        case Mapping():
            inner = [value for _, _, value in node]
            spans = [span for _, span, _ in node]
            here = next((span.document for span in spans if span.document.file == file), None)
            return here or next((found for one in inner if (found := _document(one, file)) is not None), None)
        case Sequence(items, _):
            return next((found for one in items if (found := _document(one, file)) is not None), None)
        case Scalar():
            return None
