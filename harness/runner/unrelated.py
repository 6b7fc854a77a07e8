"""A relation that does not hold: of numbers, of a message to its job, or any other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.classes import BROKEN_RELATION, WRONG_TOTALS
from harness.runner.moments import event_at, first, moment, name_of, names_an_id, of_another_job
from harness.runner.results import Diagnosis
from harness.temporal.matching import shown
from harness.temporal.one import ABSENT, at_path
from harness.trace.events import ACCEPTED, END, Event, Json, What

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.model import Relation
    from harness.runner.results import ExampleResult
    from harness.trace.verdicts import Violation

_EQUAL = re.compile(r"\s*([\w.]+)\s*==\s*([\w.]+)\s*")
_OVER_ITEMS = re.compile(r"\.(?:all|exists|exists_one)\(")
_OVER_NUMBERS = re.compile(r"\b(?:sum|size)\(|\.size\(|[<>]|\s[+*/-]\s")
_VALUES = re.compile(r" = (-?\d[\d.e+-]*)(?=, |$)")
_FALSE = " is false: "


def broken_relation(result: ExampleResult, violation: Violation) -> Diagnosis:
    """What a violation of a clause in the expression language looks like."""
    relations = result.example.case.relations
    relation = next((one for one in relations if one.clause == violation.clause), None)
    if relation is None:
        return Diagnosis(BROKEN_RELATION, "", violation.summary, "")
    event = _judged(result, violation.at, relation)
    evidence = (f"{name_of(event)} at {moment(result, event.at)}: {shown(event.value)}",) if event is not None else ()
    ids = _ids(result, relation, event)
    if event is not None and ids is not None:
        return of_another_job(event, *ids, *evidence)
    kind = WRONG_TOTALS if _is_of_numbers(relation.expect.source, violation.summary) else BROKEN_RELATION
    return Diagnosis(kind, "", violation.summary, "", evidence)


def _judged(result: ExampleResult, at: float, relation: Relation) -> Event | None:
    """The event at which it did not hold; for a clause over the whole job its last message."""
    if END not in relation.points:
        return event_at(result, at, relation.points)
    return next((one for one in reversed(result.events) if one.what is What.RECEIVED and one.at <= at), None)


def _is_of_numbers(source: str, summary: str) -> bool:
    """Whether it is a sum, a size or another comparison of numbers that is false, and no statement on each item."""
    _, false, values = summary.removeprefix(source).rpartition(_FALSE)
    if not false or _OVER_ITEMS.search(source):
        return False
    numbers = len(_VALUES.findall(values))
    return numbers > 0 and (bool(_OVER_NUMBERS.search(source)) or numbers == values.count(" = "))


def _ids(result: ExampleResult, relation: Relation, event: Event | None) -> tuple[str, str, str] | None:
    """Field, id and this job's id, where the clause is that an id of the message equals one of this job's."""
    equal = _EQUAL.fullmatch(relation.expect.source)
    if equal is None or event is None or event.what is not What.RECEIVED:
        return None
    theirs, ours = sorted(equal.groups(), key=lambda path: not path.startswith("msg."))
    found = at_path({"msg": event.value}, tuple(theirs.split(".")))
    own = at_path(dict(_own(result)), tuple(ours.split(".")))
    if ours not in result.fresh and not names_an_id(ours.split(".")[-1]):
        return None
    if ABSENT in (found, own) or not isinstance(found, str) or not isinstance(own, str):
        return None
    return theirs.removeprefix("msg."), found, own


def _own(result: ExampleResult) -> Iterator[tuple[str, Json]]:
    """What tells this job from others, by the names that expressions have for it."""
    yield from result.fresh.items()
    answer = first(result, What.ANSWER)
    if answer is not None:
        yield ACCEPTED, answer.value
