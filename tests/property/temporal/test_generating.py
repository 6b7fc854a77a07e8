"""Generated traces against naive enumeration: what conforms passes, what has one thing wrong fails."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.temporal.generating import Change, Made, conforming, violating
from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import (
    Interleave,
    One,
    Pattern,
    Ref,
    bind,
    either,
    for_each,
    interleave,
    repeat,
    sequence,
)
from harness.trace.events import UNDECLARED
from harness.trace.verdicts import Place, Verdict

LAWS = settings(derandomize=True, database=None, deadline=None, max_examples=400)
LEAVES = st.sampled_from([One("a", {"n": 1}), One("a", {"n": 2}), One("b", {"on": True}), One("c")])


def larger(patterns: st.SearchStrategy[Pattern]) -> st.SearchStrategy[Pattern]:
    few = st.lists(patterns, min_size=1, max_size=3)
    times = st.builds(
        lambda body, low, more: repeat(body, low, low + more), patterns, st.integers(0, 2), st.integers(0, 1)
    )
    return few.map(sequence) | few.map(either) | times | few.map(interleave) | few.map(keyed)


def keyed(items: list[Pattern]) -> Pattern:
    return for_each(dict(enumerate(items)))


PATTERNS = st.recursive(LEAVES, larger, max_leaves=6)


def judged(pattern: Pattern, trace: list[Made]) -> Verdict:
    """The monitor's word on a trace after which the server falls silent."""
    monitor = OrderMonitor("order", Place("c.yaml", 1), pattern, {})
    for at, made in enumerate(trace):
        monitor.feed(made.event(float(at)))
    monitor.finish(float(len(trace)))
    return monitor.verdict


def splits(trace: tuple[Made, ...], parts: int) -> list[list[tuple[Made, ...]]]:
    """Every way to deal the trace out."""
    if not trace:
        return [[()] * parts]
    dealt = []
    for rest in splits(trace[1:], parts):
        for at in range(parts):
            dealt.append([(trace[0], *one) if place == at else one for place, one in enumerate(rest)])
    return dealt


def naive(pattern: Pattern, trace: tuple[Made, ...]) -> bool:
    """Whether the pattern has this trace, found by trying every way to cut it or to deal it out."""
    name = type(pattern).__name__
    if name == "One":
        return len(trace) == 1 and pattern.matches(trace[0].event(0))
    if name == "Empty":
        return not trace
    if name == "Either":
        return any(naive(one, trace) for one in pattern.alternatives)
    if name == "Sequence":
        first, rest = pattern.items[0], sequence(pattern.items[1:])
        return any(naive(first, trace[:at]) and naive(rest, trace[at:]) for at in range(len(trace) + 1))
    if name == "Repeat":
        counts = range(pattern.at_least, pattern.at_most + 1)
        return any(naive(sequence([pattern.body] * number), trace) for number in counts)
    parts = pattern.parts if isinstance(pattern, Interleave) else [item for _, item in pattern.items()]
    return any(all(map(naive, parts, dealt)) for dealt in splits(trace, len(parts)))


def with_another_value(right: list[Made], at: int, again: Iterator[int]) -> list[Made]:
    able = [place for place, made in enumerate(right) if made.where]
    if not able:
        return right
    kind, where = right[able[at]]
    key = list(where)[next(again)]
    value = f"{where[key]} changed" if where[key] is True else where[key] + 1
    return [*right[: able[at]], Made(kind, {**where, key: value}), *right[able[at] + 1 :]]


@LAWS
@given(PATTERNS, st.data())
def test_what_conforms_passes(pattern: Pattern, data: st.DataObject) -> None:
    trace = conforming(pattern, lambda below: data.draw(st.integers(0, below - 1)))
    if trace:
        assert judged(pattern, trace) is Verdict.PASSED
    if len(trace) <= 5:
        assert naive(pattern, tuple(trace))


@LAWS
@given(PATTERNS, st.sampled_from(Change), st.data())
def test_one_thing_wrong_fails_or_is_allowed_too(pattern: Pattern, how: Change, data: st.DataObject) -> None:
    choices: list[int] = []

    def choose(below: int) -> int:
        choices.append(data.draw(st.integers(0, below - 1)))
        return choices[-1]

    wrong = violating(pattern, how, choose)
    if wrong is not None:
        assert judged(pattern, wrong) is Verdict.FAILED
        assert len(wrong) > 5 or not naive(pattern, tuple(wrong))
        return
    again = iter(choices)
    right = conforming(pattern, lambda below: next(again))
    at = next(again, 0)
    match how:
        case Change.INSERT:
            raise AssertionError("a foreign one is never allowed")
        case Change.DROP:
            changed = right[:at] + right[at + 1 :]
        case Change.REPEAT:
            changed = right[: at + 1] + right[at:]
        case Change.SWAP:
            changed = [*right[:at], *right[at : at + 2][::-1], *right[at + 2 :]]
        case Change.STOP:
            changed = right[:at]
        case Change.ADD:
            changed = [*right, right[at]]
        case Change.VALUE:
            changed = with_another_value(right, at, again)
    assert len(changed) > 5 or naive(pattern, tuple(changed))


@LAWS
@given(st.integers(1, 4), st.sampled_from(Change), st.data())
def test_captured_values_come_back(count: int, how: Change, data: st.DataObject) -> None:
    item = sequence([One("work", {"id": Ref("job")}), repeat(One("tick", {"job": {"id": Ref("job")}}), 0, 2)])
    pattern = keyed([bind(One("created", {"n": n}), {"job": ("data", "id")}, item) for n in range(count)])

    def choose(below: int) -> int:
        return data.draw(st.integers(0, below - 1))

    assert judged(pattern, conforming(pattern, choose)) is Verdict.PASSED
    wrong = violating(pattern, how, choose)
    assert wrong is None or judged(pattern, wrong) is Verdict.FAILED
    assert how is not Change.INSERT or (wrong is not None and UNDECLARED in {made.kind for made in wrong})
