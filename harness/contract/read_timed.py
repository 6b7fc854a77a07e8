"""Reading the deadlines and the gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, names_in, read_path
from harness.contract.source import kind_of, place, plain
from harness.temporal.deadlines import Deadline, Gap
from harness.temporal.keyed import KeyedDeadline
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, END, OPEN, REQUEST

if TYPE_CHECKING:
    from harness.contract.context import Context
    from harness.contract.levels import Marks
    from harness.contract.model import Socket
    from harness.contract.problems import Span
    from harness.contract.source import Node


def read_timed(
    node: Node | None, socket: Socket, actions: tuple[str, ...], context: Context, marks: Marks
) -> tuple[Deadline | Gap | KeyedDeadline, ...]:
    """The deadlines and gaps; points are those of every job, the messages' and the actions' names."""
    reader = _Reader(socket, actions, marks, context)
    return tuple(
        reader.read(f"deadlines/{name}", span, value)
        for name, span, value in entries(node, "'deadlines'", context.problems, "a clause")
    )


class _Reader:
    def __init__(self, socket: Socket, actions: tuple[str, ...], marks: Marks, context: Context) -> None:
        self._marks = marks
        self._problems = context.problems
        self._kinds = tuple(socket.kinds)
        self._elsewhere = (REQUEST, ACCEPTED, *actions)  # points that do not come over the socket
        self._points = (*self._elsewhere, CONNECT, OPEN, END, CLOSE, *socket.sends, *self._kinds)

    def read(self, clause: str, span: Span, node: Node) -> Deadline | Gap | KeyedDeadline:
        fields = Fields(node, "a deadline", self._problems)
        between = fields.take("between")
        self._marks.take(clause, fields, self._problems)
        if between is not None:
            return self._gap(clause, span, fields, between)
        each = fields.take("each")
        return self._deadline(clause, span, fields) if each is None else self._keyed(clause, span, fields, each)

    def _deadline(self, clause: str, span: Span, fields: Fields) -> Deadline:
        start, to = (names_in(fields.need(key), "point", self._points, self._problems) for key in ("from", "to"))
        within, or_end = fields.seconds("within"), self._or_end(fields)
        fields.done()
        on_socket = any(point not in self._elsewhere for point in to)
        return Deadline(clause, place(span), start, to, within, or_end, on_socket)

    def _keyed(self, clause: str, span: Span, fields: Fields, each: Node) -> KeyedDeadline:
        start, to = (names_in(fields.need(key), "kind", self._kinds, self._problems) for key in ("from", "to"))
        within, or_end = fields.seconds("within"), self._or_end(fields)
        fields.done()
        path = read_path(each, self._problems)
        return KeyedDeadline(clause, place(span), start, to, within, path, or_end)

    def _or_end(self, fields: Fields) -> bool:
        node = fields.take("or_end")
        if node is not None and not isinstance(plain(node), bool):
            self._problems.add(node.span, f"or_end is true or false; found {kind_of(node)}")
        return node is not None and plain(node) is True

    def _gap(self, clause: str, span: Span, fields: Fields, between: Node) -> Gap:
        start = names_in(fields.need("from"), "kind", self._kinds, self._problems)
        to = names_in(fields.need("to"), "point", self._points, self._problems)
        within = fields.seconds("within")
        fields.done()
        if plain(between) != "received":
            self._problems.add(between.span, f"between: received is expected; found {kind_of(between)}")
        return Gap(clause, place(span), start, to, within)
