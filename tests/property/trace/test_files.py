"""Laws of recorded traces: what is written is read again, is judged as it was, and damage is told and never more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from harness.contract.judge import Judge
from harness.contract.loading import load
from harness.contract.model import Case
from harness.errors import HarnessError
from harness.inputs import registry
from harness.reporting.findings import failure_lines
from harness.runner.check import Checked, check, read_trace
from harness.runner.connections import Connections, Together
from harness.runner.diagnose import diagnose
from harness.runner.findings import Finding
from harness.runner.judging import Hearing
from harness.runner.results import Example, ExampleResult, Failure
from harness.trace.events import CLOSE, CONNECT, NOT_OPENED, OPEN, REQUEST, UNDECLARED, Event, Json, NotJson, What
from harness.trace.minimal import NO_STATUS
from harness.trace.ndjson import Header, Trace, read, write
from harness.trace.verdicts import Verdict, Violation

ROOT = Path(__file__).parents[3]
SNAPSHOTS = load(ROOT / "tests" / "fixtures" / "snapshots.contract.yaml", registry()).cases[0]
TICKS = load(ROOT / "tests" / "e2e" / "ticks.contract.yaml", registry()).cases[0]
FROZEN = (ROOT / "tests" / "fixtures" / "trace-v1.ndjson").read_bytes()
FOREIGN = b"""{"dir": "open", "at": 0}
{"dir": "in", "at": 0.12, "data": {"event": "tick", "data": {"i": 0}}}
{"dir": "in", "at": 0.31, "data": "{\\"event\\": \\"done\\"}"}
{"dir": "close", "at": 0.32, "code": 1000}
"""

texts = st.text(st.characters(), max_size=8)  # lone surrogates too: JSON can carry them
numbers = st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, values, max_size=3)
instants = st.floats(0, 1e6)
statuses = st.none() | st.integers(100, 599)


def closes(codes: SearchStrategy[int]) -> SearchStrategy[Json]:
    by = st.sampled_from(["server", "client"])
    return st.fixed_dictionaries({"code": codes, "reason": texts, "by": by})


def event(what: What, point: str, value: SearchStrategy[Json]) -> SearchStrategy[Event]:
    return st.builds(Event, instants, st.just(what), st.just(point), value, connection=st.just(0))


answers = st.fixed_dictionaries({"status": statuses, "headers": st.dictionaries(texts, texts), "body": values})
refusals = st.fixed_dictionaries({"status": statuses, "headers": objects, "body": values, "problem": texts})
timed = st.fixed_dictionaries(
    {"status": statuses, "headers": objects, "body": values, "seconds": st.floats(0, 9)}, optional={"problem": texts}
)
frames = texts.map(NotJson) | st.binary(max_size=8).map(NotJson)
events = st.one_of(
    event(What.REQUEST, REQUEST, st.fixed_dictionaries({"method": texts, "url": texts})),
    event(What.ANSWER, UNDECLARED, answers),
    event(What.CONNECT, CONNECT, st.fixed_dictionaries({"url": texts})),
    event(What.OPEN, OPEN, st.none()),
    event(What.NOT_OPENED, NOT_OPENED, refusals),
    st.builds(Event, instants, st.just(What.SENT), texts, values, connection=st.just(0)),
    event(What.RECEIVED, UNDECLARED, objects | frames),
    event(What.CLOSE, CLOSE, closes(st.integers(1000, 4999))),
    st.builds(Event, instants, st.sampled_from([What.ACTION, What.AFTERWARDS]), texts, timed, connection=st.just(0)),
)
clients = st.fixed_dictionaries(
    {},
    optional={
        "watchers": st.integers(1, 4),
        "slow": st.floats(0, 5),
        "first": st.integers(0, 3),
        "drop": st.fixed_dictionaries(
            {"after_messages": st.integers(0, 20), "by": st.sampled_from(["close", "reset", "restart"])}
        ),
        "sends": st.dictionaries(texts, st.fixed_dictionaries({"times": st.integers(0, 2)}), max_size=2),
        "acts": st.lists(st.fixed_dictionaries({}, optional={"nth": st.integers(1, 5), "after": st.floats(0, 1)})),
    },
)
headers = st.builds(
    Header,
    texts,
    texts,
    st.fixed_dictionaries(
        {"inputs": objects, "connect_after": st.floats(0, 10)},
        optional={"client": clients, "beside": st.lists(st.fixed_dictionaries({"inputs": objects}), max_size=2)},
    ),
    st.dictionaries(texts, texts),
    st.none() | st.integers(),
)
stalls = st.lists(st.tuples(instants, instants), max_size=2).map(tuple)
traces = st.builds(Trace, headers, st.lists(events, max_size=5).map(tuple), instants, stalls)


@given(traces)
def test_what_is_written_is_read_again(trace: Trace) -> None:
    text = write(trace, lambda value: value)
    assert read(text, "f") == trace
    assert text.isascii()
    assert write(read(text, "f"), lambda value: value) == text


@given(traces)
def test_a_mask_never_makes_a_trace_unreadable(trace: Trace) -> None:
    def redact(value: Json) -> Json:
        match value:
            case str():
                return "[secret]"
            case dict():
                return {"[secret]": redact(item) for item in list(value.values())[:1]}  # noqa: B035
            case list():
                return [redact(item) for item in value]
        return value

    again = read(write(trace, redact), "f")
    assert [one.what for one in again.events] == [one.what for one in trace.events]


# --- judging

STEPS = st.sampled_from([0.0, 0.001, 0.1, 1.0, 2.0, 2.5, 3.0, 4.0])
STATE, FINISHED = {"event": "state", "finished": False}, {"event": "state", "finished": True}
MESSAGES = st.one_of(
    st.integers(0, 3).map(lambda i: {"event": "tick", "data": {"i": i}}),
    st.sampled_from([{"event": "done"}, STATE, FINISHED, {"event": "ping"}, {"event": "what"}, NotJson("text")]),
)


@st.composite
def jobs(draw: DrawFn) -> list[Event]:
    """Events around one job as a driver could have seen them, right ones and wrong ones."""
    at, seen = 0.0, []

    def add(what: What, point: str, value: Json = None) -> None:
        nonlocal at
        at += draw(STEPS)
        seen.append(Event(at, what, point, value))

    add(What.REQUEST, REQUEST, {"method": "POST", "url": "http://t"})
    add(What.ANSWER, "", {"status": draw(st.sampled_from([202, 202, 500, None])), "headers": {}, "body": {"id": "7"}})
    add(What.CONNECT, CONNECT, {"url": "ws://t"})
    add(What.OPEN, OPEN)
    right: list[Json] = [{"event": "tick", "data": {"i": i}} for i in range(2)] + [{"event": "done"}]
    late: list[Json] = [STATE, right[1], right[0], {"event": "done"}]
    for message in draw(st.just(right) | st.just(late) | st.lists(MESSAGES, max_size=5)):
        add(What.RECEIVED, UNDECLARED, message)
    if draw(st.booleans()):
        add(What.CLOSE, CLOSE, draw(closes(st.sampled_from([1000, 1006]))))
    return seen


def example(case: Case) -> Example:
    return Example(case, {"inputs": {"n": 2}, "connect_after": 0.0})


def judged_together(case: Case, events: list[Event], end: float, numbers: tuple[int, ...] = (0,)) -> Together:
    """What a recording of these connections comes to."""
    connections = Connections(example(case), lambda held: Judge(held, {"n": 2}), numbers)
    for one in events:
        connections.take(one)
    return connections.conclude(end, ())


@given(st.sampled_from([TICKS, SNAPSHOTS]), jobs(), STEPS, st.data())
def test_waiting_between_events_changes_nothing(case: Case, job: list[Event], rest: float, data: st.DataObject) -> None:
    """A live run lets time pass whenever a deadline is due, or for no reason; a recording only up to each event."""
    hearing = Hearing(example(case), Judge(case, {"n": 2}))
    now = 0.0
    for one in job:
        if hearing.watch.done:
            break
        for _ in range(data.draw(st.integers(0, 2))):
            now = data.draw(st.floats(now, one.at))
            hearing.wait(now)
        hearing.take(one)
        now = one.at
    end = job[-1].at + rest
    if not hearing.watch.done:
        hearing.wait(data.draw(st.floats(now, end)))
    live = hearing.conclude(end, ())
    assert judged_together(case, job, end).result == live

    trace = Trace(Header("c", "ticks", example(case).spec, {}, 7), tuple(job), end)
    checked = check(read(write(trace, lambda value: value), "f"), "f", case, registry(), {})
    assert checked.result == live
    assert [failure_lines(Finding((failure,))) for failure in checked.failures] == told(live, checked.input)


def told(result: ExampleResult, words: str) -> list[Json]:
    """What a run prints of a result."""
    return [
        failure_lines(Finding((Failure(result, violation, diagnose(result, violation), words, 7),)))
        for violation in result.violations
        if not violation.consequence and not result.inconclusive
    ]


@given(st.sampled_from([TICKS, SNAPSHOTS]), jobs(), STEPS)
def test_a_verdict_that_is_final_stays(case: Case, job: list[Event], rest: float) -> None:
    judge = Judge(case, {"n": 2})
    hearing = Hearing(example(case), judge)
    failed: dict[str, tuple[float, float | None]] = {}
    order: Violation | None = None
    for one in job:
        if hearing.watch.done:
            break
        hearing.take(one)
        broken = {violation.clause: violation for violation in hearing.watch.violations()}
        assert failed.keys() <= broken.keys()
        assert all(broken[clause].at == at for clause, (at, late_by) in failed.items())
        assert all(late_by in (None, broken[clause].late_by) for clause, (_, late_by) in failed.items()), "told once"
        assert {clause for clause, is_ in hearing.watch.verdicts().items() if is_ is Verdict.FAILED} == broken.keys()
        assert order is None or broken["order"].summary == order.summary, "order stops at its first violation"
        failed = {clause: (violation.at, violation.late_by) for clause, violation in broken.items()}
        order = broken.get("order")
    result = hearing.conclude(job[-1].at + rest, ())
    assert failed.keys() <= {violation.clause for violation in result.violations}


# --- several connections


@st.composite
def watched(draw: DrawFn) -> tuple[list[Event], dict[int, list[Event]]]:
    """The events of one job, watched over two or three connections: all together, and as each connection has them."""
    request, answer, *first = draw(jobs())
    numbers = range(draw(st.integers(2, 3)))
    own = {0: first} | {number: draw(st.just(first) | jobs().map(lambda job: job[2:])) for number in numbers[1:]}
    each = {number: [one._replace(connection=number) for one in events] for number, events in own.items()}
    together = sorted((one for events in each.values() for one in events), key=lambda one: max(one.at, answer.at))
    together = [one._replace(at=max(one.at, answer.at)) for one in together]
    alone = {number: [one for one in together if one.connection == number] for number in numbers}
    return [request, answer, *together], {number: [request, answer, *events] for number, events in alone.items()}


def canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else repr(value)


@given(st.sampled_from([TICKS, SNAPSHOTS]), watched(), STEPS)
def test_each_connection_is_judged_as_if_it_were_alone(
    case: Case, job: tuple[list[Event], dict[int, list[Event]]], rest: float
) -> None:
    events, each = job
    end = events[-1].at + rest
    together = judged_together(case, events, end, tuple(each))
    for number, own in each.items():
        alone = judged_together(case, own, end, (number,)).result
        assert together.parts[number] == alone
    told = [[canonical(one.value) for one in part.events if one.what is What.RECEIVED] for part in
            together.parts.values()]  # fmt: skip
    stories = [one for one in told if one]
    longest = max(stories, key=len, default=[])
    same = all(one == longest[: len(one)] for one in stories)
    verdict = together.result.verdicts["same-story"]
    if case is SNAPSHOTS or len(stories) < 2:
        assert verdict is Verdict.NOT_EXERCISED
    else:
        assert verdict is (Verdict.PASSED if same else Verdict.FAILED)
    clauses = [violation.clause for part in together.parts.values() for violation in part.violations]
    found = [violation.clause for violation in together.result.violations if violation.clause != "same-story"]
    assert set(found) == set(clauses)
    trace = Trace(Header("c", "ticks", example(case).spec, {}, 7), tuple(events), end)
    checked = check(read(write(trace, lambda value: value), "f"), "f", case, registry(), {})
    assert checked.together == together


# --- damage


def judged(path: Path, damaged: bytes, case: Case = TICKS) -> Checked | str:
    path.write_bytes(damaged)
    try:
        checked = check(read_trace(path), "f", case, registry(), {})
        assert checked.failures is not None
    except HarnessError as error:
        return str(error)
    return checked


@pytest.mark.parametrize("whole", [FROZEN, FOREIGN], ids=["ours", "theirs"])
@given(data=st.data())
def test_damage_is_told_and_never_more(
    whole: bytes, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.ndjson"
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(damaged) - 1))
        length = data.draw(st.sampled_from([0, 1, 1, 5, len(damaged)]))
        damaged[start : start + length] = data.draw(st.binary(max_size=2) | st.sampled_from([b"null", b"9", b"{}"]))
        if not damaged:
            break
    outcome = judged(path, bytes(damaged))
    assert isinstance(outcome, Checked) or outcome


@pytest.mark.parametrize("whole", [FROZEN, FOREIGN], ids=["ours", "theirs"])
def test_any_value_in_any_place_is_told_and_never_more(whole: bytes, tmp_path: Path) -> None:
    """Every single value, at every depth, in the place of which stands one of another sort."""
    lines = [json.loads(line) for line in whole.decode().splitlines()]
    for number, line in enumerate(lines):
        for change in changed(line):
            text = "\n".join(json.dumps(change if at == number else other) for at, other in enumerate(lines))
            judged(tmp_path / "t.ndjson", text.replace("Infinity", "1e999").encode())


def changed(value: Json) -> list[Json]:
    """Versions of `value` with one thing changed."""
    others: list[Json] = [None, True, -1, 10**30, 0.5, "", "x", [], {}, [[]], {"x": {}}]
    if isinstance(value, dict):
        for key, item in value.items():
            others.append({name: other for name, other in value.items() if name != key})
            others.extend({**value, key: one} for one in changed(item))
    if isinstance(value, list):
        for at, item in enumerate(value):
            others.extend([*value[:at], one, *value[at + 1 :]] for one in changed(item))
    return others


def test_the_frozen_trace_is_judged() -> None:
    trace = read(FROZEN.decode(), "f")
    checked = check(trace, "f", TICKS._replace(fresh=("job",)), registry(), {})
    assert [violation.clause for violation in checked.result.violations] == ["order", "deadlines/finished"]
    assert (checked.input, checked.seed) == ("n = 2; connects 250 ms after the answer", 1024791967)
    assert NO_STATUS == 1005
