"""Kinds that no message can be of, and steps of the order that no message can meet."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from harness.contract.lint.findings import Finding, Level
from harness.contract.overlaps import messages
from harness.contract.problems import Problem
from harness.contract.steps import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
)
from harness.expressions.cel import Expression
from harness.temporal.matching import comparable
from harness.temporal.one import leaves
from harness.trace.events import CLOSE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.contract.lint.subject import Subject
    from harness.contract.steps import Step
    from harness.contract.templates import Template


def check_kinds(subject: Subject) -> Iterator[Finding]:
    """Each kind against those before it, and each step of the order against its kind."""
    socket = subject.case.socket
    if socket is None:
        return
    names = list(socket.kinds)
    for number, name in enumerate(names):
        earlier = next((one for one in names[:number] if asks_no_more(socket.kinds[one], socket.kinds[name])), None)
        span = subject.key("socket", "messages", name)
        if earlier is not None and span is not None:
            told = f"no message is ever {name!r}: whatever fits it fits {earlier!r} too, which stands before it"
            hint = f"put {name!r} before {earlier!r}, or say of {earlier!r} what {name!r} does not contain"
            yield Finding("hidden-kind", Level.ERROR, Problem(span, told, hint))
    for step in messages(socket.order):
        if isinstance(step, KindStep) and step.where is not None and step.kind in socket.kinds:
            path = _contradiction(socket.kinds[step.kind], step.where)
            if path is not None:
                told = f"no message meets this step: 'messages' says another {'.'.join(path)!r} of {step.kind!r}"
                span = subject.at(step.place, len(step.kind))
                yield Finding("impossible-step", Level.ERROR, Problem(span, told))


def check_close(subject: Subject) -> Iterator[Finding]:
    """Steps of the order that stand behind a close."""
    socket = subject.case.socket
    for step in _behind_close(socket.order) if socket is not None else ():
        span = subject.at(step.place, len(step.kind) if isinstance(step, KindStep) else len(CLOSE))
        yield Finding("impossible-step", Level.ERROR, Problem(span, "nothing comes after a close"))


def _behind_close(step: Step) -> Iterator[KindStep | CloseStep]:
    """Of each sequence the first message or close that stands behind a close."""
    match step:
        case SequenceStep(steps):
            at = next((number for number, one in enumerate(steps) if isinstance(one, CloseStep)), len(steps))
            yield from islice((one for behind in steps[at + 1 :] for one in messages(behind)), 1)
            for one in steps:
                yield from _behind_close(one)
        case EitherStep(inner) | InterleaveStep(inner):
            for one in inner:
                yield from _behind_close(one)
        case RepeatStep(body, _, _) | ForEachStep(_, _, body, _):
            yield from _behind_close(body)


def asks_no_more(earlier: Template, later: Template) -> bool:
    """Whether every message that contains what `later` asks for contains what `earlier` asks for."""
    return _within(earlier.compiled, later.compiled)


def _within(asked: Any, given: Any) -> bool:  # noqa: ANN401 - what a template is compiled to
    if isinstance(asked, dict):
        return isinstance(given, dict) and all(key in given and _within(asked[key], given[key]) for key in asked)
    if isinstance(asked, list):
        return (
            isinstance(given, list)
            and len(asked) == len(given)
            and all(_within(one, other) for one, other in zip(asked, given, strict=True))
        )
    if isinstance(asked, Expression):
        return isinstance(given, Expression) and asked.source == given.source
    if _is_constant(asked) and _is_constant(given):
        return bool(comparable(asked) == comparable(given))
    parts, others = getattr(asked, "parts", None), getattr(given, "parts", None)
    return parts is not None and others is not None and _written(parts) == _written(others)


def _written(parts: tuple[str | Expression, ...]) -> list[str]:
    return [part if isinstance(part, str) else f"${{{part.source}}}" for part in parts]


def _is_constant(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _contradiction(kind: Template, where: Template) -> tuple[str, ...] | None:
    """A path at which both say what must be there, and not the same."""
    mine = {path: value for path, value in leaves(kind.compiled) if _is_constant(value)}
    for path, value in leaves(where.compiled):
        if path in mine and _is_constant(value) and comparable(mine[path]) != comparable(value):
            return tuple(str(part) for part in path)
    return None
