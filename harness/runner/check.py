"""Judging recorded traces: the same judge and the same loop as a live run, and no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.contract.judge import Judge
from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.runner.connections import Connections, Together
from harness.runner.diagnose import diagnose
from harness.runner.drawing import describe
from harness.runner.judging import build_inputs
from harness.runner.results import Example, Failure
from harness.temporal.matching import contains
from harness.trace.events import CONNECT, NOT_OPENED, OPEN, POINTS, REQUEST, Event, What
from harness.trace.lines import TraceError
from harness.trace.ndjson import read
from harness.trace.units import count, duration
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.contract.model import Case
    from harness.inputs.base import Json, Registry
    from harness.runner.results import ExampleResult
    from harness.trace.ndjson import Trace

_BY_REQUEST = frozenset({"accepted", "refused", REQUEST, CONNECT, NOT_OPENED})
NO_SPEC: Json = {"inputs": {}, "connect_after": 0.0}


@dataclass(frozen=True, slots=True)
class Checked:
    """One recorded trace, judged.

    Attributes:
        file: its name, as the user knows it.
        together: what a live run would have come to, and each of its connections.
        input: the example in words; empty if the trace does not say.
        seed: from which it was drawn; None if the trace does not say.
        notes: what could not be judged, and what would help.
    """

    file: str
    together: Together
    input: str
    seed: int | None
    notes: tuple[str, ...]

    @property
    def result(self) -> ExampleResult:
        """What a live run would have come to."""
        return self.together.result

    @property
    def verdict(self) -> Verdict:
        """What the trace comes to; what is only recommended does not count, nor what follows from it."""
        result, failures = self.result, self.failures
        if not failures or not all(failure.recommended for failure in failures):
            return result.verdict
        return max({*result.verdicts.values()} - {Verdict.FAILED}, default=Verdict.PASSED)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What does not hold, but for what only follows from something else."""
        if self.result.inconclusive:
            return ()
        return tuple(
            Failure(self.result, violation, diagnose(self.result, violation), self.input, self.seed)
            for violation in self.result.violations
            if not violation.consequence
        )


def read_trace(path: Path) -> Trace:
    """Read a recorded trace.

    Raises:
        HarnessError: there is none, or it is damaged; the text names file and line.
    """
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise HarnessError(f"{path}: this file cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TraceError(f"{path}:{line}: this line is damaged, or no text in UTF-8") from error
    return read(text, str(path))


def check(trace: Trace, file: str, case: Case, registry: Registry, given: Mapping[str, Json]) -> Checked:
    """Judge a trace as a live run would have, as far as it goes.

    Args:
        trace: what was recorded.
        file: its name, as the user knows it.
        case: what it is held to.
        registry: builds the inputs from what the trace says of them.
        given: values of inputs by name; they come before those of the trace.

    Raises:
        HarnessError: the trace says of an input what its type cannot read, or the contract cannot be used with it.
    """
    header = trace.header
    example = Example(case, header.spec if header else NO_SPEC)
    known = {name: use for name, use in case.inputs.items() if name in example.spec["inputs"]}
    drawn = Example(case._replace(inputs=known), example.spec)
    fresh = {name: value for name, value in (header.fresh if header else {}).items() if name in case.fresh}
    names = {**build_inputs(drawn, registry), **fresh, **given}
    events = trace.events if header else tuple(_sent_named(event, case, names) for event in trace.events)
    absent = () if header else _absent(case, events)
    numbers = sorted({event.connection for event in events if not event.of_the_job})
    connections = Connections(example, lambda held: Judge(held, names, absent), numbers[:1] or (0,))
    for event in events:
        connections.take(event)
    together = connections.conclude(trace.end, trace.stalls, cut=trace.cut)
    words = describe(drawn, registry) if header and known == case.inputs else ""
    notes = _notes(trace, together.result, connections.order_needs)
    return Checked(file, together, words, header.seed if header else None, notes)


def _sent_named(event: Event, case: Case, names: Mapping[str, Any]) -> Event:
    """What somebody else's client sent, by the name that the contract has for such a message."""
    if event.what is not What.SENT or case.socket is None:
        return event
    for name, send in case.socket.sends.items():
        try:
            if contains(event.value, send.message.render(names)):
                return event._replace(point=name)
        except TemplateError:
            continue  # it needs what the recording does not have
    return event


def _absent(case: Case, events: tuple[Event, ...]) -> frozenset[str]:
    """The points of which somebody else's recording tells nothing."""
    seen = {event.point for event in events}
    sends = case.socket.sends if case.socket else {}
    actions = {action.name for action in case.actions}
    unseen = {*_BY_REQUEST, *({OPEN, *sends, *actions} - seen)}
    return frozenset(unseen) & (POINTS | sends.keys() | actions)


def _notes(trace: Trace, result: ExampleResult, order_needs: frozenset[str]) -> tuple[str, ...]:
    notes = []
    if order_needs:
        missing = sorted(order_needs)
        give = " ".join(f"--input '{name}=JSON'" for name in missing)
        noun = "the input" if len(missing) == 1 else "the inputs"
        names = " and ".join(missing)
        notes.append(f"order was not judged: it needs {noun} {names}, which the trace does not have; add {give}")
    closed = any(event.what is What.CLOSE for event in result.events)
    if trace.cut and not closed and result.owed and result.verdict is not Verdict.FAILED:
        after = f"{count(len(result.events), 'event')}, {duration(trace.end)}"
        ends = "was interrupted" if trace.interrupted else "ends"
        notes.append(f"the recording {ends} after {after}; expected next: {', '.join(result.owed)}")
    if result.verdict is Verdict.NOT_EXERCISED:
        notes.append("nothing in it exercises a clause of this case")
    return tuple(notes)
