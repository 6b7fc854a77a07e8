"""What lint finds: a problem with its place, how grave it is, and the name of the check that found it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.contract.problems import Problem


class Level(StrEnum):
    """How grave a finding is."""

    ERROR = "error"
    """The contract cannot mean what it says; it is not run either."""
    WARNING = "warning"
    """It can be run, but something in it does nothing."""


class Finding(NamedTuple):
    """One thing that lint has to say.

    Attributes:
        check: the name of what was checked, such as `hidden-kind`; `contract` for what the reader says.
        level: how grave it is.
        problem: where, what, and what to do.
    """

    check: str
    level: Level
    problem: Problem

    def __str__(self) -> str:
        """As the problem reads; a warning says that it is one."""
        told = str(self.problem)
        if self.level is Level.ERROR:
            return told
        span = self.problem.span
        place = f"{span.document.file}:{span.line}:{span.column}: "
        return f"{place}warning: {told.removeprefix(place)}"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, in the order of the files."""
    once: dict[tuple[str, int, int, str], Finding] = {}
    for finding in findings:
        span = finding.problem.span
        once.setdefault((span.document.file, span.line, span.column, finding.problem.message), finding)
    return tuple(finding for _, finding in sorted(once.items(), key=lambda item: item[0]))
