from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from harness.runner.drawing import draw, spec_key
from harness.runner.results import Example, ExampleResult
from harness.runner.settings import Shrinking
from harness.runner.shrinking import Shrinker
from tests.unit.runner.examples import result, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.inputs.base import Json

STRATEGY = st.integers(0, 1000)
EXAMPLES, SEED = 40, 2
BROKEN, OTHER = violation("always/total"), violation("always/other")


class Service:
    """Breaks one clause from 100 on and another from 500 on; each example takes a second and some jobs."""

    def __init__(self, case: Case, jobs: int = 1, budget: int | None = None) -> None:
        self.case = case
        self.jobs = jobs
        self.left = budget
        self.time = 0.0
        self.asked: list[Json] = []
        self.known = {spec_key(spec): self.result(spec) for spec in draw(STRATEGY, EXAMPLES, SEED)}

    def result(self, spec: Json) -> ExampleResult:
        broken = [BROKEN] * (spec >= 100) + [OTHER] * (spec >= 500)
        return replace(result(self.case, *broken), example=Example(self.case, spec), jobs=self.jobs)

    async def judge(self, spec: Json) -> ExampleResult | None:
        if self.left == 0:
            return None
        self.left = None if self.left is None else self.left - 1
        self.asked.append(spec)
        self.time += 1.0
        self.known[spec_key(spec)] = found = self.result(spec)
        return found

    def shrinker(self, budget: Shrinking) -> Shrinker:
        return Shrinker(self.judge, self.known, lambda: self.time, budget)


async def smallest(service: Service, budget: Shrinking, clause: str = "always/total") -> tuple[Json, str]:
    async with asyncio.timeout(20):
        found, note = await service.shrinker(budget).smallest(STRATEGY, EXAMPLES, SEED, clause)
        return found[-1] if found else None, note


async def test_it_reaches_the_smallest_and_says_what_that_cost(case: Case) -> None:
    service = Service(case)
    found, note = await smallest(service, Shrinking())
    assert found == 100
    assert note == f"shrunk with {len(service.asked)} more jobs in {len(service.asked)} s"


async def test_the_larger_ones_on_the_way_are_told_too(case: Case) -> None:
    service = Service(case)
    found, _ = await service.shrinker(Shrinking()).smallest(STRATEGY, EXAMPLES, SEED, "always/total")
    assert len(found) == len(set(found)) > 2
    assert min(found) == found[-1] == 100
    assert all(service.known[spec_key(spec)].violations for spec in found)


async def test_a_second_clause_uses_the_verdicts_of_the_first(case: Case) -> None:
    service = Service(case)
    shrinker = service.shrinker(Shrinking(jobs=1000, seconds=1000))
    for clause, least in (("always/total", 100), ("always/other", 500), ("always/total", 100)):
        before = len(service.asked)
        found, note = await shrinker.smallest(STRATEGY, EXAMPLES, SEED, clause)
        assert found[-1] == least
    assert (len(service.asked), note) == (before, ""), "all is known already"
    assert len(service.asked) == len(set(service.asked))


@pytest.mark.parametrize(
    ("jobs", "budget", "asked", "told"),
    [
        (1, Shrinking(jobs=3), 3, "shrinking stopped after 3 jobs (--shrink-jobs allows more)"),
        (2, Shrinking(jobs=3), 2, "shrinking stopped after 4 jobs (--shrink-jobs allows more)"),
        (0, Shrinking(jobs=3), 3, "shrinking stopped after 3 jobs (--shrink-jobs allows more)"),
        (1, Shrinking(seconds=1.5), 2, "shrinking stopped after 1.5 s and 2 jobs (--shrink-seconds allows more)"),
    ],
)
async def test_it_stops_where_its_budget_ends(case: Case, jobs: int, budget: Shrinking, asked: int, told: str) -> None:
    service = Service(case, jobs)
    drawn = set(service.known)
    found, note = await smallest(service, budget)
    assert (len(service.asked), note) == (asked, told)
    assert found >= 100
    assert spec_key(found) in drawn | {spec_key(one) for one in service.asked}, "one that is known to fail"


async def test_once_its_budget_is_spent_hypothesis_draws_nothing_more(case: Case) -> None:
    service = Service(case)
    drawn: list[int] = []

    def seen(number: int) -> int:
        drawn.append(number)
        return number

    await service.shrinker(Shrinking(jobs=3)).smallest(STRATEGY.map(seen), EXAMPLES, SEED, "always/total")
    after = drawn[drawn.index(service.asked[-1]) + 1 :]
    assert len([number for number in after if spec_key(number) not in service.known]) == 1


async def test_where_its_budget_is_spent_the_shortest_stands_of_all_that_are_known_to_fail(case: Case) -> None:
    service = Service(case)
    service.known |= {spec_key(spec): service.result(spec) for spec in (99, 100, 101)}  # whoever asked for them
    service.known["7"] = replace(service.result(700), example=Example(case, 7), inconclusive="it stalled")
    found, _ = await service.shrinker(Shrinking(jobs=1)).smallest(STRATEGY, EXAMPLES, SEED, "always/total")
    assert len(service.asked) == 1
    assert found[-1] == 100
    failing = {key for key, one in service.known.items() if one.violations and not one.inconclusive}
    assert {spec_key(spec) for spec in found} == failing


@pytest.mark.parametrize("budget", [Shrinking(jobs=0), Shrinking(seconds=0)])
async def test_no_budget_asks_for_nothing(case: Case, budget: Shrinking) -> None:
    service = Service(case)
    assert await smallest(service, budget) == (None, "not shrunk: shrinking has no budget")
    assert service.asked == []


async def test_the_runs_own_budget_may_end_first(case: Case) -> None:
    found, note = await smallest(Service(case, budget=2), Shrinking())
    assert found >= 100
    assert note == "the budget of jobs ran out while shrinking"


async def test_many_cases_are_made_small_at_once_although_their_jobs_need_the_threads_of_the_loop(case: Case) -> None:
    services = [Service(case) for _ in range(4)]

    def shrinker(service: Service) -> Shrinker:
        async def judge(spec: Json) -> ExampleResult | None:
            await asyncio.to_thread(spec_key, spec)
            return await service.judge(spec)

        return Shrinker(judge, service.known, lambda: service.time, Shrinking())

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    async with asyncio.timeout(20):
        found = await asyncio.gather(
            *(shrinker(one).smallest(STRATEGY, EXAMPLES, SEED, "always/total") for one in services)
        )
    assert [smaller[-1] for smaller, _ in found] == [100] * 4


async def test_a_run_that_is_cancelled_ends_the_thread_of_hypothesis(case: Case) -> None:
    service = Service(case)
    begun = asyncio.Event()

    async def forever(spec: Json) -> ExampleResult | None:
        begun.set()
        await asyncio.Event().wait()
        return None

    shrinker = Shrinker(forever, service.known, lambda: 0.0, Shrinking())
    task = asyncio.create_task(shrinker.smallest(STRATEGY, EXAMPLES, SEED, "always/total"))
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.get_running_loop().shutdown_default_executor()
