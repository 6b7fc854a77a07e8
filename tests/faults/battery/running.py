"""Runs the scenarios of the battery against servers with faults, many at once, and tells what differs."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence

import httpx

from reference_server.faults import Fault
from tests.faults.battery.bench import Bench, Noted, Scenario, served

TOGETHER = 40
SIMPLE = {"scans: a scan", "imports: an import"}

Notes = dict[str, Noted]


async def note(scenarios: Mapping[str, Scenario], faults: Sequence[Fault], http: httpx.AsyncClient) -> Notes:
    """What each of `scenarios` noted, all against one server with `faults`."""
    async with served(faults, http) as bench:
        names = list(scenarios)
        return dict(zip(names, await asyncio.gather(*(_tried(scenarios[name], bench) for name in names)), strict=True))


async def first_difference(
    scenarios: Mapping[str, Scenario], correct: Notes, faults: Sequence[Fault], http: httpx.AsyncClient
) -> tuple[str, Noted] | None:
    """The first scenario to end in which a server with `faults` is not like the correct one, and what it noted."""
    async with served(faults, http) as bench:
        for stage in _stages(scenarios):
            running = {asyncio.create_task(_tried(scenarios[name], bench)): name for name in stage}
            waiting = set(running)
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if task.result() != correct[running[task]]:
                        bench.give_up()
                        await asyncio.gather(*waiting)
                        return running[task], task.result()
        return None


def _stages(scenarios: Mapping[str, Scenario]) -> list[list[str]]:
    """The plainest scenarios first: most faults show in them, and the others need not be played then."""
    return [list(SIMPLE & scenarios.keys()), list(scenarios.keys() - SIMPLE)]


async def differences(
    scenarios: Mapping[str, Scenario], correct: Notes, combinations: Mapping[str, Sequence[Fault]]
) -> dict[str, tuple[str, Noted] | None]:
    """`first_difference` of every combination of faults, by its name; `TOGETHER` servers at a time."""
    turn = asyncio.Semaphore(TOGETHER)

    async def one(faults: Sequence[Fault]) -> tuple[str, Noted] | None:
        async with turn:
            return await first_difference(scenarios, correct, faults, http)

    async with plain_http() as http:
        found = await asyncio.gather(*(one(faults) for faults in combinations.values()))
    return dict(zip(combinations, found, strict=True))


def plain_http() -> httpx.AsyncClient:
    """The client that all share: no proxy, no certificates, no limit on connections."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(verify=False, trust_env=False, timeout=10, limits=limits)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the log of servers that are broken on purpose."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


async def _tried(scenario: Scenario, bench: Bench) -> Noted:
    try:
        return await scenario(bench)
    except Exception as error:  # noqa: BLE001 - what a scenario cannot cope with is something to see, too
        return {"broke": repr(error)}
