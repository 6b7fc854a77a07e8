from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from harness.targets import readiness
from harness.targets.read_conditions import ready_environment
from harness.targets.readiness import NotReadyError, wait_until_ready
from harness.targets.target import Ready
from harness.trace.events import Json

Answer = Mapping[str, Any] | str


def answer(body: Json = None, status: int = 200, **headers: str) -> Answer:
    return {"status": status, "headers": headers, "body": body}


def ready(expect: str | None = "body.commit == env.GIT_SHA", within: float = 600.0) -> Ready:
    expression = None if expect is None else ready_environment().compile(expect)
    return Ready("/version", expression, within, {"GIT_SHA": "new"})


class Waiting:
    """A target that answers one thing after the other, and then the last for ever; time is what is slept."""

    def __init__(self, answers: Sequence[Answer], takes: float = 0.0) -> None:
        self._answers, self._takes = list(answers), takes
        self.time, self.asked, self.told, self.slept = 0.0, list[str](), list[str](), list[float]()

    async def ask(self, path: str) -> Answer:
        self.asked.append(path)
        self.time += self._takes
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def until(self, condition: Ready) -> None:
        await wait_until_ready(condition, self.ask, self.told.append, "staging", lambda: self.time, self.sleep)


async def test_what_is_ready_is_asked_once() -> None:
    waiting = Waiting([answer({"commit": "new"})])
    await waiting.until(ready())

    assert (waiting.asked, waiting.told, waiting.slept) == (["/version"], [], [])


async def test_it_waits_for_the_build_and_tells_what_it_sees() -> None:
    waiting = Waiting([answer({"commit": "old"})] * 8 + [answer({"commit": "new"})])
    await waiting.until(ready())

    assert waiting.slept == [1.0, 1.5, 2.25, 3.375, 5.0, 5.0, 5.0, 5.0]
    assert waiting.told[0] == 'waiting for the build: body.commit is "old", 0 s of 10 min'
    assert waiting.told[-1] == 'waiting for the build: body.commit is "old", 23 s of 10 min'


async def test_when_the_time_is_over_it_says_so() -> None:
    waiting = Waiting([answer({"commit": "old"})])
    with pytest.raises(NotReadyError) as error:
        await waiting.until(ready(within=60))

    assert str(error.value) == (
        "staging is not serving the build under test: /version was asked for 60 s, expected "
        'body.commit == env.GIT_SHA; last answer: body.commit is "old"; nothing was judged'
    )
    assert waiting.time == 60
    assert len(waiting.asked) == len(waiting.slept) + 1, "asked a last time when the time was over"


@pytest.mark.parametrize(
    ("expect", "given", "seen"),
    [
        (None, answer(status=503), "it answered 503"),
        (None, answer(status=301), "it answered 301"),
        (None, answer(status=401), "it answered 401 (the target's headers are not accepted)"),
        (None, answer(status=403), "it answered 403 (the target's headers do not allow it)"),
        (None, answer(status=404), "it answered 404 (no such path there)"),
        (None, "connection refused", "no answer: connection refused"),
        ("body.commit == env.GIT_SHA", answer("", 500), "it answered 500, there is no body.commit"),
        ("body.commit == env.GIT_SHA", answer({"a": 1}), "there is no body.commit"),
        ("body.commit == env.GIT_SHA", answer([1]), "there is no body.commit"),
        ("body.n > 1 && headers.server == 'x'", answer({"n": 1}, server="y"), 'body.n is 1, headers.server is "y"'),
        ("body.commit == 'x'", answer({"commit": "é" * 100}), f'body.commit is "{"é" * 79}...'),
        ("status == 204", answer(), "status is 200"),
        ("body == 'ok'", answer("starting"), 'body is "starting"'),
        ("headers['x-build'] == env.GIT_SHA", answer(), "there is no 'x-build'"),
        ("body['n'] == 1", answer({"n": 2}), "body['n'] == 1 does not hold"),
        ("size(body.a.b) > 0 ? true : body.c", answer({"a": {"b": ""}, "c": "no"}), 'body.a.b is "", body.c is "no"'),
    ],
)  # fmt: skip
async def test_what_is_not_as_expected_is_told(expect: str | None, given: Answer, seen: str) -> None:
    waiting = Waiting([given])
    with pytest.raises(NotReadyError) as error:
        await waiting.until(ready(expect, within=1))

    assert waiting.told == [f"waiting for the build: {seen}, 0 s of 1 s"]
    assert f"last answer: {seen}; nothing was judged" in str(error.value)


@pytest.mark.parametrize(
    ("expect", "given"),
    [
        (None, answer(status=204)),
        ("status == 503", answer(status=503)),
        ("headers['x-build'] == env.GIT_SHA", {"status": 200, "headers": {"x-build": "new"}, "body": ""}),
    ],
)
async def test_what_is_as_expected(expect: str | None, given: Answer) -> None:
    waiting = Waiting([given])
    await waiting.until(ready(expect))
    assert waiting.told == []


async def test_time_that_answers_take_counts() -> None:
    waiting = Waiting([answer({"commit": "old"})], takes=20)
    with pytest.raises(NotReadyError):
        await waiting.until(ready(within=60))
    assert len(waiting.asked) == 3


async def test_a_mute_target_does_not_hold_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "ASK_LIMIT", 0.01)
    asked = 0
    told: list[str] = []

    async def mute(path: str) -> Answer:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.Event().wait()
        return answer({"commit": "new"})

    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    async with asyncio.timeout(10):
        await wait_until_ready(ready(), mute, told.append, "staging", asyncio.get_running_loop().time, at_once)
    assert told == ["waiting for the build: no answer within 10 ms, 0 s of 10 min"]


async def test_it_can_be_given_up() -> None:
    async def old(path: str) -> Answer:
        return answer({"commit": "old"})

    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(wait_until_ready(ready(), old, lambda _: told.set(), "staging", loop.time))
    async with asyncio.timeout(10):
        await told.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
