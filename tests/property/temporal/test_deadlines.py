"""Deadlines against a brute-force clock: the whole trace at once, on a grid of instants."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.temporal.deadlines import Deadline, DeadlineMonitor, Gap, GapMonitor
from harness.trace.events import CLOSE, END, Event, What
from harness.trace.verdicts import Explanation, Place, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

LAWS = settings(derandomize=True, database=None, deadline=None, max_examples=600)
PLACE = Place("c.yaml", 1)
STARTS = ("accepted", "ready")
Moment = tuple[int, str]
Outcome = tuple[Verdict, Explanation | None, float | None, float | None]
"""Verdict; and of a violation the explanation, the instant and by how much it was late."""

NAMES = ("accepted", "ready", "init", "tick", END, "server", "client")


def event(moment: Moment) -> Event:
    at, name = moment
    if name in ("server", "client"):
        return Event(float(at), What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": name})
    what = What.ANSWER if name == "accepted" else What.SENT if name == "ready" else What.RECEIVED
    return Event(float(at), what, name, {})


def possible(moments: list[Moment]) -> list[Moment]:
    """In order of time; after a close nothing but the answer comes."""
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda one: one[0]):
        if moment[1] == "accepted" or not any(name in ("server", "client") for _, name in kept):
            kept.append(moment)
    return kept


TRACES = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(NAMES)), max_size=7).map(possible)


def first(trace: list[Moment], *names: str) -> int | None:
    """The place of the first of these in the trace."""
    return next((at for at, (_, name) in enumerate(trace) if name in names), None)


def judged(trace: list[Moment], end: int, within: int, or_end: bool) -> Outcome:
    """What is to be said of `init` after `accepted` and `ready`, if nothing but `trace` comes until `end`."""
    passed: Outcome = (Verdict.PASSED, None, None, None)
    open_: Outcome = (Verdict.NOT_EXERCISED, None, None, None)
    init = first(trace, "init")
    starts = [first(trace, name) for name in STARTS]
    ran = [at for at in starts if at is not None]
    if len(ran) < len(starts):
        return passed if init is not None else open_
    start = max(ran)
    due = trace[start][0] + within
    ends = first(trace, END, "server", "client") if or_end else first(trace, "client")
    in_time = [at for at in (init,) if at is not None and (at < start or trace[at][0] <= due)]
    if ends is not None and (ends < start or trace[ends][0] <= due):  # it was discharged
        return passed if in_time or init is not None or (or_end and ends > start) else open_
    server = first(trace, "server")
    if in_time:
        return passed
    if init is not None:
        return Verdict.FAILED, Explanation.LATE, due, trace[init][0] - due
    if not or_end and server is not None and server > start and trace[server][0] <= due:
        return Verdict.FAILED, Explanation.SILENT, trace[server][0], None
    return (Verdict.FAILED, Explanation.SILENT, due, None) if end >= due else open_


def outcome(monitor: DeadlineMonitor | GapMonitor) -> Outcome:
    violation = monitor.violation
    if violation is None:
        return monitor.verdict, None, None, None
    return monitor.verdict, violation.explanation, violation.at, violation.late_by


def play(monitor: DeadlineMonitor | GapMonitor, trace: list[Moment], end: int, ticks: bool) -> None:
    """Feed the trace; with `ticks`, let time pass at every instant at which nothing more can come."""
    clock = 0
    verdict = Verdict.NOT_EXERCISED
    for moment in trace:
        while ticks and clock < moment[0]:
            monitor.advance(float(clock))
            clock += 1
        monitor.feed(event(moment))
        assert verdict is not Verdict.FAILED or monitor.verdict is Verdict.FAILED
        verdict = monitor.verdict
    while ticks and clock < end:
        monitor.advance(float(clock))
        clock += 1
    monitor.advance(float(end))


def both_ways(make: Callable[[], DeadlineMonitor | GapMonitor], trace: list[Moment], end: int) -> Outcome:
    """The outcome; the same whether time passes in between or only with the events."""
    often, seldom = make(), make()
    play(often, trace, end, ticks=True)
    play(seldom, trace, end, ticks=False)
    assert outcome(often) == outcome(seldom)
    assert often.due() == seldom.due()
    return outcome(often)


@LAWS
@given(TRACES, st.integers(0, 5), st.integers(1, 4), st.booleans())
def test_a_deadline_is_what_the_whole_trace_says(trace: list[Moment], rest: int, within: int, or_end: bool) -> None:
    end = (trace[-1][0] if trace else 0) + rest
    deadline = Deadline("deadlines/news", PLACE, STARTS, ("init",), float(within), or_end)
    assert both_ways(lambda: DeadlineMonitor(deadline), trace, end) == judged(trace, end, within, or_end)


def gaps(trace: list[Moment], end: int, within: int) -> Outcome:
    """What is to be said of the gaps from the first `init` until `tick`, the terminal message or a close."""
    start = first(trace, "init")
    ender = first(trace, "tick", END, "server", "client")
    if start is None or (ender is not None and ender < start):
        return Verdict.NOT_EXERCISED, None, None, None
    over = next((at for at in range(start, len(trace)) if trace[at][1] not in ("init", "accepted", "ready")), None)
    last = len(trace) - 1 if over is None else over
    messages = [at for at, name in trace[start : last + 1] if name in ("init", "tick")]
    for before, after in pairwise(messages):
        if after - before > within:
            return Verdict.FAILED, Explanation.LATE, before + within, after - before - within
    until = end if over is None else trace[over][0]
    if until > messages[-1] + within or (over is None and until == messages[-1] + within):
        return Verdict.FAILED, Explanation.SILENT, messages[-1] + within, None
    return (Verdict.PASSED if len(messages) > 1 else Verdict.NOT_EXERCISED), None, None, None


@LAWS
@given(TRACES, st.integers(0, 5), st.integers(1, 4))
def test_a_gap_is_what_the_whole_trace_says(trace: list[Moment], rest: int, within: int) -> None:
    end = (trace[-1][0] if trace else 0) + rest
    gap = Gap("deadlines/no-gap", PLACE, ("init",), ("tick",), float(within))
    assert both_ways(lambda: GapMonitor(gap), trace, end) == gaps(trace, end, within)
