"""Whatever a job said, its first contract loads and holds for it; and for a job gone wrong it does not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.authoring.observed import observe
from harness.authoring.silence import silence
from harness.trace.events import Event, Json, What
from harness.trace.verdicts import Verdict
from tests.unit.authoring.examples import Made, a_trace, asked, guessed

LAWS = settings(derandomize=True, database=None, deadline=None, max_examples=250)
CHANGES = settings(LAWS, max_examples=150)

# --- any messages at all ---

KEYS = st.sampled_from(["type", "event", "status", "data", "i", "a b", "progress", "id", "done", "näme", "in", "${x}"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.floats(-1, 100, allow_nan=False)
    | st.sampled_from(
        ["done", "tick", "ping", "a: b", "# no", "${i}", "", "true", "é\u2028\x7f", "0o17", "[x]", "ready"]
    )
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
BODIES = st.fixed_dictionaries({"n": st.integers(1, 5), "list": st.lists(LEAVES, max_size=4)}, optional={"x": VALUES})


@LAWS
@given(st.lists(OBJECTS, min_size=1, max_size=10), OBJECTS, BODIES, st.sampled_from([1000, 1005, 4000, None]))
def test_any_job_gives_a_contract_that_holds_for_it(
    messages: list[dict[str, Any]], answer: dict[str, Any], body: dict[str, Any], close: int | None
) -> None:
    assume("$" not in str(body))
    trace = a_trace(messages, {**answer, "stream": "/s"}, {"ready": {"type": "ready"}}, close)
    assume(silence(trace, observe(trace)) is None)

    assert_holds(guessed(trace, asked(body), {"ready": {"type": "ready"}}))


# --- jobs as services tell them ---


@st.composite
def jobs(draw: Callable[..., Any]) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """Messages, the answer's body and the request's body of one dialect."""
    key, inner = draw(st.sampled_from([("type", ""), ("event", "data"), ("kind", ""), ("method", "params")]))
    base, items = draw(st.integers(0, 1)), draw(st.integers(2, 4))
    steps = draw(st.sampled_from([["item"], ["item-started", "item-done"], ["progress"]]))
    index = draw(st.sampled_from(["index", "item", "n"]))
    job = "job-81f2"

    def message(kind: str, **fields: Json) -> dict[str, Any]:
        return {key: kind, inner: {"job_id": job, **fields}} if inner else {key: kind, "job_id": job, **fields}

    numbers = list(range(base, base + items))
    body = [message(step, **{index: number}) for number in numbers for step in steps]
    if len(steps) == 2 and draw(st.booleans()):  # two items at a time
        body = [message(steps[0], **{index: number}) for number in numbers]
        body += [message(steps[1], **{index: number}) for number in draw(st.permutations(numbers))]
    for _ in range(draw(st.integers(0, 2))):
        body.insert(draw(st.integers(0, len(body))), {key: "ping"})
    first = [message("begun")] if draw(st.booleans()) else []
    by_list = draw(st.booleans())
    request = {"items": [f"x{n}" for n in numbers]} if by_list else {"items": items, "scene": "castle"}
    return [*first, *body, message("finished", total=items)], {"id": job, "stream": "/s"}, request


@LAWS
@given(jobs())
def test_a_loop_over_what_was_asked_for_is_found(
    job: tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]],
) -> None:
    messages, answer, body = job
    made = guessed(a_trace(messages, answer), asked(body))

    assert_holds(made)
    assert "for_each: {i: " in made.text, made.text
    assert "the-right-job:" in made.text


@CHANGES
@given(jobs(), st.data())
def test_a_job_gone_wrong_does_not_pass(
    job: tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    messages, answer, body = job
    made = guessed(a_trace(messages, answer), asked(body))
    change = data.draw(st.sampled_from([dropped, doubled, foreign, renamed, swapped]))
    events = list(made.trace.events)
    places = [n for n, event in enumerate(events) if event.what is What.RECEIVED and "ping" not in str(event.value)]
    wrong = change(events, places, data.draw(st.sampled_from(places)))
    assume(wrong is not None)
    assert wrong is not None

    with tempfile.TemporaryDirectory() as folder:
        assert made.checked(Path(folder), wrong).result.verdict is Verdict.FAILED, change.__name__


def dropped(events: list[Event], places: list[int], at: int) -> list[Event] | None:
    return events[:at] + events[at + 1 :]


def doubled(events: list[Event], places: list[int], at: int) -> list[Event] | None:
    return [*events[: at + 1], events[at], *events[at + 1 :]]


def foreign(events: list[Event], places: list[int], at: int) -> list[Event] | None:
    return [*events[:at], events[at]._replace(value={"nothing": "known"}), *events[at + 1 :]]


def renamed(events: list[Event], places: list[int], at: int) -> list[Event] | None:
    value = eval(repr(events[at].value).replace("job-81f2", "job-99"))
    return [*events[:at], events[at]._replace(value=value), *events[at + 1 :]]


def swapped(events: list[Event], places: list[int], at: int) -> list[Event] | None:
    """The first message of the job in the place of the last: wrong in every dialect."""
    first, last = places[0], places[-1]
    changed = list(events)
    changed[first] = events[first]._replace(value=events[last].value)
    changed[last] = events[last]._replace(value=events[first].value)
    return changed


def assert_holds(made: Made) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checked = made.checked(Path(folder))
    told = [f"{one.clause}: {one.summary}" for one in checked.result.violations]
    assert checked.result.verdict is Verdict.PASSED, (told, checked.result.inconclusive, made.text)
