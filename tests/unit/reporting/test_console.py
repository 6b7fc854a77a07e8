"""The exact text that people read; `UPDATE_GOLDEN=1 pytest` writes it anew, to be read in the diff."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness.reporting.console import ConsoleReport, make_console
from harness.reporting.findings import failure_lines
from harness.reporting.tally import not_exercised
from harness.runner.findings import findings
from harness.runner.results import Diagnosis, KnownState, RunResult
from harness.runner.run_events import CaseFinished, Heard, Note, RunFinished, RunStarted, Situation
from harness.trace.verdicts import Explanation, Verdict
from tests.unit.reporting.made import SECRET, failing, golden, judged, of_each_class, outcome, ran, secrets, silent
from tests.unit.reporting.names import NAMES
from tests.unit.reporting.screen import seen
from tests.unit.runner.examples import got, sent

if TYPE_CHECKING:
    from harness.contract.model import Case

HEARD = Heard("renders/works 1/3", got(0.041, "page", number=0))
NOTE = Note("the target asks to wait 41 s")


def printed(
    run: RunResult, width: int = 100, *, terminal: bool = False, verbosity: int = 0, ascii_only: bool = False
) -> str:
    """A whole run as the console shows it; on a terminal the live line is left out."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, soft_wrap=True, force_terminal=terminal, color_system="standard" if terminal else None,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    report = ConsoleReport(console, secrets().redact, verbosity=verbosity, ascii_only=ascii_only)
    situation = Situation(1, 6, 1, None, "renders/works")
    report(RunStarted(run.target, len(run.cases), 6, "of the contracts", lambda: situation))
    report(HEARD)
    report(NOTE)
    for one in run.cases:
        report(CaseFinished(one))
    report(RunFinished(run))
    report.finish(run)
    return file.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_what_people_read(made: dict[str, RunResult], name: str) -> None:
    golden("console", f"{name}.txt", printed(made[name]))


@pytest.mark.parametrize("name", ["several", "known", "recommended"])
@pytest.mark.parametrize(
    ("how", "settings"),
    [
        ("quiet", {"verbosity": -1}),
        ("verbose", {"verbosity": 1}),
        ("terminal", {"terminal": True}),
        ("narrow", {"terminal": True, "width": 60}),
        ("ascii", {"terminal": True, "ascii_only": True}),
    ],
)
def test_what_people_read_otherwise(
    made: dict[str, RunResult], name: str, how: str, settings: dict[str, object]
) -> None:
    text = printed(made[name], **settings)
    golden("console", f"{name}-{how}.txt", seen(text) if "terminal" in settings else text)


def test_quiet_says_what_failed_and_one_line(made: dict[str, RunResult]) -> None:
    for name, run in made.items():
        text = printed(run, verbosity=-1)
        assert text.splitlines()[-1] == printed(run).splitlines()[-1], name
        assert "renders/works  " not in text
    assert printed(made["passed"], verbosity=-1).count("\n") == 1
    assert "WAIVED" not in printed(made["known"], verbosity=-1)


def test_messages_are_shown_only_where_they_were_asked_for(made: dict[str, RunResult]) -> None:
    told = '  +0.041 s  renders/works 1/3  <- page {"type": "page", "number": 0}'
    assert told in printed(made["passed"], verbosity=1).splitlines()
    assert "<- page" not in printed(made["passed"])
    assert NOTE.text in printed(made["passed"])
    assert NOTE.text not in printed(made["passed"], verbosity=-1)


@pytest.mark.parametrize("stopped", ["interrupted", "the run's own time limit of 1 s was reached"])
def test_a_run_that_ended_before_its_first_case_is_no_error_of_the_user(stopped: str) -> None:
    text = printed(RunResult((), 0.2, 0, stopped))
    assert stopped in text
    assert "error" not in text
    assert "()" not in text


@pytest.mark.parametrize("name", ["inconclusive", "unprepared", "stopped"])
def test_status_3_is_not_your_change(made: dict[str, RunResult], name: str) -> None:
    for verbosity in (-1, 0, 1):
        text = printed(made[name], verbosity=verbosity)
        assert text.splitlines()[-1].startswith("inconclusive, not your change: ")
        assert "says nothing of your change" in text
    assert "your change" not in printed(made["wrong-order"])


def test_what_the_target_did_not_say_may_be_your_change(made: dict[str, RunResult]) -> None:
    text = printed(made["not-said"])
    assert "your change may be why: renders/works" in text
    assert text.splitlines()[-1].startswith("inconclusive: ")
    assert "nothing of your change" not in text


