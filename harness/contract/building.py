"""The pattern that the steps of an order are for one example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.contract.steps import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
)
from harness.contract.templates import Template
from harness.expressions.cel import Expression
from harness.temporal.patterns import Later, One, Pattern, Ref, bind, either, for_each, interleave, repeat, sequence
from harness.trace.events import CLOSE

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from harness.contract.steps import Step
    from harness.trace.events import Json


def build(step: Step, names: Names[str, Any]) -> Pattern:
    """The pattern of a step for one example's names.

    Raises:
        TemplateError: an expression has no value, or none that can be gone over.
    """
    match step:
        case KindStep(kind, where, at, _, _):
            return One(kind, None if where is None else _rendered(where.compiled, names, step.captured), at)
        case CloseStep(codes, at):
            return either(One(CLOSE, {"code": code}, at) for code in codes) if codes else One(CLOSE, None, at)
        case SequenceStep(steps):
            return _build_sequence(steps, names)
        case EitherStep(alternatives):
            return either(build(item, names) for item in alternatives)
        case RepeatStep(body, at_least, at_most):
            return repeat(build(body, names), at_least, at_most)
        case InterleaveStep(parts):
            return interleave(build(part, names) for part in parts)
        case ForEachStep() if step.later:
            return Later(Ref(step.over.source.strip()), step.variable, build(step.body, names), step.interleaved)
        case _:
            bodies = (build(step.body, {**names, step.variable: item}) for item in step.items(names))
            return for_each(dict(enumerate(bodies))) if step.interleaved else sequence(bodies)


def _build_sequence(steps: tuple[Step, ...], names: Names[str, Any]) -> Pattern:
    """The steps one after another; what follows a step that takes names is where they are known."""
    built: list[Pattern] = []
    for step in reversed(steps):
        pattern = build(step, names)
        if isinstance(step, KindStep) and isinstance(pattern, One) and step.takes:
            built = [bind(pattern, dict(step.takes), sequence(reversed(built)))]
        else:
            built.append(pattern)
    return sequence(reversed(built))


def _rendered(compiled: Any, names: Names[str, Any], captured: frozenset[str]) -> Json:  # noqa: ANN401 - a template's
    match compiled:
        case Expression() if compiled.source.strip() in captured:
            return Ref(compiled.source.strip())
        case dict():
            return {key: _rendered(value, names, captured) for key, value in compiled.items()}
        case list():
            return [_rendered(item, names, captured) for item in compiled]
        case _:
            return Template(compiled, frozenset()).render(names)
