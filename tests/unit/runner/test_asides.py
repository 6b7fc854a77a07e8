"""The requests beside the one that is judged, with a transport in the place of the real one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.contract.client import Act, Client, Connect, Drop
from harness.errors import HarnessError
from harness.runner import asides as module
from harness.runner import asking, attempt, live_client, reaching
from harness.runner.asides import AskedToWaitError, Beforehand, NotPreparedError, clean_up
from harness.runner.drive import TooLongError, drive, requests_of
from harness.runner.results import Example
from harness.runner.run import Run
from harness.runner.services import Waiting
from harness.runner.settings import Settings
from harness.targets import budget
from harness.targets.budget import Budget, Pace, Rate
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from harness.trace.events import Json, What
from harness.trace.verdicts import Verdict
from harness.transport.http import NoAddressError, TransportError
from harness.transport.websocket import Closed
from tests.unit.runner.examples import CONTRACT, cases, services, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.contract.model import Case

TARGET = make_target("http://t", {"X-Key": "k"})
ASIDES = """\
before:
  login: {method: POST, path: /login, json: {user: "${env.USER}"}, secret: true}
  ticket: {method: POST, path: "/tickets/${accepted.body.id}", once: connection}
actions:
  cancel: {method: POST, path: "/jobs/${accepted.body.id}/cancel"}
  delete: {method: DELETE, path: /jobs}
