"""Reading what a case promises of the socket, its deadlines and its relations."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, is_name, one_or_more, text
from harness.contract.late import LateJoin, late_join
from harness.contract.model import Relation, Send, Socket
from harness.contract.order import COMBINATORS, OrderReader, Step
from harness.contract.overlaps import check_apart
from harness.contract.source import Mapping, Node, Scalar, Sequence, kind_of, place, plain
from harness.contract.templates import Template, compile_condition, compile_template, compile_text, inside
from harness.temporal.deadlines import Deadline, Gap
from harness.temporal.order import Anytime
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, END, OPEN, POINTS, REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.contract.context import Context
    from harness.contract.problems import Span
    from harness.expressions.cel import Expression
    from harness.expressions.schema import Schema
    from harness.trace.verdicts import Place

REPLAY = "replay"
_LOOKS_BACK = re.compile(r"(last|all|sent)\.(\w+)")


def read_socket(node: Node, names: tuple[str, ...], before: tuple[str, ...], context: Context) -> Socket:
    """The socket: address, what is sent, the kinds, their schemas and their order.

    Args:
        node: what is written.
        names: of the inputs.
        before: of the steps beforehand, which the handshake and what is sent may use.
        context: of the contract.
    """
    problems = context.problems
    fields = Fields(node, "'socket'", problems)
    connect, within = fields.need("connect"), fields.seconds("within")
    with_answer = context.environment(*names, *before, ACCEPTED, "env")
    headers = {
        key: compile_text(value, f"the header {key}", with_answer, problems)
        for key, _, value in entries(fields.take("headers"), "'headers'", problems)
    }
    sends = _sends(fields.take("sends"), (*names, *before), context)
    kinds = _kinds(fields.need("messages"), (*sends, *before), names, context)
    schemas = _schemas(fields.take("schemas"), kinds, context)
    anytime = _anytime(fields.take("anytime"), kinds, context)
    order_node, late_node = fields.need("order"), fields.take("late_join")
    fields.done()
    order = OrderReader(kinds, names, problems).read(order_node) if order_node else None
    if order is not None:
        check_apart(anytime, order, node.span.document, problems)
    return Socket(
        place(node.span),
        compile_text(connect, "'connect'", with_answer, problems) if connect else Template("", frozenset()),
        headers,
        within,
        sends,
        kinds,
        schemas,
        anytime,
        order if order is not None else OrderReader(kinds, names, problems).read(Sequence((), node.span)),
        place(order_node.span if order_node else node.span),
        _late_join(late_node, order, kinds.keys() - anytime.keys(), context) if order is not None else None,
    )


def read_timed(node: Node | None, socket: Socket, context: Context) -> tuple[Deadline | Gap, ...]:
    """The deadlines and gaps."""
    timed: list[Deadline | Gap] = []
    for name, span, value in entries(node, "'deadlines'", context.problems):
        timed.append(_deadline(f"deadlines/{name}", span, value, socket, context))
    return tuple(timed)


def read_relations(
    always: Node | None, at_end: Node | None, names: tuple[str, ...], socket: Socket, context: Context
) -> tuple[Relation, ...]:
    """The relations: `always` for messages, `at_end` once a connection has seen the terminal message."""
    looking_back = (*names, ACCEPTED, "last", "all", "sent")
    relations: list[Relation | None] = []
    for name, span, value in entries(always, "'always'", context.problems):
        fields = Fields(value, "a relation", context.problems)
        points = _names(fields.need("for"), "kind", socket.kinds, context)
        reader = _RelationReader(socket, context, (*looking_back, "msg", "prev"))
        relations.append(reader.read(f"always/{name}", span, fields, frozenset(points)))
    for name, span, value in entries(at_end, "'at_end'", context.problems):
        short = isinstance(value, Scalar)
        node = Mapping({"expect": (value.span, value)}, value.span) if short else value
        fields = Fields(node, "a relation", context.problems)
        reader = _RelationReader(socket, context, looking_back)
        relations.append(reader.read(f"at_end/{name}", span, fields, frozenset({END})))
    return tuple(relation for relation in relations if relation is not None)


class _RelationReader:
    """Reads `expect` and `when` of one relation."""

    def __init__(self, socket: Socket, context: Context, names: tuple[str, ...]) -> None:
        self._socket = socket
        self._context = context
        self._environment = context.environment(*names)

    def read(self, clause: str, span: Span, fields: Fields, points: frozenset[str]) -> Relation | None:
        expect_node, when_node, group = fields.need("expect"), fields.take("when"), fields.text("group")
        fields.done()
        expect, when = self._bool(expect_node), self._bool(when_node)
        if expect is None:
            return None
        needs = self._needs(expect_node, expect) | (self._needs(when_node, when) if when else frozenset())
        return Relation(clause, place(span), points, expect, when, needs, group or "")

    def _bool(self, node: Node | None) -> Expression | None:
        if node is None:
            return None
        return compile_condition(node, self._environment, self._context.problems)

    def _needs(self, node: Node | None, expression: Expression) -> frozenset[str]:
        needs: set[str] = set()
        for root, name in chain.from_iterable(map(_LOOKS_BACK.findall, expression.mentions)):
            known = self._socket.sends if root == "sent" else self._socket.kinds
            if name not in known and isinstance(node, Scalar):
                what = "sent message" if root == "sent" else "kind"
                span = inside(node, expression.source.find(f"{root}.{name}") + len(root) + 1, len(name))
                self._context.problems.unknown(span, what, name, known)
            elif root != "sent":
                needs.add(name)
        return frozenset(needs)


def _sends(node: Node | None, names: tuple[str, ...], context: Context) -> dict[str, Send]:
    sends: dict[str, Send] = {}
    for name, span, value in entries(node, "'sends'", context.problems):
        if name in POINTS:
            context.problems.add(span, f"{name!r} is a point of every job; a message needs another name")
        if name in names:
            context.problems.add(span, f"{name!r} has a meaning already; a message needs another name")
        fields = Fields(value, "a message to send", context.problems)
        at, json = fields.take("at"), fields.need("json")
        fields.done()
        if at is not None and plain(at) != "open":
            context.problems.add(at.span, f"at: open is expected; found {kind_of(at)}")
        if json is not None:
            sends[name] = Send(compile_template(json, context.environment(*names, ACCEPTED, "env"), context.problems))
    return sends


def _kinds(node: Node | None, taken: Iterable[str], names: tuple[str, ...], context: Context) -> dict[str, Template]:
    kinds: dict[str, Template] = {}
    for name, span, value in entries(node, "'messages'", context.problems):
        if name in POINTS or name in taken or name in COMBINATORS or not is_name(name):
            context.problems.add(span, f"a kind cannot be called {name!r}", "use another name, such as photo_done")
        if not isinstance(value, Mapping):
            context.problems.add(value.span, f"the object that a {name} contains is expected; found {kind_of(value)}")
        kinds[name] = compile_template(value, context.environment(*names), context.problems)
    return kinds


def _schemas(node: Node | None, kinds: Iterable[str], context: Context) -> dict[str, tuple[Schema, Place]]:
    schemas: dict[str, tuple[Schema, Place]] = {}
    for name, span, value in entries(node, "'schemas'", context.problems):
        if name not in kinds:
            context.problems.unknown(span, "kind", name, kinds)
        schema = context.schema(value)
        if schema is not None:
            schemas[name] = (schema, place(span))
    return schemas


def _anytime(node: Node | None, kinds: Iterable[str], context: Context) -> dict[str, Anytime]:
    anytime: dict[str, Anytime] = {}
    if isinstance(node, Sequence):
        for name in _names(node if node.items else None, "kind", kinds, context):
            anytime[name] = Anytime()
        return anytime
    windows = entries(node, "'anytime'", context.problems)
    others = set(kinds) - {name for name, _, _ in windows}
    for name, span, value in windows:
        if name not in kinds:
            context.problems.unknown(span, "kind", name, kinds)
        fields = Fields(value, "a time", context.problems)
        after, until = fields.take("after"), fields.take("until")
        fields.done()
        if until is not None and plain(until) not in (END, CLOSE):
            context.problems.add(until.span, f"until: end or until: close is expected; found {kind_of(until)}")
        starts = _names(after, "kind of the order", others, context)
        if after is not None and len(starts) > 1:
            context.problems.add(after.span, "one kind is expected here; found a list of several")
        anytime[name] = Anytime(starts[0] if starts else None, until is not None and plain(until) == CLOSE)
    return anytime


def _late_join(node: Node | None, order: Step, kinds: Iterable[str], context: Context) -> LateJoin | None:
    if node is None or plain(node) == REPLAY:
        return None
    if not isinstance(node, Mapping):
        message = f"late_join is replay, or says which kind is the snapshot; found {kind_of(node)}"
        context.problems.add(node.span, message, "for example late_join: {snapshot: state}")
        return None
    fields = Fields(node, "'late_join'", context.problems)
    snapshot = _names(fields.need("snapshot"), "kind", kinds, context)
    over = _names(fields.take("over"), "kind", kinds, context)
    fields.done()
    return late_join(order, snapshot, over, node.span, context.problems)


def _deadline(clause: str, span: Span, node: Node, socket: Socket, context: Context) -> Deadline | Gap:
    fields = Fields(node, "a deadline", context.problems)
    points = (REQUEST, ACCEPTED, CONNECT, OPEN, END, CLOSE, *socket.sends, *socket.kinds)
    between = fields.take("between")
    first = ("point", points) if between is None else ("kind", tuple(socket.kinds))
    start = _names(fields.need("from"), *first, context)
    to = _names(fields.need("to"), "point", points, context)
    within = fields.seconds("within")
    or_end = fields.take("or_end") if between is None else None
    fields.done()
    if between is not None:
        if plain(between) != "received":
            context.problems.add(between.span, f"between: received is expected; found {kind_of(between)}")
        return Gap(clause, place(span), start, to, within)
    if or_end is not None and not isinstance(plain(or_end), bool):
        context.problems.add(or_end.span, f"or_end is true or false; found {kind_of(or_end)}")
    on_socket = any(point not in (REQUEST, ACCEPTED) for point in to)
    return Deadline(clause, place(span), start, to, within, or_end is not None and plain(or_end) is True, on_socket)


def _names(node: Node | None, what: str, known: Iterable[str], context: Context) -> tuple[str, ...]:
    """One name or a list of them, each one of the `known`."""
    found: list[str] = []
    for item in one_or_more(node) if node is not None else ():
        name = text(item, f"a {what}", context.problems)
        if name is None:
            continue
        if name in known:
            found.append(name)
        else:
            context.problems.unknown(item.span, what, name, known)
    if isinstance(node, Sequence) and not node.items:
        context.problems.add(node.span, f"at least one {what} is expected")
    return tuple(dict.fromkeys(found))
