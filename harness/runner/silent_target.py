"""A target that accepts everything and then says nothing: not every case need wait for that.

A job that nothing is heard of costs a whole deadline. Once some cases of a contract have met that silence, and none has
heard anything of its job, the others would find out the same at the same price. They are left out and say so: they are
inconclusive, never passed, in a run that fails for those that waited. Nor is one that waited tried again: the others
are as good as more tries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.runner.work import NEVER_CAME
from harness.trace.events import What
from harness.trace.units import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult

ENOUGH = 3
"""So many cases of a contract must have met nothing but silence."""


class Silence:
    """What the cases of each contract have heard of their jobs."""

    def __init__(self) -> None:
        self._silent: dict[str, set[str]] = {}
        self._heard: set[str] = set()

    def add(self, result: ExampleResult) -> None:
        """Look at one more example."""
        case = result.example.case
        if case.socket is None or result.inconclusive or not _accepted(result):
            return
        if _heard(case, result):
            self._heard.add(case.contract)
        elif any(one.explanation in NEVER_CAME for one in result.violations):
            self._silent.setdefault(case.contract, set()).add(case.name)

    def is_silent(self, contract: str) -> bool:
        """Whether several cases of a contract have shown already that nothing is heard of its jobs."""
        return contract not in self._heard and len(self._silent.get(contract, ())) >= ENOUGH

    def reason(self, case: Case) -> str:
        """Why a case need not be run; empty if it must be."""
        silent = self._silent.get(case.contract, set())
        if case.socket is None or not self.is_silent(case.contract):
            return ""
        return f"not run: nothing was heard of any job in {count(len(silent), 'other case')} of {case.contract}"


def _accepted(result: ExampleResult) -> bool:
    statuses: Iterable[object] = (event.value["status"] for event in result.events if event.what is What.ANSWER)
    return any(status in result.example.case.answer.statuses for status in statuses)


def _heard(case: Case, result: ExampleResult) -> bool:
    """Whether a message of the job came; those that may come at any time say nothing of it."""
    anytime = case.socket.anytime if case.socket is not None else {}
    return any(event.what is What.RECEIVED and event.point not in anytime for event in result.events)
