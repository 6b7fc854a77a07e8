from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

BESIDES = """\
actions:
  cancel:
    method: POST
    path: /jobs/${job_id}/cancel
    expect:
      status: [200, 409]
      within: 3s
      schema: {type: object}
      body: {id: "${job_id}"}
      expect:
        says-so: cancel.body.status == "canceling"
        agrees: {when: cancel.status == 200, expect: cancel.body.id == accepted.body.id, level: should}
  pause: {method: POST, path: /pause}
afterwards:
  settled:
    method: GET
    path: /results/${last.done.result}
    only_if: there
    expect: {body: {n: "${last.done.n}"}, expect: {same: settled.body.n == last.done.n && has(cancel.status)}}
  again: {method: GET, path: "/again/${settled.body.id}"}
probes:
  there: {method: GET, path: /there, present_if: {status: 400}}
  slow: {steps: [{method: GET, path: /slow}], if_works: a, if_not: b}
deadlines:
  heard: {from: cancel, to: [done, pause], within: 5s}
cases:
  works: {client: {act: {cancel: {at: started}}}}
"""


@pytest.fixture
def contract(minimal: str) -> str:
    """The contract with actions, and what is asked afterwards."""
    return minimal.replace("deadlines:\n  news", "deadlines_:\n  news").partition("deadlines_")[0] + BESIDES


@pytest.fixture
def case(read: Read, contract: str) -> Case:
    (found,) = read(contract).cases
    return found


def test_what_is_promised_of_an_action(case: Case) -> None:
    (act,) = case.client.acts
    promise = act.action.promise
    assert (promise.prefix, promise.statuses, promise.within) == ("actions/cancel", (200, 409), 3.0)
    assert act.action.statuses == (200, 409)
    assert promise.body.render({"job_id": "j"}) == {"id": "j"}
    says, agrees = promise.relations
    assert (says.points, says.when) == (frozenset({"cancel"}), None)
    names = {"cancel": {"status": 200, "body": {"id": 1}}, "accepted": {"body": {"id": 1}}}
    assert agrees.when.holds(names)
    assert agrees.expect.holds(names)


def test_what_is_not_written_is_a_success_within_ten_seconds(case: Case) -> None:
    pause = next(action for action in case.actions if action.name == "pause")
    assert (pause.statuses, pause.promise.within) == ((), 10.0)
    assert set(pause.promise.statuses) == set(range(200, 300))
    assert pause.promise.place.line == pause.place.line


def test_what_is_asked_afterwards_may_use_how_the_job_ended(case: Case) -> None:
    settled, again = case.afterwards
    assert (settled.name, settled.only_if, again.only_if) == ("settled", "there", "")
    assert settled.request.path.render_url({"last": {"done": {"result": "a b"}}}) == "/results/a%20b"
    assert settled.promise.relations[0].needs == {"done"}
    assert (settled.request.path.looked_at, settled.promise.body.looked_at) == ({"done"}, {"done"})
    assert again.request.path.render_url({"settled": {"body": {"id": 4}}}) == "/again/4"


def test_clauses_are_those_of_what_the_client_does_and_asks(case: Case) -> None:
    assert [clause for clause in case.clauses if clause.startswith(("actions/", "afterwards/"))] == [
        "actions/cancel/within", "actions/cancel/status", "actions/cancel/body", "actions/cancel/schema",
        "actions/cancel/says-so", "actions/cancel/agrees",
        "afterwards/settled/within", "afterwards/settled/status", "afterwards/settled/body",
        "afterwards/settled/same", "afterwards/again/within", "afterwards/again/status",
    ]  # fmt: skip
    assert case.should == {"actions/cancel/agrees"}


def test_an_answer_to_an_action_is_a_point_of_deadlines_that_no_close_makes_impossible(case: Case) -> None:
    (heard,) = case.timed
    assert (heard.start, heard.to, heard.on_socket) == (("cancel",), ("done", "pause"), True)


def test_slack_and_variables_concern_them_too(read: Read, contract: str) -> None:
    text = contract.replace("path: /pause", "path: '/p/${env.UNUSED}'").replace("/again/${", "/again/${env.LATER}/${")
    (case,) = read(text).cases
    assert case.variables == {"LATER"}
    slack = case.with_slack(1.5)
    assert slack.client.acts[0].action.promise.within == 4.5
    assert [one.promise.within for one in (*slack.actions, *slack.afterwards)] == [4.5, 11.5, 11.5, 11.5]


def test_an_action_of_which_the_name_is_taken_only_cleans_up(read: Read, minimal: str) -> None:
    actions = "actions: {tick: {method: POST, path: /t}, a-b: {method: POST, path: /ab}}\ncleanup: [tick, a-b]\ncases:"
    (case,) = read(minimal.replace("cases:", actions)).cases
    assert (case.actions, [one.action.name for one in case.cleanup]) == ((), ["tick", "a-b"])


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        ("status: [200, 409]", "status: 99", "an HTTP status from 200 to 599 is expected; found 99"),
        ("within: 3s", "withn: 3s",
         "unknown key 'withn' | here: body, expect, schema, status, within. Did you mean 'within'?"),
        ("says-so:", "status:", "actions/cancel/status is a clause already | give this one another name"),
        ("cancel.body.status ==", "cancle.body.status ==",
         "nothing here is called 'cancle' | here: accepted, cancel, count, job_id. Did you mean 'cancel'?"),
        ('body: {id: "${job_id}"}', 'body: {id: "${cancel.id}"}',
         "nothing here is called 'cancel' | here: accepted, count, job_id."),
        ("only_if: there", "only_if: slow", "unknown probe with present_if 'slow' | here: there."),
        ("only_if: there", "only_if: 3",
         "'only_if' must be a text; found 3 | put it between quotes if it is meant as text"),
        ("settled.body.n == last.done.n", "settled.body.n == last.doen.n",
         "unknown kind 'doen' | here: done, failed, started, tick. Did you mean 'done'?"),
        ("/results/${last.done.result}", "/results/${last.doen.result}",
         "unknown kind 'doen' | here: done, failed, started, tick. Did you mean 'done'?"),
        ('body: {n: "${last.done.n}"}', 'body: {n: ["${last.dnoe.n}"]}',
         "unknown kind 'dnoe' | here: done, failed, started, tick. Did you mean 'done'?"),
        ("  again: {", "  tick: {",
         "what is asked afterwards cannot be called 'tick': a kind, or what is sent or asked, is"
         " | use another name, such as settled"),
        ("  again: {", "  cancel: {",
         "what is asked afterwards cannot be called 'cancel': a kind, or what is sent or asked, is"
         " | use another name, such as settled"),
        ("from: cancel", "from: cancl",
         "unknown point 'cancl' | here: accepted, cancel, close, connect, done, end, failed, open, pause, ready, "
         "request, started, tick. Did you mean 'cancel'?"),
        ("method: POST\n    path: /jobs/${job_id}/cancel", "method: POST",
         "an action needs 'path'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, contract: str, was: str, now: str, problem: str) -> None:
    assert was in contract
    (told,) = problems(contract.replace(was, now, 1))
    assert told.partition(": ")[2] == problem


def test_what_is_asked_of_a_case_without_a_socket_has_no_messages_to_look_back_on(
    problems: Tell, read: Read, contract: str
) -> None:
    text = contract.replace("works: {client: {act: {cancel: {at: started}}}}", "works: {socket: null, deadlines: null}")
    told = problems(text)
    assert all("unknown kind 'done' | here: none." in one for one in told)
    (case,) = read(text.replace("last.done.", "accepted.body.")).cases
    assert [one.name for one in case.afterwards] == ["settled", "again"]
