from __future__ import annotations

import pytest

from harness.temporal.deadlines import Deadline, DeadlineMonitor, Gap, GapMonitor
from harness.temporal.invariants import Invariant, InvariantMonitor
from harness.temporal.monitor import Monitor
from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import EMPTY
from harness.trace.verdicts import Place, Verdict

PLACE = Place("c.yaml", 1)
MONITORS: list[Monitor] = [
    OrderMonitor("x", PLACE, EMPTY, {}),
    DeadlineMonitor(Deadline("x", PLACE, ("a",), ("b",), 1.0)),
    GapMonitor(Gap("x", PLACE, ("a",), ("b",), 1.0)),
    InvariantMonitor(Invariant("x", PLACE, frozenset("a"), lambda event, previous: None)),
]


@pytest.mark.parametrize("monitor", MONITORS, ids=lambda monitor: type(monitor).__name__)
def test_a_monitor_that_has_seen_nothing_has_nothing_to_say(monitor: Monitor) -> None:
    monitor.advance(1e9)
    assert {name for name in vars(Monitor) if not name.startswith("_")} <= set(dir(monitor))
    assert monitor.clause == "x"
    assert monitor.violation is None
    assert monitor.due() is None
    assert monitor.verdict is Verdict.NOT_EXERCISED
    assert not monitor.hopeless
