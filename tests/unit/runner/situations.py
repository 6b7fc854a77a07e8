"""Jobs that go wrong, each in one way: the events of a whole connection, judged as a live run would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.judge import Judge
from harness.contract.loading import load
from harness.runner.judging import READ_ON, Hearing
from harness.runner.results import Example
from harness.trace.events import Event, Json, NotJson, What
from tests.unit.runner.examples import (
    REGISTRY,
    answer,
    closed,
    connecting,
    got,
    not_opened,
    opened,
    request,
    sent,
    spec,
    write_contract,
)

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult
    from harness.trace.verdicts import Violation

CONTRACT = """\
language: 1
contract: renders
inputs: {job_id: {fresh: uuid}, pages: {number: 9}}
request: {method: POST, path: /renders, json: {id: "${job_id}", pages: "${pages}"}}
accepted:
  status: 202
  within: 2s
  schema: {type: object, required: [pages]}
  body: {id: "${job_id}"}
  expect: {counts-the-pages: accepted.body.pages == pages}
refusals: {within: 2s, body: {error: {code: E_PAGES}}}
socket:
  connect: /ws?id=${job_id}
  within: 2s
  sends: {ready: {json: {type: ready}}}
  messages:
    ack: {type: ack}
    ping: {type: ping}
    begun: {type: begun}
    page: {type: page}
    done: {type: done}
  schemas:
    page: {type: object, required: [total]}
  anytime: [ack, ping]
  order: [{begun: {id: "${job_id}"}}, {for_each: {i: pages}, body: [page: {n: "${i}"}]}, done, close: 1000]
deadlines:
  news: {from: [accepted, open, ready], to: begun, within: 5s}
  acknowledged: {from: ready, to: ack, within: 1s, or_end: true}
  finished: {from: [accepted, ready], to: done, within: 30s}
  closed: {from: done, to: close, within: 2s}
always:
  the-right-job: {for: [page, done], expect: msg.id == job_id}
  of-the-same-order: {for: [page], expect: msg.order_id == accepted.body.order_id}
  total-never-falls: {for: [page], expect: msg.total >= prev.total}
  drawn: {for: [page], expect: 'msg.state == "drawn"'}
at_end:
  counts-every-page: last.done.total == size(all.page)
cases:
  draws: {}
  together:
    socket:
      order: [begun, {for_each: {i: pages}, interleaved: true, body: [page: {n: "${i}"}]}, done, close: 1000]
  pages-first: {socket: {order: [{repeat: page}, begun, done, close: 1000]}}
  too-many: {refused: {status: 400}}
