"""Every fault can be seen by a plain client; nothing can be seen where there is none."""

import asyncio
from typing import Any

import pytest

from reference_server.faults import FAULTS
from tests.faults.battery import SCENARIOS
from tests.faults.battery.running import Notes, differences, note, plain_http, quiet


async def _note() -> Notes:
    async with plain_http() as http:
        return await note(SCENARIOS, (), http)


@pytest.fixture(scope="session")
def correct() -> Notes:
    """What the correct server does, in every scenario."""
    return asyncio.run(_note())


@pytest.fixture(scope="session")
def seen(request: pytest.FixtureRequest, correct: Notes) -> dict[str, Any]:
    """What can be seen of each fault for which a test was selected; all servers run together."""
    selected = {item.callspec.params["fault"] for item in request.session.items if hasattr(item, "callspec")}
    combinations = {name: [fault] for name, fault in ((fault.name, fault) for fault in FAULTS) if name in selected}
    with quiet():
        return asyncio.run(differences(SCENARIOS, correct, combinations))


def test_the_scenarios_go_well_with_the_correct_server(correct: Notes) -> None:
    assert "'broke'" not in repr(correct)
    assert "'problem'" not in repr(correct)
    assert [name for name, noted in correct.items() if "still open" in repr(noted)] == ["scans: nobody known"]


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
def test_a_fault_can_be_seen(fault: str, seen: dict[str, Any]) -> None:
    assert seen[fault] is not None
