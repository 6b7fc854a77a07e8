import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reference_server.answers import Refusal
from reference_server.csv_text import UnusableCsv
from reference_server.photos import UnreadablePhoto
from reference_server.workshop import Workshop


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


def where(_: None) -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def refuse(kind: str) -> None:
    if kind == "refusal":
        raise Refusal(413, "E", "text", details={"a": 1}, headers={"b": "c"})
    raise UnusableCsv("reason", "suggestion") if kind == "csv" else UnreadablePhoto("why")


def die_once(mark: Path) -> str:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die(_: None) -> None:
    os._exit(1)


async def test_small_things_are_done_in_another_thread_and_heavy_ones_in_another_process(workshop: Workshop) -> None:
    here = where(None)
    light = await workshop.do(where, None, heavy=False)
    heavy = await workshop.do(where, None, heavy=True)
    assert light[0] == here[0]
    assert light[1] != here[1]
    assert heavy[0] != here[0]


@pytest.mark.parametrize("heavy", [False, True])
async def test_what_is_refused_is_told_alike_wherever_it_was_done(workshop: Workshop, heavy: bool) -> None:
    with pytest.raises(Refusal) as refused:
        await workshop.do(refuse, "refusal", heavy=heavy)
    assert vars(refused.value) == vars(Refusal(413, "E", "text", details={"a": 1}, headers={"b": "c"}))
    with pytest.raises(UnusableCsv) as unusable:
        await workshop.do(refuse, "csv", heavy=heavy)
    assert (unusable.value.reason, unusable.value.suggestion) == ("reason", "suggestion")
    with pytest.raises(UnreadablePhoto, match="why"):
        await workshop.do(refuse, "photo", heavy=heavy)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
async def test_a_process_that_is_killed_is_replaced(workshop: Workshop, tmp_path: Path) -> None:
    assert await workshop.do(die_once, tmp_path / "mark", heavy=True) == "done"


async def test_what_kills_its_process_again_is_an_error_and_the_next_thing_is_done(workshop: Workshop) -> None:
    with pytest.raises(RuntimeError):
        await workshop.do(die, None, heavy=True)
    async with asyncio.timeout(20):
        assert (await workshop.do(where, None, heavy=True))[0] != os.getpid()
