"""Deadlines at a multiple of what was seen, rounded up to a number that people would have written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.trace.units import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.authoring.observed import Observed

_READABLE = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600)
_IN_MINUTES = 120
UNSEEN = "2s"


def seen_note(seconds: float | None, multiple: float) -> str:
    """What a deadline rests on."""
    if seconds is None:
        return "not seen, the recording does not have it"
    return f"seen {duration(seconds)}, times {multiple:g}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A deadline of the contract to be.

    Attributes:
        name: the clause's.
        start: points.
        to: points.
        within: a duration as contracts write it.
        seen: seconds that it took.
        gap: whether no two messages may be further apart, rather than `to` be met in time.
        or_end: as contracts have it.
    """

    name: str
    start: tuple[str, ...]
    to: tuple[str, ...]
    within: str
    seen: float
    gap: bool = False
    or_end: bool = False

    def note(self, multiple: float) -> str:
        """What was seen."""
        return seen_note(self.seen, multiple)


def within(seconds: float, multiple: float) -> str:
    """A duration for what took so many seconds; at least 1 s."""
    wanted = seconds * multiple
    fits = [number for number in _READABLE if number >= wanted]
    whole = fits[0] if fits else -(-wanted // 3600) * 3600
    return f"{whole / 60:g}m" if whole >= _IN_MINUTES and whole % 60 == 0 else f"{whole:g}s"


def limits(
    observed: Observed,
    order: Sequence[str],
    of: Sequence[str],
    acks: Sequence[str],
    ends: tuple[Sequence[str], str],
    multiple: float,
) -> tuple[Limit, ...]:
    """The deadlines of a job.

    Args:
        observed: what was seen.
        order: the kinds of the order.
        of: the kind of each message.
        acks: kinds that answer what the client sent.
        ends: the kinds that may come first, and the point at which the job has ended; empty if that is not clear.
        multiple: how much longer than seen.
    """
    found: list[Limit] = []
    first, terminal = ends

    def add(name: str, start: Sequence[str], to: Sequence[str], seen: float, *, gap: bool = False) -> None:
        found.append(
            Limit(name, tuple(start), tuple(to), within(seen, multiple), seen, gap, or_end=name == "acknowledged")
        )

    places = [number for number, kind in enumerate(of) if kind in order]
    messages = observed.messages
    ends_at = messages[places[-1]].at
    sends = tuple(name for _, name, _ in observed.sent)
    for ack in acks:
        seen = observed.took("sent", messages[of.index(ack)].at)
        add("acknowledged" if ack == acks[0] else f"{ack}-comes", sends[:1], [ack], seen)
    began = ("accepted", "open", *sends[-1:])
    seen = observed.took(("answer", "open", "sent"), messages[places[0]].at)
    add("first-news", began, first, seen)
    if len(places) > 1:
        watched = messages[places[0] : places[-1] + 1]
        gaps = [later.at - earlier.at for earlier, later in pairwise(watched)]
        add("no-gap", first, [terminal or "close"], max(gaps), gap=True)
    seen = observed.took(("answer", "open"), ends_at)
    if terminal:
        add("finished", ("accepted", "open"), [terminal], seen)
    if "close" in observed.instants and observed.close["by"] == "server":
        closed = observed.instants["close"]
        if terminal:
            add("closed", [terminal], ["close"], closed - ends_at)
        else:
            add("finished", ("accepted", "open"), ["close"], observed.took(("answer", "open"), closed))
    return tuple(found)
