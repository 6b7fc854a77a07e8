"""What a run yields and what it comes to: plain data for the reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.trace.events import Event
    from harness.trace.verdicts import Violation


@dataclass(frozen=True, slots=True)
class Example:
    """One drawn input of a case: {"inputs": {name: spec}, "connect_after": seconds}."""

    case: Case
    spec: Json


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example, run and judged.

    Attributes:
        example: what was run.
        events: everything that happened, in order.
        violations: what is broken, first instant first.
        verdicts: of each clause.
        owed: what the order still allowed in the end.
        jobs: how many jobs the target made for it.
        inconclusive: why it could not be judged; empty if it could.
        fresh: the values that were new at this execution, by name.
        end: the instant at which reading ended.
        stalls: from and to, where this process itself could not read.
    """

    example: Example
    events: tuple[Event, ...]
    violations: tuple[Violation, ...]
    verdicts: Mapping[str, Verdict]
    owed: tuple[str, ...]
    jobs: int
    inconclusive: str = ""
    fresh: Mapping[str, Json] = field(default_factory=dict)
    end: float = 0.0
    stalls: tuple[tuple[float, float], ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of its clauses'; inconclusive if it could not be judged."""
        if self.inconclusive:
            return Verdict.INCONCLUSIVE
        return max(self.verdicts.values(), default=Verdict.NOT_EXERCISED)

    def violation_of(self, clause: str) -> Violation | None:
        """The violation of one clause, if it is broken."""
        return next((violation for violation in self.violations if violation.clause == clause), None)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a violation looks like.

    Attributes:
        title: its class, such as `silent job`.
        stage: for silence, the stage at which the job went quiet, such as `acknowledged-but-nothing`.
        story: what happened, in one line.
        likely: what it most often meant for this service; empty if the contract does not say.
    """

    title: str
    stage: str
    story: str
    likely: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One clause of one case that does not hold, with the smallest example that shows it.

    Attributes:
        result: the smallest failing example.
        violation: of the clause.
        diagnosis: what it looks like.
        input: the example in words; empty if it is not known.
        seed: from which the case's examples were drawn; None if it is not known.
        note: what shrinking did not get to; empty if there is nothing to say.
        replay: the path of the file to replay it from; empty if none could be written.
    """

    result: ExampleResult
    violation: Violation
    diagnosis: Diagnosis
    input: str
    seed: int | None
    note: str = ""
    replay: str = ""

    @property
    def case(self) -> Case:
        """The case that fails."""
        return self.result.example.case


@dataclass(slots=True)
class CaseResult:
    """One case, summed over its examples.

    Attributes:
        case: the case.
        examples: how many were judged.
        skipped: how many were drawn but not run, because the budget of jobs was spent.
        jobs: how many jobs the target made for them.
        clauses: for each clause, how many examples gave each verdict.
        failures: one for each clause that does not hold.
        inconclusive: why the case, or an example of it, could not be judged; empty if all could.
        seconds: spent in its examples, added up.
    """

    case: Case
    examples: int = 0
    skipped: int = 0
    jobs: int = 0
    clauses: dict[str, Counter[Verdict]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    inconclusive: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """The worst of its examples'."""
        if any(Verdict.FAILED in verdicts for verdicts in self.clauses.values()):
            return Verdict.FAILED
        if self.inconclusive or not self.examples:
            return Verdict.INCONCLUSIVE
        return max((self.clause_verdict(clause) for clause in self.clauses), default=Verdict.NOT_EXERCISED)

    def clause_verdict(self, clause: str) -> Verdict:
        """The worst verdict that any example gave the clause."""
        return max(self.clauses[clause], default=Verdict.NOT_EXERCISED)

    def add(self, result: ExampleResult) -> None:
        """Sum up one more example."""
        self.examples += 1
        if result.inconclusive:
            self.inconclusive = result.inconclusive
            return
        for clause, verdict in result.verdicts.items():
            self.clauses.setdefault(clause, Counter())[verdict] += 1


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run.

    Attributes:
        cases: in the order of the contracts.
        seconds: how long it took.
        jobs: how many jobs the target made.
        stopped: why it ended before everything was judged; empty if it did not.
        interrupted: whether somebody pressed Ctrl-C.
        budget: what to say of the budget, if examples were skipped for it.
    """

    cases: tuple[CaseResult, ...]
    seconds: float
    jobs: int
    stopped: str = ""
    interrupted: bool = False
    budget: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst of its cases'; a run that judged nothing is an error."""
        verdict = max(
            (case.verdict for case in self.cases), default=Verdict.INCONCLUSIVE if self.stopped else Verdict.ERROR
        )
        if verdict < Verdict.INCONCLUSIVE and self.stopped:
            return Verdict.INCONCLUSIVE
        return Verdict.ERROR if verdict is Verdict.NOT_EXERCISED else verdict

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure of every case."""
        return tuple(failure for case in self.cases for failure in case.failures)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The target has answered, the examples are drawn."""

    target: str
    cases: int
    examples: int
    seed: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Something has moved: how many examples are done, and what is being waited for."""

    done: int
    total: int
    waiting: str


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """A case is judged."""

    result: CaseResult


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    result: RunResult


RunEvent: TypeAlias = RunStarted | Progress | CaseFinished | RunFinished
