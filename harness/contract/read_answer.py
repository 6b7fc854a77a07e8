"""Reading what is promised of an answer: to the judged request, to an action, to what is asked afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, one_or_more
from harness.contract.model import Answer
from harness.contract.source import Mapping, Node, Scalar, Sequence, kind_of, place
from harness.contract.templates import compile_template

if TYPE_CHECKING:
    from harness.contract.context import Context
    from harness.contract.problems import Span
    from harness.contract.read_relations import RelationReader
    from harness.expressions.cel import Environment

WITHIN = 10.0
"""Seconds for an answer of which the contract does not say until when it must come."""
_SUCCESSFUL = tuple(range(200, 300))
_CLAUSES = ("status", "within", "schema", "body")


def read_answer(node: Node, prefix: str, before: Environment, reader: RelationReader) -> Answer:
    """What is promised of the answer to the request: `accepted` or `refused`, which is its point too.

    Args:
        node: what is written.
        prefix: `accepted` or `refused`.
        before: the names that are known before there is an answer.
        reader: of its conditions.
    """
    context = reader.context
    fields = Fields(node, f"{prefix!r}", context.problems)
    status, within = fields.need("status"), fields.seconds("within")
    statuses = read_statuses(status, context) if status is not None else ()
    return _read_rest(fields, prefix, prefix, statuses, within, before, reader)


def read_promise(
    node: Node | None, prefix: str, point: str, span: Span, before: Environment, reader: RelationReader
) -> Answer:
    """What is promised of the answer to another request; all of it may be left out.

    Args:
        node: what is written under `expect`.
        prefix: of the names of its clauses: `actions/NAME` or `afterwards/NAME`.
        point: its name.
        span: the request's place, for the clauses of a promise that is not written.
        before: the names that are known before there is an answer.
        reader: of its conditions.
    """
    context = reader.context
    fields = Fields(node if node is not None else Mapping({}, span), "'expect'", context.problems)
    status, within = fields.take("status"), fields.seconds("within", WITHIN)
    statuses = read_statuses(status, context) if status is not None else _SUCCESSFUL
    return _read_rest(fields, prefix, point, statuses, within, before, reader)


def _read_rest(
    fields: Fields, prefix: str, point: str, statuses: tuple[int, ...], within: float,
    before: Environment, reader: RelationReader,
) -> Answer:  # fmt: skip
    context = reader.context
    schema, body, expect = fields.take("schema"), fields.take("body"), fields.take("expect")
    fields.done()
    relations = []
    for name, span, value in entries(expect, "'expect'", context.problems, "a clause"):
        if name in _CLAUSES:
            context.problems.add(span, f"{prefix}/{name} is a clause already", "give this one another name")
        relations.append(reader.short(f"{prefix}/{name}", span, value, frozenset({point})))
    return Answer(
        prefix,
        place(fields.span),
        statuses,
        within,
        context.schema(schema),
        compile_template(body, before, context.problems) if body is not None else None,
        tuple(relation for relation in relations if relation is not None),
    )


def read_statuses(node: Node, context: Context) -> tuple[int, ...]:
    """One HTTP status, or a list of them."""
    statuses: list[int] = []
    for item in one_or_more(node):
        if isinstance(item, Scalar) and isinstance(item.value, int) and 200 <= item.value <= 599:
            statuses.append(item.value)
        else:
            context.problems.add(item.span, f"an HTTP status from 200 to 599 is expected; found {kind_of(item)}")
    if isinstance(node, Sequence) and not node.items:
        context.problems.add(node.span, "at least one HTTP status is expected")
    return tuple(statuses)
