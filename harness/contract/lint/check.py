"""All checks, over one contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.lint.constant import check_constant
from harness.contract.lint.ending import check_ending
from harness.contract.lint.findings import Finding, Level, in_order
from harness.contract.lint.kinds import check_close, check_kinds
from harness.contract.lint.known import Known
from harness.contract.lint.messages import check_contents, check_each
from harness.contract.lint.reach import check_met, check_reach
from harness.contract.lint.schemas import check_schemas
from harness.contract.lint.subject import subjects
from harness.contract.lint.unused import check_unused
from harness.contract.lint.values import check_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.contract.drawn import InputTypes
    from harness.contract.lint.subject import Subject
    from harness.contract.loaded import Loaded
    from harness.contract.problems import Problem


def errors(loaded: Loaded, input_types: InputTypes) -> tuple[Problem, ...]:
    """Everything for which the contract cannot be run: what the reader says, and what cannot be meant so."""
    looked_at = subjects(loaded.contract.cases, loaded.merged, input_types)
    grave = (finding.problem for finding in _certain(looked_at, loaded) if finding.level is Level.ERROR)
    return (*loaded.problems, *grave)


def findings(loaded: Loaded, input_types: InputTypes) -> tuple[Finding, ...]:
    """Everything that is wrong: errors and, if the whole contract could be read, warnings."""
    told = [Finding("contract", Level.ERROR, problem) for problem in loaded.problems]
    looked_at = subjects(loaded.contract.cases, loaded.merged, input_types)
    if not told:
        return in_order((*_certain(looked_at, loaded), *_warnings(looked_at, loaded)))
    return in_order((*told, *(finding for finding in _certain(looked_at, loaded) if finding.level is Level.ERROR)))


def _certain(looked_at: Sequence[Subject], loaded: Loaded) -> Iterator[Finding]:
    """What needs no more than one place to be certain is told even where other places could not be read."""
    known = Known()
    sockets = {id(subject.case.socket): subject for subject in reversed(looked_at)}
    for subject in sockets.values():  # of each socket the first case that has it
        yield from check_kinds(subject)
        yield from check_close(subject)
        yield from check_contents(subject, known)
    yield from check_values(looked_at, known)
    for subject in looked_at:
        yield from check_each(subject, known)
    if not loaded.problems:
        yield from check_met(looked_at)


def _warnings(looked_at: Sequence[Subject], loaded: Loaded) -> Iterator[Finding]:
    yield from check_schemas(loaded.schemas)
    for subject in looked_at:
        yield from check_constant(subject)
        yield from check_ending(subject)
    yield from check_reach(looked_at)
    yield from check_unused(looked_at)
