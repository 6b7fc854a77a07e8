"""What is tested of an answer and of a message: the tests that the judges of a connection and of a job share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.expressions.cel import EvaluationError
from harness.temporal.invariants import NOT_EXERCISED, Broken, Invariant, InvariantMonitor, NotExercised, Test
from harness.temporal.matching import first_difference
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as Names

    from harness.contract.model import Answer, Relation
    from harness.expressions.schema import Schema
    from harness.trace.events import Event, Json
    from harness.trace.verdicts import Place

_SHOWN = 300


def invariant(
    clause: str, place: Place, points: frozenset[str], test: Test, explanation: Explanation
) -> InvariantMonitor:
    """A monitor of one clause."""
    return InvariantMonitor(Invariant(clause, place, points, test, explanation))


def unjudged(clause: str, place: Place) -> InvariantMonitor:
    """A clause that no event can exercise."""
    return invariant(clause, place, frozenset(), lambda event, previous: NOT_EXERCISED, Explanation.RELATION)


def status_test(answer: Answer) -> Test:
    """Whether the status is one that was promised."""
    expected = tuple(_runs(answer.statuses))

    def test(event: Event, previous: Event | None) -> Broken | None:
        status = event.value.get("status")
        if status in answer.statuses:
            return None
        if status is None:
            return Broken(f"no answer came: {event.value.get('problem')}", expected)
        return Broken(f"the answer was {status}: {shortened(event.value.get('body'))}", expected)

    return test


def body_test(part: Json) -> Test:
    """Whether the answer's body contains `part`."""

    def test(event: Event, previous: Event | None) -> Broken | None:
        body = event.value.get("body")
        if isinstance(part, dict) and not isinstance(body, dict):
            return Broken(f"the answer's body is no JSON object: {shortened(body)}")
        difference = first_difference(body, part)
        return None if difference is None else Broken(f"in the answer's body {difference}")

    return test


def schema_test(schema: Schema, part: Callable[[Event], Json]) -> Test:
    """Whether a part of the event conforms to a schema."""

    def test(event: Event, previous: Event | None) -> Broken | None:
        problem = schema.problem(part(event))
        return None if problem is None else Broken(f"`{event.point}` {problem}")

    return test


def body_of(event: Event) -> Json:
    """The body of an answer."""
    return event.value.get("body")


def holds(relation: Relation, names: Names[str, Any]) -> Broken | NotExercised | None:
    """Whether a relation holds for these names, which are all that it uses; an error in it breaks it."""
    try:
        if relation.when is not None and not relation.when.holds(names):
            return NOT_EXERCISED
        if relation.expect.holds(names):
            return None
    except EvaluationError as error:
        return Broken(f"{relation.expect.source}: {error}")
    values = relation.expect.values(names)
    return Broken(f"{relation.expect.source} is false{': ' if values else ''}{values}")


def roots_of(relation: Relation) -> frozenset[str]:
    """The names that a relation uses."""
    return relation.expect.roots | (relation.when.roots if relation.when else frozenset())


def shortened(value: Json) -> str:
    """A value as Python writes it, as far as one can read it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _runs(statuses: tuple[int, ...]) -> Iterator[str]:
    """`200 to 299` for a long run of statuses, each by itself otherwise."""
    if len(statuses) > 2 and statuses == tuple(range(statuses[0], statuses[-1] + 1)):
        yield f"{statuses[0]} to {statuses[-1]}"
    else:
        yield from (str(status) for status in statuses)
