"""Traces as files: NDJSON, version 2. `docs/traces.md` is the description; this is the code.

A header, a line an event, and a last line that says when reading ended. Kinds are not stored: whoever judges a trace
names its messages by today's contract. What somebody else recorded, without a header, is read by `minimal`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.trace import minimal
from harness.trace.events import CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, UNDECLARED, Event, NotJson, What
from harness.trace.lines import Line, TraceError, read_lines, written
from harness.trace.specs import spec_problem, whole_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.trace.events import Json

VERSION = 2
READ = (1, 2)
"""The versions that can be read; the first knows nothing of what a client does but connect, send and close."""
_POINTS = {
    What.REQUEST: REQUEST, What.CONNECT: CONNECT, What.OPEN: OPEN, What.NOT_OPENED: NOT_OPENED, What.CLOSE: CLOSE,
}  # fmt: skip
_NAMED = frozenset({What.BEFORE, What.SENT, What.ACTION, What.AFTERWARDS})
_ANSWERS = frozenset({What.BEFORE, What.ANSWER, What.ACTION, What.AFTERWARDS})
_CLOSERS = ("server", "client")


@dataclass(frozen=True, slots=True)
class Header:
    """What a trace is of.

    Attributes:
        contract: `bundled:FILE`, or a path.
        case: the case's name inside its contract.
        spec: the example, as `harness.trace.specs` describes it.
        fresh: the values that were new at this execution, by name.
        seed: from which the example was drawn; None if that is not known.
    """

    contract: str
    case: str
    spec: Json
    fresh: Mapping[str, Json]
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """The events of one job, from the request to the close of its last connection.

    Attributes:
        header: what it is of; None for a recording of somebody else's.
        events: in the order in which they were judged; instants are seconds since the trace began.
        end: the instant at which reading ended.
        stalls: from and to, where the recording process itself could not read.
        interrupted: whether reading ended because the run did: more may have come.
    """

    header: Header | None
    events: tuple[Event, ...]
    end: float
    stalls: tuple[tuple[float, float], ...] = field(default=())
    interrupted: bool = False

    @property
    def cut(self) -> bool:
        """Whether more may have happened than it tells: what has not come is not missing."""
        return self.interrupted or self.header is None


def unnamed(event: Event) -> Event:
    """The event as a trace keeps it: without the point that a contract gave to a message or an answer."""
    point = event.point if event.what in _NAMED else _POINTS.get(event.what, UNDECLARED)
    return Event(event.at, event.what, point, event.value, event.connection)


def write(trace: Trace, redact: Callable[[Json], Json]) -> str:
    """The text of a trace that has a header.

    Args:
        trace: what happened.
        redact: gives any JSON value with its secrets masked; what came from the target goes through it.

    Raises:
        RecursionError: a message is nested too deeply.
    """
    header = trace.header
    if header is None:
        raise TypeError("only a trace with a header is written")
    first = {
        "trace": VERSION,
        "contract": header.contract,
        "case": header.case,
        "spec": header.spec,
        "fresh": {name: redact(value) for name, value in header.fresh.items()},
        "seed": header.seed,
    }
    last: dict[str, Json] = {"end": trace.end, "stalls": [list(stall) for stall in trace.stalls]}
    if trace.interrupted:
        last["interrupted"] = True
    lines = [first, *(_fields(event, redact) for event in trace.events), last]
    return "".join(f"{written(line)}\n" for line in lines)


def read(text: str, file: str) -> Trace:
    """The trace in `text`; one without a header is read as somebody else's recording.

    Args:
        text: the content of the file.
        file: its name, for what is wrong.

    Raises:
        TraceError: it is no trace, damaged, cut off, or of a newer version.
    """
    lines = read_lines(text, file)
    if "trace" not in lines[0].fields:
        if "dir" not in lines[0].fields:
            raise lines[0].wrong("this is no trace: its first line has neither 'trace' nor 'dir'")
        events = minimal.read_events(lines)
        return Trace(None, events, events[-1].at)
    header = _header(lines[0])
    if "end" not in lines[-1].fields:
        raise lines[-1].wrong('the trace is cut off after this line: its last line must be {"end": SECONDS, ...}')
    if len(lines) == 1:
        raise lines[0].wrong("the header and the end must be lines of their own")
    events = tuple(_event(line) for line in lines[1:-1])
    interrupted = lines[-1].fields.get("interrupted", False)
    if not isinstance(interrupted, bool):
        raise lines[-1].wrong("'interrupted' must be true or false")
    return Trace(header, events, lines[-1].instant("end"), _stalls(lines[-1]), interrupted)


def _fields(event: Event, redact: Callable[[Json], Json]) -> dict[str, Json]:
    fields: dict[str, Json] = {"at": event.at, "connection": event.connection, "event": event.what.value}
    value = event.value
    match event.what:
        case What.OPEN:
            pass
        case What.SENT:
            fields |= {"name": event.point, "value": redact(value)}
        case What.BEFORE | What.ACTION | What.AFTERWARDS:
            fields |= {"name": event.point, "value": {key: redact(item) for key, item in value.items()}}
        case What.RECEIVED if isinstance(value, NotJson) and isinstance(value.frame, str):
            fields["text"] = redact(value.frame)
        case What.RECEIVED if isinstance(value, NotJson):
            fields["binary"] = base64.b64encode(_redacted(value.frame, redact)).decode("ascii")
        case What.RECEIVED:
            fields["value"] = redact(value)
        case _:
            fields["value"] = {key: item if key == "by" else redact(item) for key, item in value.items()}
    return fields


def _redacted(frame: str | bytes, redact: Callable[[Json], Json]) -> bytes:
    if isinstance(frame, str):
        return frame.encode("utf-8", "surrogateescape")
    return str(redact(frame.decode("utf-8", "surrogateescape"))).encode("utf-8", "surrogateescape")


def _header(line: Line) -> Header:
    version = line.whole("trace")
    if version not in READ:
        newer = ": a newer one is needed, pip install --upgrade after202" if version > VERSION else ""
        versions = " and ".join(str(one) for one in READ)
        raise line.wrong(f"this trace is of version {version}, this after202 reads versions {versions}{newer}")
    spec = line.object("spec")
    problem = spec_problem(spec)
    if problem:
        raise line.wrong(problem)
    seed = line.whole("seed") if line.fields.get("seed") is not None else None
    contract, case = line.text("contract"), line.text("case")
    return Header(contract, case, whole_spec(spec), line.object("fresh"), seed)


def _event(line: Line) -> Event:
    try:
        what = What(line.text("event"))
    except ValueError as error:
        problem = f"no event is called {line.fields['event']!r}; there are {', '.join(What)}"
        raise line.wrong(problem) from error
    point = line.text("name") if what in _NAMED else _POINTS.get(what, UNDECLARED)
    return Event(line.instant("at"), what, point, _value(line, what), line.connection())


def _value(line: Line, what: What) -> Json:
    match what:
        case What.OPEN:
            return None
        case What.SENT:
            return line.need("value")
        case What.RECEIVED:
            return _message(line)
    value = line.object("value")
    inner = Line(line.file, line.number, value)
    if (what in _ANSWERS or what is What.NOT_OPENED) and inner.need("status") is not None:
        inner.whole("status")
    if what in _ANSWERS:
        inner.object("headers")
    if what in (What.ACTION, What.AFTERWARDS):
        inner.instant("seconds")
    if what is What.CLOSE:
        inner.whole("code")
        inner.text("reason")
        if inner.text("by") not in _CLOSERS:
            raise line.wrong(f"'by' must be one of {', '.join(_CLOSERS)}")
    return value


def _message(line: Line) -> Json | NotJson:
    if "text" in line.fields:
        return NotJson(line.text("text"))
    if "binary" not in line.fields:
        return line.object("value")
    try:
        return NotJson(base64.b64decode(line.text("binary"), validate=True))
    except (binascii.Error, ValueError) as error:
        if isinstance(error, TraceError):
            raise
        raise line.wrong(f"'binary' must be base64: {error}") from error


def _stalls(line: Line) -> tuple[tuple[float, float], ...]:
    stalls = line.fields.get("stalls", [])
    if not isinstance(stalls, list) or any(not isinstance(stall, list) or len(stall) != 2 for stall in stalls):
        raise line.wrong("'stalls' must be a list of pairs of seconds")
    return tuple((line.seconds(first, "stalls"), line.seconds(last, "stalls")) for first, last in stalls)
