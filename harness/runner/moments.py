"""Facts of one example, in the words in which a diagnosis tells them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.classes import FOREIGN_MESSAGE
from harness.runner.results import Diagnosis
from harness.temporal.matching import shown
from harness.trace.events import CLOSE, Event, Json, What
from harness.trace.units import duration

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from harness.runner.results import ExampleResult

CLOSE_CODES = {
    1000: "a normal end",
    1001: "the server is going away",
    1002: "a protocol error",
    1003: "data that it does not take",
    1005: "the close frame had no code",
    1006: "the connection was lost, no close frame came",
    1007: "data that is not what its type says",
    1008: "against its policy",
    1009: "a message that is too big",
    1011: "an error inside the server",
    1012: "the server restarts",
    1013: "the server is overloaded, try again later",
    1014: "a proxy got no valid answer",
}
"""What close codes mean (RFC 6455 7.4.1, and IANA's WebSocket Close Code Number Registry from 1012 on)."""

_OTHER_JOB = "look at how the service finds the sockets of a job: this one was sent another job's message"
_ID = re.compile(r"(?:^|[_-])id$|I[dD]$|^uuid$", re.ASCII)


def moment(result: ExampleResult, at: float) -> str:
    """An instant, from the example's first event on: `+2.31 s`."""
    return f"+{duration(at - result.events[0].at if result.events else at)}"


def first(result: ExampleResult, what: What) -> Event | None:
    """The first event of a sort, if there is one."""
    return next((event for event in result.events if event.what is what), None)


def event_at(result: ExampleResult, at: float, points: Container[str]) -> Event | None:
    """The event of one of these points at an instant, if there is one."""
    return next((event for event in result.events if event.at == at and event.point in points), None)


def answer_status(result: ExampleResult) -> int | None:
    """The status of the answer; None if none came."""
    answer = first(result, What.ANSWER)
    return answer.value.get("status") if answer is not None else None


def answer_time(result: ExampleResult) -> str:
    """How long the answer took, ` after 41 ms`; nothing where the trace does not tell."""
    request, answer = first(result, What.REQUEST), first(result, What.ANSWER)
    return f" after {duration(answer.at - request.at)}" if request is not None and answer is not None else ""


def body_shown(value: Json) -> Iterator[str]:
    """The body of an answer as evidence, shortened; nothing if it is not there."""
    body = value.get("body")
    if body not in (None, "", b""):
        yield f"its body: {shown(body)}"


def close_told(event: Event) -> str:
    """A close with its code and what that means: `code 1011 (an error inside the server), 'no memory'`."""
    code, reason = event.value.get("code"), event.value.get("reason")
    meaning = f" ({CLOSE_CODES[code]})" if code in CLOSE_CODES else ""
    return f"code {code}{meaning}{f', {reason!r}' if reason else ''}"


def names_an_id(key: str) -> bool:
    """Whether a field of this name holds an id: `id`, `job_id`, `orderId`."""
    return _ID.search(key) is not None


def of_another_job(event: Event, field: str, found: str, own: str, *evidence: str) -> Diagnosis:
    """The diagnosis of a message in which an id is not this job's."""
    story = f"{name_of(event)} is of another job: its {field} is {found!r}, this job's is {own!r}"
    return Diagnosis(FOREIGN_MESSAGE, "", story, "", evidence, _OTHER_JOB)


def name_of(event: Event) -> str:
    """A message or a close as prose names it: `tick` with its quotes, or what else it is."""
    if event.point == CLOSE:
        return "the close"
    return f"`{event.point}`" if event.point else "a message of no declared kind"
