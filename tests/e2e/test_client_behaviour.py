"""Each way in which a client may behave, seen on the wire by a server that records what reaches it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.contract.loading import load
from harness.inputs import registry
from harness.runner.check import check
from harness.runner.drawing import describe
from harness.runner.drive import drive
from harness.runner.results import Example
from harness.runner.services import RunStoppedError
from harness.targets.budget import Budget
from harness.targets.restarting import NotRestartedError
from harness.targets.target import make_target
from harness.trace.ndjson import Header, Trace, read, write
from harness.trace.verdicts import Verdict
from tests.e2e.recording import Recorder, recording
from tests.unit.runner.examples import services

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from harness.runner.results import ExampleResult
    from harness.trace.events import Json

LIMIT = 20
CONTRACT = """\
language: 1
contract: ticks
inputs: {n: {integer: 0..9}, job: {fresh: uuid}}
request: {method: POST, path: /jobs, json: {n: "${n}", id: "${job}"}}
accepted: {status: 202, within: 5s}
actions: {cancel: {method: POST, path: /cancel, json: {id: "${accepted.body.id}"}, expect: {status: 200, within: 5s}}}
afterwards:
  settled: {method: GET, path: /state, expect: {status: 200, expect: {told: 'settled.body.path == "/state"'}}}
socket:
  connect: ws://127.0.0.1:PORT/ws?job=${job}
  within: 5s
  sends: {ready: {json: {type: ready}}MORE}
  messages: {started: {type: started}, tick: {type: tick}, done: {type: done}}
  order: [started, {for_each: {i: n}, body: [{tick: {i: "${i}"}}]}, done, close: 1000]
deadlines: {finished: {from: [accepted, ready], to: done, within: 10s}, news: {from: accepted, to: started, within: 2s}}
cases:
  works: {client: CLIENT}
"""


class Seen:
    """What came of one example, with what the server saw of it."""

    def __init__(self, result: ExampleResult, recorder: Recorder, words: str, jobs: int) -> None:
        self.result, self.recorder, self.words, self.jobs = result, recorder, words, jobs


def judged_again(result: ExampleResult) -> None:
    """What a trace of it comes to is what the run came to."""
    case = result.example.case
    header = Header(case.file, case.name, result.spec, result.fresh, 7)
    text = write(Trace(header, result.events, result.end, result.stalls), lambda value: value)
    again = check(read(text, "f"), "f", case, registry(), {}).result
    assert again.verdicts == result.verdicts
    assert (again.violations, again.outran, again.inconclusive) == (result.violations, result.outran, "")
    assert again.parts.keys() == result.parts.keys()


See: TypeAlias = "Callable[..., Awaitable[Seen]]"


@pytest.fixture
def seen(tmp_path: Path) -> Callable[..., Awaitable[Seen]]:
    async def run(
        client: str, spec: Json = None, n: int = 3, text: str = CONTRACT, more: str = "", **options: Json
    ) -> Seen:
        async with asyncio.timeout(LIMIT), recording(**options) as recorder:
            path = tmp_path / "ticks.contract.yaml"
            text = text.replace("PORT", str(recorder.sockets)).replace("CLIENT", client).replace("MORE", more)
            path.write_text(text, encoding="utf-8")
            case = load(path, registry()).cases[0]
            example = Example(case, {"inputs": {"n": n}, "connect_after": 0.0, **(spec or {})})
            budget = Budget(None)
            needed = services(make_target(f"http://127.0.0.1:{recorder.port}", {}), registry=registry(), budget=budget)
            needed = replace(needed, restart=recorder.restart)
            before = asyncio.all_tasks()
            result = await drive(example, needed)
            left = [task for task in asyncio.all_tasks() - before if "Attempt" in repr(task) or "harness" in repr(task)]
            assert not left, "a task was left behind"
            assert result is not None
            judged_again(result)
            return Seen(result, recorder, describe(example, registry()), budget.used)

    return run


async def test_a_plain_client(seen: See) -> None:
    got = await seen("{}")
    assert got.result.verdict is Verdict.PASSED
    assert got.recorder.whats("POST /jobs", "connect", "frame", "closed", "GET /state") in (
        ["POST /jobs", "connect", "frame", "closed", "GET /state"],
        ["POST /jobs", "connect", "frame", "GET /state", "closed"],
    )
    assert got.recorder.of("frame", 0) == ['{"type": "ready"}']
    assert got.result.verdicts["afterwards/settled/told"] is Verdict.PASSED
    assert got.words == "n = 3"


async def test_what_is_asked_afterwards_may_use_how_the_job_ended(seen: See) -> None:
    more = """  last: {method: GET, path: "/last/${last.tick.i}", expect: {expect: {n: last.path == '/x'}}}
  unseen: {method: GET, path: "/unseen/${last.never.i}"}
  then: {method: GET, path: "/then${first.body.path}", expect: {body: {path: "/then%2Flast%2F${last.tick.i}"}}}
  skipped: {method: GET, path: "/skipped/${unseen.body.id}"}
