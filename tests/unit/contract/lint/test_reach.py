from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FAILS = "cases:\n  works: {}\n  fails: {socket: {order: [failed, close: 1000]}}\n"


@pytest.mark.parametrize(
    "clause",
    [
        "always: {it: {for: [page, failed], expect: msg.x == job}}",
        "always: {it: {for: ack, expect: msg.x == job}}",
        "at_end: {it: last.page.x == job}",
        "deadlines: {it: {from: ready, to: [failed, ack], within: 1s}}",
        "deadlines: {it: {from: failed, to: page, within: 1s}}",
        "deadlines: {it: {from: accepted, to: close, within: 1s}}",
        "deadlines: {it: {from: accepted, to: failed, within: 1s, or_end: true}}",
        "deadlines: {it: {between: received, from: [page, failed], to: done, within: 1s}}",
        "always: {it: {for: failed, expect: msg.x == job, may_be_unexercised: not since 2020}}",
    ],
)
def test_what_can_be_reached_is_not_found(found: Callable[..., list[str]], clause: str) -> None:
    told = found(clause + "\n")

    assert [one for one in told if not one.startswith("unstarted-deadline")] == []


def test_what_one_case_can_reach_is_not_found(found: Callable[..., list[str]]) -> None:
    assert found("always: {it: {for: failed, expect: msg.x == job}}\n", cases=FAILS) == []
    assert found("at_end: {it: last.failed.x == job}\n", cases=FAILS) == []
    assert found("deadlines: {it: {from: failed, to: close, within: 1s}}\n", cases=FAILS) == []


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        ("always: {it: {for: failed, expect: msg.x == job}}", "unreachable-clause 19: always/it is never judged"),
        ("at_end: {it: last.failed.x == job}", "unreachable-clause 19: at_end/it is never judged: 'failed'"),
        ("at_end: {it: {when: size(all.failed) > 0, expect: last.done.x == job}}", "unreachable-clause 19: at_end/it"),
        ("deadlines: {it: {from: [open, failed], to: done, within: 1s}}", "unstarted-deadline 19: nothing starts"),
        ("deadlines: {it: {between: received, from: failed, to: done, within: 1s}}", "unstarted-deadline 19: nothing"),
        ("deadlines: {it: {from: open, to: failed, within: 1s}}", "unmet-deadline 19: in the case 'works' nothing can"),
    ],
)
def test_what_nothing_reaches_is_found(found: Callable[..., list[str]], clause: str, told: str) -> None:
    (finding,) = found(clause + "\n")

    assert finding.startswith(told)


def test_a_deadline_that_only_one_case_cannot_meet_is_found_there(found: Callable[..., list[str]]) -> None:
    assert found("deadlines: {it: {from: open, to: done, within: 1s}}\n", cases=FAILS) == [
        "unmet-deadline 20: in the case 'fails' nothing can meet this deadline: 'done' never comes"
    ]


def test_a_deadline_that_no_case_can_meet_is_told_once(found: Callable[..., list[str]]) -> None:
    cases = "cases:\n  works: {}\n  again: {}\n  once-more: {}\n"

    assert found("deadlines: {it: {from: open, to: failed, within: 1s}}\n", cases=cases) == [
        "unmet-deadline 21: in the case 'works' (and 2 more) nothing can meet this deadline: 'failed' never comes"
    ]


def test_a_message_that_waits_for_what_never_comes_is_found(found: Callable[..., list[str]]) -> None:
    assert found(ready="{after: failed, json: {type: ready}}") == [
        "unused-send 13: 'ready' is never sent: 'failed' never comes"
    ]
    assert found(ready="{each: page, json: {type: ready}}") == []
    never = "cases:\n  works: {client: {sends: {ready: never}}}\n"
    assert found(cases=never) == ["unused-send 13: 'ready' is never sent"]


@pytest.mark.parametrize(
    ("order", "sure"),
    [
        ("[page, done]", True),
        ("[page, done, close: 1000]", True),
        ("[page, either: [done, failed]]", True),
        ("[{optional: page}, done]", True),
        ("[{repeat: page}, done, close]", True),
        ("[done, {repeat: page, at_least: 2, at_most: 2}]", True),
        ("[{for_each: {i: pages}, body: page}]", True),
        ("[page, optional: done]", False),
        ("[page, {optional: done}, close: 1000]", False),
        ("[done, {repeat: page, at_most: 2}]", False),
        ("[page, either: [done, [failed, repeat: page]]]", False),
        ("[interleave: [page, [done, optional: failed]]]", False),
        ("[{for_each: {i: pages}, body: [page, optional: failed]}]", False),
    ],
)
def test_an_order_without_a_sure_end_is_found_if_something_waits_for_it(
    found: Callable[..., list[str]], order: str, sure: bool
) -> None:
    clause = "at_end: {it: last.page.x == job}\n"
    told = ["unclear-end 16: no message is surely the last, so at_end/it may find no end"]

    assert [one for one in found(clause, order=order) if "unclear" in one] == ([] if sure else told)
    assert [one for one in found(order=order) if "unclear" in one] == []
