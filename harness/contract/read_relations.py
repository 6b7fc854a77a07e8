"""Reading clauses in the expression language: over messages, at the end, over an answer."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, names_in
from harness.contract.model import Relation
from harness.contract.source import Mapping, Node, Scalar, place
from harness.contract.templates import compile_condition, inside
from harness.trace.events import ACCEPTED, END

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.contract.context import Context
    from harness.contract.levels import Marks
    from harness.contract.model import Socket
    from harness.contract.problems import Span
    from harness.expressions.cel import Environment, Expression

_LOOKS_BACK = re.compile(r"(last|all|sent)\.(\w+)")


class RelationReader:
    """Reads relations over the names of one environment.

    Attributes:
        context: of the contract.

    Args:
        context: of the contract.
        marks: of the case.
        environment: the names that they may use.
        kinds: what may follow `last.` and `all.`.
        sends: what may follow `sent.`.
    """

    def __init__(
        self,
        context: Context,
        marks: Marks,
        environment: Environment,
        kinds: Collection[str] = (),
        sends: Collection[str] = (),
    ) -> None:
        self.context = context
        self._marks = marks
        self._environment = environment
        self._kinds = kinds
        self._sends = sends

    def short(self, clause: str, span: Span, node: Node, points: frozenset[str]) -> Relation | None:
        """A condition alone, or a map with `expect`."""
        scalar = isinstance(node, Scalar)
        written = Mapping({"expect": (node.span, node)}, node.span) if scalar else node
        return self.read(clause, span, Fields(written, "a relation", self.context.problems), points)

    def read(self, clause: str, span: Span, fields: Fields, points: frozenset[str]) -> Relation | None:
        """What is left in `fields`; None, and noted, if its condition is none."""
        expect_node, when_node, group = fields.need("expect"), fields.take("when"), fields.text("group")
        self._marks.take(clause, fields, self.context.problems)
        fields.done()
        expect, when = self._bool(expect_node), self._bool(when_node)
        if expect is None:
            return None
        needs = self._needs(expect_node, expect) | (self._needs(when_node, when) if when else frozenset())
        return Relation(clause, place(span), points, expect, when, needs, group or "")

    def _bool(self, node: Node | None) -> Expression | None:
        if node is None:
            return None
        return compile_condition(node, self._environment, self.context.problems)

    def _needs(self, node: Node | None, expression: Expression) -> frozenset[str]:
        needs: set[str] = set()
        for root, name in chain.from_iterable(map(_LOOKS_BACK.findall, expression.mentions)):
            known = self._sends if root == "sent" else self._kinds
            if name not in known and isinstance(node, Scalar):
                what = "sent message" if root == "sent" else "kind"
                written = re.search(rf"\b{root}\.{name}\b", expression.source)
                at = written.start() + len(root) + 1 if written is not None else 0
                span = inside(node, at, len(name))
                self.context.problems.unknown(span, what, name, known)
            elif root != "sent":
                needs.add(name)
        return frozenset(needs)


def read_relations(
    always: Node | None, at_end: Node | None, names: tuple[str, ...], socket: Socket, context: Context, marks: Marks
) -> tuple[Relation, ...]:
    """The relations: `always` for messages, `at_end` once a connection has seen the terminal message.

    Args:
        always: what is written there.
        at_end: what is written there.
        names: of the inputs, the steps beforehand and the actions.
        socket: with the kinds and the messages that are sent.
        context: of the contract.
        marks: take what is said of each clause besides.
    """
    looking_back = (*names, ACCEPTED, "last", "all", "sent")
    relations: list[Relation | None] = []
    at_messages = context.environment(*looking_back, "msg", "prev")
    reader = RelationReader(context, marks, at_messages, socket.kinds, socket.sends)
    for name, span, value in entries(always, "'always'", context.problems, "a clause"):
        fields = Fields(value, "a relation", context.problems)
        points = names_in(fields.need("for"), "kind", socket.kinds, context.problems)
        relations.append(reader.read(f"always/{name}", span, fields, frozenset(points)))
    reader = RelationReader(context, marks, context.environment(*looking_back), socket.kinds, socket.sends)
    for name, span, value in entries(at_end, "'at_end'", context.problems, "a clause"):
        relations.append(reader.short(f"at_end/{name}", span, value, frozenset({END})))
    return tuple(relation for relation in relations if relation is not None)
