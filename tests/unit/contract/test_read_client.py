from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.client import Client, Connect, Drop, Ending, Sending

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

ACTIONS = """\
actions:
  cancel: {method: POST, path: "/jobs/${job_id}/cancel"}
  late: {method: POST, path: "/jobs/${accepted.body.id}/late"}
  tick: {method: POST, path: /tick}
  a-b: {method: POST, path: /ab}
cleanup: [tick, a-b]
cases:
"""


ALONE = "where the target is restarted, one client watches one job and asks for nothing else"


@pytest.fixture
def behaving(minimal: str) -> Callable[[str], str]:
    """The contract with a case whose client is written so."""

    def text(client: str) -> str:
        return minimal.replace("cases:\n", ACTIONS).replace("works: {}", f"works: {{client: {client}}}")

    return text


def only(contract: Contract) -> Case:
    (case,) = contract.cases
    return case


def test_a_client_whose_target_is_restarted_has_it_for_itself(read: Read, behaving: Callable[[str], str]) -> None:
    case = only(read(behaving("{connect_after: 0s..1s, slow: 1s, drop: {after_messages: 0..4, by: restart}}")))
    assert case.client.drop == Drop((0, 4), (Ending.RESTART,))
    assert (case.client.restarts, case.alone) == (True, True)
    stays = only(read(behaving("{drop: {after_messages: 0..4, by: [close, reset]}}")))
    assert (stays.client.restarts, stays.alone) == (False, False)


def test_every_key(read: Read, behaving: Callable[[str], str]) -> None:
    client = only(
        read(
            behaving(
                "{connect: after_answer, connect_after: 0s..2s, watchers: 2..4, slow: 500ms..4s, jobs: 3,"
                " sends: {ready: {times: 0..2, after: 0s..1s}},"
                ' first: [{type: nonsense, n: "${count}"}, "not json", null],'
                " drop: {after_messages: 0..20, by: [close, reset], return_after: 1s},"
                " act: {cancel: {at: started, nth: 1..5, after: 0s..1s, times: 1..2}, late: {}}}"
            )
        )
    ).client
    assert (client.connect, client.connect_after) == (Connect.AFTER_ANSWER, (0.0, 2.0))
    assert (client.watchers, client.slow, client.jobs) == ((2, 4), (0.5, 4.0), (3, 3))
    assert client.sends == {"ready": Sending((0, 2), (0.0, 1.0))}
    assert [frame.render({"count": 3}) for frame in client.first] == [{"type": "nonsense", "n": 3}, "not json", None]
    assert client.drop == Drop((0, 20), (Ending.CLOSE, Ending.RESET), (1.0, 1.0))
    cancel, late = client.acts
    assert (cancel.action.name, cancel.at, cancel.nth, cancel.after, cancel.times) == (
        "cancel", "started", (1, 5), (0.0, 1.0), (1, 2),
    )  # fmt: skip
    assert (late.action.name, late.at, late.nth, late.after, late.times) == (
        "late", "accepted", (1, 1), (0.0, 0.0), (1, 1),
    )  # fmt: skip


def test_what_is_left_out_is_what_a_plain_client_does(read: Read, behaving: Callable[[str], str]) -> None:
    assert only(read(behaving("{}"))).client == Client()
    assert only(read(behaving("{drop: {after_messages: 2}}"))).client.drop == Drop((2, 2))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("never", Sending((0, 0))),
        ("{times: 2}", Sending((2, 2))),
        ("{after: 1s}", Sending(after=(1.0, 1.0))),
        ("{after: cancel}", Sending(once_done="cancel")),
    ],
)
def test_how_a_message_is_sent(read: Read, behaving: Callable[[str], str], written: str, meant: Sending) -> None:
    client = only(read(behaving(f"{{sends: {{ready: {written}}}, act: {{cancel: {{}}}}}}"))).client
    assert client.sends == {"ready": meant}


@pytest.mark.parametrize(
    ("client", "several"),
    [
        ("{}", False),
        ("{jobs: 3}", False),
        ("{watchers: 1..2}", True),
        ("{connect: after_end, connect_after: 1s}", True),
        ("{drop: {after_messages: 0}}", True),
    ],
)
def test_all_connections_are_told_the_same_where_there_can_be_several(
    read: Read, behaving: Callable[[str], str], client: str, several: bool
) -> None:
    case = only(read(behaving(client)))
    assert ("same-story" in case.clauses, case.client.connects_twice) == (several, several)
    without = only(read(behaving(client).replace("works: {", "works: {off: [same-story], ")))
    assert "same-story" not in without.clauses


def test_a_case_without_a_socket_leaves_aside_what_concerns_one(read: Read, minimal: str) -> None:
    client = "client: {jobs: 2, watchers: 9, sends: {x: never}, act: {cancel: {at: started}, late: {}}}\n"
    text = minimal.replace("cases:\n", f"{ACTIONS}  refuses: {{refused: {{status: 400}}}}\n{client}")
    text = text.replace("cases:\n", "").replace("  works: {}\n", "").replace("  refuses:", "cases:\n  refuses:")
    text += "  works: {socket: null, deadlines: null, always: null, at_end: null}\n"
    text = text.replace(client, "").replace("cases:\n", f"{client}cases:\n")
    refuses, works = read(text).cases
    assert (refuses.client.jobs, refuses.client.watchers, refuses.client.acts) == ((2, 2), (1, 1), ())
    assert [act.action.name for act in works.client.acts] == ["late"]


