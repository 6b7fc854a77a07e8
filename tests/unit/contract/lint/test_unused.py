from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CANCEL = 'actions: {cancel: {method: POST, path: "/cancel/${job}"}}\n'
PROBE = "probes:\n  there: {method: GET, path: /test, present_if: {status: 400}}\n"
STEPS = "  works: {steps: [{method: GET, path: /x}], if_works: yes, if_not: no}\n"


def test_an_input_that_no_case_uses_is_found_once(found: Callable[..., list[str]]) -> None:
    request = "cases:\n  works: {request: {json: {paper: null}}}\n  other: {request: {json: null}}\n"

    assert found(cases=request) == ["unused-input 7: nothing uses the input 'paper'"]


def test_an_input_that_one_case_uses_is_not_found(found: Callable[..., list[str]]) -> None:
    assert found(cases="cases:\n  works: {}\n  other: {request: {json: null}}\n") == []


def test_an_input_of_a_case_must_be_used_there(found: Callable[..., list[str]]) -> None:
    case = "cases:\n  works: {}\n  other: {inputs: {more: {integer: 1..2}}}\n"

    assert found(cases=case) == ["unused-input 19: nothing uses the input 'more'"]


@pytest.mark.parametrize(
    ("more", "case", "used"),
    [
        ("", "{}", False),
        ("cleanup: [cancel]\n", "{}", True),
        ("cleanup: [{cancel: unless_ended}]\n", "{}", True),
        ("", "{client: {act: {cancel: {at: page}}}}", True),
    ],
)
def test_an_action_must_be_made(found: Callable[..., list[str]], more: str, case: str, used: bool) -> None:
    told = ["unused-action 19: no client and no cleanup makes the action 'cancel'"]

    assert found(CANCEL + more, cases=f"cases:\n  works: {case}\n") == ([] if used else told)


def test_a_probe_must_be_asked(found: Callable[..., list[str]]) -> None:
    after = "afterwards: {settled: {method: GET, path: /state, only_if: there}}\n"

    assert found(PROBE) == ["unused-probe 20: nothing depends on the probe 'there'"]
    assert found(PROBE + STEPS) == []
    assert found(PROBE + after) == []


@pytest.mark.parametrize(
    ("hint", "changes", "given"),
    [
        ("too-late", {}, True),
        ("ended-without-close", {}, True),
        ("ended-without-close", {"order": "[{for_each: {i: pages}, body: [page]}, done]"}, False),
        ("wrong-close", {"order": "[{for_each: {i: pages}, body: [page]}, done]"}, False),
        ("acknowledged-but-nothing", {}, True),
        ("wrong-refusal", {}, False),
        ("wrong-refusal", {"cases": "cases:\n  works: {}\n  not: {refused: {status: 400, within: 1s}}\n"}, True),
    ],
)
def test_a_hint_must_be_possible(
    found: Callable[..., list[str]], hint: str, changes: dict[str, str], given: bool
) -> None:
    told = found(f"hints:\n  {hint}: look there\n", **changes)

    assert [one.partition(" ")[0] for one in told] == ([] if given else ["unused-hint"])
