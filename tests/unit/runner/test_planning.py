from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from harness.reporting.plan import plan_lines
from harness.runner.planning import plan
from harness.runner.settings import Settings
from harness.targets.budget import Rate
from harness.targets.target import Cost, Target, make_target
from tests.unit.runner.examples import CONTRACT, REGISTRY, cases

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case

REFUSAL = "  refuses: {refused: {status: 400, within: 2s}}\n"
STAGING = replace(make_target("https://staging.example.com", {}), name="staging")


def some(folder: Path) -> tuple[Case, ...]:
    return cases(folder, CONTRACT.replace("works-too: {}", "late: {client: {connect_after: 0s..2s}}") + REFUSAL)


def test_cases_examples_and_jobs_are_counted(tmp_path: Path) -> None:
    found = plan(some(tmp_path), Settings(examples=2, concurrency=2), Target(""), None, REGISTRY)
    assert [(one.case.name, one.examples, one.jobs) for one in found.cases] == [
        ("works", 2, 2), ("late", 2, 2), ("refuses", 2, 0),
    ]  # fmt: skip
    assert (found.jobs, found.requests, found.least) == (4, 2 * 4 + 2 + 1, 0.0)
    assert found.most == (2 * (2 + 30) + 2 * (2 + 2 + 30) + 2 * 2) / 2


def test_a_budget_a_rate_and_a_price(tmp_path: Path) -> None:
    target = replace(STAGING, rate=Rate(2, 60.0), cost=Cost(Decimal("0.02"), "USD"))
    found = plan(some(tmp_path), Settings(examples=2, concurrency=2), target, 3, REGISTRY)
    assert (found.jobs, found.requests) == (3, 3 * 2 + 2 + 1)
    assert found.least == (9 - 2) / 2 * 60
    assert (found.cost, found.most_cost) == ("0.06 USD", "0.06 USD")
    assert plan_lines(found, target) == [
        "dry run: nothing is sent to staging, https://staging.example.com",
        "",
        "ticks/works                                        2 examples    2 jobs",
        "ticks/late                                         2 examples    2 jobs",
        "ticks/refuses                                      2 examples    no job",
        "",
        "cases     3, 6 examples",
        "jobs      3 of 4 that the examples could make: the budget is 3",
        "requests  9 at most, handshakes included",
        "time      at least 3 min 30 s at the rate of 2/m, "
        "at most 3 min 30 s if every job takes as long as its deadlines allow",
        "cost      0.06 USD, 0.06 USD at most: what fails is tried again",
    ]


def test_cases_for_which_the_target_cannot_be_restarted_are_left_out(tmp_path: Path) -> None:
    text = CONTRACT.replace("works-too: {}", "survives: {client: {drop: {after_messages: 1, by: restart}}}")
    found = plan(cases(tmp_path, text), Settings(examples=2), STAGING, None, REGISTRY, can_restart=False)
    assert ([one.case.name for one in found.cases], found.jobs) == (["works"], 2)
    assert "          1 case left out: the target cannot be restarted" in plan_lines(found, STAGING)
    whole = plan(cases(tmp_path, text), Settings(examples=2), STAGING, None, REGISTRY)
    assert ([one.case.name for one in whole.cases], whole.left_out) == (["works", "survives"], 0)
    assert not any("left out" in line for line in plan_lines(whole, STAGING))


def test_the_bundled_server_has_neither(tmp_path: Path) -> None:
    lines = plan_lines(plan(some(tmp_path), Settings(examples=1), Target(""), None, REGISTRY), None)
    assert lines[0] == "dry run: nothing is sent to the bundled reference server"
    assert lines[-1].startswith("time      at most ")


def test_a_case_may_want_fewer_examples_than_the_run_allows(tmp_path: Path) -> None:
    text = CONTRACT.replace("works-too: {}", "slow: {examples: 2}")
    for most, wanted in [(4, [4, 2]), (1, [1, 1])]:
        found = plan(cases(tmp_path, text), Settings(examples=most), Target(""), None, REGISTRY)
        assert [one.examples for one in found.cases] == wanted


@pytest.mark.parametrize(("budget", "said"), [(1, True), (2, False), (None, False)])
def test_a_budget_that_leaves_cases_without_a_job_is_told_of(tmp_path: Path, budget: int | None, said: bool) -> None:
    found = plan(some(tmp_path), Settings(examples=2), STAGING, budget, REGISTRY)
    told = "2 cases make jobs, so not all can be judged and the run will be inconclusive (3): allow 2 or more"
    assert any(told in line for line in plan_lines(found, STAGING)) is said
