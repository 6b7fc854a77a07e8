"""Looking into failures: what is run again, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.contract.classes import LOST_ON_RESTART, LOST_TO_LATE_CLIENT, SILENT_JOB
from harness.contract.client import Ending
from harness.runner import asides, investigate
from harness.runner.behaviour import Dropping, behaviour_of
from harness.runner.diagnose import diagnose
from harness.runner.investigate import Investigator, Suspect
from harness.runner.results import Example, ExampleResult
from harness.targets.budget import Budget
from harness.targets.target import make_target
from harness.trace.events import Json
from harness.trace.verdicts import Explanation
from tests.unit.runner.examples import (
    CONTRACT,
    answer,
    cases,
    connecting,
    not_opened,
    opened,
    request,
    result,
    sent,
    services,
    spec,
    violation,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.contract.model import Case
    from harness.runner.results import Diagnosis
    from harness.trace.verdicts import Violation

CLAUSE = "deadlines/news"
SILENT = violation(CLAUSE, Explanation.SILENT, "nothing came", at=5.1, start=0.1)
SEEN = (request(0.0), answer(0.04), opened(0.06), sent(0.07))
PROBES = """\
probes:
  there: {method: GET, path: /test/state, present_if: {status: 400}}
  direct:
    steps: [{method: POST, path: /test/job, json: {n: "${n}"}}, {method: GET, path: /test/state}]
    if_works: look at the handler
    if_not: look at the worker