"""
JOB, OTHER = "7f3a1c52", "0b9e44d0"
NAMES: dict[str, Json] = {"job_id": JOB, "pages": 3}
BODY = {"id": JOB, "order_id": "o-17", "pages": 3}
BAD = {"error": {"code": "E_PAGES"}}


def page(at: float, n: int, **more: Json) -> Event:
    usual = {"id": JOB, "n": n, "state": "drawn", "total": n + 1, "order_id": "o-17"}
    return got(at, "page", **{**usual, **more})


def undeclared(at: float, value: Json) -> Event:
    return Event(at, What.RECEIVED, "", value)


ASKED = (request(0.0),)
ANSWERED = (*ASKED, answer(0.041, body=BODY), connecting(0.05))
OPENED = (*ANSWERED, opened(0.06), sent(0.061))
ACKNOWLEDGED = (*OPENED, got(0.07, "ack"))
BEGUN = (*ACKNOWLEDGED, got(0.3, "begun", id=JOB))
FIRST = (*BEGUN, page(1.3, 0))
DRAWN = (*FIRST, page(2.3, 1), page(3.3, 2))
DONE = (*DRAWN, got(3.4, "done", id=JOB, total=3))
CLOSED = (*DONE, closed(3.41))
PINGS = tuple(got(5.0 * n, "ping") for n in range(1, 7))


def without(events: tuple[Event, ...], point: str, which: int = 0) -> tuple[Event, ...]:
    left_out = [event for event in events if event.point == point][which]
    return tuple(event for event in events if event is not left_out)


def instead(events: tuple[Event, ...], old: Event, new: Event) -> tuple[Event, ...]:
    assert old in events
    return tuple(new if event == old else event for event in events)


# kind, stage, clause, case, events
SITUATIONS: dict[str, tuple[str, str, str, str, tuple[Event, ...]]] = {
    "the request is never answered": ("silent-job", "no-answer", "accepted/within", "draws", ASKED),
    "the connection is lost instead of an answer": (
        "silent-job", "no-answer", "accepted/status", "draws",
        (*ASKED, answer(0.2, None)._replace(value={"status": None, "problem": "the connection was reset"})),
    ),
    "a refusal is promised, and no answer comes": ("silent-job", "no-answer", "refused/within", "too-many", ASKED),
    "nothing listens for the socket": (
        "silent-job", "refused", "socket/opens", "draws", (*ANSWERED, not_opened(0.06, None)),
    ),
    "the handshake is answered with an error": (
        "silent-job", "not-upgraded", "socket/opens", "draws",
        (*ANSWERED, not_opened(0.06, 426)._replace(value={"status": 426, "body": "upgrade required"})),
    ),
    "the handshake is answered with a subprotocol that was not offered": (
        "silent-job", "not-upgraded", "socket/opens", "draws",
        (*ANSWERED, not_opened(0.06, 101, "unsupported subprotocol: v3; offered: v2 or v1")),
    ),
    "the handshake is never answered": ("silent-job", "not-upgraded", "socket/within", "draws", ANSWERED),
    "the socket opens, and nothing comes": ("silent-job", "open-but-nothing", "deadlines/news", "draws", OPENED),
    "the socket opens, and is closed at once": (
        "silent-job", "open-but-nothing", "deadlines/news", "draws", (*OPENED, closed(0.1, 1011)),
    ),
    "the client is greeted, and nothing comes": (
        "silent-job", "acknowledged-but-nothing", "deadlines/news", "draws", ACKNOWLEDGED,
    ),
    "the job stops": ("silent-job", "stopped-after-message", "deadlines/finished", "draws", FIRST),
    "the job stops, and the connection is kept alive": (
        "silent-job", "stopped-after-message", "deadlines/finished", "draws", (*FIRST, *PINGS),
    ),
    "the job is cut off": (
        "silent-job", "closed-without-end", "deadlines/finished", "draws", (*FIRST, closed(1.9, 1006)),
    ),
    "the job is cut off, says its order": ("silent-job", "closed-without-end", "order", "draws", (*FIRST, closed(1.9))),
    "the socket is not closed": ("not-closed", "ended-without-close", "deadlines/closed", "draws", DONE),
    "the handler fails": (
        "server-error", "", "accepted/status", "draws",
        (*ASKED, answer(0.3, 503, {"error": "no worker"})),
    ),
    "the handler fails on what it should refuse": (
        "server-error", "", "refused/status", "too-many", (*ASKED, answer(0.3, 500, "Internal Server Error")),
    ),
    "what should be refused is accepted": ("wrong-refusal", "", "refused/status", "too-many", ANSWERED[:2]),
    "it is refused with another status": (
        "wrong-refusal", "", "refused/status", "too-many", (*ASKED, answer(0.03, 413, BAD)),
    ),
    "it is refused with another code": (
        "wrong-refusal", "", "refused/body", "too-many", (*ASKED, answer(0.03, 400, {"error": {"code": "E_OTHER"}})),
    ),
    "what should be accepted is refused": (
        "wrong-answer", "", "accepted/status", "draws", (*ASKED, answer(0.03, 422, BAD)),
    ),
    "the credentials are not taken": ("wrong-answer", "", "accepted/status", "draws", (*ASKED, answer(0.03, 401))),
    "the address has moved": (
        "wrong-answer", "", "accepted/status", "draws",
        (*ASKED, answer(0.03, 308, None, location="https://renders.example.com/renders")),
    ),
    "the answer is of another job": (
        "wrong-answer", "", "accepted/body", "draws", (*ASKED, answer(0.03, body={**BODY, "id": OTHER})),
    ),
    "the answer counts wrongly": (
        "wrong-answer", "", "accepted/counts-the-pages", "draws", (*ASKED, answer(0.03, body={**BODY, "pages": 2})),
    ),
    "a message follows the end": ("message-after-the-end", "", "order", "draws", (*DONE, page(3.9, 2))),
    "the end comes twice": ("message-after-the-end", "", "order", "draws", (*DONE, got(3.5, "done", id=JOB, total=3))),
    "a message comes twice": (
        "repeated-message", "", "order", "draws", (*FIRST, page(1.4, 0), *CLOSED[len(FIRST):]),
    ),
    "a message comes twice, not quite the same": (
        "repeated-message", "", "order", "draws",
        (*BEGUN, got(0.4, "begun", id=JOB, try_number=2), *CLOSED[len(BEGUN):]),
    ),
    "everything comes twice": (
        "repeated-message", "", "order", "draws",
        tuple(one for event in CLOSED for one in ([event] * (2 if event.what is What.RECEIVED else 1))),
    ),
    "a page of a finished item comes again": (
        "repeated-message", "", "order", "together", (*FIRST, page(1.4, 0, total=2), *CLOSED[len(FIRST):]),
    ),
    "a message of no declared kind": (
        "foreign-message", "", "order", "draws", (*BEGUN, undeclared(0.4, {"type": "hello"}), *CLOSED[len(BEGUN):]),
    ),
    "a frame that is no JSON": (
        "foreign-message", "", "order", "draws", (*BEGUN, undeclared(0.4, NotJson("page 1")), *CLOSED[len(BEGUN):]),
    ),
    "a message of an item that there is not": (
        "foreign-message", "", "order", "together", (*FIRST, page(1.4, 7), *CLOSED[len(FIRST):]),
    ),
    "a message of another job, says the order": (
        "foreign-message", "", "order", "draws", (*ACKNOWLEDGED, got(0.3, "begun", id=OTHER), *CLOSED[len(BEGUN):]),
    ),
    "a message of another job, says a relation": (
        "foreign-message", "", "always/the-right-job", "draws",
        instead(CLOSED, page(2.3, 1), page(2.3, 1, id=OTHER)),
    ),
    "a message with another id of the answer": (
        "foreign-message", "", "always/of-the-same-order", "draws",
        instead(CLOSED, page(2.3, 1), page(2.3, 1, order_id="o-4")),
    ),
    "a message is lost": ("lost-message", "", "order", "draws", without(CLOSED, "page", 1)),
    "the first messages are lost": ("lost-message", "", "order", "draws", (*ACKNOWLEDGED, *CLOSED[len(FIRST):])),
    "several messages in a row are lost": (
        "lost-message", "", "order", "draws", without(without(CLOSED, "page", 0), "page", 0),
    ),
    "messages of parallel work are lost": (
        "lost-message", "", "order", "together", without(without(CLOSED, "page", 0), "page", 0),
    ),
    "the greeting is lost": ("lost-message", "", "deadlines/acknowledged", "draws", without(CLOSED[:-1], "ack")),
    "two messages change places": (
        "wrong-order", "", "order", "draws", (*FIRST, page(2.3, 2), page(3.3, 1), *CLOSED[len(DRAWN):]),
    ),
    "a message that can come nowhere": (
        "wrong-order", "", "order", "draws", (*FIRST, page(2.3, 8), *CLOSED[len(FIRST) + 1:]),
    ),
    "closed with an error": ("wrong-close", "", "order", "draws", (*DONE, closed(3.41, 1011))),
    "a message without a field": (
        "wrong-shape", "", "schemas/page", "draws",
        instead(CLOSED, page(2.3, 1), got(2.3, "page", id=JOB, n=1, state="drawn", order_id="o-17")),
    ),
    "an answer without a field": (
        "wrong-shape", "", "accepted/schema", "draws", (*ASKED, answer(0.03, body={"id": JOB})),
    ),
    "a total that falls": (
        "wrong-totals", "", "always/total-never-falls", "draws", instead(CLOSED, page(2.3, 1), page(2.3, 1, total=0)),
    ),
    "a total that is not the number of messages": (
        "wrong-totals", "", "at_end/counts-every-page", "draws",
        instead(CLOSED, got(3.4, "done", id=JOB, total=3), got(3.4, "done", id=JOB, total=4)),
    ),
    "another relation": (
        "broken-relation", "", "always/drawn", "draws", instead(CLOSED, page(2.3, 1), page(2.3, 1, state="queued")),
    ),
    "a relation over a field that is missing": (
        "broken-relation", "", "always/total-never-falls", "draws",
        instead(CLOSED, page(2.3, 1), got(2.3, "page", id=JOB, n=1, state="drawn", order_id="o-17")),
    ),
    "the first message is late": (
        "too-late", "", "deadlines/news", "draws", (*ACKNOWLEDGED, got(6.5, "begun", id=JOB)),
    ),
    "the answer is late": ("too-late", "", "accepted/within", "draws", (*ASKED, answer(2.5, body=BODY))),
    "the job is not done in time, but still at work": (
        "too-late", "", "deadlines/finished", "draws", (*BEGUN, page(15.3, 0), page(29.8, 1)),
    ),
}  # fmt: skip


def cases(folder: Path) -> dict[str, Case]:
    contract = load(write_contract(folder, CONTRACT, "renders"), REGISTRY)
    return {case.name: case for case in contract.cases}


def judged(case: Case, events: tuple[Event, ...]) -> ExampleResult:
    """What a live run would have come to: it waits where nothing comes, and reads on once it has no hope."""
    hearing = Hearing(Example(case, spec()), Judge(case, NAMES))
    watch, now = hearing.watch, 0.0
    for event in events:
        if watch.done:
            break
        now = hearing.take(event).at
    while not watch.done and not watch.hopeless and (due := watch.next_deadline()) is not None:
        now = due
        watch.advance(due)
    return hearing.conclude(now if watch.done else now + READ_ON, ())


def judged_until(case: Case, names: dict[str, Json], events: tuple[Event, ...], end: float) -> ExampleResult:
    """What comes of events where reading ended at `end`."""
    hearing = Hearing(Example(case, spec()), Judge(case, names))
    for event in events:
        if not hearing.watch.done:
            hearing.take(event)
    return hearing.conclude(end, ())


def situation(name: str, of: dict[str, Case]) -> tuple[ExampleResult, Violation]:
    """The result of a situation, and the violation that it is there for."""
    _, _, clause, case, events = SITUATIONS[name]
    result = judged(of[case], events)
    violation = result.violation_of(clause)
    assert violation is not None, (name, result.violations)
    return result, violation
