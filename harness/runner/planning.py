"""What a run would do, without doing it: cases, examples, jobs, time and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.runner.drawing import case_strategy, draw, seed_of
from harness.runner.drive import requests_of
from harness.temporal.deadlines import Deadline
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.contract.model import Case
    from harness.inputs.base import Registry
    from harness.runner.settings import Settings
    from harness.targets.target import Target


@dataclass(frozen=True, slots=True)
class Planned:
    """One case of a plan; a case that expects a refusal makes no jobs, if all goes well."""

    case: Case
    examples: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do if nothing fails; what fails is tried again within the same budget of jobs.

    Attributes:
        cases: in the order of the contracts.
        budget: the most jobs that the run may ask for; None for no limit.
        jobs: how many it would make.
        requests: how many it would send at most, handshakes included.
        least: the seconds that the target's rate alone takes; 0 without a rate.
        most: the seconds that the deadlines allow the jobs to take.
        cost: of the jobs, such as `0.50 USD`; empty if the target does not say.
        most_cost: of the whole budget.
        left_out: how many cases are not among them, because the target cannot be restarted.
    """

    cases: tuple[Planned, ...]
    budget: int | None
    jobs: int
    requests: int
    least: float
    most: float
    cost: str
    most_cost: str
    left_out: int


def plan(
    cases: Sequence[Case],
    settings: Settings,
    target: Target,
    budget: int | None,
    registry: Registry,
    *,
    can_restart: bool = True,
) -> Plan:
    """Draw the examples, as the run itself would, and count; `can_restart` whether the target can be restarted."""
    everything, cases = cases, [case for case in cases if can_restart or not case.client.restarts]
    drawn = [_drawn(case, settings, registry) for case in cases]
    planned = tuple(
        Planned(case, examples, examples * case.client.jobs[1] if case.answer.prefix == ACCEPTED else 0)
        for case, examples in zip(cases, drawn, strict=True)
    )
    wanted = sum(one.jobs for one in planned)
    jobs = wanted if budget is None else min(wanted, budget)
    share = jobs / wanted if wanted else 1.0
    requests = round(sum(one.examples * requests_of(one.case) * (share if one.jobs else 1.0) for one in planned)) + 1
    rate, cost = target.rate, target.cost
    least = max(requests - rate.requests, 0) / rate.requests * rate.seconds if rate is not None else 0.0
    longest = sum(one.examples * _longest(one.case) * (share if one.jobs else 1.0) for one in planned)
    return Plan(
        planned,
        budget,
        jobs,
        requests,
        least,
        max(longest / settings.concurrency, least),
        cost.text(jobs) if cost is not None else "",
        cost.text(budget) if cost is not None and budget is not None else "",
        len(everything) - len(cases),
    )


def _drawn(case: Case, settings: Settings, registry: Registry) -> int:
    seed = seed_of(case) if settings.seed is None else settings.seed
    return len(draw(case_strategy(case, registry), case.examples_of(settings.examples), seed))


def _longest(case: Case) -> float:
    """The seconds that the deadlines of a case allow one example, the client's own delays included."""
    within = [one.within for one in case.timed if isinstance(one, Deadline)]
    client = case.client
    delay = client.connect_after[1] + (client.drop.return_after[1] if client.drop is not None else 0.0)
    delay += max((act.after[1] for act in client.acts), default=0.0)
    return case.answer.within + delay + (max(within, default=0.0) if case.socket is not None else 0.0)