cases:"""


def silent(case: Case, after: float = 0.0) -> ExampleResult:
    return replace(result(case, SILENT, events=SEEN), example=Example(case, spec(1, after)))


def suspect(found: ExampleResult, *others: ExampleResult) -> Suspect:
    return Suspect(found, CLAUSE, diagnose(found, SILENT), others)


class Judge:
    """Says of each further try what it is told to; keeps what was tried."""

    def __init__(self, fails: Callable[[Example], bool | None], fails_as: Violation = SILENT) -> None:
        self.fails = fails
        self.fails_as = fails_as
        self.tried: list[Example] = []

    async def __call__(self, example: Example) -> ExampleResult | None:
        self.tried.append(example)
        fails = self.fails(example)
        if fails is None:
            return None
        found = result(example.case, self.fails_as, events=SEEN) if fails else result(example.case)
        return replace(found, example=example)


def connects_first(example: Example) -> bool:
    return example.case.client.before_request


async def test_a_failure_that_always_shows(case: Case) -> None:
    judge = Judge(lambda example: True)
    examined = await Investigator(judge, services()).examine(suspect(silent(case)))
    assert (examined.failed, examined.tries) == (3, 3)
    assert examined.diagnosis.kind == SILENT_JOB
    assert [connects_first(example) for example in judge.tried] == [False, True] * 2, "a small budget is shared"


async def test_a_failure_that_shows_now_and_then_is_not_blamed_on_a_late_client(case: Case) -> None:
    answers = iter([True, False])
    judge = Judge(lambda example: not connects_first(example) and next(answers))
    examined = await Investigator(judge, services()).examine(suspect(silent(case, 1.2)))
    assert (examined.failed, examined.tries) == (2, 3)
    assert examined.diagnosis.kind == SILENT_JOB


async def test_what_passes_by_itself_is_tried_among_as_many_as_when_it_failed(case: Case) -> None:
    others = tuple(Example(case, spec(n)) for n in range(2, 9))
    tried = 0

    def fails(example: Example) -> bool:
        nonlocal tried
        tried += 1
        return tried > 2 and tried % 2 == 0  # the first are the tries by itself

    judge = Judge(fails)
    found = replace(result(case, SILENT, events=SEEN), neighbours=others)
    examined = await Investigator(judge, services()).examine(replace(suspect(found), early_too=True))
    crowd = judge.tried[2:]
    assert crowd == [found.example] * 4 + list(others[:4]), "as many at once as there were"
    assert (examined.failed, examined.tries) == (3, 7)
    assert examined.diagnosis.evidence[-1] == (
        "tried again by itself it passed (2 of 2); with 7 other examples at the same time, as when it was found, "
        "it failed 2 of 4 tries"
    )


async def test_what_ran_alone_when_it_failed_is_tried_alone(case: Case) -> None:
    judge = Judge(lambda example: False)
    examined = await Investigator(judge, services()).examine(replace(suspect(silent(case)), early_too=True))
    assert (examined.failed, examined.tries, len(judge.tried)) == (1, 3, 2)


async def test_an_early_client_that_is_known_to_see_the_same_is_not_tried(case: Case) -> None:
    judge = Judge(lambda example: True)
    await Investigator(judge, services()).examine(replace(suspect(silent(case)), early_too=True))
    assert [connects_first(example) for example in judge.tried] == [False, False]


async def test_messages_lost_to_a_client_that_comes_late(case: Case) -> None:
    judge = Judge(lambda example: not connects_first(example))
    passed = replace(result(case), example=Example(case, spec(1, 0.2)))
    failed_too = replace(silent(case, 0.3), example=Example(case, spec(1, 0.3)))
    found = (await Investigator(judge, services()).examine(suspect(silent(case, 1.2), passed, failed_too))).diagnosis
    assert found.kind == LOST_TO_LATE_CLIENT
    assert found.story == (
        "a client that connects 1.2 s after the answer misses messages; the same example passes when the client "
        "connects before the request (2 of 2 tries); it also passed with a delay of 200 ms"
    )
    assert all(example.spec == spec(1) for example in judge.tried if connects_first(example))


async def test_a_client_that_cannot_connect_first_connects_at_once(tmp_path: Path) -> None:
    case = cases(tmp_path, CONTRACT.replace("connect: /ws", "connect: /ws/${accepted.body.id}"))[0]
    judge = Judge(lambda example: bool(example.spec["connect_after"]))
    found = (await Investigator(judge, services()).examine(suspect(silent(case, 1.2)))).diagnosis
    assert (found.kind, "at once after the answer" in found.story) == (LOST_TO_LATE_CLIENT, True)
    at_once = await Investigator(judge, services()).examine(suspect(silent(case, 0.0)))
    assert at_once.diagnosis.kind == SILENT_JOB, "there is no earlier one"


async def test_a_failure_before_the_socket_has_nothing_to_do_with_when_the_client_came(case: Case) -> None:
    judge = Judge(lambda example: not connects_first(example))
    unanswered = replace(silent(case), events=SEEN[:1])
    told = Suspect(unanswered, CLAUSE, diagnose(unanswered, SILENT))
    assert told.diagnosis.stage == "no-answer"
    assert (await Investigator(judge, services()).examine(told)).diagnosis.kind == SILENT_JOB
    assert len(judge.tried) == 2


REFUSED = violation("socket/opens", Explanation.NOT_OPENED, "the handshake was answered 410", at=1.3)


def refused(case: Case, after: float) -> Suspect:
    found = result(case, REFUSED, events=(*SEEN[:2], connecting(1.24), not_opened(1.3, 410)))
    found = replace(found, example=Example(case, spec(1, after)))
    return Suspect(found, REFUSED.clause, diagnose(found, REFUSED), early_too=True)


async def test_a_handshake_that_is_refused_to_a_late_client_only_is_told_so(case: Case) -> None:
    judge = Judge(lambda example: bool(example.spec["connect_after"]), fails_as=REFUSED)
    found = (await Investigator(judge, services()).examine(refused(case, 1.2))).diagnosis
    assert not any(map(connects_first, judge.tried)), "of a job that is not there yet it may be refused, too"
    assert found.kind == LOST_TO_LATE_CLIENT
    assert found.story == (
        "a client that connects 1.2 s after the answer is refused; the same example passes when the client connects "
        "at once after the answer (2 of 2 tries)"
    )
    assert found.evidence[0].endswith("the handshake was answered 410")


@pytest.mark.parametrize("after", [0.0, 1.2])
async def test_a_handshake_that_is_refused_to_everybody_is_not_a_matter_of_when(case: Case, after: float) -> None:
    judge = Judge(lambda example: True, fails_as=REFUSED)
    found = (await Investigator(judge, services()).examine(refused(case, after))).diagnosis
    assert (found.kind, found.stage) == (SILENT_JOB, "not-upgraded")
    assert len(judge.tried) == (4 if after else 2), "the target is not asked more where nobody came late"


SURVIVES = "works: {client: {drop: {after_messages: 1..2, by: [reset, restart]}}}"


def dropped(case: Case, by: str) -> Suspect:
    found = replace(
        silent(case), example=Example(case, {**spec(1), "client": {"drop": {"after_messages": 2, "by": by}}})
    )
    return Suspect(found, CLAUSE, diagnose(found, SILENT))


async def test_messages_lost_on_a_restart_come_where_only_the_connection_is_dropped(tmp_path: Path) -> None:
    case = cases(tmp_path, CONTRACT.replace("works: {}", SURVIVES))[0]
    judge = Judge(lambda example: example.case.client.restarts)
    found = (await Investigator(judge, services()).examine(dropped(case, "restart"))).diagnosis
    assert found.kind == LOST_ON_RESTART
    assert found.story == (
        "a client that returns after a restart misses messages; the same example passes when the client only drops "
        "its connection (2 of 2 tries)"
    )
    easier = judge.tried[1]
    assert behaviour_of(easier.case.client, easier.spec).drop == Dropping(2, Ending.CLOSE, 0.0)


async def test_what_a_client_misses_that_only_drops_its_connection_was_not_lost_on_a_restart(tmp_path: Path) -> None:
    case = cases(tmp_path, CONTRACT.replace("works: {}", SURVIVES))[0]
    always = Judge(lambda example: True)
    assert (await Investigator(always, services()).examine(dropped(case, "restart"))).diagnosis.kind == SILENT_JOB
    assert len(always.tried) == 4
    reset = Judge(lambda example: example.spec["client"]["drop"].get("by") == "reset")
    assert (await Investigator(reset, services()).examine(dropped(case, "reset"))).diagnosis.kind == SILENT_JOB
    assert len(reset.tried) == 2, "nothing was restarted, so there is nothing to leave out"


async def test_where_nothing_is_heard_of_any_job_only_an_earlier_client_is_worth_a_try(case: Case) -> None:
    judge = Judge(lambda example: True)
    told = replace(suspect(silent(case)), silent=True)
    heard_of_none = await Investigator(judge, services()).examine(replace(told, early_too=True))
    assert (heard_of_none.failed, heard_of_none.tries) == (1, 1)
    assert not judge.tried
    assert (await Investigator(judge, services()).examine(told)).tries == 3
    other = replace(told, early_too=True, diagnosis=replace(told.diagnosis, kind=LOST_TO_LATE_CLIENT))
    assert (await Investigator(judge, services()).examine(other)).tries == 3, "it has heard something"


async def test_without_a_budget_nothing_is_tried_again_and_that_is_said(case: Case) -> None:
    examined = await Investigator(Judge(lambda example: None), services()).examine(suspect(silent(case)))
    assert (examined.failed, examined.tries) == (1, 1)
    assert examined.diagnosis.evidence[-1] == "it was not tried again: the budget of jobs was spent"


async def test_no_try_begins_when_the_time_for_it_is_over_and_that_is_said(case: Case) -> None:
    over = "the time for trying failures again was over (--confirm-seconds allows more)"

    async def told(answers: list[bool | None], *, neighbours: tuple[Example, ...] = ()) -> tuple[int, int, str]:
        left = iter(answers)
        found = replace(silent(case), neighbours=neighbours)
        judge = Judge(lambda example: next(left))
        examined = await Investigator(judge, services(), 0.0).examine(replace(suspect(found), early_too=True))
        return examined.failed, examined.tries, examined.diagnosis.evidence[-1]

    assert await told([None, None]) == (1, 1, f"it was not tried again: {over}")
    assert await told([True, None]) == (2, 2, f"it was tried again only once: {over}")
    among = "with 1 other example at the same time, as when it was found, it was not tried"
    by_itself = "tried again by itself it passed (2 of 2)"
    assert await told([False, False, None, None], neighbours=(Example(case, spec(2)),)) == (
        1, 3, f"{by_itself}; {among}: {over}",
    )  # fmt: skip


async def test_tries_that_could_not_be_judged_are_no_tries(case: Case) -> None:
    judge = Judge(lambda example: True)

    async def stalls(example: Example) -> ExampleResult | None:
        found = await judge(example)
        return replace(found, inconclusive="it stalled") if found is not None else None

    examined = await Investigator(stalls, services()).examine(replace(suspect(silent(case)), early_too=True))
    assert (examined.failed, examined.tries) == (1, 1)
    assert "budget" not in " ".join(examined.diagnosis.evidence)


@pytest.fixture
def probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Json]:
    async def examine(answers: dict[str, int | None], budget: int | None = None, *, probes: bool = True) -> Json:
        case = cases(tmp_path, CONTRACT.replace("cases:", PROBES))[0]
        asked = []

        async def send(request: Json, on_sent: Json, **way: Json) -> Json:
            name = f"{request.method} {request.url.removeprefix('http://t')}"
            asked.append(name)
            status = answers[name].pop(0) if isinstance(answers[name], list) else answers[name]
            return {"status": status, "headers": {}, "body": {"state": "x"}}

        monkeypatch.setattr(asides, "send", send)
        needed = services(replace(make_target("http://t", {}), probes=probes), budget=Budget(budget))
        investigator = investigate.Investigator(Judge(lambda example: True), needed)
        found: Diagnosis = (await investigator.examine(suspect(silent(case)))).diagnosis
        return found.evidence, asked, needed.budget.used

    return examine


async def test_probes_tell_where_to_look(probed: Callable[..., Json]) -> None:
    works = {"GET /test/state": [400, 200], "POST /test/job": 200}
    told, asked, jobs = await probed(works)
    assert told[-1] == "probe direct: all 2 steps were answered as they should be: look at the handler"
    assert asked == ["GET /test/state", "POST /test/job", "GET /test/state"]
    assert jobs == 1
    told, asked, _ = await probed({"GET /test/state": [400], "POST /test/job": 426})
    assert told[-1] == "probe direct: POST http://t/test/job was answered 426: {'state': 'x'}: look at the worker"
    assert asked == ["GET /test/state", "POST /test/job"]


async def test_probes_are_not_made_where_they_are_not_there_or_not_allowed_or_cost_too_much(
    probed: Callable[..., Json],
) -> None:
    told, asked, jobs = await probed({"GET /test/state": 404})
    assert told[-1] == (
        "probe there: GET http://t/test/state was answered 404: {'state': 'x'}, so nothing more could be asked"
    )
    assert (asked, jobs) == (["GET /test/state"], 0)
    told, asked, _ = await probed({}, probes=False)
    assert (told[-1], asked) == (
        "the contract has probes that tell where to look, but this target does not allow them", [],
    )  # fmt: skip
    told, asked, jobs = await probed({"GET /test/state": 400}, 0)
    assert told[-1] == "probe direct was not made: the budget of jobs was spent"
    assert (asked, jobs) == (["GET /test/state"], 0)