cleanup: [{cancel: unless_ended}, delete]
cases:"""
STORY = [{"type": "ack"}, {"type": "tick"}, {"type": "done"}, Closed(1000, "", "server")]


class Http:
    """Answers by method and path; keeps what it was asked."""

    def __init__(self, answers: dict[str, list[Json]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def send(self, request: Json, on_sent: Callable[[], None], **way: Json) -> Json:
        name = f"{request.method} {request.url.removeprefix('http://t')}"
        self.asked.append(name)
        answers = self.answers.get(name, [200])
        told = answers.pop(0) if len(answers) > 1 else answers[0]
        if told is None:
            raise TransportError("connection reset")
        if isinstance(told, TransportError):
            raise told
        if told == "never":
            await asyncio.Event().wait()
        on_sent()
        status, body, headers = (*told, {})[:3] if isinstance(told, tuple) else (told, {"id": "7"}, {})
        return {"status": status, "headers": headers, "body": body}


class Stream:
    def __init__(self, story: list[Json]) -> None:
        self.story = list(story)

    async def receive(self) -> Json:
        return self.story.pop(0) if self.story else await asyncio.Event().wait()

    async def send(self, message: Json) -> bool:
        return True

    async def close(self) -> None:
        return


@pytest.fixture
def with_asides(tmp_path: Path) -> Case:
    text = CONTRACT.replace("cases:", ASIDES).replace("connect: /ws", "connect: /ws?t=${ticket.body.id}")
    return cases(tmp_path, text)[0]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Http]:
    def start(answers: dict[str, list[Json]], story: list[Json] = STORY) -> Http:
        http = Http({"POST /jobs": [(202, {"id": "7"})], **answers})

        async def open_websocket(url: str, headers: Json, **way: Json) -> Stream:
            http.asked.append(f"CONNECT {url}")
            return Stream(story)

        monkeypatch.setattr(module, "send", http.send)
        monkeypatch.setattr(reaching, "send", http.send)
        monkeypatch.setattr(asking, "send", http.send)
        monkeypatch.setattr(live_client, "open_websocket", open_websocket)
        return http

    return start


async def test_steps_come_first_and_cleaning_up_comes_last(with_asides: Case, talk: Callable[..., Http]) -> None:
    http = talk({"POST /login": [(200, {"id": "of the login"})], "POST /tickets/7": [(200, {"id": "of the ticket"})]})
    secrets = Secrets()
    needed = services(beforehand=Beforehand(secrets), environment={"USER": "u"})
    result = await drive(Example(with_asides, spec()), needed)
    assert result is not None
    assert result.verdict is Verdict.PASSED
    assert http.asked == [
        "POST /login", "POST /jobs", "POST /tickets/7", "CONNECT ws://t/ws?t=of%20the%20ticket", "DELETE /jobs",
    ]  # fmt: skip
    assert [event.point for event in result.events if event.what is What.BEFORE] == ["login", "ticket"]
    assert secrets.redact("of the login, of the ticket") == "[secret], of the ticket", "only the login's is secret"
    await drive(Example(with_asides, spec(2)), needed)
    assert http.asked.count("POST /login") == 1, "once for the run"
    assert http.asked.count("POST /tickets/7") == 2, "once for each connection"


async def test_a_job_that_has_not_ended_is_cancelled(
    with_asides: Case, talk: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "READ_ON", 0.05)
    http = talk({}, [{"type": "what is this"}, None])
    case = with_asides._replace(timed=())
    result = await drive(Example(case, spec()), services(environment={"USER": "u"}))
    assert result is not None
    assert result.verdict is Verdict.FAILED
    assert http.asked[-2:] == ["POST /jobs/7/cancel", "DELETE /jobs"]


async def test_a_refused_request_leaves_nothing_to_clean_up(with_asides: Case, talk: Callable[..., Http]) -> None:
    http = talk({"POST /jobs": [500]})
    await drive(Example(with_asides, spec()), services(environment={"USER": "u"}))
    assert http.asked == ["POST /login", "POST /jobs"]


async def test_cancelling_cleans_up_and_says_so(with_asides: Case, talk: Callable[..., Http]) -> None:
    talked = asyncio.Event()

    class Hangs(Stream):
        async def receive(self) -> Json:
            talked.set()
            await asyncio.Event().wait()

    http = talk({})
    told: list[str] = []

    async def open_websocket(url: str, headers: Json, **way: Json) -> Stream:
        return Hangs([])

    live_client.open_websocket = open_websocket  # the fixture puts it back
    needed = services(environment={"USER": "u"}, tell=told.append)
    running = asyncio.create_task(drive(Example(with_asides, spec()), needed))
    async with asyncio.timeout(20):
        await talked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert http.asked[-2:] == ["POST /jobs/7/cancel", "DELETE /jobs"]
    assert told == ["cleaning up what was started (Ctrl-C again stops that too)"]


async def test_a_step_that_does_not_work_is_inconclusive_and_not_tried_again(
    with_asides: Case, talk: Callable[..., Http]
) -> None:
    http = talk({"POST /login": [(401, {"error": "expired"})]})
    needed = services(environment={"USER": "u"})
    for _ in range(2):
        result = await drive(Example(with_asides, spec()), needed)
        assert result is not None
        assert (result.verdict, result.unprepared, result.jobs) == (Verdict.INCONCLUSIVE, True, 0)
        assert result.inconclusive == (
            "the step beforehand 'login' (POST http://t/login) was answered 401: {'error': 'expired'}"
        )
    assert http.asked == ["POST /login"]


async def test_a_step_whose_answer_lacks_what_the_request_needs_is_inconclusive(
    tmp_path: Path, talk: Callable[..., Http]
) -> None:
    text = CONTRACT.replace("cases:", ASIDES).replace("path: /jobs,", "path: '/jobs/${login.body.data.id}',", 1)
    (case,) = cases(tmp_path, text)[:1]
    http = talk({"POST /login": [(200, {"token": "of the login"})]})
    result = await drive(Example(case, spec()), services(environment={"USER": "u"}))
    assert result is not None
    assert (result.verdict, result.unprepared, result.jobs) == (Verdict.INCONCLUSIVE, True, 0)
    assert "cannot be made: ${login.body.data.id} has no value here" in result.inconclusive
    assert http.asked == ["POST /login"]


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        (
            "method: POST, path: /jobs",
            'method: POST, headers: {x: "a\\nb"}, path: /jobs',
            "the value of the header x has",
        ),
        ("path: /jobs", "path: 'http://t:x/'", "no such address"),
        ("connect: /ws", "connect: ftp://other/x", "'ftp://other/x' is no WebSocket address"),
    ],
)
async def test_what_a_contract_alone_makes_impossible_to_send_is_an_error_of_the_contract(
    tmp_path: Path, talk: Callable[..., Http], was: str, now: str, problem: str
) -> None:
    case = cases(tmp_path, CONTRACT.replace(was, now, 1))[0]
    talk({"POST :x/": [NoAddressError("no such address")]})
    with pytest.raises(HarnessError, match=problem):
        await drive(Example(case, spec()), services())


async def test_what_a_step_makes_impossible_to_send_is_inconclusive(tmp_path: Path, talk: Callable[..., Http]) -> None:
    header = "method: POST, headers: {x: '${login.body.id}'}, path: /jobs"
    text = CONTRACT.replace("cases:", ASIDES).replace("method: POST, path: /jobs", header, 1)
    talk({"POST /login": [(200, {"id": "a\nb"})]})
    result = await drive(Example(cases(tmp_path, text)[0], spec()), services(environment={"USER": "u"}))
    assert result is not None
    assert (result.verdict, result.unprepared, result.jobs) == (Verdict.INCONCLUSIVE, True, 0)
    assert "cannot be made: the value of the header x has a character" in result.inconclusive


async def test_what_the_answer_makes_impossible_to_connect_to_is_a_violation(
    tmp_path: Path, talk: Callable[..., Http]
) -> None:
    talk({"POST /jobs": [(202, {"url": "ftp://other/x"})]})
    case = cases(tmp_path, CONTRACT.replace("connect: /ws", "connect: '${accepted.body.url}'"))[0]
    result = await drive(Example(case, spec()), services())
    assert result is not None
    (violation,) = (one for one in result.violations if one.clause == "socket/opens")
    assert "the answer does not say where it is: 'ftp://other/x' is no WebSocket address" in violation.summary


ACTS = """\
actions: {stop: {method: POST, path: "/stop/${accepted.body.id}"}}
client: {act: {stop: {at: tick}}}
cases:"""
AFTERWARDS = """\
afterwards:
  state: {method: GET, path: "/state/${last.done.at}"}
  log: {method: GET, path: /log, expect: {body: {at: "${last.done.at}"}}}
