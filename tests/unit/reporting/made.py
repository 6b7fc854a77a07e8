"""Runs made by hand: one for each class of diagnosis, and one for each way in which a run can end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.contract.model import Case
from harness.runner.results import (
    CaseResult,
    Diagnosis,
    Example,
    ExampleResult,
    Failure,
    KnownOutcome,
    KnownState,
    RunResult,
    Waived,
)
from harness.targets.secrets import Secrets
from harness.trace.verdicts import Explanation, Place, Verdict, Violation
from tests.unit.runner.examples import cases

GOLDEN = Path(__file__).parents[2] / "golden"
SECRET = "s3cr3t-value"
REPLAY = ".harness/failures/7c1e42ab.json"
TARGETS = "targets.yaml"
CONTRACT = """\
language: 1
contract: renders
inputs: {pages: {number: 3}}
request: {method: POST, path: /renders, json: {pages: "${pages}"}}
accepted: {status: 202, within: 2s}
socket:
  connect: /renders/${accepted.body.id}/progress
  within: 2s
  sends: {hello: {json: {type: hello}}}
  messages: {welcome: {type: welcome}, page: {type: page}, done: {type: done}}
  anytime: [welcome]
  order:
    - for_each: {i: pages}
      body: [page: {number: "${i}"}]
    - done
    - close: 1000
deadlines:
  news: {from: [accepted, open], to: page, within: 5s}
  finished: {from: accepted, to: done, within: 30s}
  closed: {from: done, to: close, within: 2s}
at_end:
  every-page-counted: last.done.pages == pages
cases:
  works: {}
  connects-late: {}
"""
PLACES = {
    "accepted/status": 5, "accepted/body": 5, "socket/schemas/page": 10, "order": 12, "deadlines/news": 17,
    "deadlines/finished": 18, "deadlines/closed": 19, "at_end/every-page-counted": 21, "refused/status": 24,
}  # fmt: skip


def golden(kind: str, name: str, text: str) -> None:
    """Hold `text` to the golden file, or write it: `UPDATE_GOLDEN=1 pytest`, to be read in the diff."""
    path = GOLDEN / kind / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text("utf-8")


def secrets(*more: str) -> Secrets:
    kept = Secrets()
    for value in (SECRET, *more):
        kept.add(value)
    return kept


def renders(folder: Path) -> tuple[Case, Case]:
    first, second = cases(folder, CONTRACT)
    return first, second


def failing(case: Case, clause: str, explanation: Explanation, diagnosis: Diagnosis, **more: object) -> Failure:
    """A failure; `summary` is the diagnosis' story unless it is given."""
    of_violation = {name: more.pop(name) for name in ("summary", "expected", "near_miss", "late_by") if name in more}
    of_violation.setdefault("summary", diagnosis.story)
    broken = Violation(
        clause=clause, place=Place("renders.contract.yaml", PLACES.get(clause, 1), 3), explanation=explanation,
        at=5.061, **of_violation,
    )  # fmt: skip
    owed = tuple(more.pop("owed", ()))
    spec = {"inputs": {"pages": 2}, "connect_after": 0.0}
    result = ExampleResult(Example(case, spec), (), (broken,), {clause: Verdict.FAILED}, owed, 1)
    given = {"input": "2 pages", "seed": 8124, "replay": REPLAY, **more}
    return Failure(result, broken, diagnosis, **given)


def silent(case: Case, stage: str, story: str, clause: str = "deadlines/news", **more: object) -> Failure:
    diagnosis = Diagnosis("silent-job", stage, story, **{"likely": "", **more.pop("told", {})})
    return failing(
        case, clause, Explanation.SILENT, diagnosis, **{"owed": ("page(0)",), "summary": "no `page`", **more}
    )


def broke(case: Case, kind: str, clause: str, how: Explanation, story: str, **more: object) -> Failure:
    told = {"likely": "", **more.pop("told", {})}
    return failing(case, clause, how, Diagnosis(kind, "", story, **told), **more)


