from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from harness.contract.client import Client, Connect, Drop, Ending
from harness.runner.behaviour import behaviour_of
from harness.runner.client_drawing import client_strategy, seconds
from harness.runner.drawing import case_strategy, draw, shrink
from harness.trace.specs import spec_problem
from tests.unit.runner.examples import REGISTRY
from tests.unit.runner.test_behaviour import CLIENT

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.trace.events import Json

COUNT = 60


def shrunk(case: Case, client: Client, fails: object) -> Json:
    strategy = case_strategy(case._replace(client=client), REGISTRY)
    assert callable(fails)
    return shrink(strategy, 50, 7, fails)


def test_what_is_drawn_is_within_its_ranges_and_can_be_kept(case: Case) -> None:
    client = CLIENT._replace(jobs=(1, 3))
    specs = draw(case_strategy(case._replace(client=client), REGISTRY), COUNT, 7)
    assert len(specs) > COUNT // 2
    for spec in specs:
        assert spec_problem(spec) == ""
        drawn = spec["client"]
        assert 2 <= drawn["watchers"] <= 4
        assert 2 <= drawn["drop"]["after_messages"] <= 20
        assert 0.5 <= drawn["drop"]["return_after"] <= 1.0
        assert drawn["sends"].keys() == {"ready"}, "nothing is open of the other"
        assert len(drawn["acts"]) == 1
        assert len(spec.get("beside", [None])) <= 2
        behaviour_of(client, spec)
    assert {spec["client"]["drop"]["by"] for spec in specs} == {"close", "reset"}
    assert {spec["client"]["sends"]["ready"]["times"] for spec in specs} == {0, 1, 2}
    assert {len(spec.get("beside", [])) for spec in specs} == {0, 1, 2}
    few = sum(spec["client"]["drop"]["after_messages"] <= 7 for spec in specs)
    assert few > len(specs) / 2, "jobs are short"


def test_each_way_to_drop_is_drawn_and_a_close_is_the_simplest(case: Case) -> None:
    client = Client(drop=Drop((0, 0), (Ending.RESTART, Ending.RESET, Ending.CLOSE)))
    specs = draw(case_strategy(case._replace(client=client), REGISTRY), COUNT, 7)
    assert [spec_problem(spec) for spec in specs] == [""] * len(specs)
    ways = [spec["client"]["drop"]["by"] for spec in specs]
    assert ({*ways}, ways[0]) == ({"close", "reset", "restart"}, "close")
    assert shrunk(case, client, lambda spec: spec["client"]["drop"]["by"] != "close")["client"]["drop"]["by"] == "reset"


def test_the_first_is_the_plainest(case: Case) -> None:
    first = draw(case_strategy(case._replace(client=CLIENT._replace(jobs=(1, 3))), REGISTRY), COUNT, 7)[0]
    assert first == {
        "inputs": {"n": 0},
        "connect_after": 0.0,
        "client": {
            "watchers": 2,
            "slow": 0.0,
            "first": 0,
            "drop": {"after_messages": 2, "by": "close", "return_after": 0.5},
            "sends": {"ready": {"times": 1, "after": 0.0}},
            "acts": [{"nth": 1, "after": 0.0, "times": 1}],
        },
    }


def test_what_leaves_nothing_open_is_not_drawn(case: Case) -> None:
    assert client_strategy(Client(Connect.BEFORE_REQUEST, watchers=(3, 3), jobs=(1, 1))) is None
    (spec, *_) = draw(case_strategy(case, REGISTRY), 3, 7)
    assert spec.keys() == {"inputs", "connect_after"}


def test_jobs_at_once_are_never_fewer_than_the_least(case: Case) -> None:
    specs = draw(case_strategy(case._replace(client=Client(jobs=(2, 3))), REGISTRY), COUNT, 7)
    assert {len(spec["beside"]) for spec in specs} == {1, 2}


def test_the_smallest_delay_that_still_loses_the_message_is_found(case: Case) -> None:
    client = CLIENT._replace(sends={})
    spec = shrunk(case, client, lambda spec: spec["client"]["drop"]["return_after"] >= 0.637)
    assert spec["client"]["drop"] == {"after_messages": 2, "by": "close", "return_after": 0.64}
    assert (spec["client"]["watchers"], spec["client"]["acts"]) == (2, [{"nth": 1, "after": 0.0, "times": 1}])
    assert shrunk(case, client, lambda spec: spec["connect_after"] >= 1.234)["connect_after"] == 1.3


@pytest.mark.parametrize(
    ("least_most", "drawn"),
    [
        ((0.0, 0.03), [0.0, 0.01, 0.02, 0.03]),
        ((0.005, 0.025), [0.005, 0.01, 0.02, 0.025]),
        ((0.99, 1.25), [0.99, 1.0, 1.1, 1.2, 1.25]),
        ((0.001, 0.002), [0.001, 0.002]),
        ((0.5, 0.5), [0.5]),
    ],
)
def test_delays_are_drawn_from_the_least_to_the_longest_in_steps(
    least_most: tuple[float, float], drawn: list[float]
) -> None:
    assert sorted(draw(seconds(least_most), COUNT, 7)) == drawn


def test_one_delay_in_four_is_the_longest() -> None:
    numbers = st.lists(seconds((0.0, 3.0)), min_size=COUNT, max_size=COUNT)
    drawn = [delay for delays in draw(numbers, COUNT, 7) for delay in delays]
    assert 0.15 < drawn.count(3.0) / len(drawn) < 0.35


def test_a_message_more_or_less_is_what_is_left(case: Case) -> None:
    spec = shrunk(case, CLIENT, lambda spec: spec["client"]["drop"]["after_messages"] >= 5)
    assert spec["client"]["drop"]["after_messages"] == 5
    never = shrunk(case, CLIENT, lambda spec: spec["client"]["sends"]["ready"]["times"] != 1)
    assert never["client"]["sends"]["ready"]["times"] == 0
    reset = shrunk(case, CLIENT, lambda spec: spec["client"]["drop"]["by"] == "reset")
    assert reset["client"]["drop"] == {"after_messages": 2, "by": "reset", "return_after": 0.5}
