"""What a run comes to: plain data for the reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.runner.behaviour import each_job
from harness.runner.findings import findings
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.findings import Finding
    from harness.temporal.order import Deviation
    from harness.trace.events import Event
    from harness.trace.verdicts import Place, Violation


@dataclass(frozen=True, slots=True)
class Example:
    """One drawn input of a case.

    Its spec is {"inputs": {name: spec}, "connect_after": seconds, "client": {...}, "beside": [{"inputs": ...}, ...]},
    where `client` is what was drawn of the client's behaviour, and `beside` are the jobs that are made at the same
    time; both are absent where there is nothing to say.
    """

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
        not_said: whether `inconclusive` says that the target did not say what the client is to send.
        unprepared: whether `inconclusive` says that a step beforehand did not work, so that nothing was judged.
        deviation: where the order was left, if it is broken.
        outran: what of the client's behaviour never came about, because the job was over before; empty if all did.
            Clauses that passed then count as not exercised.
        parts: of each connection, by its number, if there were several.
        job: which of the jobs that were made at once it is of, from 0.
        neighbours: the examples that ran at the same time, if something is broken.
        interrupted: whether the run ended in the midst of it: what has not come by then is not missing.
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
    unprepared: bool = False
    not_said: bool = False
    deviation: Deviation | None = None
    outran: str = ""
    parts: Mapping[int, ExampleResult] = field(default_factory=dict)
    job: int = 0
    neighbours: tuple[Example, ...] = ()
    interrupted: bool = False

    @property
    def spec(self) -> Json:
        """The example from the view of the job that this is of, as files keep it: its inputs first, others beside."""
        return each_job(self.example.spec)[self.job]

    def stripped(self) -> ExampleResult:
        """The result without its events, where nobody will look at them again."""
        return replace(self, events=(), parts={}, deviation=None)

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
        kind: its class, such as `silent-job`; `docs/diagnosis` has a page of that name.
        stage: for silence, the stage at which the job went quiet, such as `acknowledged-but-nothing`.
        story: what happened, in one line.
        likely: what it most often meant for this service; empty if the contract does not say.
        evidence: what supports it: facts of this trace, then what other tries of the example and probes have shown.
        next_step: what to do about it; empty if `likely` or the evidence says it.
    """

    kind: str
    stage: str
    story: str
    likely: str
    evidence: tuple[str, ...] = ()
    next_step: str = ""

    @property
    def title(self) -> str:
        """The class as people read it: `silent job`."""
        return self.kind.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Failure:
    """One clause of one case that does not hold, with an example that shows it.

    Attributes:
        result: the failing example; that of the failure that stands for its finding is as small as could be.
        violation: of the clause.
        diagnosis: what it looks like.
        input: the example in words; empty if it is not known.
        seed: from which the case's examples were drawn; None if it is not known.
        note: what shrinking did not get to; empty if there is nothing to say.
        replay: the path of the file to replay it from; empty if none could be written.
        failed, tries: how often the very same example failed, of how many tries.
        also: other clauses that were broken in the same examples, and in no other.
        known: the reason for which the target is known to fail so; empty if it is not.
    """

    result: ExampleResult
    violation: Violation
    diagnosis: Diagnosis
    input: str
    seed: int | None
    note: str = ""
    replay: str = ""
    failed: int = 1
    tries: int = 1
    also: tuple[str, ...] = ()
    known: str = ""

    @property
    def flaky(self) -> bool:
        """Whether the very same example also passed."""
        return self.failed < self.tries

    @property
    def case(self) -> Case:
        """The case that fails."""
        return self.result.example.case

    @property
    def clause(self) -> str:
        """Contract and clause: `reports/deadlines/first-news`."""
        return f"{self.case.contract}/{self.violation.clause}"

    @property
    def recommended(self) -> bool:
        """Whether the clause is only recommended, so that it fails nothing."""
        return self.violation.clause in self.case.should

    @property
    def tolerated(self) -> bool:
        """Whether it fails nothing: it is known, or its clause only recommended."""
        return bool(self.known) or self.recommended


