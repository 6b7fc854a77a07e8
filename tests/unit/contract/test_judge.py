"""Every clause of the bundled contracts, held against a correct job and against one that breaks exactly that clause."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.contract.judge_job import JobJudge
from harness.contract.loading import bundled_contracts, load
from harness.inputs import registry
from harness.temporal.story import Story
from harness.trace.events import ACCEPTED, UNDECLARED, Event, NotJson, What
from harness.trace.verdicts import Verdict
from tests.unit.contract.breaking import find, put, remove
from tests.unit.contract.bundled_jobs import JSON, NAMES, TRACES, Step, batch_job, csv_job, refusal, step
from tests.unit.contract.mutants import ALSO, IN_CASE, MUTANTS

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.trace.events import Json

AFTER_ALL = 10_000.0


@cache
def case(full_name: str) -> Case:
    return next(one for one in all_cases() if one.full_name == full_name)


@cache
def all_cases() -> tuple[Case, ...]:
    return tuple(one for path in bundled_contracts() for one in load(path, registry()).cases)


def judged(full_name: str, trace: list[Step]) -> Judge:
    judge = Judge(case(full_name), NAMES)
    for one in trace:
        if judge.watch.done:
            break
        if one.connection == 0 and one.what is not What.AFTERWARDS:
            judge.feed(one.event)
    if not judge.watch.done:
        judge.watch.advance(AFTER_ALL)
        judge.watch.finish(AFTER_ALL)
    return judge


def failed(judge: Judge) -> set[str]:
    assert {violation.clause for violation in judge.watch.violations()} == {
        clause for clause, verdict in judge.watch.verdicts().items() if verdict is Verdict.FAILED
    }
    return {violation.clause for violation in judge.watch.violations()}


def failed_besides(full_name: str, trace: list[Step]) -> set[str]:
    """The clauses that no single connection breaks: those of other requests, and that all are told the same."""
    of_case = case(full_name)
    judge, job = Judge(of_case, NAMES), JobJudge(of_case, NAMES)
    story = Story(of_case.socket.place, of_case.socket.anytime) if of_case.socket else None
    for one in trace:
        heard = one.connection == 0 and one.what is not What.AFTERWARDS and not judge.watch.done
        event = judge.feed(one.event) if heard else one.event
        job.feed(event)
        if judge.watch.ended:
            job.ended(judge.last)
        if story is not None:
            story.feed(event)
    told_apart = {story.clause} if story is not None and story.violation is not None else set()
    return {violation.clause for violation in job.violations()} | told_apart


ACCEPTS = {
    "batch-scan": "scans-every-photo", "csv-import": "imports-every-row", "batch-cancel": "twice", "http": "health",
    "progress-object": "sends-what-the-handler-would",
}  # fmt: skip
REFUSES = {
    "batch-scan": "too-many-images", "csv-import": "no-file", "http": "get-where-post-is-right",
    "batch-refused": "job-id", "progress-object": "state-of-no-job",
}  # fmt: skip


def case_for(contract: str, clause: str) -> str:
    name = (REFUSES if clause.startswith("refused/") else ACCEPTS).get(contract, "")
    group = clause.rpartition("/")[0]
    return IN_CASE.get((contract, clause)) or IN_CASE.get((contract, group)) or f"{contract}/{name}"


def test_the_table_has_every_clause_of_the_bundled_contracts() -> None:
    assert set(MUTANTS) == {(one.contract, clause) for one in all_cases() for clause in one.clauses}


@pytest.mark.parametrize("full_name", TRACES)
def test_a_correct_job_breaks_nothing(full_name: str) -> None:
    trace = TRACES[full_name]()
    judge = judged(full_name, trace)
    assert failed(judge) | failed_besides(full_name, trace) == set()
    assert judge.watch.done


def test_a_correct_job_exercises_every_clause_of_its_case() -> None:
    for full_name in ("batch-scan/scans-every-photo", "batch-scan/too-many-images", "csv-import/no-file"):
        verdicts = judged(full_name, TRACES[full_name]()).watch.verdicts()
        assert {clause for clause, verdict in verdicts.items() if verdict is not Verdict.PASSED} == set()
    verdicts = judged("csv-import/imports-every-row", csv_job()).watch.verdicts()
    assert {clause for clause, verdict in verdicts.items() if verdict is not Verdict.PASSED} == {"schemas/error"}


@pytest.mark.parametrize(("contract", "clause"), MUTANTS)
def test_each_clause_fails_for_its_own_reason(contract: str, clause: str) -> None:
    full_name = case_for(contract, clause)
    trace = TRACES[full_name]()
    for mutate in MUTANTS[contract, clause]:
        mutate(trace)
    broken = failed(judged(full_name, trace)) | failed_besides(full_name, trace)
    assert broken == {clause} | ALSO.get((contract, clause), set())


@pytest.mark.parametrize("after", ["open", "ready", "ready_ack", "init", "started 0", "done 2", "complete"])
def test_silence_is_a_violation_wherever_it_begins(after: str) -> None:
    trace = batch_job()
    del trace[find(trace, after) + 1 :]
    clauses = failed(judged("batch-scan/scans-every-photo", trace))
    assert "order" in clauses
    if after not in ("open",):  # nothing was asked of the server yet
        assert clauses & {"deadlines/first-news", "deadlines/no-gap", "deadlines/closed"}


def test_the_point_of_each_event_is_what_clauses_call_it() -> None:
    judge = Judge(case("batch-scan/scans-every-photo"), NAMES)
    points = [judge.feed(one.event).point for one in batch_job()]
    assert points[1] == ACCEPTED
    assert points[6:] == [
        "init", "photo_started", "ping", "photo_done", "photo_started", "photo_failed", "photo_started", "photo_done",
        "complete", "close",
    ]  # fmt: skip


@pytest.mark.parametrize("message", [{"type": "batch-progress", "photoStatus": "half"}, {}, NotJson("hello")])
def test_a_message_that_no_kind_fits_breaks_the_order(message: Json) -> None:
    trace = batch_job()
    trace.insert(find(trace, "started 0"), Step("odd", 0.6, What.RECEIVED, message))
    judge = Judge(case("batch-scan/scans-every-photo"), NAMES)
    points = [judge.feed(one.event).point for one in trace]
    assert UNDECLARED in points
    assert failed(judge) == {"order"}


def test_a_request_without_an_answer_breaks_the_status_and_says_why() -> None:
    trace = [
        Step("request", 0.0, What.REQUEST),
        Step("answer", 1.0, What.ANSWER, {"status": None, "headers": {}, "body": None, "problem": "reset"}),
    ]
    (violation,) = judged("batch-scan/scans-every-photo", trace).watch.violations()
    assert (violation.clause, violation.summary) == ("accepted/status", "no answer came: reset")


def test_an_accepted_job_where_a_refusal_was_promised_breaks_the_status_alone() -> None:
    trace = refusal("E_INVALID_IMAGES")
    trace[1].value = {"status": 202, "headers": JSON, "body": {"data": {}}}
    judge = judged("batch-scan/too-many-images", trace)
    (violation,) = judge.watch.violations()
    assert violation.clause == "refused/status"
    assert violation.summary.startswith("the answer was 202: ")
    assert violation.expected == ("400",)


def test_a_broken_relation_tells_its_values() -> None:
    trace = batch_job()
    put("init", "totalPhotos", 4)(trace)
    (violation,) = judged("batch-scan/scans-every-photo", trace).watch.violations()
    assert violation.summary == (
        "msg.totalPhotos == size(shelf.images) is false: msg.totalPhotos = 4, size(shelf.images) = 3"
    )


def test_a_field_that_is_missing_breaks_the_relation_over_it() -> None:
    trace = batch_job()
    remove("init", "jobId")(trace)
    judge = judged("batch-scan/scans-every-photo", trace)
    assert failed(judge) == {"always/the-right-job", "schemas/init"}
    assert any("there is no 'jobId'" in violation.summary for violation in judge.watch.violations())


def test_a_relation_over_a_kind_that_never_came_is_not_exercised() -> None:
    trace = batch_job()
    del trace[find(trace, "complete") :]
    verdicts = judged("batch-scan/scans-every-photo", trace).watch.verdicts()
    assert verdicts["at_end/books-counted"] is Verdict.NOT_EXERCISED
    assert verdicts["always/results-agree-with-the-last-progress"] is Verdict.NOT_EXERCISED


def test_a_message_that_overtakes_the_answer_is_not_held_to_it() -> None:
    judge = Judge(case("csv-import/imports-every-row"), NAMES)
    judge.feed(Event(0.0, What.RECEIVED, "", step(0.02)))
    assert judge.watch.verdicts()["always/the-right-job"] is Verdict.NOT_EXERCISED
    assert failed(judge) == set()
