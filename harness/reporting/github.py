"""For GitHub Actions: annotations at the contract's lines, and a summary of the job.

The form of a command is that of the runner: `::error file=...,line=...,col=...,title=...::message`, where a message
escapes `%`, CR and LF, and a property `:` and `,` too.
"""

import re
from collections.abc import Callable, Iterable

from harness.reporting.findings import failure_lines, finding_title, known_lines, outcome_lines, waived_line
from harness.reporting.summary import examples, last_line, note_lines, of_the_change
from harness.reporting.tally import drawn, standing
from harness.reporting.words import Line, joined, one_line
from harness.runner.results import CaseResult, KnownState, RunResult
from harness.trace.units import duration
from harness.trace.verdicts import Place, Verdict

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_TABLE = ("case", "verdict", "examples", "clauses passed", "failed", "not exercised", "jobs", "time")


def annotations(result: RunResult, redact: Callable[[str], str]) -> list[str]:
    """Workflow commands, a line each, to be printed to standard output.

    The file of each is that of its `Place`: relative to the folder in which the run was started.
    """
    lines = []
    for finding in result.findings:
        if finding.known:
            told = joined(known_lines(finding, result)[1:])
            command = "notice"
        else:
            told = joined(failure_lines(finding)[1:])
            command = "warning" if finding.recommended else "error"
        lines.append(_annotation(command, finding_title(finding), told, redact, finding.failures[0].violation.place))
    for outcome in result.known:
        if outcome.is_broken:
            title = f"{outcome.clause}: {outcome.state}"
            lines.append(_annotation("error", title, joined(outcome_lines(outcome)[1:]), redact, outcome.place))
        elif outcome.state is KnownState.UNJUDGED:
            lines.append(_annotation("warning", outcome.clause, "known failure, not judged", redact, outcome.place))
    for case in result.cases:
        if case.verdict is Verdict.INCONCLUSIVE:
            told = f"{case.inconclusive or 'no example was judged'}\n{of_the_change(case)}"
            lines.append(_annotation("warning", f"{case.case.full_name}: inconclusive", told, redact))
    if result.stopped:
        lines.append(_annotation("warning", "the run did not finish", result.stopped, redact))
    return lines


def job_summary(result: RunResult, redact: Callable[[str], str]) -> str:
    """Markdown to be added to the file that `GITHUB_STEP_SUMMARY` names."""
    where = f" at {result.target_name or result.target}" if result.target_name or result.target else ""
    title = f"Contracts {result.verdict.label}{where}"
    parts = [
        f"## {_markdown(title, redact)}",
        _markdown(last_line(result)[1], redact),
        *_bullets(note_lines(result), redact),
        "\n".join([_row(_TABLE), _row(["---"] * len(_TABLE)), *(_case_row(case, redact) for case in result.cases)]),
    ]
    for finding in result.findings:
        lines = known_lines(finding, result) if finding.known else failure_lines(finding)
        parts += _section(finding_title(finding), lines, redact)
    for outcome in result.known:
        if outcome.is_broken:
            parts += _section(f"{outcome.clause}: {outcome.state}", outcome_lines(outcome), redact)
    parts += _bullets(map(waived_line, result.waived), redact)
    parts += _bullets((("", told) for told in result.left_out), redact)
    return "\n\n".join(parts) + "\n"


def _annotation(
    command: str, title: str, message: str, redact: Callable[[str], str], place: Place | None = None
) -> str:
    properties = {"title": title}
    if place is not None:
        file = place.file.replace("\\", "/")
        properties = {"file": file, "line": str(place.line), "col": str(place.column), "title": title}
    told = ",".join(f"{name}={_property(redact(value))}" for name, value in properties.items())
    return f"::{command} {told}::{_message(redact(message))}"


def _message(text: str) -> str:
    lines = [one_line(line).removeprefix("  ") for line in text.split("\n")]
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return one_line(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def _section(title: str, lines: Iterable[Line], redact: Callable[[str], str]) -> list[str]:
    """A heading, and the text that people know from the console as it is."""
    text = redact(joined(lines))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"### {_markdown(title, redact)}", f"{fence}text\n{text}\n{fence}"]


def _bullets(lines: Iterable[Line], redact: Callable[[str], str]) -> list[str]:
    listed = "\n".join(f"- {_markdown(line, redact)}" for _, line in lines)
    return [listed] if listed else []


def _case_row(case: CaseResult, redact: Callable[[str], str]) -> str:
    standings = [standing(case, clause).label for clause in case.clauses]
    verdict = case.verdict
    cells = [
        _markdown(case.case.full_name, redact),
        verdict.label if verdict is Verdict.PASSED else f"**{verdict.label}**",
        examples(case.examples, drawn(case)).removesuffix("s").removesuffix(" example"),
        str(standings.count("passed")),
        str(standings.count("failed")),
        str(standings.count("not exercised")),
        str(case.jobs),
        duration(case.seconds),
    ]
    return _row(cells)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown(text: str, redact: Callable[[str], str]) -> str:
    """`text` on one line, with nothing that Markdown or HTML would take for its own."""
    return _MARKDOWN.sub(r"\\\1", one_line(redact(text)))
