"""What `harness lint` does: everything that is wrong with contracts, told in one go and without a target."""

from __future__ import annotations

import atexit
import gc
import json
import sys
from typing import TYPE_CHECKING

from harness.contract.garbage import left_alone
from harness.contract.lint import Finding, Level, findings, in_order
from harness.contract.loading import bundled_contracts, read
from harness.contract.problems import ContractError, Document, Problem, Span
from harness.inputs import registry
from harness.records import NamedTuple
from harness.trace.units import count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.contract.loaded import Loaded
    from harness.trace.events import Json

VERSION = 1
"""Of the JSON that `--json` prints."""
CLEAN, WRONG = 0, 2


class LintOptions(NamedTuple):
    """What the user asked `harness lint` for."""

    contracts: tuple[Path, ...] = ()
    strict: bool = False
    as_json: bool = False


class Linted:
    """What was found, and in how much."""

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()
        self.loaded: list[Loaded] = []

    def number(self, level: Level) -> int:
        """How many findings are of this level."""
        return sum(finding.level is level for finding in self.findings)


def lint_contracts(options: LintOptions) -> int:
    """`harness lint`; returns the exit status: 2 if a contract is wrong, with `strict` also if there is a warning."""
    atexit.register(gc.freeze)  # the memory goes with the process, nobody need look through it first
    linted = lint(options.contracts or bundled_contracts())
    if options.as_json:
        sys.stdout.write(json.dumps(as_json(linted), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(as_text(linted))
    return WRONG if linted.number(Level.ERROR) or (options.strict and linted.findings) else CLEAN


@left_alone()
def lint(paths: Iterable[Path]) -> Linted:
    """Read contracts and check them."""
    types = registry()
    linted = Linted()
    found: list[Finding] = []
    for path in dict.fromkeys(paths):
        try:
            loaded = read(path, types)
        except ContractError as error:
            found += (Finding("contract", Level.ERROR, problem) for problem in error.problems)
            continue
        found += findings(loaded, types)
        found += _same_name(loaded, linted.loaded)
        linted.loaded.append(loaded)
    linted.findings = in_order(found)
    return linted


def as_text(linted: Linted) -> str:
    """The findings as people read them, and what they come to."""
    told = [f"{finding}\n\n" for finding in linted.findings]
    contracts = count(len(linted.loaded), "contract")
    cases = count(sum(len(loaded.contract.cases) for loaded in linted.loaded), "case")
    if not told:
        return f"nothing is wrong with {contracts}, {cases}\n"
    numbers = (linted.number(Level.ERROR), "error"), (linted.number(Level.WARNING), "warning")
    return "".join(told) + ", ".join(count(number, what) for number, what in numbers if number) + "\n"


def as_json(linted: Linted) -> Json:
    """The findings for programs; lines and columns are 1-based."""
    return {
        "version": VERSION,
        "contracts": [
            {"name": loaded.contract.name, "file": loaded.contract.file, "cases": len(loaded.contract.cases)}
            for loaded in linted.loaded
        ],
        "findings": [_finding(finding) for finding in linted.findings],
    }


def _finding(finding: Finding) -> Json:
    problem, span = finding.problem, finding.problem.span
    return {
        "level": str(finding.level),
        "check": finding.check,
        "file": span.document.file,
        "line": span.line,
        "column": span.column,
        "length": span.length,
        "message": problem.message,
        "hint": problem.hint,
    }


def _same_name(loaded: Loaded, others: Iterable[Loaded]) -> Iterable[Finding]:
    """Two contracts of one run have different names, or their clauses would be mistaken for each other."""
    contract = loaded.contract
    same = next((other.contract.file for other in others if other.contract.name == contract.name), None)
    if same is not None and contract.name:
        told = f"{same} is called {contract.name!r} too"
        span = Span(Document(contract.file, ()), 1, 1)
        yield Finding("contract", Level.ERROR, Problem(span, told, "rename one, if they are to be run together"))