def test_what_was_not_judged_is_told_by_whether_it_may_be_your_change(both: tuple[Case, Case]) -> None:
    cases = [judged(both[0], inconclusive="no n", not_said=True), judged(both[1], inconclusive="the login failed")]
    text = printed(ran(*cases))
    assert "your change may be why: renders/works" in text
    assert "says nothing of your change: renders/connects-late" in text
    assert "inconclusive, not your change" not in text


def test_the_longest_verdict_does_not_touch_the_name_of_the_case(case: Case) -> None:
    nothing = judged(case, clauses={"order": Counter({Verdict.NOT_EXERCISED: 3})})
    assert "not exercised renders/works " in printed(ran(nothing))


@pytest.mark.parametrize("width", [20, 40, 100, 400])
def test_no_line_of_a_pipe_is_broken_at_any_width(made: dict[str, RunResult], width: int) -> None:
    for run in made.values():
        assert printed(run, width) == printed(run)


@pytest.mark.parametrize("width", [20, 33, 60, 79, 80, 200])
def test_what_is_broken_on_a_terminal_loses_nothing_and_leaves_the_command(
    made: dict[str, RunResult], width: int
) -> None:
    for run in made.values():
        text = seen(printed(run, width, terminal=True))
        for finding in run.findings:
            if not finding.known:
                whole = " ".join("".join(line for _, line in failure_lines(finding)).split())
                masked = secrets().redact(whole)
                assert masked.replace(" ", "") in text.replace(" ", "").replace("\n", "")
                assert f"  replay: harness replay {finding.failures[0].replay}" in text.splitlines()


