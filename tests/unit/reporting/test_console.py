"""The exact text that people read; `UPDATE_GOLDEN=1 pytest` writes it anew, to be read in the diff."""

from __future__ import annotations

import io
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness.reporting.console import ConsoleReport, failure_lines, not_exercised
from harness.runner.diagnose import diagnose
from harness.runner.results import CaseResult, Diagnosis, Failure, RunResult, findings
from harness.runner.run_events import CaseFinished, RunFinished, RunStarted, Situation
from harness.targets.secrets import Secrets
from harness.trace.verdicts import Explanation, Verdict
from tests.unit.runner.examples import answer, failure, got, opened, request, result, sent, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.trace.events import Event
    from harness.trace.verdicts import Violation

GOLDEN = Path(__file__).parents[2] / "golden" / "console"
REPLAY = ".harness/failures/7c1e42ab.json"
SEEN = (request(10.0), answer(10.041), opened(10.06), sent(10.061), got(10.07, "ack"))


def diagnosed(case: Case, broken: Violation, events: tuple[Event, ...] = (), **more: str) -> Failure:
    example = replace(result(case, broken, events=events), owed=("tick", "done"))
    return failure(case, broken, diagnose(example, broken), result=example, replay=REPLAY, **more)


def silent_job(case: Case) -> Failure:
    broken = violation(
        "deadlines/news", Explanation.SILENT, "no `tick` within 5 s of `ready`", at=15.061, start=10.061,
        expected=("tick",),
    )  # fmt: skip
    return diagnosed(case, broken, SEEN)


def wrong_order(case: Case) -> Failure:
    broken = violation(
        summary="message 4 of the order is tick {'i': 5}: i is 5, not 4", explanation=Explanation.WRONG_VALUE,
        expected=("tick(i 4)", "done"), near_miss="tick(i 4) would have been accepted",
    )  # fmt: skip
    return diagnosed(case, broken, SEEN, note="shrinking stopped after 30 examples", input="3 ticks")


def relation(case: Case) -> Failure:
    return diagnosed(
        case,
        violation("always/small", Explanation.RELATION, "msg.i < 100 is false: msg.i = 120"),
        input="3 ticks; connects 1.2 s after the answer",
    )


def wrong_answer(case: Case) -> Failure:
    summary = "the answer was 500: {'error': 'no such token: Bearer s3cr3t-value'}"
    return diagnosed(case, violation("accepted/status", Explanation.ANSWER, summary, expected=("202",)))


def judged(case: Case, *failures: Failure, **more: object) -> CaseResult:
    clauses = {"order": Counter({Verdict.PASSED: 3}), "always/small": Counter({Verdict.NOT_EXERCISED: 3})}
    clauses.update({one.violation.clause: Counter({Verdict.FAILED: 1}) for one in failures})
    summed = CaseResult(case, examples=3, jobs=3, clauses=clauses, failures=list(failures), seconds=0.602)
    for name, value in more.items():
        setattr(summed, name, value)
    return summed


