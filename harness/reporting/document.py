"""The result as one JSON document, version 1; `result.schema.json` beside this file describes it.

Every text in it is fit for any reader of JSON (RFC 8259): lone surrogates are escaped, and numbers that JSON has no
word for are texts.
"""

from __future__ import annotations

import json
import math
from importlib.metadata import version
from typing import TYPE_CHECKING

from harness.reporting.findings import expected_next
from harness.reporting.tally import Standing, drawn, excused, exit_status, standing, standings, tally
from harness.reporting.words import encodable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from enum import Enum

    from harness.inputs.base import Json
    from harness.runner.findings import Finding
    from harness.runner.results import CaseResult, Failure, KnownOutcome, RunResult
    from harness.trace.verdicts import Place

VERSION = 1
TOOL = "after202"
SCHEMA = "result.schema.json"


def document(result: RunResult, redact_json: Callable[[Json], Json]) -> dict[str, Json]:
    """A whole run as plain JSON; `written` gives its text.

    Args:
        result: what the run came to.
        redact_json: gives any JSON value with its secrets masked; all that is not a word of ours goes through it.
    """
    return _Writer(redact_json).run(result)


def written(document: Json) -> str:
    """The text of a document, to be stored as UTF-8."""
    return f"{json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)}\n"


class _Writer:
    """Writes the parts of a document; names of fields and fixed words are ours, all else is redacted."""

    def __init__(self, redact_json: Callable[[Json], Json]) -> None:
        self._redact_json = redact_json

    def run(self, result: RunResult) -> dict[str, Json]:
        """The whole document."""
        fine = excused(result)
        return {
            "result": VERSION,
            "tool": {"name": TOOL, "version": version(TOOL)},
            "target": {"url": self._text(result.target), "name": self._text(result.target_name)},
            "seed": result.seed,
            "verdict": _word(result.verdict),
            "exit_status": exit_status(result),
            "seconds": _seconds(result.seconds),
            "jobs": result.jobs,
            "cost": self._text(result.cost),
            "stopped": self._text(result.stopped),
            "interrupted": result.interrupted,
            "budget": self._text(result.budget),
            "totals": self._totals(result),
            "cases": [self._case(case, result.findings) for case in result.cases],
            "clauses": [
                {"clause": self._text(name), "standing": _word(stands), "excused": self._text(fine.get(name, ""))}
                for name, stands in standings(result.cases).items()
            ],
            "findings": [self._finding(finding) for finding in result.findings],
            "known": [self._known(outcome) for outcome in result.known],
            "waived": [
                {"group": self._text(one.group), "reason": self._text(one.reason), "clauses": self._texts(one.clauses)}
                for one in result.waived
            ],
            "left_out": self._texts(result.left_out),
        }

    def _totals(self, result: RunResult) -> dict[str, Json]:
        whole = tally(result)
        return {
            "cases": whole.cases,
            "examples": whole.examples,
            "drawn": whole.drawn,
            "clauses": {_word(one): whole.clauses[one] for one in Standing},
        }

    def _case(self, case: CaseResult, findings: Sequence[Finding]) -> dict[str, Json]:
        own = [
            number for number, finding in enumerate(findings) if any(one in finding.failures for one in case.failures)
        ]
        return {
            "contract": self._text(case.case.contract),
            "case": self._text(case.case.name),
            "verdict": _word(case.verdict),
            "inconclusive": self._text(case.inconclusive),
            "examples": case.examples,
            "drawn": drawn(case),
            "skipped": case.skipped,
            "shrunk": case.shrunk,
            "outran": case.outran,
            "jobs": case.jobs,
            "seconds": _seconds(case.seconds),
            "clauses": [
                {
                    "clause": self._text(clause),
                    "standing": _word(standing(case, clause)),
                    "examples": {_word(one): counted for one, counted in sorted(verdicts.items())},
                }
                for clause, verdicts in case.clauses.items()
            ],
            "findings": own,
        }

    def _finding(self, finding: Finding) -> dict[str, Json]:
        failure = finding.failures[0]
        violation, diagnosis = failure.violation, failure.diagnosis
        return {
            "clause": self._text(failure.clause),
            "clauses": self._texts(finding.clauses),
            "place": self._place(violation.place),
            "class": self._text(diagnosis.kind),
            "stage": self._text(diagnosis.stage),
            "story": self._text(diagnosis.story),
            "summary": self._text(violation.summary),
            "expected": self._texts(expected_next(failure)),
            "near_miss": self._text(violation.near_miss),
            "evidence": self._texts(diagnosis.evidence),
            "likely": self._text(diagnosis.likely),
            "next_step": self._text(diagnosis.next_step),
            "known": self._text(finding.known),
            "recommended": finding.recommended,
            "failures": [self._failure(one) for one in finding.failures],
        }

    def _failure(self, failure: Failure) -> dict[str, Json]:
        return {
            "contract": self._text(failure.case.contract),
            "case": self._text(failure.case.name),
            "input": self._text(failure.input),
            "spec": self._json(failure.result.spec),
            "seed": failure.seed,
            "failed": failure.failed,
            "tries": failure.tries,
            "flaky": failure.flaky,
            "also": self._texts(failure.also),
            "note": self._text(failure.note),
            "replay": self._text(failure.replay),
        }

    def _known(self, outcome: KnownOutcome) -> dict[str, Json]:
        return {
            "clause": self._text(outcome.clause),
            "reason": self._text(outcome.reason),
            "until": self._text(outcome.until),
            "place": self._place(outcome.place),
            "state": str(outcome.state),
        }

    def _place(self, place: Place) -> dict[str, Json]:
        return {"file": self._text(place.file), "line": place.line, "column": place.column}

    def _texts(self, texts: Iterable[str]) -> list[str]:
        return [self._text(text) for text in texts]

    def _text(self, text: str) -> str:
        return encodable(str(self._redact_json(text)), "utf-8")

    def _json(self, value: Json) -> Json:
        return _portable(self._redact_json(value))


def _portable(value: Json) -> Json:
    """`value` as any reader of JSON takes it."""
    match value:
        case str():
            return encodable(value, "utf-8")
        case dict():
            return {encodable(str(key), "utf-8"): _portable(item) for key, item in value.items()}
        case list() | tuple():
            return [_portable(item) for item in value]
        case float() if not math.isfinite(value):
            return repr(value)
        case _:
            return value


def _word(one: Enum) -> str:
    return one.name.lower()


def _seconds(seconds: float) -> float:
    """To the microsecond: what a clock says beyond is of no use."""
    return round(seconds, 6)