@pytest.mark.parametrize("width", [10, 33, 66, 79, 80, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_table_fits(made: dict[str, RunResult], width: int, ascii_only: bool) -> None:
    for run in made.values():
        text = seen(printed(run, width, terminal=True, ascii_only=ascii_only))
        head = next((line for line in text.splitlines() if line.startswith("contract ")), None)
        assert (head is not None) == (width >= 66 and bool(run.cases))
        assert head is None or len(head) <= width


@pytest.mark.parametrize("width", [34, 60, 80, 90])
def test_a_case_takes_one_line_of_a_terminal(made: dict[str, RunResult], width: int) -> None:
    for run in made.values():
        lines = seen(printed(run, width, terminal=True)).splitlines()
        for one in run.cases:
            name = f"{one.case.contract}/{one.case.name[:3]}"
            mine = [line for line in lines if line.startswith(f"{one.verdict.label:<12} {name}")]
            assert len(mine) == 1
            assert len(mine[0]) <= width


def test_colour_says_nothing_that_is_not_said_without_it(made: dict[str, RunResult]) -> None:
    for run in made.values():
        coloured = printed(run, 400, terminal=True)
        assert "\x1b[" in coloured
        *lines, _ = printed(run, 400).splitlines()  # the last line is shorter where there is a table
        assert set(lines) - set(seen(coloured).splitlines()) == set()


def test_a_known_failure_is_not_red(made: dict[str, RunResult]) -> None:
    assert "\x1b[1;31m" not in printed(made["known"], terminal=True)
    assert "\x1b[1;31m" in printed(made["known-expired"], terminal=True)


def test_secrets_are_masked_wherever_they_stand(case: Case) -> None:
    diagnosis = Diagnosis("broken-relation", "", f"story {SECRET}", f"likely {SECRET}", (SECRET,), f"next {SECRET}")
    told = failing(
        case, "always/x", Explanation.RELATION, diagnosis, summary=f"summary {SECRET}", expected=(SECRET, ""),
        near_miss=f"near {SECRET}", input=f"input {SECRET}", note=f"note {SECRET}", replay=f"{SECRET}.json",
        also=(f"also/{SECRET}",),
    )  # fmt: skip
    run = ran(judged(case, told), judged(case, inconclusive=f"because {SECRET}"), stopped=f"stopped {SECRET}")
    text = printed(run)
    assert SECRET not in text
    assert text.count("[secret]") == 13
    assert SECRET not in printed(run, terminal=True)


def test_text_of_the_target_is_no_markup_moves_no_cursor_and_makes_no_line(case: Case) -> None:
    summary = "[bold]x[/] [/nonsense] :smile: \x1b[2Jgone\n::error::no command"
    told = failing(case, "order", Explanation.TOO_EARLY, Diagnosis("wrong-order", "", summary, ""))
    text = printed(ran(judged(case, told)))
    assert "[bold]x[/] [/nonsense] :smile:" in text
    assert "\x1b" not in text
    assert not any(line.strip().startswith("::") for line in text.splitlines())


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_encoding_gets_what_it_can_show(case: Case, encoding: str) -> None:
    told = failing(case, "order", Explanation.TOO_EARLY, Diagnosis("wrong-order", "", "ü 本 \ud800", ""))
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    ConsoleReport(make_console({}, stream), str).finish(ran(judged(case, told)))
    stream.flush()
    shown = {"ascii": r"\xfc \u672c \ud800", "cp1252": r"ü \u672c \ud800", "utf-8": r"ü 本 \ud800"}
    assert f"wrong order: {shown[encoding]}" in raw.getvalue().decode(encoding)


def test_the_same_cause_is_told_once_with_the_other_cases(both: tuple[Case, Case]) -> None:
    first, second = of_each_class(both[0]), of_each_class(both[1])
    name = "silent-job-acknowledged-but-nothing"
    told = findings([first[name], first["wrong-order"], replace(second[name], failed=1)])
    assert [len(finding.failures) for finding in told] == [2, 1]
    lines = [line for _, line in failure_lines(told[0])]
    assert "  in case: works, and the same in connects-late (failed 1 of 3 tries)" in lines


def test_of_many_cases_with_the_same_cause_the_first_are_named(case: Case) -> None:
    failures = [silent(case._replace(name=f"c{number}"), "open-but-nothing", "x") for number in range(12)]
    named = ", ".join(f"c{number}" for number in range(1, 9))
    for count, rest in ((12, " and 3 more cases"), (11, " and 2 more cases"), (10, ", c9")):
        (told,) = findings(failures[:count])
        lines = [line for _, line in failure_lines(told)]
        assert f"  in case: c0, and the same in {named}{rest}" in lines


def test_the_same_clause_gone_silent_at_another_stage_is_another_cause(case: Case) -> None:
    assert len(findings([silent(case, "refused", "x"), silent(case, "open-but-nothing", "x")])) == 2


def test_a_client_that_says_nothing_cannot_tell_that_it_would_have_been_answered(case: Case) -> None:
    answered, unheard = silent(case, "acknowledged-but-nothing", "x"), silent(case, "open-but-nothing", "x")
    assert len(findings([answered, unheard])) == 1
    spoke = replace(unheard, result=replace(unheard.result, events=(*unheard.result.events, sent(0.1))))
    assert len(findings([answered, spoke])) == 2


def test_a_clause_is_not_exercised_only_if_no_case_exercised_it(case: Case) -> None:
    exercised = judged(case, clauses={"at_end/every-page-counted": Counter({Verdict.PASSED: 1})})
    assert not_exercised(ran(judged(case))) == ["renders/at_end/every-page-counted"]
    assert not_exercised(ran(judged(case), exercised)) == []


def test_many_clauses_not_exercised_are_not_blamed_on_a_failure_that_there_is_not(case: Case) -> None:
    clauses = {f"always/c{number}": Counter({Verdict.NOT_EXERCISED: 1}) for number in range(20)}
    clauses["order"] = Counter({Verdict.PASSED: 1})
    text = printed(ran(judged(case, clauses=clauses)))
    assert "20 clauses not exercised" in text
    assert "failed above" not in text


def test_an_entry_that_was_not_judged_is_told(case: Case) -> None:
    text = printed(ran(judged(case), known=(outcome(KnownState.UNJUDGED),)))
    assert "1 known failure not judged: renders/deadlines/finished" in text
    assert text.splitlines()[-1].startswith("passed: ")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "is_terminal", "is_interactive", "has_colour"),
    [
        ({"TERM": "xterm-256color"}, True, True, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, True, False),
        ({"TERM": "dumb"}, True, False, False),
        ({"TERM": "xterm-256color", "CI": "true"}, False, False, False),
        ({"TERM": "xterm-256color", "CI": "false"}, True, True, True),
        ({"TERM": "xterm-256color", "CI": "1", "FORCE_COLOR": "1"}, True, False, True),
    ],
)
def test_a_terminal_is_used_as_the_environment_says(
    environment: dict[str, str], is_terminal: bool, is_interactive: bool, has_colour: bool
) -> None:
    console = make_console(environment, Terminal())
    assert console.is_terminal == is_terminal
    assert console.is_interactive == is_interactive
    assert bool(console.color_system and not console.no_color) == has_colour


def test_a_pipe_is_no_terminal() -> None:
    console = make_console({"TERM": "xterm-256color", "FORCE_COLOR": "1"}, io.StringIO())
    assert not console.is_interactive
    assert make_console({"COLUMNS": "57"}, Terminal()).width == 57
