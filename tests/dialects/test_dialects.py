"""Contracts for services that talk in other ways, each held to traces: of good ones, and of some that break one clause.

`NAME/*.contract.yaml` says what is promised, `NAME/good/*.ndjson` keeps it, `NAME/bad/CLAUSE.ndjson` breaks that clause
and no other. They are judged as `harness check` judges them.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.contract.loading import load
from harness.inputs import registry
from harness.runner.check import check, read_trace
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.check import Checked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACTS = sorted(HERE.glob("*/*.contract.yaml"))
GOOD = sorted(HERE.glob("*/good/*.ndjson"))
BAD = sorted(HERE.glob("*/bad/**/*.ndjson"))
TYPES = registry()


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """Every case, by its contract's path from the project's folder and its name."""
    return {
        f"{path.relative_to(ROOT).as_posix()} {case.name}": case
        for path in CONTRACTS
        for case in load(path, TYPES).cases
    }


def judged(path: Path, cases: dict[str, Case]) -> Checked:
    trace = read_trace(path)
    assert trace.header is not None
    return check(trace, path.name, cases[f"{trace.header.contract} {trace.header.case}"], TYPES, {})


@pytest.mark.parametrize("path", GOOD, ids=lambda path: str(path.relative_to(HERE)))
def test_a_good_trace_breaks_nothing(path: Path, cases: dict[str, Case]) -> None:
    checked = judged(path, cases)
    assert [str(violation) for violation in checked.result.violations] == []
    assert checked.result.verdict is Verdict.PASSED


@pytest.mark.parametrize("path", BAD, ids=lambda path: str(path.relative_to(HERE)))
def test_a_bad_trace_breaks_the_clause_that_it_is_called_by_and_no_other(path: Path, cases: dict[str, Case]) -> None:
    clause = "/".join(path.relative_to(HERE).with_suffix("").parts[2:])
    checked = judged(path, cases)
    assert {violation.clause for violation in checked.result.violations if not violation.consequence} == {clause}


def test_the_good_traces_exercise_every_clause(cases: dict[str, Case]) -> None:
    told: dict[str, set[str]] = defaultdict(set)
    for path in GOOD:
        result = judged(path, cases).result
        told[result.example.case.contract] |= {clause for clause, verdict in result.verdicts.items() if verdict}
    unheard = {case.contract: set(case.clauses) - told[case.contract] for case in cases.values()}
    assert {name: clauses for name, clauses in unheard.items() if clauses} == {}


@pytest.mark.parametrize("folder", sorted({path.parent for path in CONTRACTS}), ids=lambda path: path.name)
def test_each_dialect_has_traces_of_both_sorts(folder: Path) -> None:
    assert any(path.is_relative_to(folder) for path in GOOD)
    assert len([path for path in BAD if path.is_relative_to(folder)]) >= 3
