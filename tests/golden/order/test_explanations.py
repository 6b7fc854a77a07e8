"""The exact text of everything that can be wrong with an order or a deadline. `UPDATE_GOLDEN=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.temporal.anytime import Anytime
from harness.temporal.deadlines import Deadline, DeadlineMonitor, Gap, GapMonitor
from harness.temporal.keyed import KeyedDeadline, KeyedMonitor
from harness.temporal.order import Late, OrderMonitor
from harness.temporal.patterns import One, either, for_each, repeat, sequence
from harness.temporal.watch import History, Watch
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, OPEN, UNDECLARED, Event, Json, NotJson, What
from harness.trace.units import duration
from harness.trace.verdicts import Explanation, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.temporal.monitor import Monitor
    from harness.trace.verdicts import Violation

GOLDEN = Path(__file__).parent / "explanations.txt"
FILE = "batch-scan.contract.yaml"
ANSWER = Event(0.04, What.ANSWER, ACCEPTED, {"status": 202})
OPENED = Event(0.05, What.OPEN, OPEN)
READY = Event(0.06, What.SENT, "ready", {"type": "ready"})


def message(at: float, kind: str, **value: Json) -> Event:
    return Event(at, What.RECEIVED, kind, {"type": kind, **value})


def close(at: float, code: int, reason: str = "") -> Event:
    return Event(at, What.CLOSE, CLOSE, {"code": code, "reason": reason, "by": "server"})


INIT = message(0.1, "init", totalPhotos=2)
STARTED, DONE = message(0.2, "photo_started", currentPhoto=0), message(0.9, "photo_done", currentPhoto=0, booksFound=3)
SECOND = [message(1.0, "photo_started", currentPhoto=1), message(1.8, "photo_failed", currentPhoto=1)]
COMPLETE = message(2.0, "complete", status="complete")
FIRST = [INIT, STARTED, DONE]
WHOLE = [*FIRST, *SECOND, COMPLETE]

TRACES: dict[str, list[Event]] = {
    "undeclared": [INIT, Event(0.2, What.RECEIVED, UNDECLARED, {"type": "batch-hello"})],
    "undeclared, and no JSON object": [INIT, Event(0.2, What.RECEIVED, UNDECLARED, NotJson(b"\x00\x01"))],
    "too early: a kind of the order": [INIT, COMPLETE],
    "too early: a kind that has a time of its own": [message(0.05, "ping")],
    "repeated": [*FIRST, DONE],
    "wrong value: the photo before the one it is the turn of": [INIT, *SECOND],
    "wrong value: one of two that would do": [INIT, STARTED, message(0.9, "photo_done", currentPhoto=1)],
    "wrong value: the code of the close": [*WHOLE, close(2.1, 1011, "internal error")],
    "unexpected": [INIT, STARTED, message(0.3, "init", totalPhotos=3)],
    "after the end": [*WHOLE, message(2.1, "photo_done", currentPhoto=1)],
    "after the end: a kind that has a time of its own": [*WHOLE, message(2.1, "ping")],
    "missing at the end: the socket was closed": [INIT, STARTED, close(0.5, 1006)],
    "missing at the end: nothing more was read": [INIT],
    "a long message": [message(0.1, "complete", books=[{"title": f"Book {number}"} for number in range(50)])],
}


def order() -> OrderMonitor:
    photos = [
        sequence(
            [
                One("photo_started", {"currentPhoto": photo}),
                either([One(kind, {"currentPhoto": photo}) for kind in ("photo_done", "photo_failed")]),
            ]
        )
        for photo in range(2)
    ]
    pattern = sequence([One("init"), *photos, One("complete", {"status": "complete"}), One(CLOSE, {"code": 1000})])
    return OrderMonitor("order", Place(FILE, 52), pattern, {"ping": Anytime("init")})


def many() -> OrderMonitor:
    found = either([One("found", {"shelf": shelf}) for shelf in range(9)])
    return OrderMonitor("order", Place(FILE, 52), sequence([One("init"), repeat(found, 1)]), {})


def together() -> OrderMonitor:
    photos = {
        photo: sequence(
            [
                One("photo_started", {"currentPhoto": photo}),
                either([One(kind, {"currentPhoto": photo}) for kind in ("photo_done", "photo_failed")]),
            ]
        )
        for photo in range(5)
    }
    return OrderMonitor("order", Place(FILE, 52), sequence([One("init"), for_each(photos), One("complete")]), {})


def snapshots() -> OrderMonitor:
    order = sequence([One("init"), One("complete", {"status": "complete"}), One(CLOSE, {"code": 1000})])
    live = [One("state"), repeat(either([One("state"), One("init")])), One("complete"), One(CLOSE, {"code": 1000})]
    late = Late(either([sequence(live), order]), ("state",))
    monitor = OrderMonitor("order", Place(FILE, 52), order, {}, late)
    monitor.feed(ANSWER)
    monitor.feed(Event(0.05, What.CONNECT, CONNECT, {}))
    return monitor


def news(within: float = 5.0) -> DeadlineMonitor:
    place = Place(FILE, 64)
    return DeadlineMonitor(Deadline("deadlines/first-news", place, (ACCEPTED, OPEN, "ready"), ("init",), within))


def photo() -> KeyedMonitor:
    kinds = ("photo_started",), ("photo_done", "photo_failed")
    return KeyedMonitor(KeyedDeadline("deadlines/photo", Place(FILE, 67), *kinds, 30.0, ("currentPhoto",)))


def no_gap() -> GapMonitor:
    return GapMonitor(Gap("deadlines/no-gap", Place(FILE, 65), ("init",), ("complete",), 10.0))


def broken(monitor: Monitor | OrderMonitor, events: list[Event], end: float | None = None) -> Violation:
    order, others = (monitor, []) if isinstance(monitor, OrderMonitor) else (None, [monitor])
    watch = Watch(order, others, History())
    for event in events:
        watch.feed(event)
    if end is not None:
        watch.advance(end)
        watch.finish(end)
    (violation,) = watch.violations()
    return violation


def violations() -> Iterator[tuple[str, Violation]]:
    for name, events in TRACES.items():
        yield name, broken(order(), events, 9.0)
    yield "missing at the end: any of many", broken(many(), [INIT], 9.0)
    yield "missing at the end: interleaved items", broken(together(), [INIT, STARTED], 9.0)
    stranger = message(0.9, "photo_done", currentPhoto=7)
    yield "unknown item", broken(together(), [INIT, STARTED, stranger])
    yield "unknown item: none of its kind is due", broken(together(), [INIT, stranger])
    yield "unknown item: nothing tells which", broken(together(), [INIT, STARTED, message(0.9, "photo_done")])
    yield "too early: an item that has not begun", broken(together(), [INIT, STARTED, SECOND[1]])
    yield "repeated: a finished item", broken(together(), [*FIRST, DONE])
    state = message(0.1, "state", done=1)
    yield "too early: a late connection does not begin with a snapshot", broken(snapshots(), [COMPLETE])
    yield "after the end: on a late connection", broken(snapshots(), [state, COMPLETE, COMPLETE])
    yield "missing at the end: after a snapshot", broken(snapshots(), [state, INIT, close(2.1, 1000)])
    begin = [ANSWER, OPENED, READY]
    yield "silent", broken(news(), begin, 9.0)
    yield "silent: the socket was closed", broken(news(), [*begin, close(0.5, 1006)])
    either_end = Deadline("deadlines/finished", Place(FILE, 66), ("ready",), ("complete", "failed"), 90.0)
    yield "silent: either of two", broken(DeadlineMonitor(either_end), begin, 100.0)
    yield "silent: a gap", broken(no_gap(), FIRST, 12.0)
    yield "silent: one item of several", broken(photo(), [STARTED, *SECOND[:1]], 40.0)
    yield "silent: one item, the socket was closed", broken(photo(), [STARTED, close(2.5, 1006)])
    yield "late: one item of several", broken(photo(), [STARTED, message(33.5, "photo_done", currentPhoto=0)])
    yield "late", broken(news(), [*begin, message(5.1, "init")])
    yield "late: hardly", broken(news(), [*begin, message(5.0602, "init")])
    yield "late: after it was silent", broken_late()
    yield "late: a gap", broken(no_gap(), [*FIRST, message(14, "photo_started")])


def broken_late() -> Violation:
    monitor = news()
    for event in (ANSWER, OPENED, READY):
        monitor.feed(event)
    monitor.advance(6)
    return broken(monitor, [message(8.25, "init")])


def told(name: str, violation: Violation) -> str:
    lines = [
        f"== {name}",
        f"{violation.clause}: {violation.explanation} at {duration(violation.at)}   {violation.place}",
        f"  {violation.summary}",
    ]
    if violation.expected:
        lines.append(f"  expected next: {', '.join(violation.expected)}")
    if violation.near_miss:
        lines.append(f"  near miss: {violation.near_miss}")
    if violation.late_by is not None:
        lines.append(f"  late by {duration(violation.late_by)}")
    return "\n".join(lines) + "\n"


def test_every_explanation_reads_as_it_did() -> None:
    text = "\n".join(told(name, violation) for name, violation in violations())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_every_explanation_of_an_order_or_a_deadline_is_there() -> None:
    elsewhere = {Explanation.SHAPE, Explanation.RELATION, Explanation.ANSWER, Explanation.NOT_OPENED}
    assert {violation.explanation for _, violation in violations()} == set(Explanation) - elsewhere
