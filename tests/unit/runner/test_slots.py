from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from harness.runner.results import Example
from harness.runner.slots import Company, Slots
from tests.unit.runner.examples import spec

if TYPE_CHECKING:
    from harness.contract.model import Case


class Busy:
    """Counts how many are in at a time; each stays until `leave` is set."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.leave = asyncio.Event()

    async def one(self, slots: Slots) -> None:
        async with slots.one():
            await self._stay()

    async def alone(self, slots: Slots) -> None:
        async with slots.alone():
            assert self.now == 0
            await self._stay()

    async def _stay(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.leave.wait()
        self.now -= 1


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_than_size_at_a_time_and_no_fewer() -> None:
    slots, busy = Slots(3), Busy()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(busy.one(slots))
        await settle()
        assert busy.now == 3
        busy.leave.set()
    assert busy.most == 3


async def test_alone_waits_for_the_others_and_keeps_the_next_ones_waiting() -> None:
    slots, first, lonely, late = Slots(3), Busy(), Busy(), Busy()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(first.one(slots))
        await settle()
        group.create_task(lonely.alone(slots))
        await settle()
        group.create_task(late.one(slots))
        await settle()
        assert (first.now, lonely.now, late.now) == (2, 0, 0)
        first.leave.set()
        await settle()
        assert (first.now, lonely.now, late.now) == (0, 1, 0)
        lonely.leave.set()
        await settle()
        assert late.now == 1
        late.leave.set()


async def test_two_that_want_to_be_alone_do_not_wait_for_each_other_forever() -> None:
    slots, busy = Slots(2), Busy()
    busy.leave.set()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(busy.alone(slots))
    assert busy.most == 1


@pytest.mark.parametrize("other", [0, 1, 2])
async def test_cancelling_one_that_waits_to_be_alone_gives_every_slot_back(other: int) -> None:
    slots, running, lonely, after = Slots(2), Busy(), Busy(), Busy()
    holders = [asyncio.create_task(running.one(slots)) for _ in range(other)]
    await settle()
    waiting = asyncio.create_task(lonely.alone(slots))
    await settle()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    running.leave.set()
    await asyncio.gather(*holders)
    tasks = [asyncio.create_task(after.one(slots)) for _ in range(3)]
    await settle()
    assert after.now == 2
    after.leave.set()
    await asyncio.gather(*tasks)


async def test_a_slot_is_given_back_when_its_holder_fails() -> None:
    slots = Slots(1)
    for hold in (slots.one, slots.alone):
        with pytest.raises(ValueError, match="broken"):
            async with hold():
                raise ValueError("broken")
    async with asyncio.timeout(5), slots.alone():
        pass


async def test_each_example_knows_the_latest_of_those_that_ran_beside_it(case: Case) -> None:
    examples = [Example(case, spec(n)) for n in range(4)]
    company = Company(2)
    with company.with_others(examples[0]) as of_first:
        with company.with_others(examples[1]) as of_second:
            pass
        with company.with_others(examples[2]), company.with_others(examples[3]) as of_last:
            pass
    assert list(of_first) == examples[2:]
    assert list(of_second) == [examples[0]]
    assert list(of_last) == [examples[0], examples[2]]
