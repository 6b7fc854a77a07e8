"""A message that the order does not allow: lost, repeated or foreign ones before it, or only the wrong order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.classes import (
    AFTER_THE_END,
    FOREIGN_MESSAGE,
    LOST_MESSAGE,
    REPEATED_MESSAGE,
    WRONG_CLOSE,
    WRONG_ORDER,
)
from harness.runner.moments import close_told, first, moment, name_of, names_an_id, of_another_job
from harness.runner.results import Diagnosis
from harness.temporal.generating import conforming
from harness.temporal.matching import comparable, shown
from harness.temporal.nodes import ones
from harness.temporal.one import One, at_path, leaves
from harness.temporal.order import REMEMBERED
from harness.temporal.patterns import NOTHING, Pattern, derive, expected, mentions
from harness.trace.events import CLOSE, Event, What
from harness.trace.units import count, duration
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runner.results import ExampleResult
    from harness.temporal.order import Deviation
    from harness.trace.verdicts import Violation

MAX_NAMED = 3
_BY_EXPLANATION = {
    Explanation.AFTER_THE_END: AFTER_THE_END,
    Explanation.UNDECLARED: FOREIGN_MESSAGE,
    Explanation.UNKNOWN_ITEM: FOREIGN_MESSAGE,
    Explanation.REPEATED: REPEATED_MESSAGE,
}


def misplaced(result: ExampleResult, violation: Violation) -> Diagnosis:
    """What a violation of the order by an event looks like."""
    deviation = result.deviation
    kind = _BY_EXPLANATION.get(violation.explanation, WRONG_ORDER)
    if deviation is None or deviation.event is None:
        return Diagnosis(kind, "", violation.summary, "")
    return _Misplaced(result, violation, deviation, deviation.event).diagnosis(kind)


class _Misplaced:
    """The first event that the order does not allow, among the others."""

    def __init__(self, result: ExampleResult, violation: Violation, deviation: Deviation, event: Event) -> None:
        self._result = result
        self._violation = violation
        self._deviation = deviation
        self._event = event
        socket = result.example.case.socket
        anytime = socket.anytime if socket else {}
        counted = [one for one in result.events if one.what in (What.RECEIVED, What.CLOSE) and one.point not in anytime]
        place = next((place for place, one in enumerate(counted) if one is event), len(counted))
        self._before, self._later = counted[:place], counted[place + 1 :]

    def diagnosis(self, kind: str) -> Diagnosis:
        """The class with its story; `kind` is what the explanation alone says."""
        if self._event.point == CLOSE:
            return self._wrong_close()
        if kind == AFTER_THE_END:
            return self._of_another_job() or self._after_the_end()
        if kind == FOREIGN_MESSAGE:
            at = f"it came at {self._moment(self._event)}"
            return Diagnosis(kind, "", self._violation.summary, "", (at, self._previous()))
        return self._of_another_job() or self._repeated() or self._out_of_order()

    def _wrong_close(self) -> Diagnosis:
        promised = " or ".join(self._violation.expected)
        story = f"the socket was closed with {close_told(self._event)}, promised was {promised}"
        return Diagnosis(WRONG_CLOSE, "", story, "", (self._previous(),))

    def _after_the_end(self) -> Diagnosis:
        if not self._before:
            return Diagnosis(AFTER_THE_END, "", self._violation.summary, "", (self._at(),))
        last = self._before[-1]
        after = duration(self._event.at - last.at)
        story = f"{self._label()} came {after} after the terminal message, {name_of(last)}"
        return Diagnosis(AFTER_THE_END, "", story, "", (self._at(),))

    def _of_another_job(self) -> Diagnosis | None:
        own = frozenset(_ids(self._result))
        for one in ones(self._deviation.whole, self._event):
            if one.kind != self._event.point:
                continue
            for path, wanted in leaves(one.where):
                found = at_path(self._event.value, path)
                if isinstance(found, str) and isinstance(wanted, str) and wanted in own and found not in own:
                    return of_another_job(self._event, ".".join(path), found, wanted, self._at())
        return self._unlike_the_others(own)

    def _unlike_the_others(self, own: frozenset[str]) -> Diagnosis | None:
        """An id of it is not this job's, where messages before it have this job's."""
        for path, found in leaves(self._event.value):
            if not isinstance(found, str) or not names_an_id(path[-1]) or found in own:
                continue
            others = (at_path(one.value, path) for one in self._before)
            ours = next((other for other in others if isinstance(other, str) and other in own), None)
            if ours is not None:
                return of_another_job(self._event, ".".join(path), found, ours, self._at())
        return None

    def _repeated(self) -> Diagnosis | None:
        """The same message came before, and without it what came next was right."""
        again = next((one for one in reversed(self._before) if self._is_same(one)), None)
        if again is None or (self._later and derive(self._deviation.owed, self._later[0]) == NOTHING):
            return None
        story = f"{self._label()} came again, {duration(self._event.at - again.at)} after the first time"
        first_time = f"the first time it came at {self._moment(again)}: {shown(again.value)}"
        return Diagnosis(REPEATED_MESSAGE, "", story, "", (first_time, self._at()))

    def _is_same(self, earlier: Event) -> bool:
        """Whether an earlier message is this one, or took the one place that there is for it."""
        if earlier.point != self._event.point:
            return False
        if comparable(earlier.value) == comparable(self._event.value):
            return True
        places = [one for one in ones(self._deviation.whole, self._event) if one.matches(self._event)]
        if any(one.where is None for one in places):  # there a kind may come often: only a single one is told apart
            single = sum(one.point == earlier.point for one in self._before) == 1
            return single and not mentions(self._deviation.owed, self._event)
        return any(one.matches(earlier) for one in places)

    def _out_of_order(self) -> Diagnosis:
        """A message is lost if none came of those after which this one would have been right."""
        skipped, word = self._skipped()
        for later in self._later:
            found = next((one for one in skipped if one.matches(later)), None)
            if found is not None:
                story = (
                    f"{self._label()} came before {found}, which came {duration(later.at - self._event.at)} after it"
                )
                return Diagnosis(WRONG_ORDER, "", story, "", (self._at(), f"{found} came at {self._moment(later)}"))
        if not skipped:
            return Diagnosis(WRONG_ORDER, "", self._violation.summary, "", (self._at(), self._previous()))
        return self._lost(skipped, word)

    def _skipped(self) -> tuple[tuple[One, ...], str]:
        """What would have had to come first, any of it or all; nothing if this event is not right after it either."""
        owed = self._deviation.owed
        just_before = tuple(one for one in _messages(owed) if derive(_after(owed, one), self._event) != NOTHING)
        if just_before or not mentions(owed, self._event):
            return just_before, "or"
        in_a_row = self._several_skipped()
        return (in_a_row, "and") if in_a_row else (_messages(owed), "or")

    def _several_skipped(self) -> tuple[One, ...]:
        """The messages up to this one, where there is but one way; else nothing."""
        owed = self._deviation.owed
        skipped: list[One] = []
        while derive(owed, self._event) == NOTHING:
            wanted = _messages(owed)
            if len(wanted) != 1 or len(skipped) >= REMEMBERED:
                return ()
            skipped.append(wanted[0])
            owed = _after(owed, wanted[0])
        return tuple(skipped)

    def _lost(self, skipped: tuple[One, ...], word: str) -> Diagnosis:
        names = f" {word} ".join(map(str, skipped[:MAX_NAMED]))
        more = f" {word} {count(len(skipped) - MAX_NAMED, 'other')}" if len(skipped) > MAX_NAMED else ""
        story = f"{names}{more} never came: {self._label()} came instead, at {self._moment(self._event)}"
        until = max(self._result.end, self._violation.at, *(one.at for one in self._result.events))
        return Diagnosis(
            LOST_MESSAGE, "", story, "", (self._previous(), f"reading went on until {moment(self._result, until)}")
        )

    def _label(self) -> str:
        """The event as the order names it: `page(n 2)`; else by its kind."""
        places = (one for one in ones(self._deviation.whole, self._event) if one.matches(self._event))
        return next((str(one) for one in places if str(one) != one.kind), name_of(self._event))

    def _at(self) -> str:
        return f"it came at {self._moment(self._event)}: {shown(self._event.value)}"

    def _previous(self) -> str:
        if not self._before:
            return "nothing of the order had come before it"
        last = self._before[-1]
        return f"the message before it, {name_of(last)}, came at {self._moment(last)}"

    def _moment(self, event: Event) -> str:
        return moment(self._result, event.at)


def _messages(owed: Pattern) -> tuple[One, ...]:
    """The messages that may come next."""
    return tuple(one for one in expected(owed) if one.kind != CLOSE)


def _after(owed: Pattern, one: One) -> Pattern:
    """What is owed once the message has come."""
    (made,) = conforming(one, lambda below: 0)
    return derive(owed, made.event(0.0))


def _ids(result: ExampleResult) -> Iterator[str]:
    """The texts that tell this job from others: what was new for it, and the ids in its answer."""
    yield from (value for value in result.fresh.values() if isinstance(value, str))
    answer = first(result, What.ANSWER)
    if answer is not None:
        yield from (value for path, value in leaves(answer.value.get("body")) if names_an_id(path[-1]) and value)
