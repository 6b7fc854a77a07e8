"""How binding a clause is, and whether it may go unexercised: what may be said of any clause that has a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.problems import did_you_mean
from harness.contract.source import kind_of, plain

if TYPE_CHECKING:
    from harness.contract.fields import Fields
    from harness.contract.problems import Problems

MUST = "must"
SHOULD = "should"
LEVELS = (MUST, SHOULD)


class Marks:
    """What is said of the clauses of one case besides what they promise.

    Attributes:
        should: clauses that are only recommended.
        excused: clauses that need not be exercised, with the reason.
    """

    def __init__(self) -> None:
        self.should: set[str] = set()
        self.excused: dict[str, str] = {}

    def take(self, clause: str, fields: Fields, problems: Problems) -> None:
        """Take `level` and `may_be_unexercised` out of the clause's map."""
        level, reason = fields.take("level"), fields.text("may_be_unexercised")
        if level is not None and plain(level) not in LEVELS:
            hint = did_you_mean(str(plain(level)), LEVELS)
            problems.add(level.span, f"level: must or should is expected; found {kind_of(level)}", hint)
        if level is not None and plain(level) == SHOULD:
            self.should.add(clause)
        if reason is not None:
            self.excused[clause] = reason

    def add(self, others: Marks) -> None:
        """Take over what is said of other clauses of the case."""
        self.should |= others.should
        self.excused |= others.excused
