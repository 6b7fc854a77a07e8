from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.judge import Judge
from harness.contract.model import Once
from harness.trace.events import ACCEPTED, Event, What
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

BEFORE = """\
before:
  ticket: {method: POST, path: "/tickets/${accepted.body.id}", once: connection, secret: true}
  upload: {method: PUT, path: "/files/${job_id}", raw: x, once: example, expect: {status: 201}}
  login: {method: POST, path: /login, json: {password: "${env.PASSWORD}"}}
actions:
  cancel: {method: POST, path: "/jobs/${job_id}/cancel", expect: {status: [200, 409]}}
  delete: {method: DELETE, path: "/jobs/${job_id}"}
cleanup: [delete, {cancel: unless_ended}]
probes:
  direct:
    steps: [{method: POST, path: "/test/${job_id}"}, {method: GET, path: /test/state}]
    if_works: look at the handler
    if_not: look at the object
  there: {method: GET, path: /test/state, present_if: {status: 400}}
"""
HEADERS = 'headers: {x-ticket: "${ticket.body.value}", x-user: "${login.body.user}"}'


def with_asides(minimal: str) -> str:
    text = minimal.replace("  within: 2s\n  sends", f"  {HEADERS}\n  within: 2s\n  sends")
    text = text.replace('{id: "${job_id}"}}', '{id: "${job_id}", file: "${upload.body.name}"}}')
    return text.replace("cases:", f"{BEFORE}cases:")


@pytest.fixture
def case(read: Read, minimal: str) -> Case:
    (found,) = read(with_asides(minimal)).cases
    return found


def test_steps_come_for_the_run_then_the_example_then_the_connection(case: Case) -> None:
    assert [(step.name, step.once, step.secret) for step in case.before] == [
        ("login", Once.RUN, False), ("upload", Once.EXAMPLE, False), ("ticket", Once.CONNECTION, True),
    ]  # fmt: skip
    login, upload, ticket = case.before
    assert [login.is_right(status) for status in (199, 200, 299, 300, None)] == [False, True, True, False, False]
    assert [upload.is_right(status) for status in (200, 201)] == [False, True]
    assert ticket.request.path.render_url({"accepted": {"body": {"id": "a b"}}}) == "/tickets/a%20b"
    assert login.request.json.render({"env": {"PASSWORD": "p"}}) == {"password": "p"}
    assert ticket.place.line == upload.place.line - 1


def test_a_case_knows_the_variables_that_it_names_and_whether_it_can_connect_first(case: Case, read: Read) -> None:
    assert case.variables == {"PASSWORD"}
    assert not case.can_connect_first


def test_what_cleans_up_and_what_probes(case: Case) -> None:
    assert [(one.action.name, one.unless_ended) for one in case.cleanup] == [("delete", False), ("cancel", True)]
    assert case.cleanup[1].action.statuses == (200, 409)
    there, direct = case.probes
    assert (there.name, there.present, there.steps[0].statuses) == ("there", True, (400,))
    assert (direct.present, len(direct.steps), direct.if_works, direct.if_not) == (
        False, 2, "look at the handler", "look at the object",
    )  # fmt: skip


def test_the_handshake_has_headers_of_its_own(case: Case) -> None:
    names = {"ticket": {"body": {"value": "t"}}, "login": {"body": {"user": "u"}}}
    headers = {name: value.render(names) for name, value in case.socket.headers.items()}
    assert headers == {"x-ticket": "t", "x-user": "u"}


def test_a_relation_over_a_step_that_is_not_told_is_not_exercised(read: Read, minimal: str) -> None:
    text = with_asides(minimal).replace(
        "same-job: {for: [started, tick], expect: msg.id == job_id}",
        "same-job: {for: [started], group: ids, expect: msg.user == login.body.user}",
    )
    (case,) = read(text).cases
    (relation, _) = case.relations
    assert relation.group == "ids"
    started = Event(1.0, What.RECEIVED, "", {"type": "started", "user": "u"})
    verdicts = []
    for told in ([], [Event(0.0, What.BEFORE, "login", {"status": 200, "headers": {}, "body": {"user": "u"}})]):
        judge = Judge(case, {"count": 1, "job_id": "j"})
        for event in (*told, Event(0.5, What.ANSWER, ACCEPTED, {"status": 202, "headers": {}, "body": {}}), started):
            judge.feed(event)
        verdicts.append(judge.watch.verdicts()["always/same-job"])
    assert verdicts == [Verdict.NOT_EXERCISED, Verdict.PASSED]


def test_a_case_names_every_clause_that_it_is_judged_by(case: Case, read: Read, minimal: str) -> None:
    refusal = minimal + "  refuses: {refused: {status: 400, expect: {a: 'true'}}}\n"
    for one in (case, *read(refusal).cases):
        judge = Judge(one, {"count": 1, "job_id": "j"})
        assert sorted(one.clauses) == sorted(judge.watch.verdicts())


def test_slack_is_added_to_every_deadline(case: Case) -> None:
    slack = case.with_slack(0.5)
    assert slack.answer.within == case.answer.within + 0.5
    assert slack.socket.within == case.socket.within + 0.5
    assert [one.within for one in slack.timed] == [one.within + 0.5 for one in case.timed]


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        ("once: example", "once: exmaple",
         "once: run, example or connection; found 'exmaple' | here: connection, example, run. Did you mean 'example'?"),
        ("secret: true", "secret: 1", "secret is true or false; found 1"),
        ("  login:", "  count:", "a step cannot be called 'count' | use another name, such as login"),
        ("  login:", "  msg:", "a step cannot be called 'msg' | use another name, such as login"),
        ("path: /login", "path: '/login/${job_id}'", "nothing here is called 'job_id' | here: env."),
        ("/files/${job_id}", "/files/${ticket.body.x}",
         "nothing here is called 'ticket' | here: count, env, job_id, login."),
        ("cleanup: [delete,", "cleanup: [delet,",
         "unknown action 'delet' | here: cancel, delete. Did you mean 'delete'?"),
        ("cleanup: [delete, {cancel: unless_ended}]", "cleanup: delete",
         "a list of actions is expected; found 'delete'"),
        ("unless_ended", "always", "cancel: unless_ended is expected; found 'always'"),
        ("steps: [{method: POST, path: \"/test/${job_id}\"}, {method: GET, path: /test/state}]", "steps: []",
         "a list of requests is expected; found an empty one"),
        ("if_not: look at the object", "if_no: x", "a probe needs 'if_not'"),
        ("present_if: {status: 400}", "present_if: {}", "'expect' needs 'status'"),
        ("tick: {type: tick}", "login: {type: tick}",
         "a kind cannot be called 'login': what is sent or asked is | use another name, such as photo_done"),
        ("works: {}", "works: {client: {connect: before_request}}",
         "case 'works' connects before the request, but the socket's address, a step before it or what it sends needs "
         "the answer"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(problems: Tell, minimal: str, was: str, now: str, problem: str) -> None:
    text = with_asides(minimal)
    assert was in text
    told = [one.partition(": ")[2] for one in problems(text.replace(was, now, 1))]
    assert problem in told, told
