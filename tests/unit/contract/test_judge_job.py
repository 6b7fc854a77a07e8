from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.contract.judge_job import JobJudge
from harness.trace.events import ACCEPTED, Event, What
from harness.trace.verdicts import Explanation, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract
    from harness.trace.events import Json

    Judged = Callable[..., JobJudge]

ACTIONS = """
actions:
  cancel:
    method: POST
    path: "/jobs/${job_id}/cancel"
    expect:
      status: 200
      within: 2s
      schema: {type: object, required: [id]}
      body: {id: "${job_id}"}
      expect: {says-so: 'cancel.body.state == "canceling"', as-accepted: cancel.body.id == accepted.body.id}
  nudge: {method: POST, path: /nudge}
probes:
  there: {method: GET, path: /state, present_if: {status: 400}}
afterwards:
  settled:
    method: GET
    path: /state
    only_if: there
    expect: {status: 200, expect: {counted: settled.body.count == last.done.count, cancelled: cancel.status == 200}}
cases:
  works: {client: {act: {cancel: {at: tick}, nudge: {at: accepted}}}}
"""
PREFIX = "actions/cancel/"
RIGHT = {"id": "j", "state": "canceling"}


@pytest.fixture
def case(read: Callable[..., Contract], minimal: str) -> Case:
    return read(minimal.partition("cases:")[0] + ACTIONS).cases[0]


@pytest.fixture
def judged(case: Case) -> Judged:
    def run(*events: Event, last: Json = None) -> JobJudge:
        judge = JobJudge(case, {"job_id": "j", "count": 3})
        judge.feed(Event(0.1, What.ANSWER, ACCEPTED, {"status": 202, "headers": {}, "body": {"id": "j"}}))
        for event in events:
            if event.what is What.AFTERWARDS and last is not None:
                judge.ended(last)
            judge.feed(event)
        return judge

    return run


def acted(status: int | None = 200, body: Json = None, seconds: float = 0.5, **more: Json) -> Event:
    value = {"status": status, "headers": {}, "body": RIGHT if body is None else body, "seconds": seconds, **more}
    return Event(1.0, What.ACTION, "cancel", value)


def asked(body: Json, status: int = 200) -> Event:
    return Event(2.0, What.AFTERWARDS, "settled", {"status": status, "headers": {}, "body": body, "seconds": 0.1})


def test_its_clauses_are_those_that_the_case_names(case: Case, judged: Judged) -> None:
    verdicts = judged().verdicts()
    assert set(verdicts) == {name for name in case.clauses if name.startswith(("actions/", "afterwards/"))}
    assert {"actions/nudge/status", "actions/cancel/says-so", "afterwards/settled/counted"} <= set(verdicts)
    assert set(verdicts.values()) == {Verdict.NOT_EXERCISED}


def test_a_right_answer_keeps_every_promise(judged: Judged) -> None:
    judge = judged(acted(seconds=2.0))
    assert judge.violations() == ()
    assert {clause: verdict for clause, verdict in judge.verdicts().items() if clause.startswith(PREFIX)} == {
        f"{PREFIX}{name}": Verdict.PASSED
        for name in ("within", "status", "body", "schema", "says-so", "as-accepted")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "broken", "explanation", "said"),
    [
        (acted(seconds=2.01), ["within"], Explanation.LATE, "`cancel` was answered after 2.01 s, the deadline is 2 s"),
        (acted(None, seconds=4.0, problem="no"), ["within"], Explanation.LATE, "`cancel` was not answered within 2 s"),
        (acted(None, problem="reset"), ["status"], Explanation.ANSWER, "no answer came: reset"),
        (acted(409), ["status"], Explanation.ANSWER, "the answer was 409: "),
        (acted(body={**RIGHT, "id": "k"}), ["body", "as-accepted"], Explanation.ANSWER, "in the answer's body id"),
        (
            acted(body=[RIGHT]),
            ["body", "schema", "says-so", "as-accepted"],
            Explanation.ANSWER,
            "body is no JSON object",
        ),
        (acted(body={"id": "j"}), ["says-so"], Explanation.RELATION, "cancel.body.state"),
        (acted(body={"id": "j", "state": 1}), ["says-so"], Explanation.RELATION, "is false"),
    ],
)
def test_each_promise_can_be_broken(
    judged: Judged, event: Event, broken: list[str], explanation: Explanation, said: str
) -> None:
    judge = judged(event)
    violations = judge.violations()
    assert [violation.clause for violation in violations] == [f"{PREFIX}{name}" for name in broken]
    assert (violations[0].explanation, violations[0].at, violations[0].connection) == (explanation, 1.0, None)
    assert said in violations[0].summary
    assert judge.verdicts()[violations[0].clause] is Verdict.FAILED


def test_each_of_several_answers_is_judged(judged: Judged) -> None:
    assert [one.clause for one in judged(acted(), acted(409)).violations()] == [f"{PREFIX}status"]


def test_what_is_asked_afterwards_may_use_the_last_messages_and_earlier_answers(judged: Judged) -> None:
    right = judged(acted(), asked({"count": 3}), last={"done": {"count": 3}})
    assert right.violations() == ()
    assert right.verdicts()["afterwards/settled/counted"] is Verdict.PASSED
    wrong = judged(acted(), asked({"count": 4}), last={"done": {"count": 3}})
    assert [violation.clause for violation in wrong.violations()] == ["afterwards/settled/counted"]


def test_what_it_needs_and_does_not_have_exercises_nothing(judged: Judged) -> None:
    verdicts = judged(asked({"count": 4})).verdicts()
    assert verdicts["afterwards/settled/counted"] is Verdict.NOT_EXERCISED, "the job has not ended"
    assert verdicts["afterwards/settled/cancelled"] is Verdict.NOT_EXERCISED, "nobody has cancelled"
    assert verdicts["afterwards/settled/status"] is Verdict.PASSED


def test_only_the_first_end_counts(judged: Judged) -> None:
    judge = judged()
    judge.ended({"done": {"count": 3}})
    judge.ended({"done": {"count": 9}})
    judge.feed(asked({"count": 3}))
    assert judge.violations() == ()


def test_a_long_run_of_statuses_is_told_shortly(read: Callable[..., Contract], minimal: str) -> None:
    text = minimal.partition("cases:")[0] + ACTIONS.replace("      status: 200\n", "")
    judge = JobJudge(read(text).cases[0], {"job_id": "j", "count": 3})
    judge.feed(acted(500))
    assert judge.violations()[0].expected == ("200 to 299",)


def test_the_judge_of_a_connection_knows_the_answers(case: Case) -> None:
    judge = Judge(case, {"job_id": "j", "count": 3})
    judge.feed(acted())
    assert judge.names["cancel"]["status"] == 200
