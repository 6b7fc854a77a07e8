from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from harness.contract.judge import Judge
from harness.runner.results import Example
from harness.runner.situation import Board
from harness.targets.budget import Pace, Rate
from tests.unit.runner.examples import answer, connecting, got, opened, request, sent, services, spec
from tests.unit.runner.test_drive import HandClock

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.services import Services


def looked(board: Board) -> object:
    return board._look()


def test_what_the_example_that_has_heard_nothing_for_longest_waits_for(case: Case) -> None:
    clock = HandClock()
    board = Board(services(clock=clock))
    board.done = 6
    example = Example(case, spec())
    with board.example(example, 25) as waiting, board.example(Example(case, spec(2)), 25) as other:
        assert looked(board).doing == "", "neither has begun"
        judge = Judge(case, {"n": 1})
        for event in (request(0.1), answer(0.2), connecting(0.2), opened(0.3), sent(0.3), got(0.4, "ack")):
            judge.feed(event)
        waiting.watch, waiting.began, waiting.last = judge.watch, 90.0, 98.6
        other.watch, other.began, other.last = Judge(case, {"n": 2}).watch, 99.0, 99.9
        seen = looked(board)
        assert (seen.done, seen.doing, seen.expected) == (6, "ticks/works 1/25", ("tick", "done"))
        assert round(seen.waited, 3) == 1.4
        assert round(seen.limit, 3) == round(90.0 + 0.3 + 5.0 - 98.6, 3)
        assert board.name_of(example) == "ticks/works 1/25"
        judge.watch.advance(5.31)
        seen = looked(board)
        assert (seen.doing, seen.expected, seen.limit) == ("ticks/works 1/25 (reading on)", (), None), "it is broken"
    board.doing = "looking into what failed"
    assert looked(board).doing == "looking into what failed"
    assert board.name_of(example) == "ticks/works"


def test_waiting_for_the_rate_limit(case: Case) -> None:
    clock = HandClock()
    needed = services(clock=clock)
    needed.pause.ask(100.0, 41.0)
    seen = looked(Board(needed))
    assert (seen.doing, seen.limit) == ("waiting for the rate limit", 41.0)


async def test_the_pace_is_waited_for_only_when_nothing_else_is(case: Case) -> None:
    clock = HandClock()
    pace = Pace(Rate(1, 60.0), clock.now)
    board = Board(services(clock=clock, pace=pace))
    async with pace.turn():
        pass
    assert looked(board).limit == 60.0
    with board.example(Example(case, spec()), 1) as waiting:
        waiting.watch = Judge(case, {"n": 1}).watch
        assert looked(board).doing == "ticks/works 1/1"


async def test_it_is_looked_at_again_and_again_while_the_run_goes_on(case: Case) -> None:
    needed: Services = services()
    board = Board(needed)
    async with asyncio.timeout(20), board.watching(5):
        board.doing = "shrinking ticks/works/order"
        while board.situation().doing != board.doing:  # noqa: ASYNC110 - the board looks by itself, and tells nobody
            await asyncio.sleep(0)
    assert board.situation().total == 5
