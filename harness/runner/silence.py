"""Silence: what came, at which stage the job went quiet, and whether it was the job that did."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.contract.classes import (
    ACKNOWLEDGED_BUT_NOTHING,
    CLOSED_WITHOUT_END,
    ENDED_WITHOUT_CLOSE,
    LOST_MESSAGE,
    NO_ANSWER,
    NOT_CLOSED,
    NOT_UPGRADED,
    OPEN_BUT_NOTHING,
    REFUSED,
    SILENT_JOB,
    STOPPED,
    TOO_LATE,
)
from harness.runner.moments import answer_status, answer_time, body_shown, close_told, first, moment, name_of
from harness.runner.next_steps import HANDSHAKE
from harness.runner.results import Diagnosis
from harness.temporal.matching import shown
from harness.temporal.patterns import expects_only
from harness.trace.events import CLOSE, SWITCHING_PROTOCOLS, Event, What
from harness.trace.units import count, duration
from harness.trace.verdicts import Explanation, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runner.results import ExampleResult
    from harness.trace.verdicts import Violation


def silent(result: ExampleResult, violation: Violation) -> Diagnosis:
    """What it looks like that something never came."""
    silence = _Silence(result, violation)
    return silence.of_one_message() or silence.of_the_job()


class _Silence:
    """The events of one example, seen from a violation that says that something did not come."""

    def __init__(self, result: ExampleResult, violation: Violation) -> None:
        self._result = result
        self._violation = violation
        socket = result.example.case.socket
        anytime = socket.anytime if socket else {}
        received = [event for event in result.events if event.what is What.RECEIVED]
        self._news = [event for event in received if event.point not in anytime]
        self._asides = [event for event in received if event.point in anytime]
        awaited = violation.expected if violation.explanation is Explanation.SILENT else ()
        self._awaited = frozenset(awaited) if socket and socket.kinds.keys() >= frozenset(awaited) else frozenset()
        self._awaits_aside = bool(self._awaited) and self._awaited <= anytime.keys()

    def of_one_message(self) -> Diagnosis | None:
        """The diagnosis where the job did go on, and only what the clause waited for did not come; else None."""
        if not self._news or not self._awaited:
            return None
        last = self._news[-1]
        told = f"{name_of(last)} at {moment(self._result, last.at)}"
        if self._awaits_aside or has_ended(self._result):
            ended = "was the job's last message" if has_ended(self._result) else "came all the same"
            return Diagnosis(LOST_MESSAGE, "", self._violation.summary, "", (f"{told} {ended}",))
        if not self._at_work():
            return None
        story = f"{self._violation.summary}, and the job was still at work: {told}"
        pause = f"the longest pause between two of its messages was {duration(self._longest_pause())}"
        return Diagnosis(TOO_LATE, "", story, "", (pause,) if len(self._news) > 1 else ())

    def of_the_job(self) -> Diagnosis:
        """The diagnosis where the job went quiet."""
        stage = self.stage()
        kind = NOT_CLOSED if stage == ENDED_WITHOUT_CLOSE else SILENT_JOB
        not_opened = self._first(What.NOT_OPENED)
        is_wrong = not_opened is not None and not_opened.value.get("status") == SWITCHING_PROTOCOLS
        next_step = HANDSHAKE if stage == NOT_UPGRADED and is_wrong else ""
        return Diagnosis(kind, stage, ", ".join(self._told(stage)), "", tuple(self._evidence(stage)), next_step)

    def stage(self) -> str:
        """The stage at which the job went quiet."""
        heard = bool(self._news or self._asides)
        answered = answer_status(self._result) is not None
        if not answered and (self._first(What.REQUEST) or not (heard or self._first(What.OPEN))):
            return NO_ANSWER
        if self._only_the_close_is_missing():
            return ENDED_WITHOUT_CLOSE
        not_opened = self._first(What.NOT_OPENED)
        if not_opened is not None:
            return REFUSED if not_opened.value.get("status") is None else NOT_UPGRADED
        if not heard and self._first(What.OPEN) is None:
            return NOT_UPGRADED if self._first(What.CONNECT) else NO_ANSWER
        if self._news:
            return CLOSED_WITHOUT_END if self._first(What.CLOSE) else STOPPED
        return ACKNOWLEDGED_BUT_NOTHING if self._asides else OPEN_BUT_NOTHING

    def _only_the_close_is_missing(self) -> bool:
        expected = self._violation.expected
        if self._violation.explanation is Explanation.MISSING:
            return bool(expected) and _are_closes(expected)
        unjudged = not self._result.owed and self._result.deviation is None
        return expected == (CLOSE,) and bool(self._news) and (has_ended(self._result) or unjudged)

    def _at_work(self) -> bool:
        """Whether the job was quiet no longer than it had been before."""
        if self._first(What.CLOSE) is not None:
            return False
        last = self._news[-1].at
        return last > self._violation.at or self._read_until() - last <= self._longest_pause()

    def _longest_pause(self) -> float:
        return max((after.at - before.at for before, after in pairwise(self._news)), default=0.0)

    def _read_until(self) -> float:
        return max(self._result.end, self._violation.at)

    def _told(self, stage: str) -> Iterator[str]:
        """What came, and then the silence."""
        if stage == NO_ANSWER:
            yield "the request was sent" if self._first(What.REQUEST) else "nothing is known to have been sent"
        yield from self._beginning()
        if self._news:
            yield f"{count(len(self._news), 'message')} came, the last was {name_of(self._news[-1])}"
        yield self._unopened() if stage in (NOT_UPGRADED, REFUSED) else f"then {self._silence(stage)}"

    def _beginning(self) -> Iterator[str]:
        if answer_status(self._result) is not None:
            yield f"the {answer_status(self._result)} came{answer_time(self._result)}"
        if self._first(What.OPEN) is not None:
            yield "the socket opened"
        sent = self._first(What.SENT)
        if sent is not None and self._asides:
            answered = " and ".join(f"`{kind}`" for kind in dict.fromkeys(event.point for event in self._asides))
            yield f"`{sent.point}` was answered by {answered}"
        elif sent is not None:
            yield f"`{sent.point}` was sent"

    def _unopened(self) -> str:
        not_opened = self._first(What.NOT_OPENED)
        if not_opened is None:
            return f"the handshake was not answered{self._lasted()}"
        status = not_opened.value.get("status")
        if status in (None, SWITCHING_PROTOCOLS):
            return f"the socket did not open: {not_opened.value.get('problem')}"
        return f"the handshake was answered {status}"

    def _silence(self, stage: str) -> str:
        answer, close = self._first(What.ANSWER), self._first(What.CLOSE)
        if stage == NO_ANSWER:
            return f"no answer: {answer.value.get('problem')}" if answer is not None else f"no answer{self._lasted()}"
        if stage == ENDED_WITHOUT_CLOSE:
            return f"no close{self._lasted()}"
        if close is None:
            since = self._asides_after_the_news()
            only = " and ".join(f"`{kind}`" for kind in dict.fromkeys(event.point for event in since))
            return f"nothing{f' but {only}' if only else ''}{self._lasted()}"
        end = ", and no end had come" if stage == CLOSED_WITHOUT_END else ""
        return f"the socket was closed with {close_told(close)}{end}"

    def _lasted(self) -> str:
        """For how long: from the job's last message, or else from where the clause began to wait."""
        since = self._news[-1].at if self._news else self._violation.start
        if since is None or self._violation.start is None or since >= self._violation.at:
            return ""
        return f" for {duration(self._violation.at - since)}"

    def _evidence(self, stage: str) -> Iterator[str]:
        not_opened, close = self._first(What.NOT_OPENED), self._first(What.CLOSE)
        if not_opened is not None:
            yield from body_shown(not_opened.value)
        if self._news and stage in (STOPPED, CLOSED_WITHOUT_END):
            last = self._news[-1]
            yield f"message {len(self._news)} came at {moment(self._result, last.at)}: {shown(last.value)}"
            since = self._asides_after_the_news()
            if since:
                times, at = count(len(since), "time"), moment(self._result, since[-1].at)
                yield f"the connection was alive: {name_of(since[-1])} came {times} since, last at {at}"
        if close is not None:
            yield f"the close came at {moment(self._result, close.at)}"

    def _asides_after_the_news(self) -> list[Event]:
        """What came besides in the silence; the first of a kind may be the answer to what the client sent."""
        if self._news:
            return [event for event in self._asides if event.at > self._news[-1].at]
        if self._first(What.SENT) is None:
            return self._asides
        answers = {event.point: event for event in reversed(self._asides)}
        return [event for event in self._asides if event is not answers[event.point]]

    def _first(self, what: What) -> Event | None:
        return first(self._result, what)


def has_ended(result: ExampleResult) -> bool:
    """Whether the order owed nothing more, or only a close, when it was judged last."""
    if result.deviation is not None:
        return expects_only(result.deviation.owed, CLOSE)
    if result.owed:
        return _are_closes(result.owed)
    return result.verdicts.get("order") is Verdict.PASSED


def _are_closes(owed: tuple[str, ...]) -> bool:
    return all(one.partition("(")[0] == CLOSE for one in owed)
