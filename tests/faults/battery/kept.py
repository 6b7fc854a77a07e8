"""What is left of a job when it has ended, when its server has, and what several jobs in a row are like."""

import asyncio
import tempfile
from pathlib import Path

from reference_server.components import Pace
from tests.faults.battery.bench import Bench, Noted, only_for
from tests.faults.battery.imports import WALDEN
from tests.faults.battery.scans import AGAIN, BROKEN, DUNE


async def after_the_end(bench: Bench) -> Noted:
    """Nobody follows the job any more when the next client comes, long enough after that for its time to differ."""
    async with bench.another(pace=Pace()) as fast:
        await fast.scan("ended", [DUNE, BROKEN])
        job_id, _ = await fast.load("ended", WALDEN)
        first = await asyncio.gather(fast.story("ended"), fast.story(job_id))
        async with fast.watch("ended") as scan, fast.watch(job_id) as load:
            await scan.rest()
            return first, scan.told(), await load.rest()


async def the_same_words_after_the_end(bench: Bench) -> Noted:
    async with bench.another(pace=Pace()) as fast:
        job_id, _ = await fast.load("same-words", WALDEN)
        raw = []
        for _ in range(2):
            async with fast.watch(job_id) as watch:
                await watch.rest()
                raw.append(watch.raw_job())
        return raw[0] == raw[1]


async def when_one_of_two_leaves(bench: Bench) -> Noted:
    await bench.scan("one-leaves", [DUNE, AGAIN])
    async with bench.watch("one-leaves") as stays:
        async with bench.watch("one-leaves") as leaves:
            await leaves.until("batch-init")
        return await stays.rest()


@only_for("durability")
async def after_a_restart(bench: Bench) -> Noted:
    """A scan and an import that the end of their server interrupts."""
    with tempfile.TemporaryDirectory() as folder:
        async with bench.another(data=Path(folder), pace=Pace(20.0, 20.0)) as before:
            await before.scan("restarted", [DUNE])
            job_id, _ = await before.load("restarted", WALDEN)
            async with before.watch("restarted") as scan, before.watch(job_id) as load:
                await scan.until("batch-progress")
                await load.until("progress")
        async with bench.another(data=Path(folder), pace=Pace()) as after:
            return await asyncio.gather(after.story("restarted"), after.story(job_id))


@only_for("intermittent")
async def six_jobs(bench: Bench) -> Noted:
    """Two times three of each sort."""
    async with bench.another(pace=Pace()) as fast:
        told = []
        for number in range(6):
            answer = await fast.scan(f"six-{number}", [DUNE])
            job_id, loaded = await fast.load(f"six-{number}", WALDEN)
            told.append((answer, loaded, await asyncio.gather(fast.story(f"six-{number}"), fast.story(job_id))))
        return told


SCENARIOS = (after_the_end, the_same_words_after_the_end, when_one_of_two_leaves, after_a_restart, six_jobs)