def printed(run: RunResult, width: int = 100, *, colour: bool = False, secret: str = "s3cr3t-value") -> str:
    """A whole run as the console shows it."""
    secrets = Secrets()
    secrets.add(secret)
    file = io.StringIO()
    console = Console(
        file=file, width=width, soft_wrap=True, force_terminal=colour, color_system="standard" if colour else None,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    report = ConsoleReport(console, secrets.redact)
    situation = Situation(1, 6, 1, None, "ticks/works")
    report(RunStarted("http://127.0.0.1:8787", len(run.cases), 6, "of the contracts", lambda: situation))
    for one in run.cases:
        report(CaseFinished(one))
    report(RunFinished(run))
    report.finish(run)
    return file.getvalue()


def runs(case: Case) -> dict[str, RunResult]:
    other = replace(case, name="works-too")
    return {
        "passed": RunResult((judged(case), judged(other)), 2.93, 6),
        "silent-job": RunResult((judged(case, silent_job(case)), judged(other, silent_job(other))), 5.4, 6),
        "wrong-order": RunResult((judged(case, wrong_order(case)), judged(other)), 5.4, 6),
        "relation": RunResult((judged(case, relation(case)),), 1.0, 3),
        "wrong-answer": RunResult((judged(case, wrong_answer(case)),), 1.0, 3),
        "inconclusive": RunResult(
            (judged(case), judged(other, inconclusive="the budget of 3 jobs ran out", examples=0, jobs=0)), 1.0, 3
        ),
        "interrupted": RunResult(
            (judged(case, wrong_order(case)), judged(other, inconclusive="interrupted")), 1.0, 6, "interrupted", True
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "passed", "silent-job", "wrong-order", "relation", "wrong-answer", "inconclusive", "interrupted",
    ],
)  # fmt: skip
def test_what_people_read(case: Case, name: str) -> None:
    text = printed(runs(case)[name])
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("stopped", ["interrupted", "the run's own time limit of 1 s was reached"])
def test_a_run_that_ended_before_its_first_case_is_no_error_of_the_user(stopped: str) -> None:
    text = printed(RunResult((), 0.2, 0, stopped))
    assert stopped in text
    assert "error" not in text
    assert "()" not in text


def test_the_longest_verdict_does_not_touch_the_name_of_the_case(case: Case) -> None:
    nothing = judged(case, clauses={"order": Counter({Verdict.NOT_EXERCISED: 3})})
    assert "not exercised ticks/works " in printed(RunResult((nothing,), 1.0, 3))


@pytest.mark.parametrize("width", [20, 40, 100, 400])
def test_no_line_is_broken_at_any_width(case: Case, width: int) -> None:
    for run in runs(case).values():
        assert printed(run, width) == printed(run)


def test_colour_says_nothing_that_is_not_said_without_it(case: Case) -> None:
    from rich.text import Text

    for run in runs(case).values():
        coloured = printed(run, colour=True)
        assert "\x1b[" in coloured
        assert Text.from_ansi(coloured).plain.rstrip("\n") == printed(run).rstrip("\n")


def test_secrets_are_masked_wherever_they_stand(case: Case) -> None:
    secret = "s3cr3t-value"
    broken = violation(
        "always/x", Explanation.RELATION, f"summary {secret}", expected=(secret,), near_miss=f"near {secret}"
    )
    diagnosis = Diagnosis("broken-relation", "", f"story {secret}", f"likely {secret}")
    told = failure(case, broken, diagnosis, input=f"input {secret}", note=f"note {secret}", replay=f"{secret}.json")
    run = RunResult((judged(case, told), judged(case, inconclusive=f"because {secret}")), 1.0, 3, f"stopped {secret}")
    text = printed(run)
    assert secret not in text
    assert text.count("[secret]") == 9
    assert secret not in printed(run, colour=True)


def test_text_of_the_target_is_no_markup_and_moves_no_cursor(case: Case) -> None:
    told = relation(case)
    told = replace(told, violation=replace(told.violation, summary="[bold]x[/] [/nonsense] :smile: \x1b[2Jgone"))
    told = replace(told, diagnosis=replace(told.diagnosis, story=told.violation.summary))
    text = printed(RunResult((judged(case, told),), 1.0, 3))
    assert "[bold]x[/] [/nonsense] :smile:" in text
    assert "\x1b" not in text


def test_the_same_cause_is_told_once_with_the_other_cases(case: Case) -> None:
    other = replace(case, name="works-too")
    told = findings([silent_job(case), wrong_order(case), silent_job(other)])
    assert [[one.case.name for one in finding.failures] for finding in told] == [["works", "works-too"], ["works"]]
    lines = [line for _, line in failure_lines(told[0])]
    assert "  in case: works, and the same in works-too" in lines


def test_the_same_clause_gone_silent_at_another_stage_is_another_cause(case: Case) -> None:
    other = diagnosed(case, silent_job(case).violation, SEEN[:3])
    assert len(findings([silent_job(case), other])) == 2


def test_a_clause_is_not_exercised_only_if_no_case_exercised_it(case: Case) -> None:
    exercised = judged(case, clauses={"always/small": Counter({Verdict.PASSED: 1})})
    assert not_exercised(RunResult((judged(case),), 1.0, 1)) == ["ticks/always/small"]
    assert not_exercised(RunResult((judged(case), exercised), 1.0, 1)) == []


def test_many_clauses_not_exercised_are_not_blamed_on_a_failure_that_there_is_not(case: Case) -> None:
    clauses = {f"always/c{number}": Counter({Verdict.NOT_EXERCISED: 1}) for number in range(20)}
    clauses["order"] = Counter({Verdict.PASSED: 1})
    text = printed(RunResult((judged(case, clauses=clauses),), 1.0, 1))
    assert "20 clauses not exercised" in text
    assert "failed above" not in text
