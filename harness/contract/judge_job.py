"""Holding the requests that a client makes besides to what is promised of their answers: once a job.

Actions that the client makes while its job runs, and what it asks afterwards, concern no connection. Their events are
judged here, live and from a recording alike; the judge of each connection only learns their answers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from harness.contract.answering import body_of, body_test, holds, invariant, roots_of, schema_test, status_test
from harness.contract.templates import TemplateError
from harness.temporal.invariants import NOT_EXERCISED, Broken
from harness.trace.events import ACCEPTED, REFUSED, What
from harness.trace.units import duration
from harness.trace.verdicts import Explanation, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Names

    from harness.contract.model import Answer, Aside, Case, Relation
    from harness.contract.templates import Template
    from harness.temporal.invariants import InvariantMonitor, NotExercised
    from harness.trace.events import Event, Json
    from harness.trace.verdicts import Violation

_ASKED = frozenset({What.ACTION, What.AFTERWARDS})


class JobJudge:
    """The promised answers of one job's actions, and of what is asked once it has ended.

    Feed it every event of the job, named as the judge of a connection names them, in order; tell it the last messages
    of the connection that saw the end first, with `ended`. A request that was not made exercises nothing.
    """

    def __init__(self, case: Case, names: Names[str, Any]) -> None:
        self._names = dict(names)
        self._given = frozenset(names)
        self._monitors = tuple(monitor for one in case.judged_asides for monitor in self._of(one))

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if event.point in (ACCEPTED, REFUSED) or event.what in (What.BEFORE, *_ASKED):
            self._names[event.point] = event.value
        if event.what in _ASKED:
            for monitor in self._monitors:
                monitor.feed(event)

    def ended(self, last: Names[str, Json]) -> None:
        """The job has ended on a connection for the first time, and these are its last messages, by kind."""
        self._names.setdefault("last", dict(last))

    def violations(self) -> tuple[Violation, ...]:
        """What is broken."""
        return tuple(monitor.violation for monitor in self._monitors if monitor.violation is not None)

    def verdicts(self) -> dict[str, Verdict]:
        """Each clause's verdict, by name."""
        return {monitor.clause: monitor.verdict for monitor in self._monitors}

    def _of(self, aside: Aside) -> Iterator[InvariantMonitor]:
        promise = aside.promise
        if promise is None:
            return
        prefix, place, points = promise.prefix, promise.place, frozenset({aside.name})
        yield invariant(f"{prefix}/within", place, points, partial(_in_time, promise), Explanation.LATE)
        yield invariant(f"{prefix}/status", place, points, partial(_right_status, promise), Explanation.ANSWER)
        if promise.body is not None:
            test = partial(self._right_body, promise, promise.body)
            yield invariant(f"{prefix}/body", place, points, test, Explanation.ANSWER)
        if promise.schema is not None:
            test = partial(_right_shape, promise)
            yield invariant(f"{prefix}/schema", place, points, test, Explanation.SHAPE)
        for relation in promise.relations:
            test = partial(self._right_relation, promise, relation)
            yield invariant(relation.clause, relation.place, points, test, Explanation.RELATION)

    def _right_body(
        self, promise: Answer, body: Template, event: Event, previous: Event | None
    ) -> Broken | NotExercised | None:
        if not _is_right(promise, event) or not self._knows(body.roots, body.looked_at):
            return NOT_EXERCISED
        try:
            part = body.render(self._names)
        except TemplateError as error:
            if body.roots <= self._given:
                raise
            return Broken(str(error))
        return body_test(part)(event, previous)

    def _right_relation(
        self, promise: Answer, relation: Relation, event: Event, previous: Event | None
    ) -> Broken | NotExercised | None:
        roots = roots_of(relation)
        if not _is_right(promise, event) or not self._knows(roots, relation.needs):
            return NOT_EXERCISED
        return holds(relation, {root: self._names[root] for root in roots})

    def _knows(self, roots: frozenset[str], kinds: frozenset[str]) -> bool:
        """Whether there is a value for each of these names, and a last message of each of these kinds."""
        return roots <= self._names.keys() and kinds <= self._names.get("last", {}).keys()


def _is_right(promise: Answer, event: Event) -> bool:
    """Of an answer with another status than promised, nothing more is promised."""
    return event.value["status"] in promise.statuses


def _in_time(promise: Answer, event: Event, previous: Event | None) -> Broken | None:
    seconds = event.value["seconds"]
    if seconds <= promise.within:
        return None
    if event.value["status"] is None:
        return Broken(f"`{event.point}` was not answered within {duration(promise.within)}")
    told = f"`{event.point}` was answered after {duration(seconds)}, the deadline is {duration(promise.within)}"
    return Broken(told)


def _right_status(promise: Answer, event: Event, previous: Event | None) -> Broken | NotExercised | None:
    if event.value["status"] is None and event.value["seconds"] > promise.within:
        return NOT_EXERCISED  # that it came too late is said already
    return status_test(promise)(event, previous)


def _right_shape(promise: Answer, event: Event, previous: Event | None) -> Broken | NotExercised | None:
    if promise.schema is None or not _is_right(promise, event):
        return NOT_EXERCISED
    return schema_test(promise.schema, body_of)(event, previous)
