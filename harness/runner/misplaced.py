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
from harness.runner.moments import close_told, first, moment, name_of, names_an_id
from harness.runner.results import Diagnosis
from harness.temporal.generating import conforming
from harness.temporal.matching import comparable, shown
from harness.temporal.nodes import ones
from harness.temporal.one import One, at_path, leaves
from harness.temporal.patterns import NOTHING, derive, expected, mentions
from harness.trace.events import CLOSE, Event, What
from harness.trace.units import duration
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
            return self._told(kind, self._end())
        if kind == FOREIGN_MESSAGE:
            return self._told(kind, f"it came at {self._moment(self._event)}")
        return self._of_another_job() or self._repeated() or self._out_of_order()

    def _told(self, kind: str, *evidence: str) -> Diagnosis:
        return Diagnosis(kind, "", self._violation.summary, "", tuple(filter(None, evidence)))

    def _wrong_close(self) -> Diagnosis:
        promised = " or ".join(self._violation.expected)
        story = f"the socket was closed with {close_told(self._event)}, promised was {promised}"
        return Diagnosis(WRONG_CLOSE, "", story, "", tuple(filter(None, (self._end(),))))

    def _end(self) -> str:
        """Where the terminal message was."""
        last = next((one for one in reversed(self._before) if one.point != CLOSE), None)
        if last is None:
            return ""
        after = duration(self._event.at - last.at)
        return f"the terminal message, {name_of(last)}, had come at {self._moment(last)}, {after} before"

    def _of_another_job(self) -> Diagnosis | None:
        own = frozenset(_ids(self._result))
        for one in ones(self._deviation.whole, self._event):
            if one.kind != self._event.point:
                continue
            for path, wanted in leaves(one.where):
                found = at_path(self._event.value, path)
                if isinstance(found, str) and isinstance(wanted, str) and wanted in own and found not in own:
                    evidence = f"its {'.'.join(path)} is {found!r}, this job's is {wanted!r}"
                    return self._told(FOREIGN_MESSAGE, evidence)
        return None

    def _repeated(self) -> Diagnosis | None:
        """The same message came before, and without it what came next was right."""
        again = next((one for one in reversed(self._before) if self._is_same(one)), None)
        if again is None or (self._later and derive(self._deviation.owed, self._later[0]) == NOTHING):
            return None
        apart = duration(self._event.at - again.at)
        evidence = f"{name_of(again)} came at {self._moment(again)}, and {apart} later once more"
        return self._told(REPEATED_MESSAGE, evidence)

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
        skipped = self._skipped()
        for later in self._later:
            found = next((one for one in skipped if one.matches(later)), None)
            if found is not None:
                after = duration(later.at - self._event.at)
                evidence = f"{found} did come, at {self._moment(later)}, {after} after it"
                return self._told(WRONG_ORDER, evidence)
        if not skipped:
            return self._told(WRONG_ORDER, self._previous())
        return self._lost(skipped)

    def _skipped(self) -> tuple[One, ...]:
        """What would have had to come first; nothing if this event would not be right after it either."""
        wanted = tuple(one for one in expected(self._deviation.owed) if one.kind != CLOSE)
        just_before = tuple(one for one in wanted if self._is_right_after(one))
        return just_before or (wanted if mentions(self._deviation.owed, self._event) else ())

    def _is_right_after(self, one: One) -> bool:
        (made,) = conforming(one, lambda below: 0)
        owed = derive(self._deviation.owed, made.event(self._event.at))
        return derive(owed, self._event) != NOTHING

    def _lost(self, skipped: tuple[One, ...]) -> Diagnosis:
        names = " or ".join(map(str, skipped[:MAX_NAMED]))
        more = f" or {len(skipped) - MAX_NAMED} others" if len(skipped) > MAX_NAMED else ""
        came = f"{self._event.point} {shown(self._event.value)} came"
        until = max(self._result.end, self._violation.at, *(one.at for one in self._result.events))
        evidence = (self._previous(), f"reading went on until {moment(self._result, until)}")
        story = f"{names}{more} never came: at {self._moment(self._event)} {came}"
        return Diagnosis(LOST_MESSAGE, "", story, "", tuple(filter(None, evidence)))

    def _previous(self) -> str:
        if not self._before:
            return "it is the first message of the order"
        last = self._before[-1]
        return f"the message before it, {name_of(last)}, came at {self._moment(last)}"

    def _moment(self, event: Event) -> str:
        return moment(self._result, event.at)


def _ids(result: ExampleResult) -> Iterator[str]:
    """The texts that tell this job from others: what was new for it, and the ids in its answer."""
    yield from (value for value in result.fresh.values() if isinstance(value, str))
    answer = first(result, What.ANSWER)
    if answer is not None:
        yield from (value for path, value in leaves(answer.value.get("body")) if names_an_id(path[-1]) and value)
