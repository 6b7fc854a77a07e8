"""What `run --dry-run` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.trace.units import count, duration

if TYPE_CHECKING:
    from harness.runner.planning import Plan
    from harness.targets.target import Target

_WIDTH = 48


def plan_lines(plan: Plan, target: Target | None) -> list[str]:
    """A plan as people read it; no target means the bundled server."""
    where = "the bundled reference server" if target is None else target.url
    named = f"{target.name}, {where}" if target is not None and target.name else where
    lines = [f"dry run: nothing is sent to {named}", ""]
    for one in plan.cases:
        jobs = count(one.jobs, "job") if one.jobs else "no job"
        lines.append(f"{one.case.full_name:<{_WIDTH}} {count(one.examples, 'example'):>12}  {jobs:>8}")
    wanted = sum(one.jobs for one in plan.cases)
    examples = sum(one.examples for one in plan.cases)
    lines += ["", f"cases     {len(plan.cases)}, {count(examples, 'example')}"]
    if plan.left_out:
        lines.append(f"          {count(plan.left_out, 'case')} left out: the target cannot be restarted")
    capped = f" of {wanted} that the examples could make: the budget is {plan.budget}" if plan.jobs < wanted else ""
    lines.append(f"jobs      {plan.jobs}{capped}")
    making = sum(one.jobs > 0 for one in plan.cases)
    if plan.jobs < making:
        told = f"{making} cases make jobs, so not all can be judged and the run will be inconclusive (3)"
        lines.append(f"          {told}: allow {making} or more, or choose cases")
    lines.append(f"requests  {plan.requests} at most, handshakes included")
    rate = target.rate if target is not None else None
    least = f"at least {duration(plan.least)} at the rate of {rate}, " if rate is not None and plan.least else ""
    lines.append(f"time      {least}at most {duration(plan.most)} if every job takes as long as its deadlines allow")
    if plan.cost:
        most = f", {plan.most_cost} at most: what fails is tried again" if plan.most_cost else ""
        lines.append(f"cost      {plan.cost}{most}")
    return lines