cases:"""


@pytest.mark.parametrize(
    ("added", "clause", "told"),
    [
        (ACTS, "actions/stop/status", "no answer came: it cannot be asked: ${accepted.body.id} has no value here"),
        (
            AFTERWARDS,
            "afterwards/state/status",
            "no answer came: it cannot be asked: ${last.done.at} has no value here",
        ),
        (AFTERWARDS, "afterwards/log/body", "${last.done.at} has no value here"),
    ],
)
async def test_what_is_asked_with_what_the_target_did_not_say_is_a_violation(
    tmp_path: Path, talk: Callable[..., Http], added: str, clause: str, told: str
) -> None:
    talk({"POST /jobs": [(202, {"no": "id"})]})
    result = await drive(Example(cases(tmp_path, CONTRACT.replace("cases:", added))[0], spec()), services())
    assert result is not None
    (violation,) = (one for one in result.violations if one.clause == clause)
    assert told in violation.summary


async def test_a_step_for_a_connection_that_needs_what_the_answer_does_not_say_is_a_violation(
    with_asides: Case, talk: Callable[..., Http]
) -> None:
    talk({"POST /jobs": [(202, {"no": "id"})]})
    result = await drive(Example(with_asides, spec()), services(environment={"USER": "u"}))
    assert result is not None
    (violation,) = (one for one in result.violations if one.clause == "socket/opens")
    assert "${accepted.body.id} has no value here" in violation.summary


@pytest.mark.parametrize(("schema", "broken"), [("", []), ("schemas: {tick: {required: [n]}}", ["schemas/tick"])])
async def test_a_reply_that_needs_what_the_message_does_not_say_is_not_passed_over(
    tmp_path: Path, talk: Callable[..., Http], schema: str, broken: list[str]
) -> None:
    sends = "sends: {heard: {each: tick, json: {n: '${msg.n}'}}, ready"
    talk({})
    text = CONTRACT.replace("sends: {ready", f"{schema}\n  {sends}" if schema else sends)
    result = await drive(Example(cases(tmp_path, text)[0], spec()), services())
    assert result is not None
    assert [violation.clause for violation in result.violations] == broken
    assert result.verdict is (Verdict.FAILED if broken else Verdict.INCONCLUSIVE)
    if not broken:
        assert "what the client sends cannot be made: ${msg.n} has no value here" in result.inconclusive
        assert result.not_said, "the service may well be wrong"


async def test_a_step_whose_answer_lacks_what_the_next_one_or_the_handshake_needs_is_inconclusive(
    tmp_path: Path, talk: Callable[..., Http]
) -> None:
    talk({"POST /login": [(200, {})]})
    second = ASIDES.replace("  ticket:", '  again: {method: GET, path: "/x/${login.body.id}"}\n  ticket:')
    for text in (
        CONTRACT.replace("cases:", second),
        CONTRACT.replace("cases:", ASIDES).replace("connect: /ws", "connect: /ws?t=${login.body.id}"),
    ):
        result = await drive(Example(cases(tmp_path, text)[0], spec()), services(environment={"USER": "u"}))
        assert result is not None
        assert (result.verdict, result.unprepared) == (Verdict.INCONCLUSIVE, True)
        assert "cannot be made: ${login.body.id} has no value here" in result.inconclusive


async def test_a_step_for_a_connection_that_does_not_work_has_cost_a_job(
    with_asides: Case, talk: Callable[..., Http]
) -> None:
    talk({"POST /tickets/7": [None]})
    result = await drive(Example(with_asides, spec()), services(environment={"USER": "u"}))
    assert result is not None
    assert (result.jobs, result.violations) == (1, ())
    assert "'ticket' (POST http://t/tickets/7) was not answered: connection reset" in result.inconclusive


async def test_a_step_that_is_asked_to_wait_starts_the_example_again_and_counts_every_job(
    with_asides: Case, talk: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_WAIT", 0.02)
    http = talk({"POST /tickets/7": [(429, {}, {"retry-after": "0"}), 200]})
    told: list[str] = []
    needed = services(environment={"USER": "u"}, tell=told.append)
    result = await drive(Example(with_asides, spec()), needed)
    assert result is not None
    assert (result.verdict, result.jobs, needed.budget.used) == (Verdict.PASSED, 2, 2)
    assert told == ["the target answered 429: waiting 20 ms for its rate limit"]
    assert http.asked.count("POST /login") == 1


async def test_a_second_try_does_not_go_over_the_budget(
    with_asides: Case, talk: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_WAIT", 0.02)
    http = talk({"POST /tickets/7": [(429, {}, {"retry-after": "0"}), 200]})
    needed = services(environment={"USER": "u"}, budget=Budget(1))
    assert await drive(Example(with_asides, spec()), needed) is None
    assert needed.budget.used == 1
    assert http.asked.count("POST /jobs") == 1


async def test_an_example_has_the_places_for_all_its_requests_at_once(
    with_asides: Case, talk: Callable[..., Http]
) -> None:
    assert requests_of(with_asides) == 6
    talk({})
    needed = services(environment={"USER": "u"})
    taken: list[int] = []

    class Counts(Pace):
        def turn(self, requests: int = 1) -> Json:
            taken.append(requests)
            return super().turn(requests)

    await drive(Example(with_asides, spec()), replace(needed, pace=Counts(Rate(100, 1.0), needed.clock.now)))
    assert taken == [6]


async def test_what_cannot_be_cleaned_up_is_told(with_asides: Case, talk: Callable[..., Http]) -> None:
    talk({"POST /jobs/7/cancel": [None], "DELETE /jobs": [(503, "down")]})
    names = {"accepted": {"body": {"id": 7}}}
    told = await clean_up(with_asides.cleanup, names, TARGET, "ticks/works", ended=False)
    assert told == [
        "ticks/works: cleaning up with POST http://t/jobs/7/cancel was not answered: connection reset",
        "ticks/works: cleaning up with DELETE http://t/jobs was answered 503: 'down'",
    ]
    talk({"DELETE /jobs": [404]})
    assert await clean_up(with_asides.cleanup, {}, TARGET, "ticks/works", ended=False) == [], "nothing to cancel by"


async def test_cleaning_up_does_not_last_for_ever(
    with_asides: Case, talk: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLEANUP_TIMEOUT", 0.05)
    talk({"DELETE /jobs": ["never"]})
    told = await clean_up(with_asides.cleanup, {}, TARGET, "ticks/works", ended=True)
    assert told == ["ticks/works: cleaning up took over 50 ms and was given up"]


async def test_those_who_need_a_step_together_make_it_once(with_asides: Case, talk: Callable[..., Http]) -> None:
    http = talk({})
    beforehand = Beforehand(Secrets())
    names = {"env": {"USER": "u"}}
    login = with_asides.before[0]
    await asyncio.gather(*(beforehand.answer(login, names, TARGET, "ticks") for _ in range(5)))
    assert http.asked == ["POST /login"]
    other = {"env": {"USER": "somebody else"}}
    await beforehand.answer(login, other, TARGET, "ticks")
    assert len(http.asked) == 2, "another request is another step"


async def test_a_step_asked_to_wait_is_made_again(with_asides: Case, talk: Callable[..., Http]) -> None:
    http = talk({"POST /login": [(429, {}, {"retry-after": "3"}), 200]})
    beforehand = Beforehand(Secrets())
    names = {"env": {"USER": "u"}}
    with pytest.raises(AskedToWaitError) as asked:
        await beforehand.answer(with_asides.before[0], names, TARGET, "ticks")
    assert asked.value.seconds == 3
    assert (await beforehand.answer(with_asides.before[0], names, TARGET, "ticks"))["status"] == 200
    assert len(http.asked) == 2


async def test_a_step_without_an_answer_in_time(
    with_asides: Case, talk: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASIDE_TIMEOUT", 0.05)
    talk({"POST /login": ["never"]})
    with pytest.raises(NotPreparedError, match="was not answered: no answer within 50 ms"):
        await Beforehand(Secrets()).answer(with_asides.before[0], {"env": {"USER": "u"}}, TARGET, "ticks")


async def test_a_target_that_wants_to_be_left_alone_for_longer_than_the_run_ends_it(
    with_asides: Case, talk: Callable[..., Http]
) -> None:
    talk({"POST /jobs": [(429, {}, {"retry-after": "7200"})]})
    needed = services(environment={"USER": "u"})
    waiting = Waiting(Example(with_asides, spec()))
    async with asyncio.timeout(20):
        with pytest.raises(TooLongError, match=r"asks to wait 120 min, longer than the run may take"):
            await drive(waiting.example, replace(needed, until=needed.clock.now() + 600), waiting)
    assert (waiting.jobs, needed.budget.used) == (0, 0)


async def test_a_run_that_is_to_wait_too_long_says_so(with_asides: Case, talk: Callable[..., Http]) -> None:
    talk({"POST /jobs": [(429, {}, {"retry-after": "7200"})], "GET /": [200]})
    needed = services(environment={"USER": "u"})
    run = Run([with_asides], needed, Settings(examples=2, timeout=60), lambda event: None, lambda failure: "")
    async with asyncio.timeout(20):
        result = await run.run()
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.stopped == "the target answered 429 and asks to wait 120 min, longer than the run may take"


PRESENT = """
probes:
  there: {method: GET, path: /state, present_if: {status: 400}}
