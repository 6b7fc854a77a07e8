"""What broke, as people read it: a finding, a known failure, a waived group, as lines.

Every text of a line is on that line alone, whatever a target has put into it: what follows a line break would look like
words of ours, or to a CI system like a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.classes import LOST_TO_LATE_CLIENT
from harness.reporting.words import MOST_LISTED, listed, one_line
from harness.runner.results import KnownState
from harness.trace.units import count
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.reporting.words import Line
    from harness.runner.findings import Finding
    from harness.runner.results import Diagnosis, Failure, KnownOutcome, RunResult, Waived
    from harness.trace.verdicts import Place

FAILED, KNOWN = "bold red", "yellow"


def failure_lines(finding: Finding) -> list[Line]:
    """A finding, all that is known of it: what happened, why, where else, how to see it again."""
    failure = finding.failures[0]
    told = [*_what(failure), *_why(failure.diagnosis), *_where(finding), *_again(failure)]
    word = "SHOULD" if finding.recommended else "FAILED"
    return [_head(word, ", ".join(finding.clauses), failure.violation.place), *_indented(told)]


def expected_next(failure: Failure) -> tuple[str, ...]:
    """What was allowed instead; where a job went quiet, all that it still owed."""
    is_silent = bool(failure.diagnosis.stage and failure.result.owed)
    return failure.result.owed if is_silent else failure.violation.expected


def finding_title(finding: Finding) -> str:
    """A finding in one line: its clauses, its class, and the stage or that it is flaky."""
    return f"{', '.join(finding.clauses)}: {_looks(finding)}"


def _looks(finding: Finding) -> str:
    failure = finding.failures[0]
    stage = f" ({failure.diagnosis.stage})" if failure.diagnosis.stage else ""
    return f"{failure.diagnosis.title}{stage}{', flaky' if failure.flaky else ''}"


def known_lines(finding: Finding, result: RunResult) -> list[Line]:
    """A finding that the target file names: what happened, in short, and why it is let through."""
    clause = finding.failures[0].clause
    outcome = next((one for one in result.known if one.clause == clause), None)
    until = f" until {outcome.until}" if outcome else ""
    written = f"   ({outcome.place})" if outcome else ""
    story = f"{_looks(finding)}: {finding.failures[0].diagnosis.story}"
    told = [story, f"known{until}: {finding.known}{written}"]
    return [_head("KNOWN", clause, finding.failures[0].violation.place), *_indented(told)]


def outcome_lines(outcome: KnownOutcome) -> list[Line]:
    """An entry of the target file that fails the gate itself, and what to do about it."""
    told = {
        KnownState.HOLDS: f"no longer fails: remove it from {outcome.place}",
        KnownState.EXPIRED: f"expired on {outcome.until}: mend it, or give it a later date in {outcome.place}",
    }
    lines = _indented([told.get(outcome.state, outcome.state), f"was known: {outcome.reason}"])
    return [_head("FAILED", outcome.clause, outcome.place), *lines]


def waived_line(waived: Waived) -> Line:
    """A group that the target is not held to."""
    clauses = f"   ({count(len(waived.clauses), 'clause')}: {listed(waived.clauses)})" if waived.clauses else ""
    return KNOWN, one_line(f"WAIVED  {waived.group}: {waived.reason}{clauses}")


def _head(word: str, clause: str, place: Place) -> Line:
    return FAILED if word == "FAILED" else KNOWN, one_line(f"{word:<7} {clause:<52} {place}")


def _indented(told: list[str]) -> list[Line]:
    return [("", f"  {one_line(line)}") for line in told]


def _what(failure: Failure) -> Iterator[str]:
    violation, diagnosis = failure.violation, failure.diagnosis
    stage = f" ({diagnosis.stage})" if diagnosis.stage else ""
    yield f"{diagnosis.title}{stage}: {diagnosis.story}"
    told = violation.summary in diagnosis.story or violation.explanation is Explanation.ANSWER
    if not told and not diagnosis.stage and diagnosis.kind != LOST_TO_LATE_CLIENT:
        yield violation.summary
    expected = expected_next(failure)
    if expected:
        word = "expected" if violation.explanation is Explanation.ANSWER else "expected next"
        yield f"{word}: {', '.join(expected)}"
    only = f"{expected[0]} would have been accepted" if len(expected) == 1 else ""
    if violation.near_miss not in ("", only):  # else it is what was expected next
        yield f"near miss: {violation.near_miss}"


def _why(diagnosis: Diagnosis) -> Iterator[str]:
    for evidence in diagnosis.evidence:
        yield f"- {evidence}"
    if diagnosis.likely:
        yield f"likely: {diagnosis.likely}"
    if diagnosis.next_step:
        yield f"next step: {diagnosis.next_step}"


def _where(finding: Finding) -> Iterator[str]:
    several = len(finding.clauses) > 1
    names = [failure.case.full_name if several else failure.case.name for failure in finding.failures]
    rest = zip(names[1:], finding.failures[1:], strict=True)
    others = [f"{name}{f' ({_tries(other)})' if other.flaky else ''}" for name, other in rest]
    if len(others) > MOST_LISTED + 1:
        others[MOST_LISTED - 1 :] = [f"{others[MOST_LISTED - 1]} and {len(others) - MOST_LISTED} more cases"]
    yield f"in case: {names[0]}{', and the same in ' + ', '.join(others) if others else ''}"
    also = list(dict.fromkeys(clause for failure in finding.failures for clause in failure.also))
    if also:
        yield f"also broken in the same examples: {', '.join(also)}"


def _again(failure: Failure) -> Iterator[str]:
    if failure.input:
        seed = f"   (seed {failure.seed})" if failure.seed is not None else ""
        yield f"smallest input: {failure.input}{seed}"
    if failure.flaky:
        yield f"flaky: {_tries(failure)} of the same example"
    elif failure.tries > 1:
        yield f"fails always ({failure.failed} of {failure.tries})"
    if failure.note:
        yield failure.note
    if failure.replay:
        yield f"replay: harness replay {failure.replay}"


def _tries(failure: Failure) -> str:
    return f"failed {failure.failed} of {failure.tries} tries"  # flaky, so there were several
