"""When things come: whether the times are kept that are promised, with room to spare.

What counts as late here is far from what a correct server needs, for all servers share one thread of a busy machine.
"""

import asyncio

from reference_server.components import Pace
from tests.faults.battery.bench import SPEED, Bench, Noted, only_for
from tests.faults.battery.imports import WALDEN
from tests.faults.battery.scans import DUNE

LATE_SECONDS = 1.3  # of a server at the machine's own speed, for what takes milliseconds
LATE_ACK_SECONDS = 0.8
GAP_SECONDS = 7.5  # of a fast one, for what has a keep-alive after 5 s


@only_for("timing", "closes")
async def answers_and_openings(bench: Bench) -> Noted:
    """Answer, opening and the first frame, of a scan and of an import."""
    async with bench.another(pace=Pace(0.5, 0.5), speed=1.0) as server:
        started = _now()
        await server.scan("prompt", [DUNE])
        scan = _now() - started
        job_id, _ = await server.load("prompt", WALDEN)
        load = _now() - started - scan
        told = await asyncio.gather(*(_opened_and_closed(server, one) for one in ("prompt", job_id)))
        return scan > LATE_SECONDS, load > LATE_SECONDS, told


async def _opened_and_closed(bench: Bench, job_id: str) -> Noted:
    started = _now()
    async with bench.watch(job_id) as watch:
        opened = _now() - started
        told = await watch.rest()
    first = watch.instants[0] - watch.opened - opened if watch.instants else 0.0
    closed = watch.closed_at - watch.instants[-1] if watch.closed_at and watch.instants else 0.0
    return opened > LATE_SECONDS, first > LATE_ACK_SECONDS, closed > LATE_SECONDS, told["close"]


@only_for("timing")
async def gaps(bench: Bench) -> Noted:
    """The longest time without a frame, of a scan and of an import."""
    await bench.scan("gaps", [DUNE])
    job_id, _ = await bench.load("gaps", WALDEN)
    return await asyncio.gather(*(_gap(bench, one) for one in ("gaps", job_id)))


async def _gap(bench: Bench, job_id: str) -> Noted:
    async with bench.watch(job_id) as watch:
        told = await watch.rest()
    pairs = zip(watch.instants, watch.instants[1:], strict=False)
    return max(later - earlier for earlier, later in pairs) * SPEED > GAP_SECONDS, told["close"]


@only_for("timing")
async def the_first_message_and_the_last(bench: Bench) -> Noted:
    """Keep-alives counted, which may not be either."""
    async with bench.another(pace=Pace()) as fast:
        await fast.scan("first-and-last", [DUNE])
        async with fast.watch("first-and-last") as watch:
            await watch.rest()
    types = [message["type"] for message in watch.messages if message["type"] != "ready_ack"]
    return types[:1], types[-1:]


@only_for("silence", "timing")
async def a_large_import(bench: Bench) -> Noted:
    async with bench.another(pace=Pace()) as fast:
        job_id, _ = await fast.load("large", b"title,author\n" + b"A,B\n" * 1001)
        told = await fast.story(job_id)
    return [message["type"] for message in told["job"]], told["close"]


def _now() -> float:
    return asyncio.get_running_loop().time()


SCENARIOS = (answers_and_openings, gaps, the_first_message_and_the_last, a_large_import)
