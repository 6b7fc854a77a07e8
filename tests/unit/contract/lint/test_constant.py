from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CANNOT = "cannot-fail 20: at_end/it cannot fail: "


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("'true'", f"{CANNOT}it is always true"),
        ("2 > 1", f"{CANNOT}it is always true"),
        ("pages > 0 && job != ''", f"{CANNOT}it is about what was drawn, not about what the service did"),
        ("last.done.x == last.done.x", f"{CANNOT}both sides are the same"),
        ("last.done.x <= last.done.x", f"{CANNOT}both sides are the same"),
        ("size(all.page) >= 0", f"{CANNOT}no size is below 0"),
        ("-1 < size(all.page)", f"{CANNOT}no size is below 0"),
        ("last.done.x == 1 || true", f"{CANNOT}`true` is enough, and always true"),
        ("last.done.x == 1 || size(all.page) >= 0", f"{CANNOT}`size(all.page) >= 0` is enough, and always true"),
    ],
)
def test_a_condition_that_cannot_fail_is_found(found: Callable[..., list[str]], condition: str, told: str) -> None:
    assert found(f"at_end:\n  it: {condition}\n") == [told]


@pytest.mark.parametrize(
    "condition",
    ["'false'", "1 > 2", "last.done.x != last.done.x", "size(all.page) > 0", "size(all.page) <= 0", "pages >= sum([1])",
     "last.done.a == last.done.b", "last.done.a == 1 || last.done.b == 'x || true'",
     "'last.done.a == 1 ? last.done.b == 2 : last.done.c == 3 || true'", "last.done.x.exists(x, x == 1 || true)"],
)  # fmt: skip
def test_a_condition_that_can_fail_is_not_found(found: Callable[..., list[str]], condition: str) -> None:
    assert [one for one in found(f"at_end:\n  it: {condition}\n") if "always true" in one] == []
    assert [one for one in found(f"at_end:\n  it: {condition}\n") if "drawn" not in one] == []


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("1 > 2", "'when' is never true"),
        ("last.done.x != last.done.x", "both sides of 'when' are the same"),
        ("size(all.page) < 0", "no size is below 0, as 'when' asks"),
        ("0 > size(all.page)", "no size is below 0, as 'when' asks"),
    ],
)
def test_a_clause_that_is_never_judged_is_found(found: Callable[..., list[str]], when: str, why: str) -> None:
    clause = f"at_end:\n  it: {{when: {when}, expect: last.done.x == 1}}\n"
    assert found(clause) == [f"cannot-fail 20: at_end/it is never judged: {why}"]


def test_a_clause_that_may_be_judged_is_not_found(found: Callable[..., list[str]]) -> None:
    assert found("at_end:\n  it: {when: size(all.page) > 0, expect: last.done.x == 1}\n") == []


@pytest.mark.parametrize(
    ("deadline", "fails"),
    [
        ("{from: accepted, to: done, within: 1s}", True),
        ("{from: end, to: close, within: 1s}", True),
        ("{from: done, to: [page, done], within: 1s}", False),
        ("{from: page, to: open, within: 1s}", False),
        ("{from: ready, to: open, within: 1s}", False),
        ("{from: accepted, to: request, within: 1s}", False),
        ("{from: close, to: [ack, connect], within: 1s}", False),
        ("{from: [page, end], to: close, within: 1s, or_end: true}", False),
        ("{from: open, to: accepted, within: 1s}", False),
    ],
)
def test_a_deadline_that_is_met_before_it_runs_is_found(
    found: Callable[..., list[str]], deadline: str, fails: bool
) -> None:
    assert [one.partition(": ")[0] for one in found(f"deadlines:\n  it: {deadline}\n")] == (
        [] if fails else ["cannot-fail 20"]
    )


def test_a_client_that_connects_first_may_be_told_late(found: Callable[..., list[str]]) -> None:
    deadline = "deadlines:\n  it: {from: open, to: accepted, within: 1s}\n"

    assert found(deadline, cases="cases:\n  works: {client: {connect: before_request}}\n") == []
