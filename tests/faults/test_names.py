"""What the entries of faults name is there: clauses of the bundled contracts, classes of diagnosis."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from harness.contract.classes import CLASSES


def printed(*command: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(subprocess.run([sys.executable, "-m", *command], capture_output=True, check=True).stdout)


def test_every_clause_and_class_that_an_entry_names_is_there() -> None:
    contracts = printed("harness", "list", "--json")["contracts"]
    clauses = {f"{one['name']}/{clause['name']}" for one in contracts for clause in one["clauses"]}
    faults = printed("reference_server", "--list-faults", "--json")

    assert {clause for fault in faults for clause in fault["killed_by"]} <= clauses
    assert {told for fault in faults for told in fault["told_as"]} <= set(CLASSES)
    assert all(fault["killed_by"] and fault["told_as"] for fault in faults if fault["name"] != "no-op")
