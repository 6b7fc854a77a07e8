from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.authoring.relations import cel
from harness.trace.events import Json
from tests.unit.authoring.examples import ANSWER, Made, a_trace, asked, guessed

JOB = ANSWER["id"]
ID = "6f1c1f0e-0d6e-4f1c-8b7e-0123456789ab"


def relations(made: Made) -> dict[str, str]:
    draft = made.draft
    return {one.name: one.expect for one in (*draft.answer_relations, *draft.always, *draft.at_end)}


def t(kind: str, **fields: Json) -> dict[str, Any]:
    return {"type": kind, **fields}


def test_a_path_is_written_as_expressions_need_it() -> None:
    assert cel("msg", ("a", "job-id", "in", 'q"')) == 'msg.a["job-id"]["in"]["q\\""]'


def test_the_accepted_id_is_in_each_message(tmp_path: Path) -> None:
    made = guessed(a_trace([t("a", job=JOB), t("ping"), t("b", job=JOB)]))

    assert relations(made) == {"the-right-job": "msg.job == accepted.body.id"}
    assert made.draft.always[0].kinds == ("a", "b")
    assert not made.checked(tmp_path).failures


def test_an_id_that_is_not_the_same_throughout_is_none() -> None:
    assert relations(guessed(a_trace([t("a", job=JOB), t("b", job="other")]))) == {}
    assert relations(guessed(a_trace([t("a", job=JOB), t("a", job=None), t("b", job=JOB)]))) == {}
    assert relations(guessed(a_trace([t("a", queue="same"), t("b", queue="same")]))) == {}


def test_the_clients_id_comes_before_the_servers() -> None:
    wants = asked({"jobId": ID})
    job = wants.fresh["job_id"]
    made = guessed(a_trace([t("a", job=job), t("b", job=job)], {"data": {"jobId": job}}), wants)

    assert relations(made) == {
        "echoes-the-id": "accepted.body.data.jobId == job_id",
        "the-right-job": "msg.job == job_id",
    }
    assert "job_id: {fresh: uuid}" in made.text


def test_without_an_answer_the_id_is_at_least_the_same() -> None:
    trace = a_trace([t("a", job_id="x-1"), t("b", job_id="x-1")])
    events = tuple(event for event in trace.events if event.what not in ("request", "answer", "connect"))
    from dataclasses import replace

    assert relations(guessed(replace(trace, events=events))) == {"the-same-job": "msg.job_id == prev.job_id"}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0.1, 0.5, 0.5, 1.0], True),
        ([1, 2, 3, 4], True),
        ([0.1, 0.5, 0.4, 1.0], False),
        ([5, 5, 5, 5], False),
        ([0.1, "x", 0.5, 1.0], False),
    ],
)
def test_a_progress_never_falls(values: list[Any], found: bool) -> None:
    made = guessed(a_trace([*(t("p", progress=value) for value in values), t("over")]))

    assert ("progress-never-falls" in relations(made)) == found
    made = guessed(a_trace([*(t("p", timestamp=value) for value in values), t("over")]))
    assert relations(made) == {}


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("rows", [60, 221, 332], False),
        ("bytes", [0.5, 1, 2], False),
        ("total_cost", [0.2, 0.4, 0.9], False),
        ("count", [-2, 0, 1], False),
        ("items", [4, 5, 6], True),
        ("items", [4, 5, 7], False),
        ("items", [1.0, 2.5, 3.0], False),
        ("count", [0.25, 0.5, 1], True),
        ("total", [10, 60, 100], True),
        ("position", [60, 221, 332], True),
        ("rowsProcessed", [60, 221, 332], True),
    ],
)
def test_numbers_that_rose_once_may_fall_the_next_time(name: str, values: list[Any], found: bool) -> None:
    made = guessed(a_trace([*(t("p", **{name: value}) for value in values), t("over")]))

    assert any(relation.endswith("-never-falls") for relation in relations(made)) == found


def test_totals_are_what_was_asked_for(tmp_path: Path) -> None:
    pages = [t("page", n=n, total=3) for n in (1, 2, 3)]
    answer = {**ANSWER, "pages": 3}
    made = guessed(a_trace([*pages, t("done", pages=3, errors=3)], answer), asked({"pages": 3}))

    assert relations(made) == {
        "counts-pages": "accepted.body.pages == pages",
        "total-as-asked": "msg.total == pages",
        "pages-as-counted": "last.done.pages == pages",
        "errors-as-counted": "last.done.errors == pages",
    }
    assert not made.checked(tmp_path).failures


def test_one_of_a_thing_is_no_total() -> None:
    made = guessed(a_trace([t("page", total=1), t("done", pages=1)], {**ANSWER, "pages": 1}), asked({"pages": 1}))

    assert relations(made) == {}


def test_totals_are_the_number_of_messages_or_the_size_of_a_list() -> None:
    made = guessed(a_trace([t("row"), t("row"), t("done", rows=2, total=1, books=["x"], code=2)]))

    assert relations(made) == {
        "rows-as-counted": "last.done.rows == size(all.row)",
        "total-as-counted": "last.done.total == size(last.done.books)",
    }


def test_two_relations_have_two_names() -> None:
    made = guessed(a_trace([t("p", a={"done": n}, b={"done": n}) for n in range(4)]))

    assert list(relations(made)) == ["done-never-falls", "done-never-falls-2"]
