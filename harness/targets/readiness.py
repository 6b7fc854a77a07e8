"""Waiting until the build under test is the one that serves."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.errors import HarnessError
from harness.expressions.cel import EvaluationError
from harness.targets.read_conditions import ready_environment
from harness.trace.units import duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from harness.expressions.cel import Expression
    from harness.targets.target import Ready

    Ask: TypeAlias = Callable[[str], Awaitable["Mapping[str, Any] | str"]]
    """Asks for a path: gives the answer (`status`, `headers`, `body`), or, where none came, why."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 5.0
ASK_LIMIT = 10.0
_LONGEST_SHOWN = 80
_HINTS = {
    401: "the target's headers are not accepted",
    403: "the target's headers do not allow it",
    404: "no such path there",
}


class NotReadyError(HarnessError):
    """The target does not serve the build under test; nothing was judged."""


async def wait_until_ready(
    ready: Ready,
    ask: Ask,
    tell: Callable[[str], None],
    name: str,
    now: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Ask again and again, after pauses that grow from 1 s to 5 s, until what is expected holds.

    Args:
        ready: what to ask for, what must hold, and for how long to try.
        ask: asks for a path once, with the target's headers.
        tell: is told, after each try in vain, what was seen and how long it has been; redact it.
        name: what the target is called.
        now: the clock, in seconds.
        sleep: waits for so many seconds.

    Raises:
        NotReadyError: the time is over; its text tells the last answer, redact it.
    """
    begun, pause = now(), FIRST_PAUSE
    while True:
        seen = await _seen(ready, ask, max(ready.within - (now() - begun), FIRST_PAUSE))
        if seen is None:
            return
        left = ready.within - (now() - begun)
        if left <= 0:
            expected = ready.expect.source if ready.expect is not None else "an answer 2xx"
            raise NotReadyError(
                f"{name} is not serving the build under test: {ready.path} was asked for {duration(ready.within)}, "
                f"expected {expected}; last answer: {seen}; nothing was judged"
            )
        passed = round(now() - begun)
        tell(f"waiting for the build: {seen}, {duration(passed) if passed else '0 s'} of {duration(ready.within)}")
        await sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


async def _seen(ready: Ready, ask: Ask, left: float) -> str | None:
    """What is not as expected; None if all is."""
    limit = min(ASK_LIMIT, left)
    try:
        async with asyncio.timeout(limit):
            answer = await ask(ready.path)
    except TimeoutError:
        return f"no answer within {duration(limit)}"
    if isinstance(answer, str):
        return f"no answer: {answer}"
    status = answer["status"]
    if ready.expect is None:
        return None if 200 <= status < 300 else _status(status)
    names = {**answer, "env": dict(ready.environment)}
    try:
        if ready.expect.holds(names):
            return None
        problem = f"{ready.expect.source} does not hold"
    except EvaluationError as error:
        problem = str(error)
    return ", ".join(filter(None, (_status(status), _values(ready.expect, names) or problem)))


def _status(status: int) -> str:
    """What is said of the status, if it is not a 2xx."""
    if 200 <= status < 300:
        return ""
    return f"it answered {status} ({_HINTS[status]})" if status in _HINTS else f"it answered {status}"


def _values(expect: Expression, names: Mapping[str, Any]) -> str:
    """What the condition looks at in the answer: `body.commit is "a1b2c3"`."""
    bare = [name for name in ("status", "body") if name in expect.roots and not isinstance(names[name], dict | list)]
    paths = [path for path in expect.mentions if not path.startswith("env.")]
    return ", ".join(_value(path, names) for path in dict.fromkeys([*paths, *_alone(bare, paths)]))


def _alone(names: Iterable[str], paths: Iterable[str]) -> list[str]:
    return [name for name in names if not any(re.match(rf"{name}\b", path) for path in paths)]


def _value(path: str, names: Mapping[str, Any]) -> str:
    try:
        value = json.dumps(ready_environment().compile(path).evaluate(names), ensure_ascii=False)
    except (HarnessError, EvaluationError):
        return f"there is no {path}"
    return f"{path} is {value if len(value) <= _LONGEST_SHOWN else f'{value[:_LONGEST_SHOWN]}...'}"
