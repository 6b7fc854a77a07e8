"""What comes to a client that connects late, where the service sends it a snapshot and not the whole story.

It is an order like any other, made from the contract's own: on a late connection either a snapshot comes first, then
any of the kinds in any number, then one message that ends the job and what follows it; or the whole order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.overlaps import messages
from harness.contract.source import place
from harness.contract.steps import (
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
    Step,
)  # fmt: skip
from harness.contract.templates import Template
from harness.expressions.cel import Expression
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.contract.problems import Problems, Span
    from harness.trace.events import Json
    from harness.trace.verdicts import Place

_GONE = object()


class LateJoin(NamedTuple):
    """What is promised of a connection that is made after the answer.

    Attributes:
        order: what comes, in which order.
        first: the kinds that stand for all that was missed.
    """

    order: Step
    first: tuple[str, ...]


class _End(NamedTuple):
    """A message that ends the job, and the close that then follows, if the order names one."""

    step: KindStep
    closing: tuple[Step, ...]


def late_join(
    order: Step, snapshot: tuple[str, ...], over: tuple[str, ...], span: Span, problems: Problems
) -> LateJoin:
    """What comes on a late connection; `over` are the kinds that say that the job has ended already.

    A snapshot that ends the job is noted in `problems`.
    """
    ends = list(_ends(order))
    last = {end.step.kind for end in ends} | {*over}
    for kind in snapshot:
        if kind in last:
            problems.add(span, f"{kind} ends the job; after a snapshot it goes on", f"say over: {kind}")
    closings = dict.fromkeys(end.closing for end in ends) or dict.fromkeys((step,) for step in _closes(order))
    closed = EitherStep(tuple(SequenceStep(closing) for closing in closings) or (SequenceStep(()),))
    here = place(span)
    gone = [SequenceStep((KindStep(kind, None, here), closed)) for kind in over]
    ended = [SequenceStep((end.step, *end.closing)) for end in ends if end.step.kind not in over]
    may_be_last, may_be_none = _tail(order)
    uncertain = [closed] if may_be_none or may_be_last - last else []
    kinds = dict.fromkeys((*snapshot, *(step.kind for step in messages(order) if isinstance(step, KindStep))))
    news = _any_of((kind for kind in kinds if kind not in last), here)
    live = (_any_of(snapshot, here), RepeatStep(news, 0, None), EitherStep((*ended, *gone, *uncertain)))
    return LateJoin(EitherStep((SequenceStep(live), *gone, order)), (*snapshot, *over))


def _any_of(kinds: Iterable[str], here: Place) -> Step:
    return EitherStep(tuple(KindStep(kind, None, here) for kind in kinds))


def _ends(order: Step) -> Iterator[_End]:
    """The messages after which nothing but a close can come; none of a kind that may also come before."""
    found = [_End(_stripped(step), closing) for step, closing in _lasts(order, ())]
    number = [step.kind for step in messages(order) if isinstance(step, KindStep)]
    lasting = [end.step.kind for end in found]
    return (end for end in found if lasting.count(end.step.kind) == number.count(end.step.kind))


def _lasts(step: Step, closing: tuple[Step, ...]) -> Iterator[tuple[KindStep, tuple[Step, ...]]]:
    """The messages of a step that no other can follow, if only `closing` follows the step; each with its close."""
    match step:
        case KindStep():
            yield step, closing
        case SequenceStep(steps):
            for one in reversed(steps):
                yield from _lasts(one, closing)
                if any(isinstance(message, KindStep) for message in messages(one)):
                    return
                closing = (one, *closing)
        case EitherStep(alternatives):
            for one in alternatives:
                yield from _lasts(one, closing)
        case _:
            return  # of what may come several times none is known to be the last


def _tail(step: Step) -> tuple[frozenset[str], bool]:
    """The kinds that may come last in a step, and whether it may bring no message at all."""
    match step:
        case KindStep(kind):
            return frozenset({kind}), False
        case CloseStep():
            return frozenset(), True
        case SequenceStep(steps):
            return _tail_of(steps)
        case RepeatStep(body, at_least, _):
            kinds, none = _tail(body)
            return kinds, none or at_least == 0
        case ForEachStep():
            return _tail(step.body)[0], True
        case EitherStep(parts) | InterleaveStep(parts):
            tails = [_tail(part) for part in parts]
            nones = [none for _, none in tails]
            kinds = frozenset().union(*(kinds for kinds, _ in tails))
            return kinds, any(nones) if isinstance(step, EitherStep) else all(nones)


def _tail_of(steps: tuple[Step, ...]) -> tuple[frozenset[str], bool]:
    kinds: frozenset[str] = frozenset()
    for step in reversed(steps):
        more, none = _tail(step)
        kinds |= more
        if not none:
            return kinds, False
    return kinds, True


def _closes(order: Step) -> Iterator[CloseStep]:
    return (step for step in messages(order) if isinstance(step, CloseStep))


def _stripped(step: KindStep) -> KindStep:
    """The step, without what only a message that was missed could tell."""
    if not step.captured or step.where is None:
        return step
    compiled = _without(step.where.compiled, step.captured)
    where = None if compiled is _GONE else Template(compiled, step.where.roots - step.captured)
    return step._replace(where=where, captured=frozenset())


def _without(compiled: Json, captured: Collection[str]) -> Json:
    match compiled:
        case Expression() if compiled.source.strip() in captured:
            return _GONE
        case dict():
            kept = {key: _without(value, captured) for key, value in compiled.items()}
            return {key: value for key, value in kept.items() if value is not _GONE}
        case list():
            items = [_without(item, captured) for item in compiled]
            return _GONE if any(item is _GONE for item in items) else items
        case _:
            return compiled
