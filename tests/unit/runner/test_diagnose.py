from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.runner.diagnose import SILENT_JOB, STAGES, diagnose
from harness.runner.results import Diagnosis, Example, ExampleResult
from harness.trace.verdicts import Explanation
from tests.unit.runner.examples import (
    answer,
    closed,
    connecting,
    got,
    not_opened,
    opened,
    request,
    result,
    sent,
    spec,
    violation,
)

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.trace.events import Event

ANSWERED = (request(10.0), answer(10.041), connecting(10.05))
OPENED = (*ANSWERED, opened(10.06), sent(10.061))
ACKNOWLEDGED = (*OPENED, got(10.07, "ack"))
TICKED = (*ACKNOWLEDGED, got(10.1, "tick"), got(10.2, "tick"))
DONE = (*TICKED, got(10.3, "done"))
LATER = 100.0


def judged(case: Case, events: tuple[Event, ...]) -> Diagnosis:
    """The diagnosis of the first violation that the case's own clauses find in these events, and then silence."""
    judge = Judge(case, {"n": 1})
    seen = tuple(judge.feed(event) for event in events)
    while (due := judge.watch.next_deadline()) is not None:
        judge.watch.advance(due)
    judge.watch.finish(LATER)
    watch = judge.watch
    first = watch.violations()[0]
    example = ExampleResult(Example(case, spec()), seen, watch.violations(), watch.verdicts(), watch.owed, 1)
    return diagnose(example, first)


@pytest.mark.parametrize(
    ("events", "stage", "story"),
    [
        ((request(10.0),), "no-answer", "the request was sent, then no answer for 2 s"),
        ((*ANSWERED,), "not-upgraded", "the 202 came after 41 ms, no `not_opened` or `open` within 2 s of `connect`"),
        (
            (*ANSWERED, not_opened(10.1, None)),
            "refused",
            "the 202 came after 41 ms, the socket did not open: connection refused",
        ),
        (
            (*ANSWERED, not_opened(10.1, 426, "the handshake was answered 426")),
            "not-upgraded",
            "the 202 came after 41 ms, the handshake was answered 426: None",
        ),
        (
            OPENED,
            "open-but-nothing",
            "the 202 came after 41 ms, the socket opened, `ready` was sent, then nothing for 1 s",
        ),
        (
            ACKNOWLEDGED,
            "acknowledged-but-nothing",
            "the 202 came after 41 ms, the socket opened, `ready` was answered by `ack`, then nothing for 5 s",
        ),
        (
            TICKED,
            "stopped-after-message",
            "the 202 came after 41 ms, the socket opened, `ready` was answered by `ack`, "
            "2 messages came, the last was `tick`, then nothing for 30 s",
        ),
        (
            DONE,
            "ended-without-close",
            "the 202 came after 41 ms, the socket opened, `ready` was answered by `ack`, "
            "3 messages came, the last was `done`, then no close for 2 s",
        ),
        (
            (*TICKED, closed(10.4, 1011)),
            "closed-without-end",
            "the 202 came after 41 ms, the socket opened, `ready` was answered by `ack`, "
            "2 messages came, the last was `tick`, then the socket was closed with code 1011, and no end had come",
        ),
        (
            (*ACKNOWLEDGED, closed(10.4, 1006)),
            "acknowledged-but-nothing",
            "the 202 came after 41 ms, the socket opened, `ready` was answered by `ack`, "
            "then the socket was closed with code 1006",
        ),
    ],
    ids=[
        "no-answer", "never-upgraded", "refused", "426", "open", "acknowledged", "stopped", "no-close", "closed",
        "closed-early",
    ],
)  # fmt: skip
def test_every_stage_of_silence_is_named_and_told(
    case: Case, events: tuple[Event, ...], stage: str, story: str
) -> None:
    diagnosis = judged(case, events)
    assert (diagnosis.kind, diagnosis.stage) == (SILENT_JOB, stage)
    assert stage in STAGES
    told = diagnosis.story
    if stage == "not-upgraded":
        told = told.replace("`open` or `not_opened`", "`not_opened` or `open`")
    assert told == story


def test_a_client_that_connects_first_and_gets_no_answer_to_its_request(case: Case) -> None:
    silent = violation("accepted/within", Explanation.SILENT, at=12.0, start=10.0, expected=("accepted",))
    events = (connecting(9.0), opened(9.5), sent(9.6), got(9.7, "ack"), request(10.0))
    assert diagnose(result(case, silent, events=events), silent).stage == "no-answer"


def test_the_contract_says_what_a_stage_most_often_means(case: Case) -> None:
    assert judged(case, ACKNOWLEDGED).likely == "the background task never ran"
    assert judged(case, OPENED).likely == ""


@pytest.mark.parametrize(
    ("explanation", "title"),
    [
        (Explanation.UNDECLARED, "foreign message"),
        (Explanation.TOO_EARLY, "wrong order"),
        (Explanation.REPEATED, "repeated message"),
        (Explanation.WRONG_VALUE, "wrong order"),
        (Explanation.UNKNOWN_ITEM, "wrong order"),
        (Explanation.UNEXPECTED, "wrong order"),
        (Explanation.AFTER_THE_END, "message after the end"),
        (Explanation.LATE, "too late"),
        (Explanation.SHAPE, "wrong shape"),
        (Explanation.RELATION, "broken relation"),
        (Explanation.ANSWER, "wrong answer"),
    ],
)
def test_what_is_no_silence_is_told_by_its_summary(case: Case, explanation: Explanation, title: str) -> None:
    broken = violation("order", explanation, "what happened")
    diagnosis = diagnose(result(case, broken), broken)
    assert (diagnosis.title, diagnosis.stage, diagnosis.story) == (title, "", "what happened")
    assert diagnosis.likely == ("two workers share one job" if title == "wrong order" else "")


@pytest.mark.parametrize("explanation", list(Explanation))
def test_every_explanation_has_a_diagnosis_even_without_events(case: Case, explanation: Explanation) -> None:
    broken = violation("order", explanation, "what happened")
    assert diagnose(result(case, broken), broken).title
