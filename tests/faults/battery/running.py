"""Runs the scenarios of the battery against servers with faults, many at once, and tells what differs."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence

import httpx

from reference_server.faults import Fault
from tests.faults.battery.bench import Bench, Noted, Scenario, is_played, served

SERVERS = 40
PLAYED = 64
SIMPLE = {"scans: a scan", "imports: an import"}
MADE_FOR = {
    "timing": ("moments",),
    "csv-done-late": ("moments: a large import",),
    "csv-only-keep-alives": ("moments: a large import",),
    "closes": ("scans: a scan", "scans: one photo", "moments: answers", "kept: when one"),
    "http_answers": ("requests",),
    "limits": ("requests: photos at the limit of their number", "requests: labels"),
    "photo-of-10-mb-refused": ("requests: photos at the limit of their size",),
    "photo-limit-in-mib": ("requests: photos at the limit of their size",),
    "csv-of-10-mib-refused": ("requests: files at the limit of their size",),
    "csv-over-10-mib-accepted": ("requests: files at the limit of their size",),
    "csv-10000-rows-refused": ("requests: files at the limit of their rows",),
    "csv-10001-rows-accepted": ("requests: files at the limit of their rows",),
    "csv-cut-at-100-rows": ("requests: files at the limit of their rows",),
    "cancelling": ("scans: cancelled", "requests: a cancel", "requests: refused"),
    "csv_files": ("files",),
    "photos": ("pictures",),
    "durability": ("kept", "requests: an id"),
    "intermittent": ("kept: six jobs",),
}
"""How the names begin of the scenarios that show a fault, or a family, where it is not the plainest that do."""

Notes = dict[str, Noted]


async def note(scenarios: Mapping[str, Scenario], faults: Sequence[Fault], http: httpx.AsyncClient) -> Notes:
    """What each of `scenarios` noted, all against one server with `faults`: those that take long after the others."""
    quick = [name for name, scenario in scenarios.items() if is_played(scenario, ())]
    async with served(faults, http) as bench:
        notes = dict(zip(quick, await asyncio.gather(*(_tried(scenarios[name], bench) for name in quick)), strict=True))
        return notes | {name: await _tried(scenarios[name], bench) for name in scenarios.keys() - notes.keys()}


async def first_difference(
    scenarios: Mapping[str, Scenario],
    correct: Notes,
    faults: Sequence[Fault],
    http: httpx.AsyncClient,
    playing: asyncio.Semaphore,
) -> tuple[str, Noted] | None:
    """A scenario in which a server with `faults` is not like the correct one, and what it noted.

    What differs is played once more, on a server that does nothing else: a busy machine is no fault. `playing` bounds
    how many scenarios are played at a time.
    """

    async def played(name: str, bench: Bench) -> tuple[str, Noted] | None:
        async with playing:
            noted = await _tried(scenarios[name], bench)
            if noted == correct[name] or bench.given_up:
                return None
            async with served(faults, http) as alone:
                again = await _tried(scenarios[name], alone)
            return None if again == correct[name] else (name, again)

    async with served(faults, http) as bench:
        for stage in _stages({name: one for name, one in scenarios.items() if is_played(one, faults)}, faults):
            running = {asyncio.create_task(played(name, bench)) for name in stage}
            for one in asyncio.as_completed(running):
                difference = await one
                if difference is not None:
                    bench.give_up()
                    await asyncio.gather(*running)
                    return difference
        return None


def _stages(scenarios: Mapping[str, Scenario], faults: Sequence[Fault]) -> list[list[str]]:
    """First the plainest scenarios, or those made for such faults: where most show, then all others."""
    made_for = [MADE_FOR.get(fault.name) or MADE_FOR.get(fault.family, ()) for fault in faults]
    starts = tuple(start for made in made_for for start in made)
    first = {name for name in scenarios if starts and name.startswith(starts)} or SIMPLE & scenarios.keys()
    return [list(first), list(scenarios.keys() - first)]


async def differences(
    scenarios: Mapping[str, Scenario], correct: Notes, combinations: Mapping[str, Sequence[Fault]]
) -> dict[str, tuple[str, Noted] | None]:
    """`first_difference` of every combination of faults, by its name; `SERVERS` of them at a time."""
    turn, playing = asyncio.Semaphore(SERVERS), asyncio.Semaphore(PLAYED)

    async def one(faults: Sequence[Fault]) -> tuple[str, Noted] | None:
        async with turn:
            return await first_difference(scenarios, correct, faults, http, playing)

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
