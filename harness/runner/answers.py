"""An answer that is not the promised one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.classes import SERVER_ERROR, WRONG_ANSWER, WRONG_REFUSAL
from harness.runner.moments import answer_time, body_shown, first
from harness.runner.results import Diagnosis
from harness.runner.silence import silent
from harness.trace.events import REFUSED, What

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runner.results import ExampleResult
    from harness.trace.events import Event
    from harness.trace.verdicts import Violation

_UNAUTHORIZED = "the credentials were not taken: look at the target's headers, and whether the token has expired"
_MOVED = "give the target the address that it redirects to"
_NOT_FOUND = "look at the target's address and the request's path: nothing is there"
_BY_STATUS = {301: _MOVED, 302: _MOVED, 307: _MOVED, 308: _MOVED, 401: _UNAUTHORIZED, 403: _UNAUTHORIZED}


def wrong_answer(result: ExampleResult, violation: Violation) -> Diagnosis:
    """What a violation of a clause on the answer looks like."""
    promised = result.example.case.answer
    kind = WRONG_REFUSAL if promised.prefix == REFUSED else WRONG_ANSWER
    answer = first(result, What.ANSWER)
    if answer is None:
        return Diagnosis(kind, "", violation.summary, "")
    status = answer.value.get("status")
    if status is None:
        return silent(result, violation)
    if status in promised.statuses:
        return Diagnosis(kind, "", violation.summary, "", tuple(body_shown(answer.value)))
    statuses = " or ".join(map(str, promised.statuses))
    return _other_status(kind, status, statuses, answer_time(result), answer)


def _other_status(kind: str, status: int, statuses: str, took: str, answer: Event) -> Diagnosis:
    evidence = tuple(_evidence(answer))
    story = f"the answer was {status}{took}, promised was {statuses}"
    if status >= 500:
        return Diagnosis(SERVER_ERROR, "", story, "", evidence)
    if kind == WRONG_ANSWER:
        next_step = _NOT_FOUND if status == 404 else _BY_STATUS.get(status, "")
        return Diagnosis(kind, "", story, "", evidence, next_step)
    if status < 300:
        story = f"the request was accepted with {status}{took}, promised was a refusal with {statuses}"
        return Diagnosis(kind, "", story, "", ("a job was made that should not have been", *evidence))
    return Diagnosis(kind, "", f"the request was refused with {status}{took}, promised was {statuses}", "", evidence)


def _evidence(answer: Event) -> Iterator[str]:
    location = answer.value.get("headers", {}).get("location")
    if location:
        yield f"it redirects to {location!r}"
    yield from body_shown(answer.value)
