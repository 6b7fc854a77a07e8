"""Clauses that nothing can reach, deadlines that nothing starts or that nothing can meet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.contract.lint.findings import Finding, Level
from harness.contract.problems import Problem, case_of
from harness.temporal.deadlines import Gap
from harness.trace.events import CONNECT, OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.contract.lint.subject import Subject
    from harness.contract.model import Case, Relation
    from harness.temporal.deadlines import Deadline
    from harness.temporal.keyed import KeyedDeadline
    from harness.trace.verdicts import Place


def check_reach(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """The clauses of all cases: one that some case can reach is right where another cannot."""
    points = [subject.points for subject in subjects]
    yield from _relations(subjects, points)
    yield from _timed(subjects, points)
    yield from _sends(subjects, points)


def check_met(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Deadlines that start and cannot be met: every job of these cases would break them."""
    found: dict[tuple[Place, str, tuple[str, ...]], list[Subject]] = {}
    having: Counter[Place] = Counter()
    for subject in subjects:
        for timed in subject.case.timed:
            having[timed.place] += 1
            if not isinstance(timed, Gap) and _is_unmet(timed, subject.points):
                found.setdefault((timed.place, timed.clause, timed.to), []).append(subject)
    for (place, clause, to), unmet in found.items():
        told = f"in the {case_of([subject.case.name for subject in unmet])} nothing can meet this deadline"
        only_here = "in the case, set the deadline to null, or " if len(unmet) < having[place] else ""
        problem = Problem(
            unmet[0].at(place, _length(clause)), f"{told}: {_never(to)}", f"{only_here}change its 'to' or the order"
        )
        yield Finding("unmet-deadline", Level.ERROR, problem)


def _is_unmet(deadline: Deadline | KeyedDeadline, points: frozenset[str]) -> bool:
    return not deadline.or_end and points.issuperset(deadline.start) and points.isdisjoint(deadline.to)


def _relations(subjects: Sequence[Subject], points: Sequence[frozenset[str]]) -> Iterator[Finding]:
    reached: set[Place] = set()
    lost: dict[Place, tuple[Subject, Relation, list[str]]] = {}
    for subject, possible in zip(subjects, points, strict=True):
        for relation in subject.case.relations:
            never = sorted(relation.needs - possible) if possible & relation.points else sorted(relation.points)
            if never and relation.clause not in subject.case.excused:
                lost.setdefault(relation.place, (subject, relation, never))
            else:
                reached.add(relation.place)
    for place, (subject, relation, never) in lost.items():
        if place not in reached:
            told = f"{relation.clause} is never judged: {_never(never)}"
            span = subject.at(place, _length(relation.clause))
            yield Finding("unreachable-clause", Level.WARNING, Problem(span, told, _where(subject.case, never)))


def _timed(subjects: Sequence[Subject], points: Sequence[frozenset[str]]) -> Iterator[Finding]:
    reached: set[Place] = set()
    lost: dict[Place, tuple[Subject, Deadline | KeyedDeadline | Gap, list[str]]] = {}
    for subject, possible in zip(subjects, points, strict=True):
        for timed in subject.case.timed:
            missing = sorted({*timed.start} - possible)
            starts = len(missing) < len({*timed.start}) if isinstance(timed, Gap) else not missing
            if starts or timed.clause in subject.case.excused:
                reached.add(timed.place)
            else:
                lost.setdefault(timed.place, (subject, timed, missing))
    for place, (subject, timed, missing) in lost.items():
        if place not in reached:
            told = f"nothing starts {timed.clause}: {_never(missing)}"
            span = subject.at(place, _length(timed.clause))
            yield Finding("unstarted-deadline", Level.WARNING, Problem(span, told, _where(subject.case, missing)))


def _sends(subjects: Sequence[Subject], points: Sequence[frozenset[str]]) -> Iterator[Finding]:
    sent = {
        _key(subject, name)
        for subject, possible in zip(subjects, points, strict=True)
        for name in (subject.case.socket.sends if subject.case.socket else ())
        if name in possible
    }
    for subject in subjects:
        for name, send in subject.case.socket.sends.items() if subject.case.socket else ():
            span = subject.key("socket", "sends", name)
            if span is not None and _key(subject, name) not in sent:
                told = f"{name!r} is never sent"
                if send.after not in (OPEN, CONNECT):
                    told += f": {_never([send.after])}"
                yield Finding("unused-send", Level.WARNING, Problem(span, told))


def _key(subject: Subject, name: str) -> tuple[str, int, int] | None:
    span = subject.key("socket", "sends", name)
    return (span.document.file, span.line, span.column) if span is not None else None


def _never(points: Iterable[str]) -> str:
    names = list(points)
    told = " and ".join(repr(name) for name in names) if len(names) < 3 else ", ".join(repr(name) for name in names)
    return f"{told} never come" if len(names) > 1 else f"{told} never comes"


def _where(case: Case, points: Iterable[str]) -> str:
    """Where a kind would have to stand."""
    kinds = [point for point in points if case.socket is not None and point in case.socket.kinds]
    return f"no order has {' or '.join(kinds)}, nor 'anytime'" if kinds else ""


def _length(clause: str) -> int:
    return len(clause.partition("/")[2])
