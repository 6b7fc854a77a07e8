"""A client that comes too late misses what was said: the run finds how late is too late."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.conftest import Ran, Running

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACT = Path(__file__).parent / "ticks.contract.yaml"
KEEPS = 0.2
"""Seconds for which the service keeps what it has said."""
CLOSE = 0.05
"""Seconds within which they are to be found: steps of 10 ms, and what connecting takes on a busy machine."""


def test_the_smallest_delay_that_still_loses_a_message(
    harness: Callable[..., Ran], service: Callable[..., Running], tmp_path: Path
) -> None:
    late = CONTRACT.read_text("utf-8").replace("ticks: {}", "connects-late: {client: {connect_after: 0s..3s}}")
    contract = tmp_path / "late.contract.yaml"
    contract.write_text(late.replace("0..40", "1..40"), encoding="utf-8")
    target = service("--keeps", str(KEEPS)).url
    ran = harness("run", str(contract), "--target", target, "--max-jobs", "200", "--report", "json:told.json")
    assert ran.status == 1, ran.err
    told = json.loads((ran.folder / "told.json").read_text("utf-8"))
    (finding,) = told["findings"]
    (failure,) = finding["failures"]
    assert finding["clause"].endswith("order")
    assert finding["class"] == "lost-to-a-late-client"
    assert failure["spec"]["inputs"] == {"n": 1}
    assert abs(failure["spec"]["connect_after"] - KEEPS) <= CLOSE, failure["spec"]
    assert failure["tries"] == failure["failed"] == 3
    assert told["cases"][0]["shrunk"] <= 30

    again = harness("replay", str(ran.replay_file()), "--target", target)
    assert again.status == 1
    assert harness("replay", str(ran.replay_file()), "--target", service().url).status == 0
