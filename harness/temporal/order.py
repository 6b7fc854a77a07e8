"""The clause `order`: the messages come as the pattern says, and nothing else comes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.temporal.matching import comparable, only_difference, shown
from harness.temporal.patterns import (
    NOTHING,
    One,
    Pattern,
    choices,
    depends_on_kind_alone,
    derive,
    expected,
    expects_only,
    mentions,
    names,
    nearest,
    nullable,
    stranger,
)  # fmt: skip
from harness.trace.events import CLOSE, UNDECLARED, Event, NotJson, What
from harness.trace.units import count
from harness.trace.verdicts import Explanation, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.temporal.anytime import Anytime
    from harness.trace.events import Json
    from harness.trace.verdicts import Place

MAX_LISTED = 6
REMEMBERED = 1000
"""How many messages of the order are kept, to tell one that comes again; memory stays bounded."""

MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class Late:
    """What comes on a connection that is made after the answer, where that may be less than the whole story.

    Attributes:
        pattern: what comes.
        first: the kinds that stand for all that was missed; with one of them the connection has caught up.
    """

    pattern: Pattern
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """Where a connection left its order, for whoever asks what it looks like.

    Attributes:
        whole: the order from its beginning.
        owed: what was still owed of it.
        event: the first event that no continuation allows; None if nothing more came.
    """

    whole: Pattern
    owed: Pattern
    event: Event | None


class OrderMonitor:
    """Holds one connection to a pattern and stops at the first event that no continuation allows.

    Where there is a `Late`, its pattern counts, unless the connection is seen to begin before the answer.
    After each event look at `ended`: it is true from the terminal message on, which is the one after which nothing
    but a close may come. Where the pattern names no close, one may come as soon as nothing is owed. Call `finish` when
    the connection will bring no more events.
    """

    def __init__(
        self,
        clause: str,
        place: Place,
        pattern: Pattern,
        anytime: Mapping[str, Anytime],
        late: Late | None = None,
        kinds: Mapping[str, Json] | None = None,
    ) -> None:
        """`kinds` are what a message of each kind contains, so that one which nearly is of it can be told."""
        self.clause = clause
        self.place = place
        self.violation: Violation | None = None
        self.ended = False
        self._pattern = pattern
        self._late = late
        self._answered = False
        self._caught_up = False
        self._owed = pattern if late is None else late.pattern
        self._anytime = anytime
        self._seen: deque[Event] = deque(maxlen=REMEMBERED)
        self._contained = kinds or {}
        self._kinds: set[str] = set()
        self._count = 0
        self._steps: dict[tuple[int, str], tuple[Pattern, Pattern]] = {}
        self._closed = False
        self._left = False
        self._wrong: Event | None = None

    @property
    def points(self) -> None:
        """Whatever comes is its concern."""
        return

    @property
    def verdict(self) -> Verdict:
        """Passed once everything owed has come; to a client that left, nothing more is owed."""
        if self.violation is not None:
            return Verdict.FAILED
        return Verdict.PASSED if self.satisfied or (self._left and self._seen) else Verdict.NOT_EXERCISED

    @property
    def hopeless(self) -> bool:
        """Order stops at its first violation."""
        return self.violation is not None

    @property
    def owed(self) -> tuple[str, ...]:
        """What may come next, as people read it."""
        return _listed(choices(self._owed))

    @property
    def deviation(self) -> Deviation | None:
        """Where the order was left, if it is broken."""
        whole = self._pattern if self._late is None else self._late.pattern
        return None if self.violation is None else Deviation(whole, self._owed, self._wrong)

    @property
    def terminal(self) -> Event | None:
        """The last message of the order, if the job has ended with it: at most a close is owed."""
        if self.violation is not None or self._left or not (self.ended or nullable(self._owed)):
            return None
        return next((event for event in reversed(self._seen) if event.point != CLOSE), None)

    @property
    def satisfied(self) -> bool:
        """Whether the job may be over: it has begun, as promised, and nothing more must come."""
        return self.violation is None and bool(self._seen) and nullable(self._owed)

    @property
    def owes_close(self) -> bool:
        """Whether nothing but the server's close is still owed."""
        return self.ended and not nullable(self._owed)

    @property
    def received(self) -> int:
        """How many messages of the order have come."""
        return self._count

    def feed(self, event: Event) -> None:
        """Take the next event; received messages and the server's close matter, and when the connection begins."""
        if event.what not in (What.RECEIVED, What.CLOSE):
            self._begin(event)
            return
        if self.violation is not None:
            return
        if event.what is What.CLOSE:
            self._closed = True
            self._left = event.value.get("by") == "client"
            if self._left or (nullable(self._owed) and not names(self._owed, CLOSE)):
                return
        elif self._allowed_anytime(event):
            return
        owed = self._step(event)
        if owed == NOTHING:
            self._wrong = event
            self.violation = self._explain(event)
            return
        self._caught_up = self._caught_up or (
            not self._seen and self._late is not None and event.point in self._late.first
        )
        self._seen.append(event)
        self._kinds.add(event.point)
        self._count += event.what is What.RECEIVED
        if owed is not self._owed:
            self._owed = owed
            self.ended = self.ended or expects_only(owed, CLOSE)

    def due(self) -> None:
        """Order knows no time."""
        return

    def advance(self, now: float) -> None:
        """Order knows no time."""

    def finish(self, now: float) -> None:
        """The connection brings no more events, although the client did not end it: is something missing?"""
        if self.violation is None and not self._closed and not nullable(self._owed):
            self.violation = self._missing(now, "nothing more came")

    def _begin(self, event: Event) -> None:
        """A connection that begins before the answer has missed nothing."""
        self._answered = self._answered or event.what is What.ANSWER
        if event.what is What.CONNECT and not self._answered:
            self._owed = self._pattern
            self._late = None

    def _step(self, event: Event) -> Pattern:
        """The derivative; remembered where it depends on the kind alone, as in a loop of many alike messages."""
        key = (id(self._owed), event.point)
        if key in self._steps:
            return self._steps[key][1]
        owed = derive(self._owed, event)
        if owed == self._owed:
            owed = self._owed
        if depends_on_kind_alone(self._owed, event.point):
            if len(self._steps) >= REMEMBERED:
                self._steps.clear()
            self._steps[key] = (self._owed, owed)  # the pattern is kept with its id, which stays its own
        return owed

    def _allowed_anytime(self, event: Event) -> bool:
        window = self._anytime.get(event.point)
        if window is None or (self.ended and not window.until_close):
            return False
        return window.after is None or window.after in self._kinds or self._caught_up

    def _missing(self, at: float, what: str) -> Violation:
        summary = f"{what} while {_any_of(choices(self._owed))} was owed"
        return Violation(self.clause, self.place, Explanation.MISSING, summary, at, expected=self.owed)

    def _explain(self, event: Event) -> Violation:
        number = self._count + 1
        if event.point == CLOSE and not self.ended:
            return self._missing(event.at, f"the socket was closed with {_close_text(event)}")
        explanation, why, near_miss = self._reason(event)
        summary = f"message {number} of the order is {_shown(event)}: {why}"
        if event.point == CLOSE:
            owed = _any_of(choices(self._owed))
            summary = f"the socket was closed with {_close_text(event)} while {owed} was owed"
        return Violation(
            self.clause, self.place, explanation, summary, event.at, expected=self.owed, near_miss=near_miss
        )

    def _reason(self, event: Event) -> tuple[Explanation, str, str]:
        if event.point == UNDECLARED:
            why = "it is no JSON object" if isinstance(event.value, NotJson) else "no declared kind fits it"
            return Explanation.UNDECLARED, why, self._nearly(event)
        foreign = stranger(self._owed, event)
        if foreign:
            return Explanation.UNKNOWN_ITEM, foreign, f"{self._open_item(event)} would have been accepted"
        same_kind = nearest(self._owed, event)
        if same_kind:
            why = "; ".join(dict.fromkeys(one.difference(event) for one in same_kind[:MAX_LISTED]))
            if not why:
                return Explanation.WRONG_VALUE, "a loop is to go over what it brings, and cannot", ""
            near_miss = f"{same_kind[0]} would have been accepted" if event.point != CLOSE else ""
            return Explanation.WRONG_VALUE, why, near_miss
        if self.ended:
            return Explanation.AFTER_THE_END, f"it came after the terminal message, {self._last_seen()}", ""
        if event.point in self._anytime:
            return Explanation.TOO_EARLY, f"it may come only after {self._anytime[event.point].after}", ""
        if mentions(self._owed, event):
            return Explanation.TOO_EARLY, self._not_yet(), self._open_alike(event)
        value = comparable(event.value)
        if any(seen.point == event.point and comparable(seen.value) == value for seen in self._seen):
            return Explanation.REPEATED, "it came before and may not come again", ""
        return Explanation.UNEXPECTED, "it may not come here", self._nearly(event)

    def _nearly(self, event: Event) -> str:
        """The kind that would have been accepted, had one thing in the message been otherwise."""
        for one in expected(self._owed):
            difference = only_difference(event.value, self._contained.get(one.kind))
            if difference is not None:
                return f"`{one.kind}` would have been accepted, but {difference}"
        return ""

    def _not_yet(self) -> str:
        if self._late is None or self._seen:
            return "it may come later, but not yet"
        first = " or ".join(self._late.first)
        return f"on a late connection {first} comes first, or the order from its beginning"

    def _open_alike(self, event: Event) -> str:
        """The same message of another item, if that would have been accepted."""
        alike = next((one for one in expected(self._owed) if one.kind == event.point), None)
        return f"{alike} would have been accepted" if alike is not None else ""

    def _open_item(self, event: Event) -> One:
        """What an item that is open would take, of the same kind if there is one."""
        ones = expected(self._owed)
        return next((one for one in ones if one.kind == event.point), ones[0])

    def _last_seen(self) -> str:
        return next((seen.point for seen in reversed(self._seen) if seen.point != CLOSE), "")


def _listed(options: tuple[tuple[One, int], ...]) -> tuple[str, ...]:
    texts = [_option(*option) for option in options[:MAX_LISTED]]
    if len(options) > MAX_LISTED:
        texts.append(f"and {len(options) - MAX_LISTED} more")
    return tuple(texts)


def _any_of(options: tuple[tuple[One, int], ...]) -> str:
    texts = [_option(*option) for option in options[:MAX_NAMED]] or ["what can never come"]
    if len(options) > MAX_NAMED:
        texts.append(count(len(options) - MAX_NAMED, "other"))
    return " or ".join(texts)


def _option(one: One, alike: int) -> str:
    """`photo_started(currentPhoto 4) or 3 others like it`."""
    return f"{one} or {count(alike, 'other')} like it" if alike else str(one)


def _close_text(event: Event) -> str:
    reason = f", {event.value['reason']!r}" if event.value.get("reason") else ""
    return f"code {event.value['code']}{reason}"


def _shown(event: Event) -> str:
    return f"{event.point} {shown(event.value)}".strip()
