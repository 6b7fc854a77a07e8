"""The nodes of a YAML text, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from harness.trace.verdicts import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.problems import Span
    from harness.trace.events import Json

MAX_TOLD = 80


class Scalar:
    """A text, number, boolean or null, and where it stands."""

    __slots__ = __match_args__ = ("value", "span", "plain")

    def __init__(self, value: str | int | float | bool | None, span: Span, plain: bool = True) -> None:
        self.value: Final = value
        self.span: Final = span
        self.plain: Final = plain


class Sequence:
    """A list of nodes."""

    __slots__ = __match_args__ = ("items", "span")

    def __init__(self, items: tuple[Node, ...], span: Span) -> None:
        self.items: Final = items
        self.span: Final = span


class Mapping:
    """Nodes by key, each with the place of its key."""

    __slots__ = __match_args__ = ("entries", "span")

    def __init__(self, entries: dict[str, tuple[Span, Node]], span: Span) -> None:
        self.entries: Final = entries
        self.span: Final = span

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
            text = repr(value)
            return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}..."
