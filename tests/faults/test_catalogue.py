"""Every fault can be seen by a plain client; nothing can be seen where there is none; two faults are both seen."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from reference_server import application
from reference_server.components import Components
from reference_server.faults import FAULTS, Fault, find, with_faults
from reference_server.faults.parts import BatchCalls, CsvCalls, edited, on_batch_calls, on_csv_calls, on_watcher
from reference_server.watching import Watcher
from tests.faults.battery import SCENARIOS
from tests.faults.battery.bench import Noted, Scenario
from tests.faults.battery.running import SIMPLE, Notes, differences, note, plain_http, quiet

NO_OP = Fault("no-op", "none", "nothing", (), lambda components: components)


class _SameWatcher(Watcher):
    pass


def _same_parts(components: Components) -> Components:
    same = (
        edited(lambda message: (message,)), on_watcher(_SameWatcher), on_batch_calls(BatchCalls), on_csv_calls(CsvCalls)
    )  # fmt: skip
    for apply in same:
        components = apply(components)
    return components


async def _note(scenarios: Mapping[str, Scenario], *combinations: Sequence[Fault]) -> list[Notes]:
    async with plain_http() as http:
        return list(await asyncio.gather(*(note(scenarios, faults, http) for faults in combinations)))


@pytest.fixture(scope="session")
def calm() -> list[Notes]:
    """What the correct server does in every scenario, and what servers do whose faults are none."""
    return asyncio.run(_note(SCENARIOS, [], [NO_OP], [replace(NO_OP, apply=_same_parts)]))


@pytest.fixture(scope="session")
def seen(request: pytest.FixtureRequest, calm: list[Notes]) -> dict[str, tuple[str, Noted] | None]:
    """What can be seen of each fault for which a test was selected; all servers run together."""
    selected = {item.callspec.params.get("fault") for item in request.session.items if hasattr(item, "callspec")}
    faults = {fault.name: [fault] for fault in FAULTS if fault.name in selected}
    with quiet():
        return asyncio.run(differences(SCENARIOS, calm[0], faults))


def test_the_scenarios_go_well_with_the_correct_server(calm: list[Notes]) -> None:
    assert "'broke'" not in repr(calm[0])
    assert "'problem'" not in repr(calm[0])
    assert [name for name, noted in calm[0].items() if "still open" in repr(noted)] == ["scans: nobody known"]


@pytest.mark.parametrize("no_op", [1, 2], ids=["nothing done", "parts that change nothing"])
def test_where_no_fault_is_nothing_can_be_seen(no_op: int, calm: list[Notes]) -> None:
    assert calm[no_op] == calm[0]


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
def test_a_fault_can_be_seen(fault: str, seen: dict[str, tuple[str, Noted] | None]) -> None:
    assert seen[fault] is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("job-id-upper-cased", "batch-init-twice"),
        ("history-newest-first", "binary-frames"),
        ("photos-last-first", "csv-rate-upside-down"),
    ],
    ids=["both in the channel", "both in the watcher", "in different seams"],
)
def test_two_faults_combine(one: str, other: str) -> None:
    """What they do together is neither what the one does alone, nor what the other does, nor nothing."""
    plain = {name: SCENARIOS[name] for name in SIMPLE}
    with quiet():
        noted = asyncio.run(_note(plain, [], [find(one)], [find(other)], [find(one), find(other)]))
    for apart, together in itertools.combinations(noted, 2):
        assert apart != together


def test_all_faults_can_be_on() -> None:
    application.build(with_faults(Components(), [*FAULTS, *FAULTS]))


def test_names_and_families() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert all(fault.killed_by for fault in FAULTS)
    assert all(clause.count("/") >= 1 for fault in FAULTS for clause in fault.killed_by)
