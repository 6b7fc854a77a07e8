"""Drawing how a client behaves: what its case leaves open, simplest first.

Delays are drawn in whole milliseconds, so that the smallest that still fails is found. The plainest client has no
delay, the least of each range, and closes rather than resets, and that rather than have the target restarted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from harness.contract.client import Ending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from harness.contract.client import Act, Client, Drop, Sending
    from harness.inputs.base import Json

    Number = TypeVar("Number", int, float)

MILLISECONDS = 1000
NEAR = 5
"""A whole number from a wide range is drawn from so many above its least as often as from all of it: jobs are short."""


def seconds(least_most: tuple[float, float]) -> SearchStrategy[float]:
    """Draws seconds from least to most, in whole milliseconds."""
    least, most = (round(one * MILLISECONDS) for one in least_most)
    return st.integers(least, most).map(lambda milliseconds: milliseconds / MILLISECONDS)


def client_strategy(client: Client) -> SearchStrategy[Json] | None:
    """Draws what `client` leaves open, with the keys of `harness.trace.specs`; None if it leaves nothing open."""
    parts: dict[str, SearchStrategy[Json] | None] = {
        "watchers": _whole(client.watchers),
        "slow": _seconds(client.slow),
        "first": st.integers(0, len(client.first) - 1) if len(client.first) > 1 else None,
        "drop": _drop(client.drop) if client.drop is not None else None,
        "sends": _object({name: _sending(sending) for name, sending in client.sends.items()}),
        "acts": _acts(client.acts),
    }
    return _object(parts)


def beside_strategy(jobs: tuple[int, int], inputs: SearchStrategy[Json]) -> SearchStrategy[Json] | None:
    """Draws the jobs beside the first, each with inputs of its own; None if there never are any."""
    least, most = jobs
    return (
        st.lists(st.fixed_dictionaries({"inputs": inputs}), min_size=least - 1, max_size=most - 1) if most > 1 else None
    )


def _object(parts: Mapping[str, SearchStrategy[Json] | None]) -> SearchStrategy[Json] | None:
    drawn = {name: part for name, part in parts.items() if part is not None}
    return st.fixed_dictionaries(drawn) if drawn else None


def _drop(drop: Drop) -> SearchStrategy[Json] | None:
    ways = sorted({*drop.by}, key=list(Ending).index)
    parts = {
        "after_messages": _whole(drop.after_messages),
        "by": st.sampled_from([way.value for way in ways]) if len(ways) > 1 else None,
        "return_after": _seconds(drop.return_after),
    }
    return _object(parts)


def _sending(sending: Sending) -> SearchStrategy[Json] | None:
    least, most = sending.times
    times = None
    if least != most:  # once is plainest, then never
        times = st.sampled_from(sorted(range(least, most + 1), key=lambda one: (one != 1, one)))
    return _object({"times": times, "after": _seconds(sending.after)})


def _acts(acts: tuple[Act, ...]) -> SearchStrategy[Json] | None:
    drawn = [
        _object({"nth": _whole(act.nth), "after": _seconds(act.after), "times": _whole(act.times)}) for act in acts
    ]
    if all(one is None for one in drawn):
        return None
    return st.tuples(*(one if one is not None else st.just({}) for one in drawn)).map(list)


def _whole(least_most: tuple[int, int]) -> SearchStrategy[int] | None:
    least, most = least_most
    if least == most:
        return None
    if most - least <= NEAR:
        return st.integers(least, most)
    return st.integers(least, least + NEAR) | st.integers(least, most)


def _seconds(least_most: tuple[float, float]) -> SearchStrategy[float] | None:
    return seconds(least_most) if least_most[0] != least_most[1] else None
