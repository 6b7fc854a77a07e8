"""The console: a line a case, each failure once, a summary; on a terminal also what is being waited for."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from harness.runner.run_events import CaseFinished, RunEvent, RunStarted
from harness.trace.units import count, duration
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.status import Status

    from harness.runner.results import CaseResult, Finding, RunResult

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "bold red",
    Verdict.NOT_EXERCISED: "yellow",
}
NAME_WIDTH = 48
MOST_LISTED = 8


class PipeConsole(Console):
    """A console whose reader may leave (`harness run | head`): then it falls silent, and the run goes on to its end."""

    def on_broken_pipe(self) -> None:
        """Let what is still printed go nowhere."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class ConsoleReport:
    """Prints run events as they come; everything goes through `redact` first. Call `close` in the end."""

    def __init__(self, console: Console, redact: Callable[[str], str]) -> None:
        self._console = console
        self._redact = redact
        self._status: Status | None = None

    def __call__(self, event: RunEvent) -> None:
        """Print what `event` has to say."""
        match event:
            case RunStarted(target, cases, examples, seed, _):
                drawn = f"{count(cases, 'case')}, {count(examples, 'example')}"
                self._line(f"target {target}   {drawn}, seed {seed}")
            case CaseFinished(result):
                self._case(result)

    def close(self) -> None:
        """Take away the live line."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def finish(self, result: RunResult) -> None:
        """Print the failures, each cause once, and the summary."""
        self.close()
        for finding in result.findings:
            self._line("")
            for style, line in failure_lines(finding):
                self._line(line, style)
        self._line("")
        for style, line in summary_lines(result):
            self._line(line, style)

    def _case(self, result: CaseResult) -> None:
        verdict = result.verdict
        each = f"{duration(result.seconds / result.examples)} each" if result.examples else ""
        numbers = f"{count(result.examples, 'example'):>12}  {count(result.jobs, 'job'):>8}  {each:>13}"
        text = Text()
        text.append(f"{verdict.label:<12} ", STYLES[verdict])
        text.append(f"{result.case.full_name:<{NAME_WIDTH}} {numbers}".rstrip())
        if verdict is Verdict.INCONCLUSIVE:
            text.append(f"\n  {result.inconclusive}")
        self._print(text)

    def _line(self, line: str, style: str = "") -> None:
        self._print(Text(harmless(line), style))

    def _print(self, text: Text) -> None:
        redacted = Text(self._redact(text.plain))
        if redacted.plain == text.plain:
            redacted = text
        self._console.print(redacted, soft_wrap=True, highlight=False)


def harmless(line: str) -> str:
    """`line` without what would move a terminal's cursor: a target's words stand in it."""
    return "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in line)


def failure_lines(finding: Finding) -> list[tuple[str, str]]:
    """A finding as (style, line) pairs."""
    failure = finding.failures[0]
    violation, diagnosis, case = failure.violation, failure.diagnosis, failure.case
    clause = f"{case.contract}/{violation.clause}"
    lines = [("bold red", f"FAILED  {clause:<52} {violation.place}")]
    stage = f" ({diagnosis.stage})" if diagnosis.stage else ""
    lines.append(("", f"  {diagnosis.title}{stage}: {diagnosis.story}"))
    if diagnosis.story != violation.summary and not diagnosis.stage:
        lines.append(("", f"  {violation.summary}"))
    expected = failure.result.owed if diagnosis.stage and failure.result.owed else violation.expected
    if expected:
        lines.append(("", f"  expected next: {', '.join(expected)}"))
    if violation.near_miss and len(expected) != 1:  # else it is what was expected next
        lines.append(("", f"  near miss: {violation.near_miss}"))
    if diagnosis.likely:
        lines.append(("", f"  likely: {diagnosis.likely}"))
    others = [other.case.name for other in finding.failures[1:]]
    lines.append(("", f"  in case: {case.name}{', and the same in ' + ', '.join(others) if others else ''}"))
    if failure.input:
        seed = f"   (seed {failure.seed})" if failure.seed is not None else ""
        lines.append(("", f"  smallest input: {failure.input}{seed}"))
    if failure.note:
        lines.append(("", f"  {failure.note}"))
    if failure.replay:
        lines.append(("", f"  replay: harness replay {failure.replay}"))
    return lines


def summary_lines(result: RunResult) -> list[tuple[str, str]]:
    """What a run came to, as (style, line) pairs."""
    lines: list[tuple[str, str]] = []
    verdict = result.verdict
    unexercised = not_exercised(result) if verdict is Verdict.PASSED else []  # else it may be for what went wrong
    if unexercised:
        told = f"{count(len(unexercised), 'clause')} not exercised by any example: {_listed(unexercised)}"
        lines.append(("yellow", told))
    if result.budget:
        skipped = count(sum(case.skipped for case in result.cases), "example")
        lines.append(("yellow", f"{result.budget}: {skipped} not run (--max-jobs allows more)"))
    if result.stopped:
        lines.append(("yellow", f"the run did not finish: {result.stopped}"))
    if verdict is Verdict.INCONCLUSIVE:
        unjudged = [case.case.full_name for case in result.cases if case.verdict is Verdict.INCONCLUSIVE]
        named = f": {_listed(unjudged)}" if unjudged else ""
        lines.append(("yellow", f"not judged to the end, so this says nothing of your change{named}"))
    counted = Counter(case.verdict for case in result.cases)
    told = ", ".join(f"{counted[one]} {one.label}" for one in sorted(counted, reverse=True))
    cases = f" ({told})" if told else ""
    examples = count(sum(case.examples for case in result.cases), "example")
    total = f"{verdict.label}: {count(len(result.cases), 'case')}{cases}, {examples}, {count(result.jobs, 'job')}"
    lines.append((STYLES[verdict], f"{total} in {duration(result.seconds)}"))
    return lines


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_LISTED]) + (" and more" if len(names) > MOST_LISTED else "")


def not_exercised(result: RunResult) -> list[str]:
    """The clauses that no example of any case exercised, by contract and name."""
    best: dict[str, Verdict] = {}
    for case in result.cases:
        for clause in case.clauses:
            name = f"{case.case.contract}/{clause}"
            best[name] = max(best.get(name, Verdict.NOT_EXERCISED), case.clause_verdict(clause))
    return [name for name, verdict in best.items() if verdict is Verdict.NOT_EXERCISED]
