"""Reading YAML quickly: libyaml's events, made nodes as they come.

Only texts in which nothing is wrong or out of the ordinary are read so. Of all others nothing is said here but that
they must be read exactly (`harness.contract.compose`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from harness.contract.compose import MAX_DEPTH, MAX_DIGITS, MERGE, PLAIN, characters, plain_tag, span_of, value_of
from harness.contract.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.problems import Document, Span


class UnusualError(Exception):
    """The text must be read exactly."""


def read_quickly(text: str, document: Document, most: int) -> Node:
    """The root of a text that stands in `document` and has no more than `most` values, aliases written out.

    Raises:
        UnusualError: it must be read exactly, or there is no libyaml.
    """
    if not yaml.__with_libyaml__:
        raise UnusualError
    try:
        return _Reader(text, document, most).root()
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise UnusualError from error


class _Reader:
    """Makes nodes of one text; `Any` are libyaml's events and marks, for which there are no types."""

    def __init__(self, text: str, document: Document, most: int) -> None:
        self._next: Callable[[], Any] = yaml.CSafeLoader(text).get_event
        self._document = document
        self._left = most
        self._anchored: dict[str, Node] = {}

    def root(self) -> Node:
        """The only document of the stream."""
        self._next()
        _only_if(type(self._next()) is yaml.DocumentStartEvent)
        root = self._node(self._next(), 1)
        self._next()
        _only_if(type(self._next()) is yaml.StreamEndEvent)
        return root

    def _node(self, event: Any, depth: int) -> Node:  # noqa: ANN401
        """The node that begins with this event, inside of so many others."""
        self._count(depth)
        kind, anchor = type(event), event.anchor
        if kind is yaml.AliasEvent:
            _only_if(anchor in self._anchored)
            return self._again(self._anchored[anchor], depth)
        _only_if(event.tag is None and anchor not in self._anchored)
        if kind is yaml.ScalarEvent:
            node: Node = self._scalar(event)
        elif kind is yaml.SequenceStartEvent:
            node = self._sequence(event, depth + 1)
        else:
            node = self._mapping(event, depth + 1)
        if anchor is not None:
            self._anchored[anchor] = node
        return node

    def _scalar(self, event: Any) -> Scalar:  # noqa: ANN401
        text, plain = characters(event.value), event.style in PLAIN
        tag = plain_tag(text) if plain else "str"
        _only_if(tag != "int" or len(text) <= MAX_DIGITS)
        return Scalar(value_of(tag, text), self._span(event, event), plain)

    def _sequence(self, start: Any, depth: int) -> Sequence:  # noqa: ANN401
        items = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._node(event, depth))
        return Sequence(tuple(items), self._span(start, event))

    def _mapping(self, start: Any, depth: int) -> Mapping:  # noqa: ANN401
        entries: dict[str, tuple[Span, Node]] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            _only_if(type(event) is yaml.ScalarEvent and event.tag is None and event.anchor is None)
            key = characters(event.value)
            _only_if(key not in entries and key != MERGE)
            entries[key] = (self._span(event, event), self._node(self._next(), depth))
        return Mapping(entries, self._span(start, event))

    def _again(self, node: Node, depth: int) -> Node:
        """The node once more, where an alias stands for it."""
        match node:
            case Scalar(value, span, plain):
                return Scalar(value, span, plain)
            case Sequence(items, span):
                return Sequence(tuple(self._counted(item, depth + 1) for item in items), span)
            case Mapping(entries, span):
                again = {key: (place, self._counted(value, depth + 1)) for key, (place, value) in entries.items()}
                return Mapping(again, span)

    def _counted(self, node: Node, depth: int) -> Node:
        self._count(depth)
        return self._again(node, depth)

    def _count(self, depth: int) -> None:
        self._left -= 1
        _only_if(self._left >= 0 and depth < MAX_DEPTH)

    def _span(self, first: Any, last: Any) -> Span:  # noqa: ANN401
        return span_of(self._document, first.start_mark, last.end_mark)


def _only_if(usual: bool) -> None:
    """Go on only if what was just read is as most things are."""
    if not usual:
        raise UnusualError
