"""Relations against plain Python: what `prev`, `last`, `all`, `sent`, `accepted` and `when` mean, computed twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.judge import Judge
from harness.contract.loading import load
from harness.contract.model import Case
from harness.trace.events import CONNECT, OPEN, REQUEST, Event, What
from harness.trace.verdicts import Explanation, Verdict

LAWS = settings(derandomize=True, database=None, deadline=None, max_examples=500)


class Seen:
    """What has happened up to a message, the message included."""

    def __init__(self, before: list[Moment], kinds: tuple[str, ...]) -> None:
        received = [one for one in before if one.what == "got"]
        self.msg: Any = before[-1].value
        self.kinds = {one.kind for one in received}
        self.all = {kind: [one.value for one in received if one.kind == kind] for kind in "abd"}
        self.last = {kind: values[-1] for kind, values in self.all.items() if values}
        self.sent = [one.value for one in before if one.what == "sent"]
        self.accepted = next((one.value for one in before if one.what == "answer"), None)
        alike = [one.value for one in received[:-1] if one.kind in kinds]
        self.prev: Any = alike[-1] if alike else None


@dataclass(frozen=True)
class Law:
    """A clause twice: as a contract has it, and as plain Python."""

    written: str
    kinds: tuple[str, ...]
    holds: Callable[[Seen], bool]
    applies: Callable[[Seen], bool] = lambda seen: True
    known: Callable[[Seen], bool] = lambda seen: True
    """Whether there is everything that the clause looks back at."""


ALWAYS = {
    "alone": Law("msg.n < 3", ("a", "b"), lambda seen: seen.msg["n"] < 3),
    "prev": Law("msg.n >= prev.n", ("a", "b"), lambda seen: seen.msg["n"] >= seen.prev["n"],
                known=lambda seen: seen.prev is not None),
    "prev-of-one-kind": Law("msg.n != prev.n", ("b",), lambda seen: seen.msg["n"] != seen.prev["n"],
                            known=lambda seen: seen.prev is not None),
    "last": Law("msg.n == last.a.n", ("b",), lambda seen: seen.msg["n"] == seen.last["a"]["n"],
                known=lambda seen: "a" in seen.last),
    "last-is-this-one": Law("last.a.n == msg.n", ("a",), lambda seen: seen.last["a"]["n"] == seen.msg["n"]),
    "all": Law("size(all.b) < 3", ("a",), lambda seen: len(seen.all["b"]) < 3, known=lambda seen: "b" in seen.last),
    "all-together": Law("all.a.all(one, one.n < 3)", ("b",), lambda seen: all(one["n"] < 3 for one in seen.all["a"]),
                        known=lambda seen: "a" in seen.last),
    "in": Law('"a" in last', ("b",), lambda seen: "a" in seen.kinds),
    "sent": Law("size(sent.ready) > 0", ("a", "b"), lambda seen: len(seen.sent) > 0),
    "accepted": Law("msg.n <= accepted.body.n", ("a",), lambda seen: seen.msg["n"] <= seen.accepted["body"]["n"],
                    known=lambda seen: seen.accepted is not None),
    "when": Law("msg.m == 1", ("a",), lambda seen: seen.msg["m"] == 1, lambda seen: "m" in seen.msg),
    "when-it-can-fail": Law("msg.n > 0", ("b",), lambda seen: seen.msg["n"] > 0, lambda seen: seen.msg["m"] == 1),
    "when-looks-back": Law("msg.n > 0", ("b",), lambda seen: seen.msg["n"] > 0, lambda seen: seen.last["a"]["n"] > 1,
                           lambda seen: "a" in seen.last),
}  # fmt: skip
AT_END = {
    "count": Law("last.d.n == size(all.a)", ("d",), lambda seen: seen.last["d"]["n"] == len(seen.all["a"]),
                 known=lambda seen: "a" in seen.last),
    "guarded": Law("last.b.n > 0", ("d",), lambda seen: seen.last["b"]["n"] > 0, lambda seen: "m" in seen.last["d"],
                   lambda seen: "b" in seen.last),
}  # fmt: skip
WHEN = {
    "when": "has(msg.m)", "when-it-can-fail": "msg.m == 1", "when-looks-back": "last.a.n > 1",
    "guarded": "has(last.d.m)",
}  # fmt: skip
CONTRACT = """
language: 1
contract: laws
request: {method: POST, path: /}
accepted: {status: 202, within: 2s}
socket:
  connect: /
  within: 2s
  sends: {ready: {json: {}}}
  messages: {a: {kind: a}, b: {kind: b}, d: {kind: d}}
  order: [{repeat: {either: [a, b]}}, d, close]
