from __future__ import annotations

import pytest

from harness.temporal.bound import Bound, unbound
from harness.temporal.one import One, Ref
from harness.trace.events import Event, Json, What

JOB = Ref("job")
WORK, END = One("work", {"of": {"job": JOB}, "n": 1}), One("end", {"id": JOB})


def event(kind: str, value: Json = None) -> Event:
    return Event(0.0, What.RECEIVED, kind, value)


def work(job: Json) -> Event:
    return event("work", {"of": {"job": job}})


def noted(bound: Bound, item: int, job: Json) -> Bound:
    return bound.noted(item, [one.resolved({"job": job}) for one in (WORK, END)])


def test_each_kind_has_the_path_at_which_its_captured_value_stands() -> None:
    assert unbound([[One("new", {"n": 1}), WORK, END]] * 3).paths == {"work": ("of", "job"), "end": ("id",)}


@pytest.mark.parametrize(
    ("ones", "paths"),
    [
        ([], {}),
        ([One("a"), One("a", {"n": [JOB]})], {}),
        ([One("a", {"x": JOB}), One("a", {"y": JOB})], {}),
        ([One("a", {"x": JOB, "y": JOB}), One("a", {"y": JOB}), One("a", {"z": 1})], {"a": ("y",)}),
    ],
)
def test_a_kind_is_told_apart_at_one_path_or_not_at_all(ones: list[One], paths: Json) -> None:
    assert unbound([ones]).paths == paths


def test_what_has_been_captured_finds_its_item() -> None:
    bound = unbound([[WORK, END]] * 20)
    for item in range(20):
        bound = noted(bound, item, f"j{item}")
    assert bound.takers(work("j7")) == (7,)
    assert bound.takers(event("end", {"id": "j19"})) == (19,)
    assert bound.takers(work("j20")) == bound.takers(event("work", {})) == bound.takers(event("new")) == ()


def test_several_items_may_have_captured_the_same() -> None:
    bound = noted(noted(noted(unbound([[WORK]] * 3), 0, 1), 2, 1.0), 1, True)
    assert bound.takers(work(1)) == (0, 2)
    assert bound.takers(work(True)) == (1,)


@pytest.mark.parametrize("job", [{"a": 1}, [1]])
def test_what_a_value_may_only_contain_is_tried_each_time(job: Json) -> None:
    bound = noted(noted(unbound([[WORK]] * 2), 0, job), 1, "j")
    assert bound.takers(work({"a": 1, "b": 2})) == (0,)
    assert bound.takers(work("j")) == (0, 1)


def test_earlier_tables_stay_as_they_were() -> None:
    before = unbound([[WORK, END]] * 2)
    after = noted(before, 1, "j")
    assert before.takers(work("j")) == ()
    assert after.takers(work("j")) == (1,)
    assert noted(after, 1, "j") is after
    assert after.noted(0, [WORK, END, One("new")]) is after, "nothing has been captured yet"