socket:
"""
    more = more.replace("  last:", "  first:").replace("last.path == '/x'", 'first.body.path == "/last/2"')
    text = CONTRACT.replace("socket:\n", more).replace("done: {type: done}", "done: {type: done}, never: {type: never}")
    got = await seen("{}", text=text)
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    asked = [what for what in got.recorder.whats(*{what for what, _, _ in got.recorder.seen}) if "GET" in what]
    assert asked == ["GET /state", "GET /last/2", "GET /then%2Flast%2F2"]
    verdicts = got.result.verdicts
    assert verdicts["afterwards/then/body"] is verdicts["afterwards/first/n"] is Verdict.PASSED
    assert verdicts["afterwards/unseen/status"] is verdicts["afterwards/skipped/status"] is Verdict.NOT_EXERCISED


@pytest.mark.parametrize("location", ["http://127.0.0.1:PORT/ws?job=JOB", "ws://127.0.0.1:PORT/ws?job=JOB"])
async def test_the_socket_is_where_the_location_header_says(seen: See, location: str) -> None:
    text = CONTRACT.replace("connect: ws://127.0.0.1:PORT/ws?job=${job}", "connect: ${accepted.headers.location}")
    got = await seen("{}", text=text, location=location)
    assert got.result.verdict is Verdict.PASSED, got.result.violations


@pytest.mark.parametrize(
    ("location", "path"),
    [("/ws?job=JOB", "/ws?job="), ("progress", "/progress"), ("../up", "/up"), ("?q=JOB", "/jobs?q=")],
)
async def test_a_relative_location_is_relative_to_the_url_of_the_request(seen: See, location: str, path: str) -> None:
    text = CONTRACT.replace("connect: ws://127.0.0.1:PORT/ws?job=${job}", "connect: ${accepted.headers.location}")
    got = await seen("{}", text=text, location=location)
    connect = next(event.value["url"] for event in got.result.events if event.what == "connect")
    assert connect.startswith(f"ws://127.0.0.1:{got.recorder.port}{path}")


async def test_connects_before_the_request_with_all_watchers(seen: See) -> None:
    got = await seen("{connect: before_request, watchers: 3}", handshake=0.05)
    assert got.result.verdict is Verdict.PASSED
    whats = got.recorder.whats("connect", "frame", "POST /jobs")
    assert sorted(whats[:6]) == ["connect"] * 3 + ["frame"] * 3, "all are there, and ready, before the request"
    assert whats[6:] == ["POST /jobs"]
    assert got.result.verdicts["same-story"] is Verdict.PASSED
    assert got.words == "n = 3; connects before the request; 3 watchers"


async def test_connects_again_after_the_end_and_is_told_all_again(seen: See) -> None:
    got = await seen("{connect: after_end, connect_after: 0s..1s}", {"connect_after": 0.05})
    assert got.result.verdict is Verdict.PASSED
    assert got.result.verdicts["same-story"] is Verdict.PASSED
    first, again = got.result.parts.values()
    assert [event.value for event in first.events if event.what == "received"] == [
        event.value for event in again.events if event.what == "received"
    ]
    done = next(event.at for event in first.events if event.point == "done")
    assert next(event.at for event in again.events if event.what == "connect") >= done + 0.05
    assert "connects again 50 ms after the end" in got.words


@pytest.mark.parametrize("by", ["close", "reset"])
@pytest.mark.parametrize("messages", [0, 2])
async def test_drops_and_returns(seen: See, by: str, messages: int) -> None:
    drop = {"after_messages": messages, "by": by, "return_after": 0.05}
    client = "{drop: {after_messages: 0..9, by: [close, reset], return_after: 0s..1s}}"
    got = await seen(client, {"client": {"drop": drop}})
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    assert got.result.outran == ""
    wire = "closed" if by == "close" else "reset"
    assert got.recorder.whats("closed", "reset")[0] == wire
    assert got.recorder.of(wire, 0) == [1000 if by == "close" else None]
    first, again = got.result.parts[0], got.result.parts[1]
    assert next(event.at for event in again.events if event.what == "connect") >= first.events[-1].at + 0.05
    assert [event.point for event in first.events if event.what == "received"] == ["started", "tick"][:messages]
    assert first.events[-1].value["by"] == "client"
    assert len([event for event in got.result.parts[1].events if event.what == "received"]) == 5
    assert got.result.verdicts["same-story"] is (Verdict.PASSED if messages else Verdict.NOT_EXERCISED)
    assert ("by reset" in got.words) == (by == "reset")
    assert "returns after 50 ms" in got.words


SURVIVES = "{drop: {after_messages: 0..9, by: restart, return_after: 0s..1s}}"


@pytest.mark.parametrize("messages", [0, 2, 5])
async def test_returns_once_the_target_has_been_restarted(seen: See, messages: int) -> None:
    drop = {"after_messages": messages, "return_after": 0.05}
    got = await seen(SURVIVES, {"client": {"drop": drop}})
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    assert got.result.outran == ""
    names = ("connect", "goes down", "comes back", "GET /state")
    assert got.recorder.whats(*names) == ["connect", "goes down", "comes back", *got.recorder.whats(*names)[3:]]
    assert sorted(got.recorder.whats(*names)[3:]) == ["GET /state", "connect"], "nothing is asked of it meanwhile"
    first, again = got.result.parts[0], got.result.parts[1]
    assert len([event for event in first.events if event.what == "received"]) == messages
    assert first.events[-1].value == {"code": 1006, "reason": "the target is restarted", "by": "client"}
    back = first.events[-1].at + got.recorder.restart_takes + 0.05
    assert next(event.at for event in again.events if event.what == "connect") >= back
    assert len([event for event in again.events if event.what == "received"]) == 5
    assert got.result.verdicts["same-story"] is (Verdict.PASSED if messages else Verdict.NOT_EXERCISED)
    assert "the target is restarted" in got.words


async def test_who_returns_has_its_time_from_when_it_is_connected_again(seen: See) -> None:
    text = CONTRACT.replace("to: started, within: 2s", "to: started, within: 500ms")
    text = text.replace("to: done, within: 10s", "to: done, within: 500ms")
    got = await seen(SURVIVES, text=text, restart_takes=0.8)
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    assert got.result.verdicts["deadlines/finished"] is got.result.verdicts["deadlines/news"] is Verdict.PASSED


async def test_a_restart_that_the_job_outran_is_not_exercised(seen: See) -> None:
    got = await seen(SURVIVES, {"client": {"drop": {"after_messages": 9}}}, n=1)
    assert got.recorder.whats("goes down") == []
    assert got.result.outran == "the target was to be restarted after 9 messages, and 3 came"
    assert got.result.verdict is Verdict.NOT_EXERCISED


async def test_a_target_that_does_not_come_back_ends_the_run(seen: See, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_: Recorder) -> None:
        raise NotRestartedError("it ended with status 1")

    monkeypatch.setattr(Recorder, "restart", fails)
    with pytest.raises(RunStoppedError, match="did not come back after a restart: it ended with status 1"):
        await seen(SURVIVES)


async def test_a_drop_that_the_job_outran_is_not_exercised(seen: See) -> None:
    got = await seen("{drop: {after_messages: 0..20}}", {"client": {"drop": {"after_messages": 9}}}, n=1)
    assert got.recorder.connections == 1
    assert got.result.outran == "the client was to drop its connection after 9 messages, and 3 came"
    assert got.result.verdict is Verdict.NOT_EXERCISED


async def test_sends_late_twice_and_never(seen: See) -> None:
    got = await seen(
        "{sends: {ready: {times: 0..2, after: 0s..1s}}}",
        {"client": {"sends": {"ready": {"times": 2, "after": 0.02}}}},
        n=9,
    )
    assert got.recorder.of("frame", 0) == ['{"type": "ready"}'] * 2
    opened, sent = (next(event.at for event in got.result.events if event.what == what) for what in ("open", "sent"))
    assert sent >= opened + 0.02
    assert got.words == "n = 9; sends ready twice 20 ms late"
    never = await seen("{sends: {ready: never}}")
    assert never.recorder.of("frame", 0) == []
    assert never.result.verdict is Verdict.PASSED
    assert never.words == "n = 3; never sends ready"


async def test_answers_what_it_hears(seen: See) -> None:
    more = ', hello: {after: started, json: {type: hello}}, pong: {each: tick, json: {i: "${msg.i}"}}'
    more += ', odd: {text: "no json"}'
    got = await seen("{}", more=more)
    frames = got.recorder.of("frame", 0)
    assert frames[:2] == ['{"type": "ready"}', "no json"]
    assert sorted(frames[2:]) == ['{"i": 0}', '{"i": 1}', '{"i": 2}', '{"type": "hello"}']


@pytest.mark.parametrize(("number", "frame"), [(0, '{"type": "nonsense"}'), (1, "not json {")])
async def test_an_unknown_or_broken_frame_comes_first(seen: See, number: int, frame: str) -> None:
    got = await seen('{first: [{type: nonsense}, "not json {"]}', {"client": {"first": number}})
    assert got.recorder.of("frame", 0) == [frame, '{"type": "ready"}']
    assert f"sends {frame!r} first" in got.words


async def test_the_last_watcher_reads_slowly_and_has_no_deadlines(seen: See) -> None:
    text = CONTRACT.replace("to: done, within: 10s", "to: done, within: 150ms")
    got = await seen("{watchers: 2, slow: 50ms..1s}", {"client": {"slow": 0.06}}, text=text)
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    times = [event.at for event in got.result.parts[1].events if event.what == "received"]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.055
    assert "deadlines/finished" not in got.result.parts[1].verdicts
    assert got.result.verdicts["deadlines/finished"] is Verdict.PASSED
    assert "2 watchers, the last reads slowly (a pause of 60 ms before each message)" in got.words


@pytest.mark.parametrize(
    ("act", "spec", "before", "after"),
    [
        ("{at: request}", {}, None, "POST /jobs"),
        ("{at: accepted}", {}, "POST /jobs", None),
        ("{at: open, times: 1..2}", {"times": 2}, "connect", None),
        ("{at: tick, nth: 1..5}", {"nth": 2}, "connect", "closed"),
        ("{at: end, after: 0s..1s}", {"after": 0.03}, "connect", None),
    ],
)
async def test_acts_at_a_point(seen: See, act: str, spec: Json, before: str | None, after: str | None) -> None:
    text = CONTRACT.replace('json: {id: "${accepted.body.id}"}', "json: {}") if act == "{at: request}" else CONTRACT
    got = await seen(f"{{act: {{cancel: {act}}}}}", {"client": {"acts": [spec]}}, text=text)
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    whats = [what for what, _, _ in got.recorder.seen]
    assert whats.count("POST /cancel") == spec.get("times", 1)
    assert before is None or whats.index(before) < whats.index("POST /cancel")
    assert after is None or whats.index("POST /cancel") < whats.index(after)
    assert got.result.verdicts["actions/cancel/status"] is Verdict.PASSED
    for point, nth in (("tick", spec.get("nth", 1)), ("end", 1)):
        if f"at: {point}" in act:
            came = [event.at for event in got.result.events if event.point == ("done" if point == "end" else point)]
            asked = next(event for event in got.result.events if event.what == "action")
            assert asked.at - asked.value["seconds"] >= came[nth - 1] + spec.get("after", 0)


async def test_an_act_whose_moment_never_comes_is_not_exercised(seen: See) -> None:
    got = await seen("{act: {cancel: {at: tick, nth: 1..9}}}", {"client": {"acts": [{"nth": 4}]}})
    assert got.recorder.whats("POST /cancel") == []
    assert (got.result.outran, got.result.verdict) == ("the moment for cancel never came", Verdict.NOT_EXERCISED)


async def test_a_message_waits_for_the_answer_to_an_action(seen: See) -> None:
    got = await seen("{act: {cancel: {at: open}}, sends: {ready: {after: cancel}}}", n=9)
    assert got.recorder.whats("connect", "POST /cancel", "frame") == ["connect", "POST /cancel", "frame"]
    assert "sends ready after the answer to cancel" in got.words


async def test_an_act_waits_for_the_answer_that_it_needs(seen: See) -> None:
    """Two messages come before the answer is read; what is asked at the first needs the answer."""
    more = ', id: {after: started, json: {id: "${accepted.body.id}"}}'
    client = "{connect: before_request, act: {cancel: {at: started}}}"
    got = await seen(client, more=more, n=9, answers_after=2)
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    points = [event.point for event in got.result.events]
    assert points.index("tick") < points.index("accepted") < points.index("cancel")
    assert len(got.recorder.of("frame", 0)) == 2


async def test_jobs_at_once_have_inputs_of_their_own(seen: See) -> None:
    beside = [{"inputs": {"n": 2}}, {"inputs": {"n": 0}}]
    got = await seen("{jobs: 1..3}", {"beside": beside})
    assert sorted(body["n"] for body in got.recorder.of("POST /jobs")) == [0, 2, 3]
    assert len({body["id"] for body in got.recorder.of("POST /jobs")}) == 3
    assert (got.result.verdict, got.result.jobs, got.jobs) == (Verdict.PASSED, 3, 3)
    assert got.words == "n = 3; beside it a job of n = 2; beside it a job of n = 0"


async def test_of_jobs_at_once_the_worst_counts(seen: See) -> None:
    text = CONTRACT.replace("cases:", "always: {few: {for: tick, expect: msg.i < 2}}\ncases:")
    got = await seen("{jobs: 2}", {"beside": [{"inputs": {"n": 3}}]}, n=1, text=text)
    assert [violation.clause for violation in got.result.violations] == ["always/few"]
    assert got.result.job == 1
    assert got.result.spec == {"inputs": {"n": 3}, "connect_after": 0.0, "beside": [{"inputs": {"n": 1}}]}
    assert got.result.example.spec["inputs"] == {"n": 1}


@pytest.mark.parametrize("path", ["/jobs", "/cancel"])
async def test_a_429_anywhere_starts_everything_again(seen: See, path: str) -> None:
    client = "{watchers: 2, act: {cancel: {at: accepted}}}"
    got = await seen(client, {}, busy=1, limit_on=path)
    assert got.result.verdict is Verdict.PASSED
    ids = [body["id"] for body in got.recorder.of("POST /jobs")]
    assert len(set(ids)) == 2, "with new ids"
    assert got.result.jobs == (1 if path == "/jobs" else 2)
    assert set(got.result.parts) == {0, 1}


async def test_a_subprotocol_is_offered_and_must_be_chosen(seen: See) -> None:
    text = CONTRACT.replace("  within: 5s\n  sends", "  within: 5s\n  subprotocol: WHICH\n  sends")
    got = await seen("{}", text=text.replace("WHICH", "[v3.progress, v2.progress]"))
    assert got.recorder.of("connect", 0) == ["v2.progress"]
    assert got.result.verdict is Verdict.PASSED
    none = await seen("{}", text=text.replace("WHICH", "v9.unknown"))
    assert none.result.violation_of("socket/opens") is not None


async def test_a_client_stays_to_see_that_nothing_more_comes(seen: See) -> None:
    text = CONTRACT.replace("done, close: 1000]", "done, {quiet: 100ms}]")
    got = await seen("{}", text=text, closes=False)
    assert got.result.verdict is Verdict.PASSED, got.result.violations
    assert got.recorder.of("closed", 0) == [1000]
    done = next(event.at for event in got.result.events if event.point == "done")
    assert next(event.at for event in got.result.events if event.what == "close") >= done + 0.1


async def test_what_is_cancelled_leaves_nothing_open(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), recording() as recorder:
        path = tmp_path / "ticks.contract.yaml"
        text = CONTRACT.replace("PORT", str(recorder.sockets)).replace("MORE", "")
        text = text.replace("CLIENT", "{watchers: 3, drop: {after_messages: 1, return_after: 9s}}")
        text = text.replace("order:", "order: [started, tick]\n  #").replace("to: done", "to: tick")
        path.write_text(text, encoding="utf-8")
        case = load(path, registry()).cases[0]
        needed = services(make_target(f"http://127.0.0.1:{recorder.port}", {}), registry=registry())
        heard = asyncio.Event()
        needed = replace(needed, heard=lambda example, event: heard.set() if event.point == "tick" else None)
        running = asyncio.create_task(drive(Example(case, {"inputs": {"n": 9}, "connect_after": 0.0}), needed))
        await heard.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await recorder.all_ended()
        assert recorder.connections == 3
