"""What an example is made of, as files keep it, and what can be wrong with it.

{"inputs": {NAME: spec}, "connect_after": SECONDS, "client": {...}, "beside": [{"inputs": {...}}, ...]}; `client` and
`beside` are absent where there is nothing to say. `client` has the keys that its case draws: `watchers`, `slow`,
`first` (a number from 0), `drop` {after_messages, by, return_after}, `sends` {NAME: {times, after}}, and `acts`
[{nth, after, times}].
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.trace.events import Json

    Check = Callable[[Json, str], Iterator[str]]

LONGEST = 86400.0
"""Seconds beyond which a client's delay is a mistake."""
MOST = 1000
"""Connections, messages, acts or jobs beyond which a number is a mistake."""


def spec_problem(spec: Json) -> str:
    """What is wrong with an example's spec, in one sentence; empty if nothing is. Inputs are checked by their types."""
    return next(_problems(spec), "")


def whole_spec(spec: Json) -> Json:
    """The spec with what files may leave out."""
    return {**spec, "connect_after": float(spec.get("connect_after", 0.0))}


def _problems(spec: Json) -> Iterator[str]:
    if not isinstance(spec, dict):
        yield f"the example must be an object, not {_shown(spec)}"
        return
    if not isinstance(spec.get("inputs"), dict):
        yield "'spec' must have 'inputs', an object"
    yield from _seconds(spec.get("connect_after", 0.0), "connect_after")
    yield from _object(_CLIENT, spec.get("client", {}), "client")
    yield from _list(partial(_object, {"inputs": partial(_object, None)}), spec.get("beside", []), "beside")


def _object(checks: dict[str, Check] | None, value: Json, name: str) -> Iterator[str]:
    """An object of these keys and no others; of any if there are none."""
    if not isinstance(value, dict):
        yield f"{name!r} must be an object, not {_shown(value)}"
        return
    for key, item in value.items() if checks is not None else ():
        if checks is not None and key in checks:
            yield from checks[key](item, key)
        else:
            yield f"{name!r} cannot have {key!r}"


def _by_name(check: Check, value: Json, name: str) -> Iterator[str]:
    yield from _object(None, value, name)
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from check(item, key)


def _list(check: Check, value: Json, name: str) -> Iterator[str]:
    if not isinstance(value, list) or len(value) > MOST:
        yield f"{name!r} must be a list of at most {MOST}, not {_shown(value)}"
        return
    for item in value:
        yield from check(item, name)


def _seconds(value: Json, name: str) -> Iterator[str]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= LONGEST:
        yield f"{name!r} must be a number of seconds from 0 to {LONGEST:.0f}, not {_shown(value)}"


def _whole(least: int, value: Json, name: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST:
        yield f"{name!r} must be a whole number from {least} to {MOST}, not {_shown(value)}"


def _ending(value: Json, name: str) -> Iterator[str]:
    if value not in ("close", "reset", "restart"):
        yield f"{name!r} must be 'close', 'reset' or 'restart', not {_shown(value)}"


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


_CLIENT: dict[str, Check] = {
    "watchers": partial(_whole, 1),
    "slow": _seconds,
    "first": partial(_whole, 0),
    "drop": partial(
        _object, {"after_messages": partial(_whole, 0), "by": _ending, "return_after": _seconds}
    ),
    "sends": partial(_by_name, partial(_object, {"times": partial(_whole, 0), "after": _seconds})),
    "acts": partial(
        _list, partial(_object, {"nth": partial(_whole, 1), "after": _seconds, "times": partial(_whole, 0)})
    ),
}  # fmt: skip
