from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.targets.budget import FIRST_WAIT, LONGEST_WAIT, Budget, Pause, retry_after

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


async def spend(budget: Budget, turns: int, jobs: int, ends: str) -> bool:
    """Ask for a job, take so many turns of the event loop, settle; gives whether it was allowed."""
    if not await budget.reserve():
        return False
    made = 1
    try:
        for _ in range(turns):
            assert budget.most is None or budget.used < budget.most, "asked for more than there is"
            await asyncio.sleep(0)
        if ends == "raises":
            raise ValueError
        made = jobs
    finally:
        await budget.settle(made)
    return True


Plan = st.tuples(st.integers(0, 5), st.sampled_from([0, 1]), st.sampled_from(["ends", "raises", "cancelled"]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 5), st.lists(Plan, max_size=14), st.lists(st.integers(0, 9), min_size=14, max_size=14))
def test_a_budget_is_never_exceeded_and_never_hangs(
    most: int, plans: list[tuple[int, int, str]], moments: list[int]
) -> None:
    async def run() -> tuple[Budget, Sequence[bool | BaseException]]:
        budget = Budget(most)
        tasks = []
        for (turns, jobs, ends), moment in zip(plans, moments, strict=False):
            task = asyncio.create_task(spend(budget, turns, jobs, ends))
            tasks.append(task)
            for _ in range(moment if ends == "cancelled" else 0):
                await asyncio.sleep(0)
            if ends == "cancelled":
                task.cancel()
        async with asyncio.timeout(5):
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert await budget.reserve() is (budget.used < most)
        return budget, outcomes

    budget, outcomes = asyncio.run(run())
    assert budget.used <= most
    if any(outcome is False for outcome in outcomes):
        assert budget.used == most, "refused although something was left"


async def test_some_of_a_budget_can_be_kept_for_others() -> None:
    budget = Budget(3)
    assert [await budget.reserve(2), await budget.reserve(1)] == [True, True]
    await budget.settle(1)
    await budget.settle(1)
    assert not await budget.reserve(1)
    assert await budget.reserve()


async def test_jobs_that_belong_together_are_reserved_together() -> None:
    budget = Budget(4)
    assert await budget.reserve(jobs=3)
    waiting = asyncio.create_task(budget.reserve(jobs=2))
    await asyncio.sleep(0)
    assert not waiting.done(), "one is left"
    await budget.settle(2, reserved=3)
    async with asyncio.timeout(5):
        assert await waiting
    await budget.settle(2, reserved=2)
    assert budget.used == 4
    assert not await budget.reserve()
    assert not await Budget(2).reserve(jobs=3)


async def test_a_budget_without_a_limit_only_counts() -> None:
    budget = Budget(None)
    assert all([await spend(budget, 0, 1, "ends") for _ in range(50)])
    assert budget.used == 50


async def test_the_last_job_is_waited_for_and_given_to_the_next_if_the_target_made_none() -> None:
    budget = Budget(1)
    assert await budget.reserve()
    waiting = asyncio.create_task(budget.reserve())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    await budget.settle(0)
    async with asyncio.timeout(5):
        assert await waiting


async def test_all_that_wait_are_told_when_nothing_is_left() -> None:
    budget = Budget(1)
    assert await budget.reserve()
    waiting = [asyncio.create_task(budget.reserve()) for _ in range(5)]
    await asyncio.sleep(0)
    await budget.settle(1)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [False] * 5


def test_a_pause_lasts_as_long_as_the_target_asked() -> None:
    pause = Pause()
    assert pause.remaining(3.0) <= 0
    assert pause.ask(3.0, 4.0) == 4.0
    assert pause.remaining(5.0) == 2.0


def test_a_shorter_pause_does_not_shorten_a_longer_one() -> None:
    pause = Pause()
    pause.ask(0.0, 10.0)
    assert pause.ask(1.0, 2.0) == 9.0


def test_without_a_word_pauses_grow_up_to_a_limit() -> None:
    pause, now, waits = Pause(), 0.0, []
    for _ in range(10):
        waits.append(pause.ask(now, None))
        now += waits[-1]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_a_target_that_says_0_seconds_again_and_again_is_not_hammered() -> None:
    pause = Pause()
    waits = [pause.ask(0.0, 0.0) for _ in range(5)]
    assert waits[-1] > 0


def test_examples_that_are_asked_to_wait_at_the_same_moment_lengthen_the_pause_once() -> None:
    pause = Pause()
    for _ in range(8):
        pause.ask(0.0, None)
    assert pause.remaining(0.0) <= 2 * FIRST_WAIT


async def test_waiting_where_nothing_is_to_be_waited_for_returns_at_once() -> None:
    async with asyncio.timeout(5):
        await Pause().wait(lambda: 0.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", 0.0),
        ("", None),
        ("-3", None),
        ("1.5e3", None),
        ("soon", None),
        ("²", None),
        ("1, 1", None),
        ("Sun, 01 Mar 2026 12:00:30", None),
        ("Sun, 01 Mar 99999 12:00:30 GMT", None),
        ("Sun, 31 Feb 2026 12:00:30 GMT", None),
        ("9" * 4000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_no_retry_after() -> None:
    assert retry_after({}, NOW) is None


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(
            r"\A(Sun, )?[0-9]{1,9} (Mar|Feb|Foo) [0-9]{1,12} [0-9]{1,9}:[0-9]{1,9}(:[0-9]{1,9})? [-+]?[0-9]{1,20}\Z"
        ),
    )
)
def test_whatever_a_target_writes_there_is_no_exception_and_no_negative_wait(text: str) -> None:
    seconds = retry_after({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0
