"""What `check` prints: a line a trace, each failure once, a summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from harness.reporting.findings import failure_lines
from harness.reporting.summary import advised_lines
from harness.reporting.words import MOST_LISTED, NAME_WIDTH, STYLES, harmless
from harness.runner.drawing import spec_key
from harness.runner.findings import findings
from harness.trace.units import count
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from harness.runner.check import Checked
    from harness.runner.results import Failure


class CheckReport:
    """Prints each trace as it is judged; call `finish` in the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._verdicts: Counter[Verdict] = Counter()
        self._clauses: dict[str, Verdict] = {}
        self._failures: dict[tuple[str, str], Failure] = {}

    def __call__(self, checked: Checked) -> None:
        """Print one trace's verdict and what could not be judged of it."""
        result, case = checked.result, checked.result.example.case
        self._verdicts[checked.verdict] += 1
        text = Text()
        text.append(f"{checked.verdict.label:<13}", STYLES[checked.verdict])
        text.append(f"{case.full_name:<{NAME_WIDTH}} {checked.file}")
        for note in (*([result.inconclusive] if result.inconclusive else []), *checked.notes):
            text.append(harmless(f"\n  {note}"))
        self._print(text)
        if not result.inconclusive:
            for clause, verdict in result.verdicts.items():
                name = f"{case.contract}/{clause}"
                self._clauses[name] = max(verdict, self._clauses.get(name, Verdict.NOT_EXERCISED))
        for failure in checked.failures:
            self._note(failure)

    def error(self) -> None:
        """Count a trace that could not be read or judged."""
        self._verdicts[Verdict.ERROR] += 1

    def finish(self, cases: Sequence[str]) -> Verdict:
        """Print the failures, in the order of these full names of cases, and the summary; gives the verdict of all."""
        failures = sorted(self._failures.values(), key=lambda failure: cases.index(failure.case.full_name))
        found = sorted(
            findings(failures), key=lambda finding: not finding.recommended
        )  # what fails nothing comes first
        for finding in found:
            self._print(Text(""))
            for style, line in failure_lines(finding):
                self._print(Text(harmless(line), style))
        verdict = max(self._verdicts, default=Verdict.ERROR)
        verdict = Verdict.ERROR if verdict is Verdict.NOT_EXERCISED else verdict
        self._print(Text(""))
        for style, line in advised_lines(found):
            self._print(Text(harmless(line), style))
        idle = [name for name, best in self._clauses.items() if best is Verdict.NOT_EXERCISED]
        if idle:
            more = f" and {len(idle) - MOST_LISTED} more" if len(idle) > MOST_LISTED else ""
            listed = f"{', '.join(idle[:MOST_LISTED])}{more}"
            self._print(Text(f"{count(len(idle), 'clause')} not exercised by any trace: {listed}", "yellow"))
        parts = ", ".join(f"{self._verdicts[one]} {one.label}" for one in sorted(self._verdicts, reverse=True))
        total = f"{verdict.label}: {count(self._verdicts.total(), 'trace')} ({parts})"
        self._print(Text(total, STYLES[verdict]))
        return verdict

    def _note(self, failure: Failure) -> None:
        """Of several failures of one clause of one case keep the smallest; what is only tried again comes later."""
        key = (failure.case.full_name, failure.violation.clause)
        known = self._failures.get(key)
        if known is None or _size(failure) < _size(known):
            self._failures[key] = failure

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


def _size(failure: Failure) -> tuple[int, str]:
    key = spec_key(failure.result.example.spec)
    return len(key), key
