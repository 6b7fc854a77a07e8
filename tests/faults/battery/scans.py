"""Batch scans, watched in every way."""

import asyncio

from reference_server.components import Pace
from tests.faults.battery.bench import LEISURELY, Bench, Noted
from tests.reference_server.shelf import photo, spine

DUNE = photo(spine("Dune", "Frank Herbert", "9780441172719"), spine("Emma", "Jane Austen"))
AGAIN = photo(spine("Dune (read badly)", "F. H.", "9780441172719", low=True), spine("Ulysses", "James Joyce"))
BROKEN = b"no picture"
PHOTOS = [AGAIN, BROKEN, DUNE]


async def a_scan(bench: Bench) -> Noted:
    answer = await bench.scan("a-scan", PHOTOS)
    return answer, await bench.story("a-scan"), await bench.story("a-scan", ready=False)


async def one_photo_and_a_client_that_was_there_before(bench: Bench) -> Noted:
    async with bench.watch("early-bird") as watch:
        await watch.until("ready_ack")
        answer = await bench.scan("early-bird", [DUNE])
        return answer, await watch.rest(acks=True)


async def never_ready(bench: Bench) -> Noted:
    await bench.scan("never-ready", [DUNE, AGAIN])
    return await bench.story("never-ready", ready=False)


async def ready_twice_and_late(bench: Bench) -> Noted:
    async with bench.another(pace=LEISURELY) as slow, slow.watch("ready-twice", ready=False) as watch:
        for frame in ("no JSON", '{"type": "nonsense"}', '{"type": "ready"}'):
            await watch.send(frame)
        await watch.until("ready_ack")
        await slow.scan("ready-twice", [DUNE, AGAIN])
        await watch.until("batch-progress", currentPhoto=0)
        await watch.send('{"type": "ready"}')
        return await watch.rest(acks=True)


async def two_watchers_one_of_them_late(bench: Bench) -> Noted:
    await bench.scan("two-watchers", PHOTOS)
    async with bench.watch("two-watchers") as one, bench.watch("two-watchers", ready=False) as other:
        await one.until("batch-progress", currentPhoto=1)
        async with bench.watch("two-watchers") as late:
            told = await asyncio.gather(one.rest(acks=True), other.rest(acks=True), late.rest(acks=True))
        return told, one.raw_job() == other.raw_job() == late.raw_job()


async def returning(bench: Bench) -> Noted:
    await bench.scan("returning", PHOTOS)
    async with bench.watch("returning") as first:
        await first.until("batch-progress", photoStatus="complete")
    async with bench.watch("returning") as second:
        await second.rest()
    async with bench.watch("returning") as third:
        await third.rest()
    same = second.raw_job() == third.raw_job() and second.raw_job()[: len(first.raw_job())] == first.raw_job()
    return first.told()["job"], second.told(), third.told()["job"], same


async def cancelled_midway(bench: Bench) -> Noted:
    async with bench.another(pace=LEISURELY) as slow:
        await slow.scan("cancelled", [DUNE, AGAIN, DUNE])
        async with slow.watch("cancelled") as watch:
            await watch.until("batch-progress", photoStatus="processing", currentPhoto=1)
            answers = [await slow.cancel("cancelled"), await slow.cancel("cancelled")]
            told = await watch.rest()
        answers.append(await slow.cancel("cancelled"))
        return answers, told, await slow.story("cancelled")


async def cancelled_at_once(bench: Bench) -> Noted:
    await bench.scan("at-once", [DUNE, AGAIN])
    answers = [await bench.cancel("at-once"), await bench.cancel("at-once")]
    return answers, await bench.story("at-once")


async def three_at_once(bench: Bench) -> Noted:
    jobs = {"three-a": [DUNE], "three-b": [AGAIN, AGAIN], "three-c": [photo(spine("Middlemarch", "George Eliot"))]}
    await asyncio.gather(*(bench.scan(job_id, photos) for job_id, photos in jobs.items()))
    return await asyncio.gather(*(bench.story(job_id) for job_id in jobs))


async def one_after_the_other(bench: Bench) -> Noted:
    told = []
    for job_id, photos in (("first-of-two", [DUNE]), ("second-of-two", [photo(spine("Walden", "Henry D. Thoreau"))])):
        await bench.scan(job_id, photos)
        told.append(await bench.story(job_id))
    return told


async def kept_alive(bench: Bench) -> Noted:
    async with bench.another(pace=Pace(photo_seconds=8.0)) as slow:
        await slow.scan("kept-alive", [DUNE])
        async with slow.watch("kept-alive") as watch:
            return await watch.rest(), watch.keep_alives()


async def nobody_known(bench: Bench) -> Noted:
    async with bench.watch("nobody") as watch:
        while await watch.read(0.8):
            pass
        return watch.told(acks=True)


SCENARIOS = (
    a_scan,
    one_photo_and_a_client_that_was_there_before,
    never_ready,
    ready_twice_and_late,
    two_watchers_one_of_them_late,
    returning,
    cancelled_midway,
    cancelled_at_once,
    three_at_once,
    one_after_the_other,
    kept_alive,
    nobody_known,
)