cases: {works: {}}
"""


def written(name: str, law: Law) -> str:
    when = f", when: '{WHEN[name]}'" if name in WHEN else ""
    kinds = f"for: [{', '.join(law.kinds)}], " if name in ALWAYS else ""
    return f"  {name}: {{{kinds}expect: '{law.written}'{when}}}\n"


@pytest.fixture(scope="module")
def case() -> Case:
    text = CONTRACT
    for title, laws in (("always", ALWAYS), ("at_end", AT_END)):
        text += f"{title}:\n" + "".join(written(name, law) for name, law in laws.items())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "laws.contract.yaml"
        path.write_text(text, "utf-8")
        return load(path, {}).cases[0]


@dataclass(frozen=True)
class Moment:
    """Something that happens: `answer`, `sent`, or `got` with a kind; `x` is a kind that is not declared."""

    what: str
    kind: str
    value: Any

    def event(self, at: float) -> Event:
        what = {"answer": What.ANSWER, "sent": What.SENT, "got": What.RECEIVED}[self.what]
        value = {**self.value, "kind": self.kind} if self.what == "got" else self.value
        return Event(at, what, "ready" if self.what == "sent" else "", value)


NUMBERS = st.integers(0, 3)
BODIES = st.one_of(
    st.fixed_dictionaries({"n": NUMBERS}, optional={"m": st.integers(0, 1)}),
    st.fixed_dictionaries({}, optional={"n": st.just("two"), "m": st.just(1)}),
)
RECEIVED = st.builds(Moment, st.just("got"), st.sampled_from("aaabbbdx"), BODIES)
OTHERS = st.just(Moment("sent", "", {}))
STORIES = st.lists(RECEIVED | RECEIVED | OTHERS, max_size=8)


def plain(law: Law, moments: list[Moment], *, at_end: bool) -> tuple[Verdict, int | None]:
    """The verdict of one clause, and the place of the message that breaks it."""
    verdict = Verdict.NOT_EXERCISED
    for at, moment in enumerate(moments):
        if moment.what == "got" and moment.kind == "x" and at_end:
            return verdict, None  # the order is broken: the job has no end
        if moment.what != "got" or moment.kind not in law.kinds:
            continue
        seen = Seen(moments[: at + 1], law.kinds)
        if law.known(seen):
            try:
                if law.applies(seen):
                    if not law.holds(seen):
                        return Verdict.FAILED, at
                    verdict = Verdict.PASSED
            except (KeyError, TypeError):
                return Verdict.FAILED, at
        if at_end:
            return verdict, None
    return verdict, None


@LAWS
@given(story=STORIES, answered=st.integers(0, 8))
def test_a_relation_is_what_plain_python_says(case: Case, story: list[Moment], answered: int) -> None:
    answer = Moment("answer", "", {"status": 202, "headers": {}, "body": {"n": 2}})
    moments = [*story[:answered], answer, *story[answered:]]
    judge = Judge(case, {})
    for event in (
        Event(-3.0, What.CONNECT, CONNECT, {}),
        Event(-2.0, What.OPEN, OPEN),
        Event(-1.0, What.REQUEST, REQUEST),
    ):
        judge.feed(event)
    for at, moment in enumerate(moments):
        judge.feed(moment.event(float(at)))
    verdicts = judge.watch.verdicts()
    violations = {violation.clause: violation for violation in judge.watch.violations()}
    for title, laws in (("always", ALWAYS), ("at_end", AT_END)):
        for name, law in laws.items():
            clause = f"{title}/{name}"
            verdict, place = plain(law, moments, at_end=title == "at_end")
            assert verdicts[clause] is verdict, clause
            assert (clause in violations) == (place is not None)
            if place is not None:
                assert violations[clause].at == place, clause
                assert violations[clause].explanation is Explanation.RELATION
