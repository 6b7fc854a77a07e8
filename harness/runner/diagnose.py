"""What a violation looks like to somebody who has to mend it.

Everything here is read from the events of one example: nothing is run, and nothing is asked. Whoever runs the example
again, or asks the contract's probes, adds to the evidence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.contract.classes import (
    CLASSES,
    HINT_KEYS,
    LOSSES,
    LOST_ON_RESTART,
    LOST_TO_LATE_CLIENT,
    NOT_UPGRADED,
    SILENT_JOB,
    STAGES,
    TOO_LATE,
    WRONG_SHAPE,
)
from harness.contract.client import Connect
from harness.runner.answers import wrong_answer
from harness.runner.asked import SECTIONS, wrong_aside
from harness.runner.behaviour import behaviour_of
from harness.runner.misplaced import misplaced
from harness.runner.moments import event_at, first, moment, name_of
from harness.runner.next_steps import NEXT_STEPS
from harness.runner.results import Diagnosis
from harness.runner.silence import silent
from harness.runner.unrelated import broken_relation
from harness.temporal.matching import shown
from harness.trace.events import ACCEPTED, REFUSED, What
from harness.trace.units import duration
from harness.trace.verdicts import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runner.results import ExampleResult
    from harness.trace.verdicts import Violation

__all__ = [
    "CLASSES", "HINT_KEYS", "LOST_ON_RESTART", "LOST_TO_LATE_CLIENT", "SILENT_JOB", "STAGES", "diagnose",
    "lost_on_restart", "lost_to_late_client",
]  # fmt: skip


def diagnose(result: ExampleResult, violation: Violation) -> Diagnosis:
    """Class a violation, and tell its story from the events around it.

    What was seen on one of several connections is told from that connection's events; what all have in common, from
    those of the first; the story says which connection that is.
    """
    if violation.connection is None:
        alike = (part for part in result.parts.values() if violation in part.violations)
        return _told(next(alike, result), violation)
    where = f"connection {violation.connection}: "
    alone = violation._replace(connection=None, summary=violation.summary.removeprefix(where))
    found = _told(result.parts[violation.connection], alone)
    if found.kind in LOSSES and _came_after_the_end(result, violation.connection):
        found = _lost_after_the_end(found, result.example.case.hints)
    if violation.connection > 0 and behaviour_of(result.example.case.client, result.example.spec).restarts:
        found = replace(
            found,
            evidence=(*found.evidence, f"connection {violation.connection} was made after a restart of the target"),
        )
    return replace(found, story=f"{where}{found.story}")


def _came_after_the_end(result: ExampleResult, number: int) -> bool:
    """Whether this connection was made when the job had ended, and those before it were told all that they should."""
    first = (part for other, part in result.parts.items() if other < number)
    return (
        result.example.case.client.connect is Connect.AFTER_END
        and number > 0
        and not any(part.violations for part in first)
    )


def _lost_after_the_end(found: Diagnosis, hints: Mapping[str, str]) -> Diagnosis:
    what = _what_comes_of_it(found)
    story = f"a client that connects after the end {what}; the one that was there before was told all of them"
    return _advised(Diagnosis(LOST_TO_LATE_CLIENT, "", story, "", (_by_itself(found), *found.evidence)), hints)


def _told(result: ExampleResult, violation: Violation) -> Diagnosis:
    return _advised(_classed(result, violation), result.example.case.hints)


def lost_to_late_client(
    diagnosis: Diagnosis, delay_seconds: float, passes_when: str, hints: Mapping[str, str] | None = None
) -> Diagnosis:
    """The diagnosis once it is known that the very same example passes for another client.

    Args:
        diagnosis: what the failure looked like by itself; it is kept as evidence.
        delay_seconds: from the answer to the connect, where it fails.
        passes_when: completes "the same example passes when ...": `the client connects before the request`.
        hints: the contract's.
    """
    when = f"{duration(delay_seconds)} after the answer" if delay_seconds else "right after the answer"
    what = _what_comes_of_it(diagnosis)
    story = f"a client that connects {when} {what}; the same example passes when {passes_when}"
    evidence = (_by_itself(diagnosis), *diagnosis.evidence)
    return _advised(Diagnosis(LOST_TO_LATE_CLIENT, "", story, "", evidence), hints or {})


def lost_on_restart(diagnosis: Diagnosis, passes_when: str, hints: Mapping[str, str]) -> Diagnosis:
    """The diagnosis once it is known that the very same example passes without the restart; all as above."""
    story = f"a client that returns after a restart misses messages; the same example passes when {passes_when}"
    evidence = (_by_itself(diagnosis), *diagnosis.evidence)
    return _advised(Diagnosis(LOST_ON_RESTART, "", story, "", evidence), hints)


def _what_comes_of_it(by_itself: Diagnosis) -> str:
    """What a client has of coming late."""
    return "is refused" if by_itself.stage == NOT_UPGRADED else "misses messages"


def _by_itself(diagnosis: Diagnosis) -> str:
    stage = f" ({diagnosis.stage})" if diagnosis.stage else ""
    return f"by itself it looks like {diagnosis.title}{stage}: {diagnosis.story}"


def _advised(found: Diagnosis, hints: Mapping[str, str]) -> Diagnosis:
    """With the contract's hint for its stage or its class; without one, with what can be said of any service."""
    likely = hints.get(found.stage) or hints.get(found.kind) or ""
    advice = found.next_step or NEXT_STEPS.get(found.stage) or NEXT_STEPS[found.kind]
    return replace(found, likely=likely, next_step="" if likely else advice)


def _classed(result: ExampleResult, violation: Violation) -> Diagnosis:
    if violation.clause.partition("/")[0] in SECTIONS:
        return wrong_aside(result, violation)
    match violation.explanation:
        case Explanation.SILENT | Explanation.MISSING | Explanation.NOT_OPENED:
            return silent(result, violation)
        case Explanation.LATE:
            return _too_late(violation)
        case Explanation.SHAPE:
            return _wrong_shape(result, violation)
        case Explanation.ANSWER:
            return wrong_answer(result, violation)
        case Explanation.RELATION:
            of_answer = violation.clause.partition("/")[0] in (ACCEPTED, REFUSED)
            return (wrong_answer if of_answer else broken_relation)(result, violation)
        case _:
            return misplaced(result, violation)


def _too_late(violation: Violation) -> Diagnosis:
    if violation.late_by is None:
        return Diagnosis(TOO_LATE, "", violation.summary, "")
    by = duration(violation.late_by)
    return Diagnosis(TOO_LATE, "", f"{by} too late: {violation.summary.removesuffix(f' ({by} late)')}", "")


def _wrong_shape(result: ExampleResult, violation: Violation) -> Diagnosis:
    """A message, or the body of the answer."""
    prefix, _, kind = violation.clause.partition("/")
    answer = first(result, What.ANSWER)
    if prefix in (ACCEPTED, REFUSED):
        evidence = (f"the answer's body: {shown(answer.value.get('body'))}",) if answer is not None else ()
        return Diagnosis(WRONG_SHAPE, "", violation.summary, "", evidence)
    event = event_at(result, violation.at, (kind,))
    seen = (f"{name_of(event)} at {moment(result, event.at)}: {shown(event.value)}",) if event is not None else ()
    return Diagnosis(WRONG_SHAPE, "", violation.summary, "", seen)