@pytest.mark.parametrize(
    ("client", "problem"),
    [
        ("{connect: after_ned}",
         "connect is before_request, after_answer or after_end; found 'after_ned' | "
         "here: after_answer, after_end, before_request. Did you mean 'after_end'?"),
        ("{connect: before_request, connect_after: 1s}",
         "a client that connects before the request cannot wait for its answer"),
        ("{connect: after_end, drop: {after_messages: 1}}",
         "where the job has ended there is nothing that a client could drop and return to | "
         "leave out one of drop and connect: after_end"),
        ("{watchers: 0..2}", "a number or a range such as 1..4, within 1..50, is expected; found '0..2'"),
        ("{watchers: 4..2}", "a number or a range such as 1..4, within 1..50, is expected; found '4..2'"),
        ("{jobs: true}", "a number or a range such as 1..4, within 1..50, is expected; found True"),
        ("{slow: 4}", "a range of delays such as 0s..3s is expected; found 4"),
        ("{sends: {redy: never}}", "unknown sent message 'redy' | here: ready. Did you mean 'ready'?"),
        ("{sends: {ready: ever}}", "never, or a map with times and after, is expected; found 'ever'"),
        ("{sends: {ready: {time: 2}}}", "unknown key 'time' | here: after, times. Did you mean 'times'?"),
        ("{sends: {ready: {after: canel}}, act: {cancel: {}}}",
         "a range of delays such as 0s..1s, or something that this client does, is expected; found 'canel' | "
         "here: cancel. Did you mean 'cancel'?"),
        ("{first: []}", "a list of frames is expected, one of which is sent; found a list | "
         'for example first: [{type: nonsense}, "not json"]'),
        ("{first: ['${jobid}']}", "nothing here is called 'jobid' | here: accepted, count, env, job_id. "
         "Did you mean 'job_id'?"),
        ("{drop: {}}", "'drop' needs 'after_messages'"),
        ("{drop: {after_messages: 1, by: rest}}", "unknown way to drop 'rest' | here: close, reset, restart. "
         "Did you mean 'reset'?"),
        ("{connect: before_request, drop: {after_messages: 1, by: restart}}",
         f"{ALONE} | leave out connect: before_request, or drop by close or reset"),
        ("{watchers: 1..2, drop: {after_messages: 1, by: [close, restart]}}",
         f"{ALONE} | leave out watchers, or drop by close or reset"),
        ("{jobs: 2, drop: {after_messages: 1, by: restart}}",
         f"{ALONE} | leave out jobs, or drop by close or reset"),
        ("{act: {cancel: {at: end}}, drop: {after_messages: 1, by: restart}}",
         f"{ALONE} | leave out act, or drop by close or reset"),
        ("{act: {cancle: {}}}", "unknown action 'cancle' | here: cancel, late. Did you mean 'cancel'?"),
        ("{act: {tick: {}}}", "unknown action 'tick' | here: cancel, late."),
        ("{act: {cancel: {at: strated}}}",
         "unknown moment 'strated' | here: accepted, done, end, failed, open, request, started, tick. "
         "Did you mean 'started'?"),
        ("{act: {cancel: {at: open, nth: 2}}}", "'open' comes once; nth counts the messages of a kind | at: a kind"),
        ("{act: {late: {at: request}}}",
         "'late' uses 'accepted', which is not known at 'request' | let it be done later, such as at: end"),
        ("{connect: before_request, act: {late: {at: open}}}",
         "'late' uses 'accepted', which is not known at 'open' | let it be done later, such as at: end"),
        ("{act: {cancel: 3}}", "what a client does is expected here, a map; found 3"),
        ("{wtachers: 2}",
         "unknown key 'wtachers' | here: act, connect, connect_after, drop, first, jobs, sends, slow, watchers. "
         "Did you mean 'watchers'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, behaving: Callable[[str], str], client: str, problem: str) -> None:
    (told,) = problems(behaving(client))
    assert told.partition(": ")[2] == problem


def test_a_step_for_the_connection_is_not_known_at_the_answer(problems: Tell, behaving: Callable[[str], str]) -> None:
    text = behaving("{act: {cancel: {}}}").replace("/cancel", "/${ticket.body.id}")
    step = "before: {ticket: {method: POST, path: /t, once: connection}}\nactions:"
    (told,) = problems(text.replace("actions:", step))
    assert "'cancel' uses 'ticket', which is not known at 'accepted'" in told


def test_the_first_frame_of_a_client_that_connects_first_cannot_use_the_answer(
    problems: Tell, behaving: Callable[[str], str]
) -> None:
    (told,) = problems(behaving("{connect: before_request, first: ['${accepted.body.id}']}"))
    assert "case 'works' connects before the request" in told