def of_each_class(case: Case) -> dict[str, Failure]:
    """One failure for each class of diagnosis, and for each stage of silence."""
    opened = "the 202 came after 41 ms, the socket opened"
    heard = f"{opened}, `hello` was answered by `welcome`"
    return {
        "silent-job-no-answer": silent(
            case, "no-answer", "the request was sent, then no answer for 2 s", "accepted/status", owed=("202",)
        ),
        "silent-job-refused": silent(
            case, "refused", "the 202 came after 41 ms, the socket did not open: connection refused", "order"
        ),
        "silent-job-not-upgraded": silent(
            case, "not-upgraded", "the 202 came after 41 ms, the socket did not open: answered 403 instead of 101",
            "order",
        ),
        "silent-job-open-but-nothing": silent(case, "open-but-nothing", f"{opened}, then nothing for 5 s"),
        "silent-job-acknowledged-but-nothing": silent(
            case, "acknowledged-but-nothing", f"{heard}, then nothing for 5 s",
            told={
                "likely": "the background task never ran, or its progress calls fail and the error is swallowed",
                "evidence": (
                    "the progress object answers when driven directly (probe object_answers): look at the handler",
                ),
            },
            failed=3, tries=3,
        ),
        "silent-job-stopped-after-message": silent(
            case, "stopped-after-message", f"{heard}, 1 message came, the last was `page`, then nothing for 10 s",
            "deadlines/finished", owed=("page(1)",),
        ),
        "silent-job-ended-without-close": silent(
            case, "ended-without-close", f"{heard}, 3 messages came, the last was `done`, then no close for 2 s",
            "deadlines/closed", owed=("close 1000",),
        ),
        "silent-job-closed-without-end": silent(
            case, "closed-without-end",
            f"{heard}, 1 message came, the last was `page`, then the socket was closed with code 1011, "
            "and no end had come",
            "order", owed=("page(1)",),
        ),
        "lost-to-a-late-client": broke(
            case, "lost-to-a-late-client", "order", Explanation.WRONG_VALUE,
            "the first message of a client that connects 1.2 s after the 202 was page(1); page(0) never came",
            expected=("page(0)",), input="2 pages; connects 1.2 s after the answer",
            told={
                "evidence": (
                    "the same example passes when the client connects before the request: 2 of 2 tries",
                    "with 0 s it passes, with 0.4 s it fails",
                ),
                "next_step": "keep what was sent, and send it to whoever connects, from the beginning",
            },
            also=("at_end/every-page-counted",),
        ),
        "wrong-order": broke(
            case, "wrong-order", "order", Explanation.TOO_EARLY,
            "done came as message 2, after page(0)", expected=("page(1)",),
            near_miss="done would have been accepted after page(1)", failed=3, tries=3,
            told={"likely": "two workers share one job"},
        ),
        "lost-message": broke(
            case, "lost-message", "order", Explanation.WRONG_VALUE,
            "page(1) never came: after page(0) came page(2), and then the rest as it should", expected=("page(1)",),
        ),
        "repeated-message": broke(
            case, "repeated-message", "order", Explanation.REPEATED, "page(0) came twice, 1 ms apart",
            expected=("page(1)",), near_miss="page(1) is what comes after page(0)",
        ),
        "foreign-message": broke(
            case, "foreign-message", "order", Explanation.UNDECLARED,
            "message 2 is of no kind in this contract: {'type': 'progress', 'percent': 50}",
            expected=("page(1)", "done"),
            near_miss="page has the type 'page'",
        ),
        "message-after-the-end": broke(
            case, "message-after-the-end", "order", Explanation.AFTER_THE_END,
            "page(1) came 12 ms after `done`, which ends the job", expected=("close 1000",),
        ),
        "wrong-totals": broke(
            case, "wrong-totals", "at_end/every-page-counted", Explanation.RELATION,
            "`done` says pages = 3, and 2 pages were asked for and came",
            summary="last.done.pages == pages is false: last.done.pages = 3, pages = 2",
        ),
        "broken-relation": broke(
            case, "broken-relation", "at_end/every-page-counted", Explanation.RELATION,
            "last.done.pages == pages is false: last.done.pages = 3, pages = 2",
        ),
        "wrong-shape": broke(
            case, "wrong-shape", "socket/schemas/page", Explanation.SHAPE,
            "message 1, page: 'number' must be an integer, it is '0'", note="shrinking stopped after 30 examples",
        ),
        "too-late": broke(
            case, "too-late", "deadlines/finished", Explanation.LATE,
            "`done` came 31.4 s after the 202, the deadline is 30 s", late_by=1.4, failed=1, tries=3,
        ),
        "not-closed": broke(
            case, "not-closed", "deadlines/closed", Explanation.SILENT, "`done` came, and no close within 2 s of it",
            expected=("close 1000",),
        ),
        "wrong-close": broke(
            case, "wrong-close", "order", Explanation.WRONG_VALUE,
            "the socket was closed with code 1006 (without a close frame) after `done`", expected=("close 1000",),
        ),
        "wrong-refusal": broke(
            case, "wrong-refusal", "refused/status", Explanation.ANSWER,
            "the answer was 202: {'id': '6f1a'}; this request must be refused", expected=("400",), input="0 pages",
        ),
        "wrong-answer": broke(
            case, "wrong-answer", "accepted/body", Explanation.ANSWER, "accepted.body has no 'id': {'job': '6f1a'}"
        ),
        "server-error": broke(
            case, "server-error", "accepted/status", Explanation.ANSWER,
            f"the answer was 500: {{'error': 'no such token: Bearer {SECRET}'}}", expected=("202",),
        ),
    }  # fmt: skip


