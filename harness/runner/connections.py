"""One job, watched over several connections: each is held to the case by monitors of its own, all to one story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.runner.judging import Hearing
from harness.temporal.story import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.contract.judge import Judge
    from harness.runner.results import Example, ExampleResult
    from harness.trace.events import Event
    from harness.trace.verdicts import Verdict, Violation


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
    """One job before its judges, one for each connection.

    Give it every event with `take`, in the order in which they were read, and `wait` where nothing came. Stop at
    `done`, then `conclude` once. The request and its answer go to every judge, whichever connection they name.
    `order_needs` are the inputs for want of which the order is not judged.
    """

    def __init__(self, example: Example, new_judge: Callable[[], Judge], numbers: Iterable[int] = (0,)) -> None:
        """`numbers` are those of the connections, at least one; there will be no others."""
        self._example = example
        judges = {number: new_judge() for number in numbers}
        self.order_needs = next(iter(judges.values())).order_needs
        self._hearings = {number: Hearing(example, judge) for number, judge in judges.items()}
        self._events: list[Event] = []
        self._story: Story | None = None
        socket = example.case.socket
        if socket is not None and len(self._hearings) > 1:
            self._story = Story(socket.place, socket.anytime, snapshots=socket.late_join is not None)

    @property
    def done(self) -> bool:
        """Whether no connection has anything more to read."""
        return all(hearing.watch.done for hearing in self._hearings.values())

    def next_deadline(self) -> float | None:
        """The next instant at which silence becomes a violation; None while nothing is owed."""
        dues = (hearing.watch.next_deadline() for hearing in self._hearings.values() if not hearing.watch.done)
        return min((due for due in dues if due is not None), default=None)

    def take(self, event: Event) -> None:
        """Judge an event; one of a connection that has nothing more to read is left aside."""
        concerned = self._hearings.values() if event.of_the_job else [self._hearings[event.connection]]
        named = [hearing.take(event) for hearing in concerned if not hearing.watch.done]
        if named:
            self._events.append(named[0])
            if self._story is not None:
                self._story.feed(named[0])

    def wait(self, now: float) -> None:
        """Let time pass until `now`, as `Hearing.wait`."""
        for hearing in self._hearings.values():
            if not hearing.watch.done:
                hearing.wait(now)

    def conclude(
        self, end: float, stalls: tuple[tuple[float, float], ...], jobs: int = 0, *, cut: bool = False
    ) -> Together:
        """The result, where reading ended at `end`; all as for `Hearing.conclude`."""
        concluded = {number: one.conclude(end, stalls, jobs, cut=cut) for number, one in self._hearings.items()}
        first = next(iter(concluded.values()))
        if len(concluded) == 1:
            return Together(first, concluded)
        result = replace(
            first,
            events=tuple(self._events),
            violations=self._violations(concluded),
            verdicts=self._verdicts(concluded.values()),
            owed=tuple(dict.fromkeys(text for part in concluded.values() for text in part.owed)),
            inconclusive=_inconclusive(concluded),
        )
        return Together(result, concluded)

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
        return tuple(sorted(found, key=lambda one: one.at))

    def _verdicts(self, parts: Iterable[ExampleResult]) -> dict[str, Verdict]:
        """The worst verdict of each clause; `same-story` last."""
        verdicts: dict[str, Verdict] = {}
        for part in parts:
            for clause, verdict in part.verdicts.items():
                verdicts[clause] = max(verdict, verdicts.get(clause, verdict))
        if self._story is not None:
            verdicts[self._story.clause] = self._story.verdict
        return verdicts


def _on(number: int, violation: Violation) -> Violation:
    return replace(violation, connection=number, summary=f"connection {number}: {violation.summary}")


def _inconclusive(parts: Mapping[int, ExampleResult]) -> str:
    reasons = (f"connection {number}: {part.inconclusive}" for number, part in parts.items() if part.inconclusive)
    return next(reasons, "")
