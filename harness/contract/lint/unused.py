"""What a contract declares and no case uses: inputs, actions, probes, hints."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from harness.contract.classes import ACKNOWLEDGED_BUT_NOTHING, ENDED_WITHOUT_CLOSE, WRONG_CLOSE, WRONG_REFUSAL
from harness.contract.lint.findings import Finding, Level
from harness.contract.lint.possible import names_a_close
from harness.contract.problems import Problem
from harness.trace.events import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.contract.lint.subject import Subject
    from harness.contract.problems import Span

_Key: TypeAlias = tuple[str, int, int]


def check_unused(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Each declaration that is used in none of the cases that have it."""
    for what, used, told, hint in (
        ("inputs", _used_inputs, "nothing uses the input", "leave it out"),
        ("actions", _used_actions, "no client and no cleanup makes the action", "name it in 'cleanup' or 'client.act'"),
        ("probes", _used_probes, "nothing depends on the probe", "add one with 'steps', or leave it out"),
    ):
        for name, span in _never(what, used, subjects):
            yield _warning(span, f"{told} {name!r}", hint, f"unused-{what.removesuffix('s')}")
    for name, span in _never("hints", _possible_hints, subjects):
        yield _warning(span, f"this hint is never given: {_WHY_NOT[name]}", "leave it out", "unused-hint")


def _warning(span: Span, told: str, hint: str, check: str) -> Finding:
    return Finding(check, Level.WARNING, Problem(span, told, hint))


def _never(
    what: str, used: Callable[[Subject], Iterable[str]], subjects: Sequence[Subject]
) -> Iterator[tuple[str, Span]]:
    """The names declared under `what` that no case with the same declaration uses."""
    declared: dict[_Key, tuple[str, Span]] = {}
    seen: set[_Key] = set()
    for subject in subjects:
        names = set(used(subject))
        for name, span in subject.keys(what):
            key = (span.document.file, span.line, span.column)
            declared.setdefault(key, (name, span))
            if name in names:
                seen.add(key)
    yield from (entry for key, entry in declared.items() if key not in seen)


def _used_inputs(subject: Subject) -> Iterator[str]:
    for use in subject.uses:
        yield from use.expression.roots


def _used_actions(subject: Subject) -> Iterator[str]:
    yield from (one.action.name for one in subject.case.cleanup)
    yield from (act.action.name for act in subject.case.client.acts)


def _used_probes(subject: Subject) -> Iterator[str]:
    case = subject.case
    asked = any(not probe.present for probe in case.probes)
    needed = {case.only_if, *(aside.only_if for aside in case.afterwards)}
    for probe in case.probes:
        if not probe.present or asked or probe.name in needed:
            yield probe.name


_WHY_NOT = {
    ENDED_WITHOUT_CLOSE: "no order says that the server closes",
    WRONG_CLOSE: "no order says how the server closes",
    ACKNOWLEDGED_BUT_NOTHING: "there is no kind of 'anytime' by which the service could answer",
    WRONG_REFUSAL: "no case expects a refusal",
}


def _possible_hints(subject: Subject) -> Iterator[str]:
    """The hints that the case may give; all but those that what it promises rules out."""
    case = subject.case
    impossible = {
        ENDED_WITHOUT_CLOSE: not names_a_close(case),
        WRONG_CLOSE: not names_a_close(case),
        ACKNOWLEDGED_BUT_NOTHING: case.socket is None or not case.socket.anytime,
        WRONG_REFUSAL: case.answer.prefix != REFUSED,
    }
    yield from (name for name in case.hints if not impossible.get(name, False))
