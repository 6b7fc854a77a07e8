"""Cases, events and results made by hand, for the tests of what is done with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.contract.loading import load
from harness.runner.asides import Beforehand
from harness.runner.results import Diagnosis, Example, ExampleResult, Failure
from harness.runner.services import Services
from harness.targets.budget import Budget, Pace, Pause
from harness.targets.secrets import Secrets
from harness.targets.target import Target, make_target
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, NOT_OPENED, OPEN, REFUSED, REQUEST, Event, Json, What
from harness.trace.verdicts import Explanation, Place, Verdict, Violation
from harness.transport.clock import Clock

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.contract.model import Case

CONTRACT = """\
language: 1
contract: ticks
inputs: {n: {number: 3}}
request: {method: POST, path: /jobs, json: {n: "${n}"}}
accepted: {status: 202, within: 2s}
socket:
  connect: /ws
  within: 2s
  sends: {ready: {json: {type: ready}}}
  messages: {ack: {type: ack}, tick: {type: tick}, done: {type: done}}
  anytime: [ack]
  order: [{repeat: tick}, done, close: 1000]
deadlines:
  news: {from: [accepted, ready], to: tick, within: 5s}
  acknowledged: {from: ready, to: ack, within: 1s, or_end: true}
  finished: {from: [accepted, ready], to: done, within: 30s}
  closed: {from: done, to: close, within: 2s}
hints:
  acknowledged-but-nothing: the background task never ran
  wrong-order: two workers share one job
cases:
  works: {}
  works-too: {}
"""
PLACE = Place("ticks.contract.yaml", 16)


class Number:
    """An input type of our own: whole numbers from 0 to the parameter."""

    name = "number"

    def check(self, parameters: Json) -> str | None:
        return None if isinstance(parameters, int) else "give a whole number"

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        return st.integers(0, parameters)

    def build(self, spec: Json) -> Json:
        return spec

    def describe(self, spec: Json) -> str:
        return f"{spec} ticks"


REGISTRY = {"number": Number()}


def write_contract(folder: Path, text: str = CONTRACT, name: str = "ticks") -> Path:
    path = folder / f"{name}.contract.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def cases(folder: Path, text: str = CONTRACT) -> tuple[Case, ...]:
    return load(write_contract(folder, text), REGISTRY).cases


def spec(n: int = 1, after: float = 0.0) -> dict[str, Json]:
    return {"inputs": {"n": n}, "connect_after": after}


def request(at: float) -> Event:
    return Event(at, What.REQUEST, REQUEST, {"method": "POST", "url": "http://t/jobs"})


def answer(at: float, status: int | None = 202, body: Json = None, **headers: str) -> Event:
    point = ACCEPTED if status == 202 else REFUSED
    return Event(at, What.ANSWER, point, {"status": status, "headers": headers, "body": body})


def connecting(at: float) -> Event:
    return Event(at, What.CONNECT, CONNECT, {"url": "ws://t/ws"})


def opened(at: float) -> Event:
    return Event(at, What.OPEN, OPEN)


def not_opened(at: float, status: int | None, problem: str = "connection refused") -> Event:
    return Event(at, What.NOT_OPENED, NOT_OPENED, {"status": status, "body": None, "problem": problem})


def sent(at: float) -> Event:
    return Event(at, What.SENT, "ready", {"type": "ready"})


def got(at: float, kind: str, **more: Json) -> Event:
    return Event(at, What.RECEIVED, kind, {"type": kind, **more})


def closed(at: float, code: int = 1000, by: str = "server") -> Event:
    return Event(at, What.CLOSE, CLOSE, {"code": code, "reason": "", "by": by})


def services(target: Target | None = None, clock: Clock | None = None, **more: Json) -> Services:
    """What driving needs, with nothing that limits it."""
    now = clock or Clock()
    made = Services(
        target or make_target("http://t", {}), now, REGISTRY, Pause(), Pace(None, now.now), Budget(None),
        Beforehand(Secrets()), Secrets(), {}, lambda told: None,
    )  # fmt: skip
    return replace(made, **more)


def violation(
    clause: str = "order", explanation: Explanation = Explanation.TOO_EARLY, summary: str = "too soon", **more: Json
) -> Violation:
    return Violation(clause, PLACE, explanation, summary, more.pop("at", 1.0), **more)


def result(case: Case, *violations: Violation, events: tuple[Event, ...] = (), **more: Json) -> ExampleResult:
    verdicts = {"order": Verdict.PASSED, **{one.clause: Verdict.FAILED for one in violations}}
    plain = ExampleResult(Example(case, spec()), events, violations, verdicts, (), 1)
    return replace(plain, **more)


def failure(case: Case, broken: Violation, diagnosis: Diagnosis | None = None, **more: Json) -> Failure:
    example = more.pop("result", None) or result(case, broken)
    told = diagnosis or Diagnosis("wrong-order", "", broken.summary, "")
    return Failure(example, broken, told, more.pop("input", "1 ticks"), more.pop("seed", 7), **more)
