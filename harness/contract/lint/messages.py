"""Fields that a contract asks of messages elsewhere than in expressions, against the schemas of these messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.lint.findings import Finding, Level
from harness.contract.lint.paths import missing
from harness.contract.overlaps import messages
from harness.contract.problems import Problem, did_you_mean
from harness.contract.source import Scalar
from harness.contract.steps import KindStep
from harness.contract.templates import inside
from harness.temporal.keyed import KeyedDeadline
from harness.temporal.one import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.lint.known import Known
    from harness.contract.lint.paths import Unknown
    from harness.contract.lint.subject import Subject
    from harness.contract.problems import Span
    from harness.contract.templates import Template
    from harness.trace.events import Json


def check_each(subject: Subject, known: Known) -> Iterator[Finding]:
    """Of each deadline of items, whether the messages have what it tells items by."""
    socket = subject.case.socket
    for timed in subject.case.timed if socket is not None else ():
        if not isinstance(timed, KeyedDeadline) or socket is None:
            continue
        for kind in dict.fromkeys((*timed.start, *timed.to)):
            step = missing(timed.each, [known.message(socket, kind)])
            node = subject.value("deadlines", timed.clause.partition("/")[2], "each")
            if step is not None and isinstance(node, Scalar):
                before = sum(len(name) + 1 for name in timed.each[: step.offset])
                yield _finding(step, kind, inside(node, before, len(step.name)))
                break


def check_contents(subject: Subject, known: Known) -> Iterator[Finding]:
    """What a message of each kind contains, and what steps of the order ask of it besides."""
    socket = subject.case.socket
    if socket is None:
        return
    for kind in socket.schemas.keys() & socket.kinds.keys():
        for step, path in _not_there(socket.kinds[kind], known.named(socket, kind)):
            span = subject.key("socket", "messages", kind, *path)
            if span is not None:
                yield _finding(step, kind, span)
    for one in messages(socket.order):
        if isinstance(one, KindStep) and one.where is not None and one.kind in socket.schemas:
            for step, _ in _not_there(one.where, known.message(socket, one.kind)):
                yield _finding(step, one.kind, subject.at(one.place, len(one.kind)))


def _not_there(template: Template, shape: Json) -> Iterator[tuple[Unknown, tuple[str, ...]]]:
    """Each field that the template has and a message of this shape has not, with the way to it."""
    for path, _ in leaves(template.compiled):
        step = missing(path, [shape])
        if step is not None and (step.certain or step.is_near):
            yield step, path[: step.offset + 1]


def _finding(step: Unknown, kind: str, span: Span) -> Finding:
    hint = did_you_mean(step.name, step.known) if step.known else ""
    if step.certain:
        told = f"the schema of {kind!r} allows no field {step.name!r} here"
        return Finding("unknown-field", Level.ERROR, Problem(span, told, hint))
    told = f"the schema of {kind!r} names no field {step.name!r} here"
    return Finding("unknown-field", Level.WARNING, Problem(span, told, hint))