def judged(case: Case, *failures: Failure, **more: object) -> CaseResult:
    """A case that ran: 3 examples of 3, unless the failures ended it."""
    clauses = {
        clause: Counter({Verdict.PASSED: 3})
        for clause in ("accepted/status", "order", "deadlines/news", "deadlines/closed")
    }
    clauses["at_end/every-page-counted"] = Counter({Verdict.NOT_EXERCISED: 3})
    clauses.update({one.violation.clause: Counter({Verdict.FAILED: 1, Verdict.PASSED: 2}) for one in failures})
    summed = CaseResult(case, 3, drawn=3, jobs=3, clauses=clauses, failures=list(failures), seconds=0.602)
    return replace(summed, **more)


def ran(*judged_cases: CaseResult, **more: object) -> RunResult:
    jobs = sum(one.jobs for one in judged_cases)
    return RunResult(judged_cases, **{"seconds": 5.4, "jobs": jobs, "target": "https://staging.example.com", **more})


def outcome(state: KnownState, clause: str = "renders/deadlines/finished", line: int = 12) -> KnownOutcome:
    return KnownOutcome(clause, "the farm is being moved", "2026-10-01", Place(TARGETS, line, 9), state)


def runs(first: Case, second: Case) -> dict[str, RunResult]:
    """A run for every class of diagnosis, and the other ways to end."""
    late = of_each_class(first)["too-late"]
    shared = of_each_class(first)["silent-job-acknowledged-but-nothing"], of_each_class(second)["too-late"]
    also = of_each_class(second)["silent-job-acknowledged-but-nothing"]
    flaky = replace(also, failed=1)
    reviews = second._replace(contract="reviews")  # which shares its clauses with the other
    shared_too = of_each_class(reviews)["silent-job-acknowledged-but-nothing"]
    waived = Waived("recognition", "the recogniser is a model", ("renders/at_end/every-page-counted",))
    unjudged = judged(second, clauses={}, examples=0, jobs=0, seconds=0.0, inconclusive="the budget of 3 jobs ran out")
    skipped = replace(unjudged, skipped=3)
    excused = {"at_end/every-page-counted": "jobs here have no pages as a rule"}
    advised, advised_too = (
        case._replace(should=frozenset({"deadlines/finished"}), excused=excused) for case in (first, second)
    )
    return {
        **{name: ran(judged(first, one), judged(second)) for name, one in of_each_class(first).items()},
        "passed": ran(judged(first), judged(second), target_name="staging", cost="0.12 USD"),
        "several": ran(judged(first, shared[0]), judged(second, flaky, shared[1]), cost="0.12 USD"),
        "shared": ran(judged(first, shared[0]), judged(reviews, replace(shared_too, failed=1))),
        "known": ran(
            judged(first, replace(late, known="the farm is being moved", failed=1, tries=1)), judged(second),
            known=(outcome(KnownState.FAILS),), waived=(waived,),
            left_out=("renders: 2 cases left out, the target does not have what the probe previews asks for",),
        ),
        "recommended": ran(
            judged(advised, of_each_class(advised)["too-late"]), judged(advised_too, shrunk=4, outran=2),
        ),
        "known-no-longer": ran(
            judged(first), judged(second),
            known=(outcome(KnownState.HOLDS), outcome(KnownState.UNJUDGED, "renders/order")),
        ),
        "known-expired": ran(
            judged(first, replace(late, failed=3)), judged(second), known=(outcome(KnownState.EXPIRED),)
        ),
        "inconclusive": ran(judged(first), skipped, budget="the budget of 3 jobs ran out"),
        "unprepared": ran(
            judged(first, clauses={}, inconclusive="login: POST /login was answered 401, it must be 2xx"),
            judged(second),
        ),
        "not-said": ran(
            judged(
                first, clauses={}, not_said=True,
                inconclusive="what the client sends cannot be made: ${msg.n} has no value here: there is no 'n'",
            ),
            judged(second),
        ),
        "interrupted": ran(
            judged(first, of_each_class(first)["wrong-order"]),
            judged(second, examples=1, inconclusive="interrupted after 1 of 3 examples"),
            stopped="interrupted", interrupted=True,
        ),
        "stopped": ran(judged(first), judged(second), stopped="the run's own time limit of 5 s was reached"),
        "nothing-judged": ran(
            judged(first, clauses={"order": Counter({Verdict.NOT_EXERCISED: 3})}), seconds=0.3
        ),
        "no-cases": ran(stopped="interrupted", interrupted=True),
    }  # fmt: skip


Render = Callable[[RunResult], str]
