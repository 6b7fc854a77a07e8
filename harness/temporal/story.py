"""The clause `same-story`: whoever watches a job is told the same, from its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.temporal.matching import first_difference, shown
from harness.trace.events import Event, What
from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Container

    from harness.trace.events import Json
    from harness.trace.verdicts import Place


class Story:
    """Holds all connections of one job together: what each receives is the beginning of one sequence, as equal JSON.

    Feed it the events of every connection in the order of their instants, named as the monitors of a connection know
    them, each with its number in `connection`; the request and its answer once. Kinds of `anytime` are no part of the
    story. The first message that differs is the violation, and nothing is judged after it.
    """

    def __init__(self, place: Place, anytime: Container[str], *, snapshots: bool = False) -> None:
        """With `snapshots`, a connection that begins after the answer need not be told what came before."""
        self.clause = "same-story"
        self.place = place
        self.violation: Violation | None = None
        self._anytime = anytime
        self._snapshots = snapshots
        self._answered = False
        self._late: set[int] = set()
        self._story: list[tuple[int, Event]] = []
        self._heard: dict[int, int] = {}
        self._compared = False

    @property
    def verdict(self) -> Verdict:
        """Passed once a message came on two connections and was the same."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self._compared else Verdict.NOT_EXERCISED

    def feed(self, event: Event) -> None:
        """Take the next event of any connection."""
        self._answered = self._answered or event.what is What.ANSWER
        if event.what is What.CONNECT and self._answered and self._snapshots:
            self._late.add(event.connection)
        if event.what is not What.RECEIVED or event.point in self._anytime or event.connection in self._late:
            return
        if self.violation is None:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        number = self._heard.get(event.connection, 0)
        self._heard[event.connection] = number + 1
        if number == len(self._story):
            self._story.append((event.connection, event))
            return
        connection, first = self._story[number]
        self._compared = True
        difference = first_difference(event.value, first.value) or _more(event.value, first.value)
        if difference:
            summary = (
                f"message {number + 1} of connection {event.connection} is {_shown(event)}, and of connection "
                f"{connection} it was {_shown(first)}: {difference}"
            )
            self.violation = Violation(self.clause, self.place, Explanation.RELATION, summary, event.at)


def _more(value: Json, first: Json, path: str = "") -> str:
    """Where `value`, which contains `first`, has more."""
    if isinstance(value, list):
        found = (_more(one, other, f"{path}[{at}]") for at, (one, other) in enumerate(zip(value, first, strict=True)))
        return next(filter(None, found), "")
    if not isinstance(value, dict):
        return ""
    for key, one in value.items():
        inner = f"{path}.{key}" if path else key
        if key not in first:
            return f"{inner} is {shown(one)}, and was not there"
        found_more = _more(one, first[key], inner)
        if found_more:
            return found_more
    return ""


def _shown(event: Event) -> str:
    return f"{event.point} {shown(event.value)}".strip()
