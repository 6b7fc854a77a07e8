"""Holding one connection to a case: the one path by which events become verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.contract.order import build
from harness.expressions.cel import EvaluationError
from harness.temporal.deadlines import Deadline, DeadlineMonitor, GapMonitor
from harness.temporal.invariants import NOT_EXERCISED, Broken, Invariant, InvariantMonitor, NotExercised, Test
from harness.temporal.matching import contains, first_difference
from harness.temporal.order import OrderMonitor
from harness.temporal.watch import History, Watch
from harness.trace.events import (
    ACCEPTED,
    CONNECT,
    NOT_OPENED,
    OPEN,
    REFUSED,
    REQUEST,
    UNDECLARED,
    Event,
    NotJson,
    What,
)  # fmt: skip
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as Names

    from harness.contract.model import Answer, Case, Relation, Socket
    from harness.expressions.schema import Schema
    from harness.temporal.monitor import Monitor
    from harness.trace.events import Json
    from harness.trace.verdicts import Place

_SHOWN = 300


class Judge:
    """One connection of one example held to its case.

    Feed it every event in order, as read; the judge gives received messages their kind and answers their point.
    Otherwise use it as the `watch` it holds.
    """

    def __init__(self, case: Case, names: Names[str, Any]) -> None:
        """Build every monitor of the case.

        Args:
            case: what is promised.
            names: the example's inputs and fresh values.

        Raises:
            TemplateError: the order or a kind uses what the inputs do not have.
        """
        self.case = case
        self.names = dict(names)
        self._history = History()
        self._kinds = [(kind, part.render(names)) for kind, part in case.socket.kinds.items()] if case.socket else []
        order = None
        if case.socket is not None:
            order = OrderMonitor("order", case.socket.order_place, build(case.socket.order, names), case.socket.anytime)
        self.watch = Watch(order, tuple(self._monitors()), self._history)

    def feed(self, event: Event) -> Event:
        """Take the next event; returns it with the point by which the clauses know it."""
        event = self._named(event)
        if event.point in (ACCEPTED, REFUSED):
            self.names[event.point] = event.value
        self.watch.feed(event)
        return event

    def _named(self, event: Event) -> Event:
        if event.what is What.ANSWER:
            return replace(event, point=self._answer_point(event.value.get("status")))
        if event.what is What.RECEIVED:
            return replace(event, point=self._kind(event.value))
        return event

    def _answer_point(self, status: int | None) -> str:
        """The promised point if the status is one that was promised, else the other one."""
        promised = self.case.answer.prefix
        if status in self.case.answer.statuses:
            return promised
        return REFUSED if promised == ACCEPTED else ACCEPTED

    def _kind(self, message: Json) -> str:
        if isinstance(message, NotJson):
            return UNDECLARED
        return next((kind for kind, part in self._kinds if contains(message, part)), UNDECLARED)

    def _monitors(self) -> Iterator[Monitor]:
        yield from self._answer_monitors(self.case.answer)
        if self.case.socket is not None:
            yield from self._socket_monitors(self.case.socket)
        for timed in self.case.timed:
            yield DeadlineMonitor(timed) if isinstance(timed, Deadline) else GapMonitor(timed)
        for relation in self.case.relations:
            yield self._relation_monitor(relation)

    def _answer_monitors(self, answer: Answer) -> Iterator[Monitor]:
        prefix, place = answer.prefix, answer.place
        both = frozenset({ACCEPTED, REFUSED})
        right = frozenset({prefix})
        within = Deadline(f"{prefix}/within", place, (REQUEST,), (ACCEPTED, REFUSED), answer.within, on_socket=False)
        yield DeadlineMonitor(within)
        yield _invariant(f"{prefix}/status", place, both, _status_test(answer), Explanation.ANSWER)
        if answer.body is not None:
            test = _body_test(answer.body.render(self.names))
            yield _invariant(f"{prefix}/body", place, right, test, Explanation.ANSWER)
        if answer.schema is not None:
            test = _schema_test(answer.schema, lambda event: event.value.get("body"))
            yield _invariant(f"{prefix}/schema", place, right, test, Explanation.SHAPE)
        for relation in answer.relations:
            yield self._relation_monitor(relation)

    def _socket_monitors(self, socket: Socket) -> Iterator[Monitor]:
        opened = frozenset({OPEN, NOT_OPENED})
        yield DeadlineMonitor(Deadline("socket/within", socket.place, (CONNECT,), tuple(opened), socket.within))
        yield _invariant("socket/opens", socket.place, opened, _open_test, Explanation.NOT_OPENED)
        for kind, (schema, place) in socket.schemas.items():
            test = _schema_test(schema, lambda event: event.value)
            yield _invariant(f"schemas/{kind}", place, frozenset({kind}), test, Explanation.SHAPE)

    def _relation_monitor(self, relation: Relation) -> Monitor:
        def test(event: Event, previous: Event | None) -> Broken | NotExercised | None:
            return self._relation_holds(relation, event, previous)

        return _invariant(relation.clause, relation.place, relation.points, test, Explanation.RELATION)

    def _relation_holds(self, relation: Relation, event: Event, previous: Event | None) -> Broken | NotExercised | None:
        roots = relation.expect.roots | (relation.when.roots if relation.when else frozenset())
        if ("prev" in roots and previous is None) or any(not self._history.received[kind] for kind in relation.needs):
            return NOT_EXERCISED
        if ACCEPTED in roots and ACCEPTED not in self.names:
            return NOT_EXERCISED  # a message that overtook the answer
        names = self._expression_names(roots, event, previous)
        try:
            if relation.when is not None and not relation.when.holds(names):
                return NOT_EXERCISED
            if relation.expect.holds(names):
                return None
        except EvaluationError as error:
            return Broken(f"{relation.expect.source}: {error}")
        values = relation.expect.values(names)
        return Broken(f"{relation.expect.source} is false{': ' if values else ''}{values}")

    def _expression_names(self, roots: frozenset[str], event: Event, previous: Event | None) -> dict[str, Any]:
        names = {root: self.names[root] for root in roots if root in self.names}
        if "msg" in roots:
            names["msg"] = event.value
        if "prev" in roots and previous is not None:
            names["prev"] = previous.value
        received = self._history.received
        if "last" in roots:
            names["last"] = {kind: events[-1].value for kind, events in received.items() if kind and events}
        if "all" in roots:
            names["all"] = {kind: [one.value for one in events] for kind, events in received.items() if kind}
        if "sent" in roots:
            sends = self.case.socket.sends if self.case.socket else ()
            names["sent"] = {name: [one.value for one in self._history.sent[name]] for name in sends}
        return names


def _invariant(
    clause: str, place: Place, points: frozenset[str], test: Test, explanation: Explanation
) -> InvariantMonitor:
    return InvariantMonitor(Invariant(clause, place, points, test, explanation))


def _status_test(answer: Answer) -> Test:
    expected = tuple(str(status) for status in answer.statuses)

    def test(event: Event, previous: Event | None) -> Broken | None:
        status = event.value.get("status")
        if status in answer.statuses:
            return None
        if status is None:
            return Broken(f"no answer came: {event.value.get('problem')}", expected)
        return Broken(f"the answer was {status}: {_shortened(event.value.get('body'))}", expected)

    return test


def _body_test(part: Json) -> Test:
    def test(event: Event, previous: Event | None) -> Broken | None:
        difference = first_difference(event.value.get("body"), part)
        return None if difference is None else Broken(f"in the answer's body {difference}")

    return test


def _schema_test(schema: Schema, part: Callable[[Event], Json]) -> Test:
    def test(event: Event, previous: Event | None) -> Broken | None:
        problem = schema.problem(part(event))
        return None if problem is None else Broken(f"`{event.point}` {problem}")

    return test


def _open_test(event: Event, previous: Event | None) -> Broken | None:
    if event.point == OPEN:
        return None
    status = event.value.get("status")
    if status is not None:
        return Broken(f"the handshake was answered {status}: {_shortened(event.value.get('body'))}", ("101",))
    return Broken(f"the socket did not open: {event.value.get('problem')}", ("101",))


def _shortened(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
