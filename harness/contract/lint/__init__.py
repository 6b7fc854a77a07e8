"""Lint: what is wrong with a contract beyond what cannot be read. Pure checks over the cases as they were read.

A check is a function that yields findings: `check_...(subject)` looks at one case, `check_...(subjects)` at all cases
of a contract, because what one case does not use another may. A module holds the checks of one theme.
"""

from __future__ import annotations

from harness.contract.lint.check import errors, findings
from harness.contract.lint.findings import Finding, Level, in_order

__all__ = ["Finding", "Level", "errors", "findings", "in_order"]
