"""An answer to what the client asked besides, an action or what it asked afterwards, that is not the promised one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.classes import BROKEN_RELATION, SERVER_ERROR, TOO_LATE, WRONG_ANSWER, WRONG_SHAPE
from harness.runner.moments import body_shown, event_at, moment, name_of
from harness.runner.results import Diagnosis
from harness.trace.events import Event, What
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runner.results import ExampleResult
    from harness.trace.verdicts import Violation

SECTIONS = ("actions", "afterwards")
"""The first parts of the names of clauses on such answers."""

_KINDS = {
    Explanation.LATE: TOO_LATE,
    Explanation.SHAPE: WRONG_SHAPE,
    Explanation.RELATION: BROKEN_RELATION,
}  # fmt: skip


def wrong_aside(result: ExampleResult, violation: Violation) -> Diagnosis:
    """What a violation of a clause on such an answer looks like."""
    section, name, *_ = violation.clause.split("/")
    asked = f"the action {name}" if section == "actions" else f"{name}, asked once the job had ended"
    event = event_at(result, violation.at, (name,))
    if event is None:
        return Diagnosis(WRONG_ANSWER, "", f"{asked}: {violation.summary}", "")
    kind = _KINDS.get(violation.explanation, WRONG_ANSWER)
    status = event.value["status"]
    if kind == WRONG_ANSWER and status is not None and status >= 500:
        kind = SERVER_ERROR
    return Diagnosis(kind, "", f"{asked}: {violation.summary}", "", tuple(_evidence(result, event)))


def _evidence(result: ExampleResult, event: Event) -> Iterator[str]:
    """When it was asked, and what the client had been told by then."""
    asked_at = event.at - event.value["seconds"]
    told = [one for one in result.events if one.what is What.RECEIVED and one.at <= asked_at]
    last = f", after {name_of(told[-1])}" if told else ", before any message"
    yield f"it was asked at {moment(result, asked_at)}{last}"
    yield from body_shown(event.value)
