"""What a violation looks like to somebody who has to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.runner.results import Diagnosis, ExampleResult
from harness.trace.events import CLOSE, Event, What
from harness.trace.units import count, duration
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from harness.trace.verdicts import Violation

SILENT_JOB = "silent-job"
_QUIET = frozenset({Explanation.SILENT, Explanation.MISSING, Explanation.NOT_OPENED})
_KINDS = {
    Explanation.UNDECLARED: "foreign-message",
    Explanation.TOO_EARLY: "wrong-order",
    Explanation.REPEATED: "repeated-message",
    Explanation.WRONG_VALUE: "wrong-order",
    Explanation.UNKNOWN_ITEM: "wrong-order",
    Explanation.UNEXPECTED: "wrong-order",
    Explanation.AFTER_THE_END: "message-after-the-end",
    Explanation.LATE: "too-late",
    Explanation.SHAPE: "wrong-shape",
    Explanation.RELATION: "broken-relation",
    Explanation.ANSWER: "wrong-answer",
}
NO_ANSWER = "no-answer"
REFUSED = "refused"
NOT_UPGRADED = "not-upgraded"
OPEN_BUT_NOTHING = "open-but-nothing"
ACKNOWLEDGED_BUT_NOTHING = "acknowledged-but-nothing"
STOPPED = "stopped-after-message"
ENDED_WITHOUT_CLOSE = "ended-without-close"
CLOSED_WITHOUT_END = "closed-without-end"
STAGES = (
    NO_ANSWER, REFUSED, NOT_UPGRADED, OPEN_BUT_NOTHING, ACKNOWLEDGED_BUT_NOTHING, STOPPED, ENDED_WITHOUT_CLOSE,
    CLOSED_WITHOUT_END,
)  # fmt: skip
"""The stages at which a job goes quiet, by the names that a contract's `hints` use."""


def diagnose(result: ExampleResult, violation: Violation) -> Diagnosis:
    """Class a violation, and tell its story from the events around it."""
    if violation.explanation not in _QUIET:
        kind = _KINDS[violation.explanation]
        return Diagnosis(kind, "", violation.summary, result.example.case.hints.get(kind, ""))
    story = _Story(result, violation)
    stage = story.stage()
    return Diagnosis(SILENT_JOB, stage, story.told(stage), result.example.case.hints.get(stage, ""))


class _Story:
    """The events of one example, up to the silence."""

    def __init__(self, result: ExampleResult, violation: Violation) -> None:
        self._case = result.example.case
        self._violation = violation
        self._events = result.events
        anytime = self._case.socket.anytime if self._case.socket else {}
        received = [event for event in self._events if event.what is What.RECEIVED]
        self._news = [event for event in received if event.point not in anytime]
        self._acks = list(dict.fromkeys(event.point for event in received if event.point in anytime))

    def stage(self) -> str:
        """The stage at which the job went quiet."""
        unanswered = self._first(What.REQUEST) is not None and self._first(What.ANSWER) is None
        heard = bool(self._news or self._acks)
        if unanswered or (not heard and self._first(What.ANSWER) is None and self._first(What.OPEN) is None):
            return NO_ANSWER
        if self._violation.clause == "deadlines/closed" or CLOSE in self._violation.expected:
            return ENDED_WITHOUT_CLOSE
        not_opened = self._first(What.NOT_OPENED)
        if not_opened is not None:
            return REFUSED if not_opened.value.get("status") is None else NOT_UPGRADED
        if not heard and self._first(What.OPEN) is None:
            return NOT_UPGRADED if self._first(What.CONNECT) else NO_ANSWER
        if self._news:
            return CLOSED_WITHOUT_END if self._first(What.CLOSE) else STOPPED
        return ACKNOWLEDGED_BUT_NOTHING if self._acks else OPEN_BUT_NOTHING

    def told(self, stage: str) -> str:
        """What came, and then the silence."""
        parts = [*self._beginning()]
        if stage in (NOT_UPGRADED, REFUSED):
            parts.append(self._violation.summary)
            return ", ".join(parts)
        if stage == NO_ANSWER:
            parts.insert(0, "the request was sent" if self._first(What.REQUEST) else "nothing could be sent")
            parts.append(f"then no answer{self._silence(stage).removeprefix('nothing')}")
            return ", ".join(parts)
        if self._news:
            parts.append(f"{count(len(self._news), 'message')} came, the last was `{self._news[-1].point}`")
        parts.append(f"then {self._silence(stage)}")
        return ", ".join(parts)

    def _beginning(self) -> list[str]:
        request, answer, opened = self._first(What.REQUEST), self._first(What.ANSWER), self._first(What.OPEN)
        parts = []
        if answer is not None:
            took = f" came after {duration(answer.at - request.at)}" if request is not None else " came"
            parts.append(f"the {answer.value.get('status')}{took}")
        if opened is not None:
            parts.append("the socket opened")
        sent = list(dict.fromkeys(event.point for event in self._events if event.what is What.SENT))
        if sent and self._acks:
            answered = " and ".join(f"`{kind}`" for kind in self._acks)
            parts.append(f"`{sent[0]}` was answered by {answered}")
        elif sent:
            parts.append(f"`{sent[0]}` was sent")
        return parts

    def _silence(self, stage: str) -> str:
        close = self._first(What.CLOSE)
        if stage == CLOSED_WITHOUT_END and close is not None:
            return f"the socket was closed with code {close.value.get('code')}, and no end had come"
        since = self._violation.start
        lasted = f" for {duration(self._violation.at - since)}" if since is not None else ""
        if stage == ENDED_WITHOUT_CLOSE:
            return f"no close{lasted}"
        if close is not None:
            return f"the socket was closed with code {close.value.get('code')}"
        return f"nothing{lasted}"

    def _first(self, what: What) -> Event | None:
        return next((event for event in self._events if event.what is what), None)
