"""Holding one connection to a case: the one path by which events become verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.contract.answering import (
    body_of,
    body_test,
    invariant,
    roots_of,
    schema_test,
    shortened,
    status_test,
    unjudged,
)
from harness.contract.building import build
from harness.contract.facts import Facts
from harness.contract.partial import UnjudgedOrder, unknown
from harness.temporal.deadlines import Deadline, DeadlineMonitor, Gap, GapMonitor
from harness.temporal.invariants import Broken
from harness.temporal.keyed import KeyedDeadline, KeyedMonitor
from harness.temporal.matching import contains
from harness.temporal.order import Late, OrderMonitor
from harness.temporal.watch import Watch
from harness.trace.events import (
    ACCEPTED,
    CONNECT,
    NOT_OPENED,
    OPEN,
    REFUSED,
    REQUEST,
    SWITCHING_PROTOCOLS,
    UNDECLARED,
    Event,
    NotJson,
    What,
)  # fmt: skip
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Names

    from harness.contract.model import Answer, Case, Relation, Socket
    from harness.temporal.monitor import Monitor
    from harness.trace.events import Json

_ANSWERS = frozenset({What.BEFORE, What.ACTION, What.AFTERWARDS})
"""Answers that expressions know by the name of what was asked."""


class Judge:
    """One connection of one example held to its case.

    Feed it every event in order, as read; the judge gives received messages their kind and answers their point.
    Otherwise use it as the `watch` it holds.
    """

    def __init__(self, case: Case, names: Names[str, Any], absent: Iterable[str] = ()) -> None:
        """Build every monitor of the case; a clause that needs what is not known will not be exercised.

        Args:
            case: what is promised.
            names: the example's inputs and fresh values; a recording may not know all of them.
            absent: points that the events do not tell of, whether or not they have happened.

        Raises:
            TemplateError: the order or a kind uses what the inputs do not have.
        """
        self.case = case
        self._facts = Facts(case, names)
        self.names = self._facts.names
        self._unknown = unknown(case, names, absent)
        kinds = case.socket.kinds.items() if case.socket and not self._unknown.kinds else ()
        self._kinds = [(kind, part.render(names)) for kind, part in kinds]
        order = self._order(case.socket) if case.socket is not None else None
        self.watch = Watch(order, tuple(self._monitors()), self._facts.history)

    @property
    def order_needs(self) -> frozenset[str]:
        """The inputs for want of which the order is not judged; none if it is."""
        return self._unknown.for_order

    @property
    def last(self) -> dict[str, Json]:
        """The last message of each kind that has come."""
        return self._facts.last

    @property
    def dropped(self) -> Names[str, int]:
        """How many messages of each kind no clause looks back on, and so are no longer kept here."""
        return self._facts.history.dropped

    def feed(self, event: Event) -> Event:
        """Take the next event; returns it with the point by which the clauses know it."""
        event = self._named(event)
        if event.point in (ACCEPTED, REFUSED) or event.what in _ANSWERS:
            self.names[event.point] = event.value
        self.watch.feed(event)
        return event

    def _named(self, event: Event) -> Event:
        if event.what is What.ANSWER:
            return event._replace(point=self._answer_point(event.value.get("status")))
        if event.what is What.RECEIVED:
            return Event(event.at, event.what, self._kind(event.value), event.value, event.connection)
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

    def _order(self, socket: Socket) -> OrderMonitor:
        if self._unknown.for_order:
            return UnjudgedOrder("order", socket.order_place)
        pattern, join = build(socket.order, self.names), socket.late_join
        late = Late(build(join.order, self.names), join.first) if join is not None else None
        return OrderMonitor("order", socket.order_place, pattern, socket.anytime, late, dict(self._kinds))

    def _monitors(self) -> Iterator[Monitor]:
        yield from self._answer_monitors(self.case.answer)
        if self.case.socket is not None:
            yield from self._socket_monitors(self.case.socket)
        for timed in self.case.timed:
            yield self._timed_monitor(timed)
        for relation in self.case.relations:
            yield self._relation_monitor(relation)

    def _answer_monitors(self, answer: Answer) -> Iterator[Monitor]:
        prefix, place = answer.prefix, answer.place
        both = frozenset({ACCEPTED, REFUSED})
        right = frozenset({prefix})
        within = Deadline(f"{prefix}/within", place, (REQUEST,), (ACCEPTED, REFUSED), answer.within, on_socket=False)
        yield DeadlineMonitor(within)
        yield invariant(f"{prefix}/status", place, both, status_test(answer), Explanation.ANSWER)
        if answer.body is not None and self._unknown.touches(answer.body.roots):
            yield unjudged(f"{prefix}/body", place)
        elif answer.body is not None:
            test = body_test(answer.body.render(self.names))
            yield invariant(f"{prefix}/body", place, right, test, Explanation.ANSWER)
        if answer.schema is not None:
            test = schema_test(answer.schema, body_of)
            yield invariant(f"{prefix}/schema", place, right, test, Explanation.SHAPE)
        for relation in answer.relations:
            yield self._relation_monitor(relation)

    def _socket_monitors(self, socket: Socket) -> Iterator[Monitor]:
        opened = frozenset({OPEN, NOT_OPENED})
        yield self._timed_monitor(Deadline("socket/within", socket.place, (CONNECT,), tuple(opened), socket.within))
        yield invariant("socket/opens", socket.place, opened, _open_test, Explanation.NOT_OPENED)
        for kind, (schema, place) in socket.schemas.items():
            test = schema_test(schema, lambda event: event.value)
            yield invariant(f"schemas/{kind}", place, frozenset({kind}), test, Explanation.SHAPE)

    def _timed_monitor(self, timed: Deadline | Gap | KeyedDeadline) -> Monitor:
        if self._unknown.touches_timed(timed):
            return unjudged(timed.clause, timed.place)
        if isinstance(timed, KeyedDeadline):
            return KeyedMonitor(timed)
        return DeadlineMonitor(timed) if isinstance(timed, Deadline) else GapMonitor(timed)

    def _relation_monitor(self, relation: Relation) -> Monitor:
        if self._unknown.touches(roots_of(relation)):
            return unjudged(relation.clause, relation.place)
        test = self._facts.test(relation)
        return invariant(relation.clause, relation.place, relation.points, test, Explanation.RELATION)


def _open_test(event: Event, previous: Event | None) -> Broken | None:
    if event.point == OPEN:
        return None
    status = event.value.get("status")
    if status not in (None, SWITCHING_PROTOCOLS):
        return Broken(f"the handshake was answered {status}: {shortened(event.value.get('body'))}", ("101",))
    return Broken(f"the socket did not open: {event.value.get('problem')}", ("101",))
