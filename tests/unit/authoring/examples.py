"""Jobs that were seen, made up: their traces, and the contracts that are guessed from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.authoring.asked import Asked, read_asked
from harness.authoring.contract_text import contract_text
from harness.authoring.curl import Curl, parse
from harness.authoring.draft import Draft, Wanted, draft, recorded
from harness.authoring.observed import Observed, observe
from harness.contract.loading import load
from harness.contract.model import Case
from harness.inputs import registry
from harness.runner.check import Checked, check
from harness.trace.events import CLOSE, CONNECT, OPEN, REQUEST, UNDECLARED, Event, Json, What
from harness.trace.ndjson import Trace, read, write

STEP = 0.125
"""Seconds between two messages."""
ANSWER = {"id": "r-7f3a91", "state": "queued", "stream": "/renders/r-7f3a91/events"}


def a_trace(
    messages: Iterable[Mapping[str, Any]],
    body: Json = ANSWER,
    sends: Mapping[str, Any] | None = None,
    close: int | None = 1000,
    at: Iterable[float] | None = None,
) -> Trace:
    """One job: asked for at 0, answered after 40 ms, messages every `STEP` (or at these instants), then the close."""
    answer = {"status": 202, "headers": {"content-type": "application/json"}, "body": body}
    events = [
        Event(0.0, What.REQUEST, REQUEST, {"method": "POST", "url": "https://staging.example.com/renders"}),
        Event(0.04, What.ANSWER, "", answer),
        Event(0.05, What.CONNECT, CONNECT, {"url": "wss://staging.example.com/renders/r-7f3a91/events"}),
        Event(0.06, What.OPEN, OPEN),
    ]
    events += [Event(0.06, What.SENT, name, message) for name, message in (sends or {}).items()]
    instants = iter(at) if at is not None else None
    now = 0.06
    for message in messages:
        now = next(instants) if instants is not None else now + STEP
        events.append(Event(now, What.RECEIVED, UNDECLARED, dict(message)))
    if close is not None:
        now += 0.01
        events.append(Event(now, What.CLOSE, CLOSE, {"code": close, "reason": "", "by": "server"}))
    return Trace(None, tuple(events), now)


def asked(body: Json = None, name: str = "renders") -> Asked:
    import json

    command = "curl -X POST https://staging.example.com/renders -H 'content-type: application/json'"
    curl = parse(command)
    if body is not None:
        curl = Curl(curl.method, curl.url, curl.headers, (json.dumps(body),))
    return read_asked(curl, name, {}, lambda path: b"")


@dataclass(frozen=True)
class Made:
    trace: Trace
    observed: Observed
    draft: Draft
    text: str

    def written(self, folder: Path) -> Path:
        path = folder / "renders.contract.yaml"
        path.write_text(self.text, "utf-8")
        return path

    def case(self, folder: Path, name: str = "works") -> Case:
        return next(case for case in load(self.written(folder), registry()).cases if case.name == name)

    def checked(self, folder: Path, events: Iterable[Event] | None = None, end: float | None = None) -> Checked:
        """What `check` says of the trace, or of other events in its place, once it was written and read again."""
        trace = recorded(self.trace, self.draft, "renders.contract.yaml")
        if events is not None:
            trace = replace(trace, events=tuple(events), end=trace.end if end is None else end)
        again = read(write(trace, lambda value: value), "trace")
        return check(again, "trace", self.case(folder), registry(), {})


def guessed(trace: Trace, wants: Asked | None = None, sends: Mapping[str, Any] | None = None, **more: Json) -> Made:
    observed = observe(trace)
    wanted = Wanted("renders", wants if wants is not None else asked(), "${accepted.body.stream}", sends or {}, **more)
    made = draft(observed, wanted)
    return Made(trace, observed, made, contract_text(made).text)
