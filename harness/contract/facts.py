"""What the clauses of one connection can name: inputs, answers, and the messages so far."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from harness.contract.answering import holds, roots_of
from harness.temporal.invariants import NOT_EXERCISED
from harness.temporal.watch import History
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from harness.contract.model import Case, Relation
    from harness.temporal.invariants import Broken, NotExercised, Test
    from harness.trace.events import Event, Json


class Facts:
    """What expressions know by now. Tests hold on to it, and it to none of them, so that both go with their judge.

    Attributes:
        names: inputs, fresh values, and the answers that have come; add each answer as it comes.
        history: the messages; whoever watches the connection notes them.
    """

    def __init__(self, case: Case, names: Names[str, Any]) -> None:
        self.names = dict(names)
        self.history = History(_kinds_kept(case))
        self._answers = frozenset({ACCEPTED, *(one.name for one in (*case.before, *case.actions, *case.afterwards))})
        self._sends = tuple(case.socket.sends) if case.socket is not None else ()

    @property
    def last(self) -> dict[str, Json]:
        """The last message of each kind that has come."""
        return {kind: events[-1].value for kind, events in self.history.received.items() if kind and events}

    def test(self, relation: Relation) -> Test:
        """Whether a relation holds at an event."""
        roots = roots_of(relation)
        return partial(self._holds, relation, roots, self._answers & roots)

    def _holds(
        self,
        relation: Relation,
        roots: frozenset[str],
        answers: frozenset[str],
        event: Event,
        previous: Event | None,
    ) -> Broken | NotExercised | None:
        if ("prev" in roots and previous is None) or not self._has_come(relation.needs):
            return NOT_EXERCISED
        if not answers <= self.names.keys():
            return NOT_EXERCISED  # a message that overtook the answer, or a recording that has none
        return holds(relation, self._named(roots, event, previous))

    def _has_come(self, kinds: frozenset[str]) -> bool:
        """Whether a message of each of these kinds has come."""
        return not kinds or all(self.history.received[kind] for kind in kinds)

    def _named(self, roots: frozenset[str], event: Event, previous: Event | None) -> dict[str, Any]:
        names = {root: self.names[root] for root in roots if root in self.names}
        if "msg" in roots:
            names["msg"] = event.value
        if "prev" in roots and previous is not None:
            names["prev"] = previous.value
        received = self.history.received
        if "last" in roots:
            names["last"] = self.last
        if "all" in roots:
            names["all"] = {kind: [one.value for one in events] for kind, events in received.items() if kind}
        if "sent" in roots:
            names["sent"] = {name: [one.value for one in self.history.sent[name]] for name in self._sends}
        return names


def _kinds_kept(case: Case) -> frozenset[str] | None:
    """The kinds of which some clause looks back at all messages; None if that may be any."""
    looking = [relation for relation in case.relations if "all" in roots_of(relation)]
    if any(not relation.needs for relation in looking):
        return None
    return frozenset().union(*(relation.needs for relation in looking))
