"""CSV imports, of files good and bad, watched in every way."""

import asyncio

from reference_server.components import Pace
from tests.faults.battery.bench import LEISURELY, Bench, Noted

GOOD = "Title,Author,ISBN13\nDune,Frank Herbert,978-0441172719\nEmma,,\n,Nobody,\n\nUlysses,James Joyce,\n"
EMMA = "author,title\nJane Austen,Emma\nNobody,\n"
WALDEN = "book title,authors\nWalden,Henry D. Thoreau\n"
NO_AUTHOR_COLUMN = "title,year\nDune,1965\n"


async def an_import(bench: Bench) -> Noted:
    job_id, answer = await bench.load("good", GOOD)
    return answer, await bench.story(job_id), await bench.story(job_id, ready=False)


async def a_file_that_is_no_csv(bench: Bench) -> Noted:
    job_id, answer = await bench.load("bad", NO_AUTHOR_COLUMN)
    return answer, await bench.story(job_id), await bench.story(job_id)


async def never_ready(bench: Bench) -> Noted:
    job_id, _ = await bench.load("never-ready", GOOD)
    return await bench.story(job_id, ready=False)


async def ready_twice_and_late(bench: Bench) -> Noted:
    async with bench.another(pace=LEISURELY) as slow:
        job_id, _ = await slow.load("ready-twice", GOOD)
        async with slow.watch(job_id) as watch:
            await watch.until("progress", nth=2)
            await watch.send('{"type": "ready"}')
            return await watch.rest(acks=True)


async def watchers_who_come_early_midway_and_back(bench: Bench) -> Noted:
    job_id, _ = await bench.load("watchers", GOOD)
    async with bench.watch(job_id) as gone:
        await gone.until("progress", nth=2)
    async with bench.watch(job_id) as back, bench.watch(job_id, ready=False) as midway:
        told = await asyncio.gather(back.rest(), midway.rest())
    same = back.raw_job() == midway.raw_job() and back.raw_job()[: len(gone.raw_job())] == gone.raw_job()
    return gone.told()["job"], told, same


async def three_at_once(bench: Bench) -> Noted:
    async def one(name: str, content: str) -> Noted:
        job_id, answer = await bench.load(name, content)
        return answer, await bench.story(job_id)

    return await asyncio.gather(one("three-a", EMMA), one("three-b", WALDEN), one("three-c", GOOD))


async def one_after_the_other(bench: Bench) -> Noted:
    told = []
    for name, content in (("first-of-two", EMMA), ("second-of-two", WALDEN)):
        job_id, _ = await bench.load(name, content)
        told.append(await bench.story(job_id))
    return told


async def kept_alive(bench: Bench) -> Noted:
    async with bench.another(pace=Pace(csv_seconds=40.0)) as slow:
        job_id, _ = await slow.load("kept-alive", WALDEN)
        async with slow.watch(job_id) as watch:
            while not watch.keep_alives() and await watch.read():
                pass
            return watch.told()["job"], watch.keep_alives()


SCENARIOS = (
    an_import,
    a_file_that_is_no_csv,
    never_ready,
    ready_twice_and_late,
    watchers_who_come_early_midway_and_back,
    three_at_once,
    one_after_the_other,
    kept_alive,
)
