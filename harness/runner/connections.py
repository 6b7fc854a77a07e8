"""One job, watched over several connections: each is held to the case by monitors of its own, all to one story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.contract.judge_job import JobJudge
from harness.runner.behaviour import behaviour_of
from harness.runner.judging import Hearing
from harness.temporal.deadlines import Deadline, Gap
from harness.temporal.story import Story
from harness.trace.events import OPEN, What
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.contract.judge import Judge
    from harness.contract.model import Case
    from harness.runner.results import Example, ExampleResult
    from harness.temporal.keyed import KeyedDeadline
    from harness.temporal.watch import Watch
    from harness.trace.events import Event, Json
    from harness.trace.verdicts import Violation

_ASKED = frozenset({What.ACTION, What.AFTERWARDS})
"""Requests beside the judged one, which are made even where no connection has anything more to read."""


@dataclass(frozen=True, slots=True)
class Together:
    """What a job comes to.

    Attributes:
        result: of all its connections; that of the one, if it has no more.
        parts: of each connection, by its number.
    """

    result: ExampleResult
    parts: Mapping[int, ExampleResult]

    def part(self, violation: Violation) -> ExampleResult:
        """The result of the connection on which a violation was seen; that of all, if it is of all."""
        return self.result if violation.connection is None else self.parts[violation.connection]


class Connections:
    """One job before its judges: one for each connection, and one for what is asked besides.

    Give it every event with `take`, in the order in which they were read, and `wait` where nothing came. Stop at
    `done`, then `conclude` once. Requests and their answers go to every judge, whichever connection they name, and to
    one whose connection begins later too. `order_needs` are the inputs for want of which the order is not judged;
    `last` the last messages, by kind, of the connection that saw the job end first.
    """

    def __init__(self, example: Example, new_judge: Callable[[Case], Judge], numbers: Iterable[int] = (0,)) -> None:
        """Begin with the connections of these numbers, at least one; others begin with their first event."""
        self._example = example
        self._new_judge = new_judge
        self._behaviour = behaviour_of(example.case.client, example.spec)
        self._judges: dict[int, Judge] = {}
        self._hearings: dict[int, Hearing] = {}
        self._events: list[Event] = []
        self._shared: list[Event] = []
        self._ended: float | None = None
        self.last: Mapping[str, Json] = {}
        socket = example.case.socket
        self._story: Story | None = None
        if socket is not None and example.case.same_story:
            self._story = Story(socket.place, socket.anytime, snapshots=socket.late_join is not None)
        for number in numbers:
            self._begin(number)
        (first, *_) = self._judges.values()
        self.order_needs = first.order_needs
        self._job = JobJudge(example.case, first.names)

    def _begin(self, number: int) -> None:
        case = self._example.case
        if pause := self._behaviour.pause(number):
            case = case._replace(timed=tuple(_paused(case.timed, pause)))
        if number >= self._behaviour.watchers:
            case = case._replace(timed=tuple(_once_open(one) for one in case.timed))
        self._judges[number] = judge = self._new_judge(case)
        self._hearings[number] = hearing = Hearing(self._example, judge)
        for event in self._shared:
            hearing.take(event)
        if self._story is not None and len(self._hearings) == 2:  # one alone has nobody to be compared with
            for event in self._events:
                self._story.feed(event)

    def watch(self, number: int) -> Watch:
        """What is said of one connection so far."""
        return self._hearings[number].watch

    @property
    def done(self) -> bool:
        """Whether no connection has anything more to read."""
        return all(hearing.watch.done for hearing in self._hearings.values())

    @property
    def hopeless(self) -> bool:
        """Whether what follows is of little use to all that are still read; one that reads slowly has no say in it."""
        reading = {number: hearing.watch for number, hearing in self._hearings.items() if not hearing.watch.done}
        prompt = [watch for number, watch in reading.items() if not self._behaviour.pause(number)]
        heeded = prompt or list(reading.values())
        return bool(heeded) and all(watch.hopeless for watch in heeded)

    @property
    def ended(self) -> bool:
        """Whether the job has ended, as one of them saw."""
        return self._ended is not None

    @property
    def owed(self) -> tuple[str, ...]:
        """What may come next, as people read it, on those that are still read."""
        reading = (hearing.watch.owed for hearing in self._hearings.values() if not hearing.watch.done)
        return tuple(dict.fromkeys(text for owed in reading for text in owed))

    def next_deadline(self) -> float | None:
        """The next instant at which silence becomes a violation; None while nothing is owed."""
        dues = (hearing.watch.next_deadline() for hearing in self._hearings.values() if not hearing.watch.done)
        return min((due for due in dues if due is not None), default=None)

    def take(self, event: Event) -> Event | None:
        """Judge an event; returns it as the clauses know it.

        One of a connection that has nothing more to read is left aside: None.
        """
        named = self._of_the_job(event) if event.of_the_job else self._of_one(event)
        if named is None:
            return None
        self._events.append(named)
        if self._story is not None and len(self._hearings) > 1:
            self._story.feed(named)
        return named

    def _of_the_job(self, event: Event) -> Event | None:
        self._shared.append(event)
        taken = [hearing.take(event) for hearing in self._hearings.values() if not hearing.watch.done]
        named = taken[0] if taken else event if event.what in _ASKED else None
        if named is not None:
            self._job.feed(named)
        return named

    def _of_one(self, event: Event) -> Event | None:
        number = event.connection
        if number not in self._hearings:
            self._begin(number)
        hearing = self._hearings[number]
        if hearing.watch.done:
            return None
        named = hearing.take(event)
        if self._ended is None and hearing.watch.ended:
            self._ended = named.at
            self.last = self._judges[number].last
            self._job.ended(self.last)
        return named

    def wait(self, now: float) -> None:
        """Let time pass until `now`, as `Hearing.wait`."""
        for hearing in self._hearings.values():
            if not hearing.watch.done:
                hearing.wait(now)

    def conclude(
        self, end: float, stalls: tuple[tuple[float, float], ...], jobs: int = 0, *, cut: bool = False
    ) -> Together:
        """The result, where reading ended at `end`; all as for `Hearing.conclude`.

        What has not come to one that reads slowly is not missing if reading ended because the others were hopeless.
        """
        self.wait(end)
        left_behind = self.hopeless
        concluded = {
            number: one.conclude(end, stalls, jobs, cut=cut or (left_behind and self._behaviour.pause(number) > 0))
            for number, one in self._hearings.items()
        }
        first, number = next(iter(concluded.values())), next(iter(concluded))
        missed = "" if cut else self._behaviour.outran(self.watch(number).received, self._events, self._ended)
        verdicts = self._verdicts(concluded.values())
        if missed:
            verdicts = {clause: _unless_passed(verdict) for clause, verdict in verdicts.items()}
        result = replace(
            first,
            events=tuple(self._events),
            violations=self._violations(concluded),
            verdicts=verdicts,
            owed=tuple(dict.fromkeys(text for part in concluded.values() for text in part.owed)),
            inconclusive=_inconclusive(concluded),
            outran=missed if self._ended is not None else "",  # a job that fell silent was not too quick for anybody
            parts=concluded if len(concluded) > 1 else {},
        )
        return Together(result, concluded if len(concluded) > 1 else {number: result})

    def _violations(self, parts: Mapping[int, ExampleResult]) -> tuple[Violation, ...]:
        """What is broken, first instant first; what is broken alike on all connections once."""
        seen_on: dict[Violation, list[int]] = {}
        for number, part in parts.items():
            for violation in part.violations:
                seen_on.setdefault(violation, []).append(number)
        found: list[Violation] = []
        for violation, numbers in seen_on.items():
            alike = len(numbers) == len(parts)
            found.extend([violation] if alike else [_on(number, violation) for number in numbers])
        if self._story is not None and self._story.violation is not None:
            found.append(self._story.violation)
        found.extend(self._job.violations())
        return tuple(sorted(found, key=lambda one: one.at))

    def _verdicts(self, parts: Iterable[ExampleResult]) -> dict[str, Verdict]:
        """The worst verdict of each clause; those of the job come last."""
        verdicts: dict[str, Verdict] = {}
        for part in parts:
            for clause, verdict in part.verdicts.items():
                verdicts[clause] = max(verdict, verdicts.get(clause, verdict))
        for timed in self._example.case.timed if self._behaviour.slow else ():
            verdicts.setdefault(timed.clause, Verdict.NOT_EXERCISED)
        verdicts |= self._job.verdicts()
        if self._story is not None and (len(self._hearings) > 1 or self._example.case.client.connects_twice):
            verdicts[self._story.clause] = self._story.verdict
        return verdicts


def _paused(timed: Iterable[Deadline | Gap | KeyedDeadline], pause: float) -> Iterator[Deadline | Gap]:
    """Deadlines of a connection that is read with pauses; those of items are not judged."""
    for one in timed:
        if isinstance(one, Gap) or (isinstance(one, Deadline) and one.on_socket):
            yield one._replace(pause=pause)
        elif isinstance(one, Deadline):
            yield one


def _once_open(timed: Deadline | Gap | KeyedDeadline) -> Deadline | Gap | KeyedDeadline:
    """A connection that is made later has its time from when it is open, whatever the others have heard by then."""
    if not isinstance(timed, Deadline) or OPEN in timed.start:
        return timed
    return timed._replace(start=(*timed.start, OPEN))


def _unless_passed(verdict: Verdict) -> Verdict:
    return Verdict.NOT_EXERCISED if verdict is Verdict.PASSED else verdict


def _on(number: int, violation: Violation) -> Violation:
    return violation._replace(connection=number, summary=f"connection {number}: {violation.summary}")


def _inconclusive(parts: Mapping[int, ExampleResult]) -> str:
    several = len(parts) > 1
    told = ((number, part.inconclusive) for number, part in parts.items() if part.inconclusive)
    return next((f"connection {number}: {reason}" if several else reason for number, reason in told), "")
