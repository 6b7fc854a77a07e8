"""Mutations of traces: each is a function that makes one thing in a trace of `bundled_jobs` wrong, in place."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.trace.events import What
from tests.unit.contract.bundled_jobs import Step, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.trace.events import Json


def find(trace: list[Step], label: str) -> int:
    return next(index for index, one in enumerate(trace) if one.label == label)


def put(label: str, path: str, value: Json) -> Callable[[list[Step]], None]:
    """One field of one event has another value."""

    def mutate(trace: list[Step]) -> None:
        *way, last = path.split(".")
        part = trace[find(trace, label)].value
        for key in way:
            part = part[int(key) if isinstance(part, list) else key]
        part[int(last) if isinstance(part, list) else last] = value

    return mutate


def add(label: str, path: str, value: Json) -> Callable[[list[Step]], None]:
    """One list of one event has one item more."""

    def mutate(trace: list[Step]) -> None:
        part = trace[find(trace, label)].value
        for key in path.split("."):
            part = part[key]
        part.append(value)

    return mutate


def remove(label: str, path: str) -> Callable[[list[Step]], None]:
    """One field of one event is missing."""

    def mutate(trace: list[Step]) -> None:
        *way, last = path.split(".")
        part = trace[find(trace, label)].value
        for key in way:
            part = part[int(key) if isinstance(part, list) else key]
        del part[int(last) if isinstance(part, list) else last]

    return mutate


def later(label: str, seconds: float) -> Callable[[list[Step]], None]:
    """One event, and all that follow, come later."""

    def mutate(trace: list[Step]) -> None:
        for one in trace[find(trace, label) :]:
            one.at += seconds

    return mutate


def drop(label: str) -> Callable[[list[Step]], None]:
    """One event never comes."""

    def mutate(trace: list[Step]) -> None:
        del trace[find(trace, label)]

    return mutate


def again(label: str) -> Callable[[list[Step]], None]:
    """One event comes twice."""

    def mutate(trace: list[Step]) -> None:
        index = find(trace, label)
        trace.insert(index, deepcopy(trace[index]))

    return mutate


def drag(before: str, times: int, with_label: str) -> Callable[[list[Step]], None]:
    """The job takes 9 s longer, so many times, with a keep-alive each time."""

    def mutate(trace: list[Step]) -> None:
        alive = trace[find(trace, with_label)]
        for _ in range(times):
            index = find(trace, before)
            at = trace[index - 1].at + 9
            later(before, 9)(trace)
            trace.insert(index, replace(alive, label="alive", at=at, value=deepcopy(alive.value)))

    return mutate


def not_opened(trace: list[Step]) -> None:
    """The handshake is answered 404."""
    trace[find(trace, "open")] = Step("open", 0.03, What.NOT_OPENED, {"status": 404, "body": None, "problem": ""})


def unreadable_is_done(trace: list[Step]) -> None:
    """The photo that cannot be read ends as complete."""
    put("failed 1", "photoStatus", "complete")(trace)
    for label, rows in (
        ("failed 1", "photos"),
        ("started 2", "photos"),
        ("done 2", "photos"),
        ("complete", "photoResults"),
    ):
        put(label, f"{rows}.1", row(1, "complete"))(trace)


def finds(number: int) -> list[Callable[[list[Step]], None]]:
    """The last photo's books are so many, everywhere."""
    return [
        put("done 2", "booksFound", number),
        put("done 2", "photos.2.booksFound", number),
        put("done 2", "totalBooksFound", 2 + number),
        put("complete", "photoResults.2.booksFound", number),
    ]