class KnownState(StrEnum):
    """What came of a known failure."""

    FAILS = "fails as known"
    HOLDS = "no longer fails"
    EXPIRED = "expired"
    UNJUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """A failure that the target file names, and what came of it.

    Attributes:
        clause: contract and clause.
        reason: why it is not mended yet.
        until: the last day on which it may fail, ISO 8601.
        place: where it is written.
        state: what came of it.
    """

    clause: str
    reason: str
    until: str
    place: Place
    state: KnownState

    @property
    def is_broken(self) -> bool:
        """Whether this entry itself fails the gate."""
        return self.state in (KnownState.HOLDS, KnownState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Waived:
    """A group of clauses that the target is not held to, with the reason; `clauses` by contract and name."""

    group: str
    reason: str
    clauses: tuple[str, ...]


@dataclass(slots=True)
class CaseResult:
    """One case, summed over its examples.

    Attributes:
        case: the case.
        examples: how many were judged, those that made a failure small left out.
        drawn: how many there were to judge.
        skipped: how many were drawn but not run, because the budget of jobs was spent.
        shrunk: how many were judged besides, to make a failure small; they count in `clauses` too.
        outran: in how many the job was over before the client could behave as it should.
        jobs: how many jobs the target made for them.
        clauses: for each clause, how many examples gave each verdict.
        failures: one for each clause that does not hold.
        inconclusive: why the case, or an example of it, could not be judged; empty if all could.
        seconds: spent in its examples, added up.
        not_said: whether the target did not say what the client is to send, so that its change may be why.
    """

    case: Case
    examples: int = 0
    drawn: int = 0
    skipped: int = 0
    jobs: int = 0
    clauses: dict[str, Counter[Verdict]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    inconclusive: str = ""
    seconds: float = 0.0
    shrunk: int = 0
    outran: int = 0
    not_said: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of its examples'; what is known or only recommended does not count, nor what follows from it."""
        broken = any(Verdict.FAILED in verdicts for verdicts in self.clauses.values())
        if (broken and not self.failures) or any(not failure.tolerated for failure in self.failures):
            return Verdict.FAILED
        if self.inconclusive or not self.examples:
            return Verdict.INCONCLUSIVE
        verdicts = {self.clause_verdict(clause) for clause in self.clauses} - {Verdict.FAILED}
        return max(verdicts, default=Verdict.PASSED if self.failures else Verdict.NOT_EXERCISED)

    def clause_verdict(self, clause: str) -> Verdict:
        """The worst verdict that any example gave the clause."""
        return max(self.clauses[clause], default=Verdict.NOT_EXERCISED)

    def add(self, result: ExampleResult, *, shrinking: bool = False) -> None:
        """Sum up one more example; what is only broken because something else was counts as not exercised."""
        if shrinking:
            self.shrunk += 1
        else:
            self.examples += 1
        if result.inconclusive:
            self.inconclusive = result.inconclusive
            self.not_said = self.not_said or result.not_said
            return
        self.outran += bool(result.outran)
        follows = {one.clause for one in result.violations if one.consequence}
        follows -= {one.clause for one in result.violations if not one.consequence}
        for clause, verdict in result.verdicts.items():
            counted = Verdict.NOT_EXERCISED if clause in follows else verdict
            if clause not in self.clauses:
                self.clauses[clause] = Counter()
            self.clauses[clause][counted] += 1


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
        target: its address.
        target_name: its name in the target file; empty if it has none.
        seed: the seed that was asked for; None if each case has its own.
        cost: what the jobs cost, such as `0.50 USD`; empty if the target does not say.
        known: what came of each failure that the target file names.
        waived: what the target is not held to.
        left_out: what was not judged because the target does not have it, in words.
    """

    cases: tuple[CaseResult, ...] = field(repr=False)  # asyncio writes out what a task has come to, to cut it off
    seconds: float
    jobs: int
    stopped: str = ""
    interrupted: bool = False
    budget: str = ""
    target: str = ""
    target_name: str = ""
    seed: int | None = None
    cost: str = ""
    known: tuple[KnownOutcome, ...] = ()
    waived: tuple[Waived, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of its cases'; a run that judged nothing is an error."""
        verdict = max(
            (case.verdict for case in self.cases), default=Verdict.INCONCLUSIVE if self.stopped else Verdict.ERROR
        )
        if verdict < Verdict.FAILED and any(outcome.is_broken for outcome in self.known):
            return Verdict.FAILED
        if verdict < Verdict.INCONCLUSIVE and self.stopped:
            return Verdict.INCONCLUSIVE
        return Verdict.ERROR if verdict is Verdict.NOT_EXERCISED else verdict

    @property
    def not_said(self) -> bool:
        """Whether a case could not be judged because of what the target did not say."""
        return any(case.not_said for case in self.cases if case.verdict is Verdict.INCONCLUSIVE)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure of every case."""
        return tuple(failure for case in self.cases for failure in case.failures)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The failures by their causes, as far as can be seen."""
        return findings(self.failures)
