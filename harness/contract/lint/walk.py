"""Every expression of a case, with what is known of the names in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.contract.steps import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
)
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.contract.model import Answer, Aside, Case, Relation, Request, Socket
    from harness.contract.steps import Step
    from harness.contract.templates import Template
    from harness.expressions.cel import Expression


class Use(NamedTuple):
    """An expression as it is used.

    Attributes:
        expression: it.
        condition: whether it must be true or false.
        counted: whether a loop goes over it.
        loops: the loops it stands in, the outermost first: the name, and what it goes over.
        points: those of which `msg` in it may be the message.
    """

    expression: Expression
    condition: bool = False
    counted: bool = False
    loops: tuple[tuple[str, Expression], ...] = ()
    points: frozenset[str] = frozenset()


def uses(cases: Iterable[Case]) -> Iterator[tuple[Use, ...]]:
    """Of each case, every expression but those of actions that it never makes.

    What cases share is looked into once.
    """
    known: dict[int, tuple[Use, ...]] = {}
    for case in cases:
        found: list[Use] = []
        for part, look in _parts(case):
            if id(part) not in known:
                known[id(part)] = tuple(look(part))
            found += known[id(part)]
        yield tuple(found)


def _parts(case: Case) -> Iterator[tuple[Any, Callable[[Any], Iterable[Use]]]]:
    yield case.request, _in_request
    yield case.answer, _in_answer
    yield from ((aside, _in_aside) for aside in asides(case))
    yield case.client.first, _in_templates
    if case.socket is not None:
        yield case.socket, _in_socket
    yield case.relations, _in_relations


def asides(case: Case) -> Iterator[Aside]:
    """Every request beside the one that is judged."""
    yield from case.before
    yield from (one.action for one in case.cleanup)
    yield from (act.action for act in case.client.acts)
    yield from case.afterwards
    yield from (step for probe in case.probes for step in probe.steps)


def relations(case: Case) -> Iterator[Relation]:
    """Every clause in the expression language."""
    yield from case.answer.relations
    for aside in asides(case):
        if aside.promise is not None:
            yield from aside.promise.relations
    yield from case.relations


def _in_request(request: Request) -> Iterator[Use]:
    yield from _in_templates(request.templates)


def _in_aside(aside: Aside) -> Iterator[Use]:
    yield from _in_request(aside.request)
    if aside.promise is not None:
        yield from _in_answer(aside.promise)


def _in_socket(socket: Socket) -> Iterator[Use]:
    yield from _in_templates(socket.handshake)
    for send in socket.sends.values():
        yield from (Use(one, points=frozenset({send.after})) for one in send.message.expressions)
    yield from _in_templates(socket.kinds.values())
    yield from _in_step(socket.order, ())


def _in_answer(answer: Answer) -> Iterator[Use]:
    if answer.body is not None:
        yield from _in_templates([answer.body])
    yield from _in_relations(answer.relations)


def _in_relations(read: Iterable[Relation]) -> Iterator[Use]:
    for relation in read:
        yield Use(relation.expect, condition=True, points=relation.points)
        if relation.when is not None:
            yield Use(relation.when, condition=True, points=relation.points)


def _in_templates(templates: Iterable[Template]) -> Iterator[Use]:
    for template in templates:
        yield from (Use(expression) for expression in template.expressions)


def _in_step(step: Step, loops: tuple[tuple[str, Expression], ...]) -> Iterator[Use]:
    match step:
        case KindStep():
            if step.where is not None:
                yield from (Use(expression, loops=loops) for expression in step.where.expressions)
        case CloseStep():
            return
        case SequenceStep(inner) | EitherStep(inner) | InterleaveStep(inner):
            for one in inner:
                yield from _in_step(one, loops)
        case RepeatStep(body, _, _):
            yield from _in_step(body, loops)
        case ForEachStep(variable, over, body, _):
            yield Use(over, counted=True, loops=loops)
            yield from _in_step(body, (*loops, (variable, over)))
