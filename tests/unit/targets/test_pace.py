from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.targets.budget import Pace, Rate, parse_rate

TURNS = 120
"""So many turns of the event loop let everything happen that can happen at one instant."""


class ManualClock:
    """Time that passes only when nothing else can happen."""

    def __init__(self) -> None:
        self.time = 0.0
        self._due: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._due, (self.time + seconds, next(self._number), woken))
        await woken

    async def run(self) -> None:
        """Until nothing is waited for any more."""
        while True:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            if not self._due:
                return
            self.time = max(self.time, self._due[0][0])
            while self._due and self._due[0][0] <= self.time:
                woken = heapq.heappop(self._due)[2]
                if not woken.done():
                    woken.set_result(None)


Client = tuple[int, int, float, float]
"""When it comes, how long its request takes, after what part of that the target sees it, when it gives up."""
CLIENT = st.tuples(st.integers(0, 20), st.integers(0, 12), st.floats(0, 1), st.just(1e6) | st.integers(0, 20))


def live(rate: Rate, clients: Sequence[Client]) -> list[tuple[float, float, float] | None]:
    """Of each client when its request began, was seen and ended; None if it gave up before."""
    told: list[tuple[float, float, float] | None] = [None] * len(clients)

    async def one(number: int, pace: Pace, clock: ManualClock) -> None:
        _, latency, part, _ = clients[number]
        async with pace.turn():
            begun = clock.now()
            try:
                await clock.sleep(latency)
            finally:
                told[number] = (begun, min(begun + part * latency, clock.now()), clock.now())

    async def come(number: int, pace: Pace, clock: ManualClock) -> None:
        await clock.sleep(clients[number][0])
        task = asyncio.create_task(one(number, pace, clock))
        await clock.sleep(clients[number][3])
        task.cancel()

    async def run() -> None:
        clock = ManualClock()
        pace = Pace(rate, clock.now, clock.sleep)
        tasks = [asyncio.create_task(come(number, pace, clock)) for number in range(len(clients))]
        await clock.run()
        await asyncio.gather(*tasks)
        clock.time += rate.seconds
        assert pace.waiting() == 0.0

    asyncio.run(run())
    return told


def by_hand(rate: Rate, clients: Sequence[Client]) -> list[tuple[float, float] | None]:
    """Begin and end of each request, by trying every instant at which a place could be free."""
    done: list[tuple[float, float] | None] = []
    for comes, latency, _, patience in clients:
        taken = [one for one in done if one is not None]
        earliest = max([comes, *(begun for begun, _ in taken)])
        instants = sorted([earliest, *(end + rate.seconds for _, end in taken if end + rate.seconds >= earliest)])
        begin = next(at for at in instants if sum(at < end + rate.seconds for _, end in taken) < rate.requests)
        gone = comes + patience
        done.append(None if gone < begin else (begin, min(begin + latency, gone)))
    return done


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 4), st.sampled_from([1, 5, 60]), st.lists(CLIENT, max_size=9))
def test_the_target_never_sees_more_than_the_rate_and_nobody_waits_longer_than_needed(
    requests: int, seconds: int, clients: list[Client]
) -> None:
    rate, clients = Rate(requests, seconds), sorted(clients, key=lambda client: client[0])
    # No two things happen at one instant by chance: who gives up has a sixteenth of a second of its own.
    clients = [(*client[:3], client[3] + number / 16) for number, client in enumerate(clients, 1)]
    told = live(rate, clients)

    seen = sorted(one[1] for one in told if one is not None)
    assert all(later - earlier >= seconds - 1e-9 for earlier, later in zip(seen, seen[requests:], strict=False))
    assert [one and (one[0], one[2]) for one in told] == by_hand(rate, clients)


async def test_without_a_rate_nobody_waits() -> None:
    pace = Pace(None, lambda: 0.0)
    async with asyncio.timeout(5), pace.turn(), pace.turn():
        assert pace.waiting() == 0.0


async def test_how_long_the_next_has_to_wait() -> None:
    clock = ManualClock()
    pace = Pace(Rate(2, 60), clock.now, clock.sleep)
    assert pace.waiting() == 0.0
    async with pace.turn():
        clock.time = 10.0
        async with pace.turn():
            assert pace.waiting() == 60.0, "at least, while both are under way"
        assert pace.waiting() == 60.0
        clock.time = 30.0
        assert pace.waiting() == 40.0
    clock.time = 70.0
    assert pace.waiting() == 0.0


async def test_a_request_that_fails_counts_as_one() -> None:
    clock = ManualClock()
    pace = Pace(Rate(1, 1), clock.now, clock.sleep)
    with pytest.raises(ValueError, match="no answer"):
        async with pace.turn():
            raise ValueError("no answer")
    assert pace.waiting() == 1.0


async def test_real_time_passes_too() -> None:
    loop = asyncio.get_running_loop()
    pace = Pace(Rate(1, 0.05), loop.time)
    async with asyncio.timeout(10):
        async with pace.turn():
            first = loop.time()
        async with pace.turn():
            assert loop.time() - first >= 0.05


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/m", Rate(10, 60)), ("1/s", Rate(1, 1)), ("250 / h", Rate(250, 3600)),
        ("0/m", None), ("-1/m", None), ("10", None), ("10/d", None), ("10/min", None), ("1.5/s", None), ("/m", None),
        ("10/ms", None), ("10/m ", None), ("9" * 30 + "/m", None), ("²/m", None), (10, None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_a_rate_is_requests_in_a_unit_of_time(text: object, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["10/m", "1/s", "250/h"])
def test_a_rate_is_told_as_it_is_written(text: str) -> None:
    assert str(parse_rate(text)) == text


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4), st.integers(0, 12)), min_size=1, max_size=12))
def test_requests_that_belong_together_have_their_places_at_once(groups: list[tuple[int, int, int]]) -> None:
    rate = Rate(4, 10.0)
    spans: list[tuple[float, float, int]] = []

    async def one(pace: Pace, clock: ManualClock, group: tuple[int, int, int]) -> None:
        comes, requests, lasts = group
        await clock.sleep(comes)
        async with pace.turn(requests):
            begun = clock.now()
            await clock.sleep(lasts)
        spans.append((begun, clock.now(), requests))

    async def run() -> None:
        clock = ManualClock()
        pace = Pace(rate, clock.now, clock.sleep)
        tasks = [asyncio.create_task(one(pace, clock, group)) for group in groups]
        await clock.run()
        assert all(task.done() for task in tasks)
        await asyncio.gather(*tasks)

    asyncio.run(run())
    for begun, _, _ in spans:  # whenever its requests are seen, no others of the last ten seconds make more than four
        near = [requests for first, last, requests in spans if first <= begun and begun < last + rate.seconds]
        assert sum(near) <= rate.requests


async def test_more_requests_than_the_rate_ever_allows_are_refused() -> None:
    with pytest.raises(HarnessError, match=r"^one example takes 4 requests, but the rate is 3/m: allow more$"):
        async with Pace(Rate(3, 60.0), lambda: 0.0).turn(4):
            pass
