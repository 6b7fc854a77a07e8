"""Reading what a case promises of the socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, is_name, names_in, one_or_more
from harness.contract.headers import read_headers
from harness.contract.late import LateJoin, late_join
from harness.contract.model import Socket
from harness.contract.order import COMBINATORS, QUIET, CloseStep, OrderReader, Step
from harness.contract.overlaps import check_apart, messages
from harness.contract.read_sends import read_sends, written
from harness.contract.source import Mapping, Node, Sequence, kind_of, place, plain
from harness.contract.templates import Template, compile_template, compile_text, no_such_name
from harness.temporal.anytime import Anytime
from harness.trace.events import ACCEPTED, CLOSE, END, POINTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.contract.context import Context
    from harness.contract.problems import Problem, Problems
    from harness.expressions.cel import Environment
    from harness.expressions.schema import Schema
    from harness.trace.verdicts import Place

REPLAY = "replay"
_OTHER_NAME = "use another name, such as photo_done"


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
    headers = read_headers(fields.take("headers"), with_answer, problems)
    offered = _subprotocols(fields.take("subprotocol"), with_answer, context)
    sends_node, kinds_node = fields.take("sends"), fields.need("messages")
    told = len(problems.found)
    kinds = _kinds(kinds_node, (*written(sends_node), *before), names, context)
    sends = read_sends(sends_node, kinds, (*names, *before), context)
    schemas = _schemas(fields.take("schemas"), kinds, context)
    anytime = _anytime(fields.take("anytime"), kinds, context)
    order_node, late_node = fields.need("order"), fields.take("late_join")
    fields.done()
    order_node, quiet = (order_node, 0.0) if QUIET in kinds else _quiet(order_node, problems)
    order = OrderReader(kinds, names, problems).read(order_node) if order_node else None
    problems.found[told:] = [_too_early(problem, (ACCEPTED, *before)) for problem in problems.found[told:]]
    if order is not None and order_node is not None and quiet and any(_closes(order)):
        closes = "a client that stays to see that nothing more comes cannot wait for the server's close"
        problems.add(order_node.span, closes, "leave out one of close and quiet")
    if order is not None:
        check_apart(anytime, order, problems)
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
        offered,
        quiet,
    )


def _too_early(problem: Problem, answers: Iterable[str]) -> Problem:
    """The problem; of an answer that the order, or a kind of message, cannot know, with what can be done instead."""
    for name in answers:
        if problem.message == no_such_name(name):
            message = f"{name!r} is not known here: kinds and their order are settled before anything is sent"
            return problem._replace(
                message=message, hint="use an input or, in the order, what a message brings (capture)"
            )
    return problem


def _subprotocols(node: Node | None, environment: Environment, context: Context) -> tuple[Template, ...]:
    """One text template, or a list of them."""
    if node is None:
        return ()
    if isinstance(node, Sequence) and not node.items:
        context.problems.add(node.span, "at least one subprotocol is expected")
    found = (compile_text(item, "a subprotocol", environment, context.problems) for item in one_or_more(node))
    return tuple(found)


def _quiet(node: Node | None, problems: Problems) -> tuple[Node | None, float]:
    """The order without its last step `quiet: DURATION`, and the seconds of that."""
    if not isinstance(node, Sequence) or not node.items:
        return node, 0.0
    last = node.items[-1]
    if not isinstance(last, Mapping) or list(last.entries) != [QUIET]:
        return node, 0.0
    fields = Fields(last, "a last step", problems)
    return Sequence(node.items[:-1], node.span), fields.seconds(QUIET)


def _closes(order: Step) -> Iterator[CloseStep]:
    return (step for step in messages(order) if isinstance(step, CloseStep))


def _kinds(node: Node | None, taken: Collection[str], names: tuple[str, ...], context: Context) -> dict[str, Template]:
    kinds: dict[str, Template] = {}
    for name, span, value in entries(node, "'messages'", context.problems):
        if name in taken:
            context.problems.add(span, f"a kind cannot be called {name!r}: what is sent or asked is", _OTHER_NAME)
        elif name in POINTS or name in COMBINATORS or not is_name(name):
            context.problems.add(span, f"a kind cannot be called {name!r}", _OTHER_NAME)
        if not isinstance(value, Mapping):
            context.problems.add(value.span, f"the object that a {name} contains is expected; found {kind_of(value)}")
        kinds[name] = compile_template(value, context.environment(*names), context.problems)
    return kinds


def _schemas(node: Node | None, kinds: Collection[str], context: Context) -> dict[str, tuple[Schema, Place]]:
    schemas: dict[str, tuple[Schema, Place]] = {}
    for name, span, value in entries(node, "'schemas'", context.problems):
        if name not in kinds:
            context.problems.unknown(span, "kind", name, kinds)
        schema = context.schema(value)
        if schema is not None:
            schemas[name] = (schema, place(span))
    return schemas


def _anytime(node: Node | None, kinds: Collection[str], context: Context) -> dict[str, Anytime]:
    anytime: dict[str, Anytime] = {}
    if isinstance(node, Sequence):
        for name in names_in(node if node.items else None, "kind", kinds, context.problems):
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
        starts = names_in(after, "kind of the order", others, context.problems)
        if after is not None and len(starts) > 1:
            context.problems.add(after.span, "one kind is expected here; found a list of several")
        anytime[name] = Anytime(starts[0] if starts else None, until is not None and plain(until) == CLOSE)
    return anytime


def _late_join(node: Node | None, order: Step, kinds: Collection[str], context: Context) -> LateJoin | None:
    if node is None or plain(node) == REPLAY:
        return None
    if not isinstance(node, Mapping):
        message = f"late_join is replay, or says which kind is the snapshot; found {kind_of(node)}"
        context.problems.add(node.span, message, "for example late_join: {snapshot: state}")
        return None
    fields = Fields(node, "'late_join'", context.problems)
    snapshot = names_in(fields.need("snapshot"), "kind", kinds, context.problems)
    over = names_in(fields.take("over"), "kind", kinds, context.problems)
    fields.done()
    return late_join(order, snapshot, over, node.span, context.problems)