afterwards:
  settled: {method: GET, path: "/state?job=7", only_if: there, expect: {status: 200}}
cases:"""


@pytest.mark.parametrize(("present", "asked"), [(400, 3), (404, 0)])
async def test_what_is_asked_only_if_something_is_there_asks_that_once_a_run(
    tmp_path: Path, talk: Callable[..., Http], present: int, asked: int
) -> None:
    case = cases(tmp_path, CONTRACT.replace("cases:", PRESENT))[0]
    http = talk({"GET /state": [(present, {})], "GET /state?job=7": [(200, {})] * 3})
    needed = services()
    results = [await drive(Example(case, spec()), needed) for _ in range(3)]
    assert http.asked.count("GET /state") == 1
    assert http.asked.count("GET /state?job=7") == asked
    verdict = Verdict.PASSED if asked else Verdict.NOT_EXERCISED
    assert [one.verdicts["afterwards/settled/status"] for one in results if one is not None] == [verdict] * 3


REFUSES = """
refusals:
  within: 2s
  afterwards: {no_job: {method: GET, path: /jobs/7, expect: {status: 404}}}
cases:
  bad: {refused: {status: 400}}"""


@pytest.mark.parametrize(
    ("answered", "found", "verdict"),
    [(400, 404, Verdict.PASSED), (400, 200, Verdict.FAILED), (202, 200, Verdict.FAILED)],
)
async def test_what_a_refusal_is_followed_by_is_asked_and_judged(
    tmp_path: Path, talk: Callable[..., Http], answered: int, found: int, verdict: Verdict
) -> None:
    case = next(one for one in cases(tmp_path, CONTRACT.replace("cases:", REFUSES)) if one.name == "bad")
    http = talk({"POST /jobs": [(answered, {})], "GET /jobs/7": [(found, {})]})
    result = await drive(Example(case, spec()), services())
    assert result is not None
    assert http.asked == ["POST /jobs", "GET /jobs/7"]
    assert result.verdicts["afterwards/no_job/status"] is verdict


def test_everything_that_a_client_may_ask_counts_for_the_rate(tmp_path: Path) -> None:
    case = cases(tmp_path, CONTRACT.replace("cases:", PRESENT))[0]
    assert requests_of(case) == 1 + 1 + 1 + 1, "request, handshake, probe, afterwards"
    act = Act(case.afterwards[0], "tick", times=(1, 3))
    client = Client(Connect.AFTER_END, watchers=(1, 3), drop=Drop((0, 9)), acts=(act,), jobs=(1, 2))
    assert requests_of(case._replace(client=client)) == 2 * (1 + (3 + 2) + 3 + 1 + 1)
