"""A target that accepts everything and then says nothing: not every case need wait for that.

A job that nothing is heard of costs a whole deadline. Once some cases of a contract have met that silence, and none has
heard anything of its job, the others would find out the same at the same price. They are left out and say so: they are
inconclusive, never passed, in a run that fails for those that waited. Nor is one that waited tried again: the others
are as good as more tries. Where some jobs are heard and others not, that goes for each clause: an example that shows
the silence of several other cases, and is doubtful because this process stalled, is not run once more.

Where jobs are heard and none reaches its end, the cases are run that wait side by side. Those that run alone would wait
one after another, for what no job has come to: they are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.runner.silence import has_ended
from harness.runner.work import NEVER_CAME
from harness.trace.events import What
from harness.trace.units import count

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult

ENOUGH = 3
"""So many cases of a contract must have met nothing but silence."""


class Silence:
    """What the cases of each contract have heard of their jobs."""

    def __init__(self, cases: Iterable[Case]) -> None:
        """Of `cases`: what may come at any time in one case of a contract is no message of a job in any."""
        self._anytime: dict[str, set[str]] = {}
        for case in cases:
            self._anytime.setdefault(case.contract, set()).update(case.socket.anytime if case.socket else ())
        self._silent: dict[str, set[str]] = {}
        self._heard: set[str] = set()
        self._ended: set[str] = set()
        self._broken: dict[tuple[str, str], set[str]] = {}

    def add(self, result: ExampleResult) -> None:
        """Look at one more example."""
        case = result.example.case
        if result.inconclusive:
            return
        for clause in _silences(result):
            self._broken.setdefault((case.contract, clause), set()).add(case.name)
        if case.socket is None or not _accepted(result):
            return
        if _hears(result, case.socket.anytime):
            self._heard.add(case.contract)
        if _hears(result, self._anytime[case.contract]) and has_ended(result):
            self._ended.add(case.contract)
        elif _silences(result):
            self._silent.setdefault(case.contract, set()).add(case.name)

    def is_silent(self, contract: str) -> bool:
        """Whether several cases of a contract have shown already that nothing is heard of its jobs."""
        return contract not in self._heard and self._is_shown(contract)

    def _is_shown(self, contract: str) -> bool:
        return len(self._silent.get(contract, ())) >= ENOUGH

    def is_known(self, result: ExampleResult) -> bool:
        """Whether all that broke the example is silence that several other cases of its contract have shown."""
        case, silences = result.example.case, _silences(result)
        shown = [self._broken.get((case.contract, clause), set()) - {case.name} for clause in silences]
        broken = {one.clause for one in result.violations if not one.consequence}
        return bool(shown) and silences == broken and all(len(names) >= ENOUGH for names in shown)

    def reason(self, case: Case) -> str:
        """Why a case need not be run; empty if it must be."""
        if case.socket is None or not self._is_shown(case.contract):
            return ""
        where = f"in {count(len(self._silent[case.contract]), 'other case')} of {case.contract}"
        if self.is_silent(case.contract):
            return f"not run: nothing was heard of any job {where}"
        if case.alone and case.contract not in self._ended:
            return f"not run: each job fell silent {where}"
        return ""


def _silences(result: ExampleResult) -> set[str]:
    """The clauses that are broken by what did not come, those left out that only follow."""
    return {one.clause for one in result.violations if one.explanation in NEVER_CAME and not one.consequence}


def _accepted(result: ExampleResult) -> bool:
    statuses: Iterable[object] = (event.value["status"] for event in result.events if event.what is What.ANSWER)
    return any(status in result.example.case.answer.statuses for status in statuses)


def _hears(result: ExampleResult, anytime: Container[str]) -> bool:
    """Whether a message of the job came; those that may come at any time say nothing of it."""
    return any(event.what is What.RECEIVED and event.point not in anytime for event in result.events)
