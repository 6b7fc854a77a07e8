"""Every fault can be seen by a plain client; nothing can be seen where there is none; two faults are both seen."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from reference_server import application
from reference_server.components import Components
from reference_server.faults import FAULTS, NO_OP, Fault, find, with_faults
from reference_server.faults.parts import BatchCalls, CsvCalls, edited, on_batch_calls, on_csv_calls, on_watcher
from reference_server.watching import Watcher
from tests.faults.battery import SCENARIOS
from tests.faults.battery.bench import Noted, Scenario
from tests.faults.battery.running import SIMPLE, Notes, differences, note, plain_http, quiet


class _SameWatcher(Watcher):
    pass


def _same_parts(components: Components) -> Components:
    same = (
        edited(lambda message: (message,)), on_watcher(_SameWatcher), on_batch_calls(BatchCalls), on_csv_calls(CsvCalls)
    )  # fmt: skip
    for apply in same:
        components = apply(components)
    return components


NOTHING: dict[str, list[Fault]] = {
    "no fault": [],
    "a fault that does nothing": [NO_OP],
    "parts that change nothing": [replace(NO_OP, apply=_same_parts)],
}


TRIES = 3


async def _note(scenarios: Mapping[str, Scenario], *combinations: Sequence[Fault]) -> list[Notes]:
    async with plain_http() as http:
        return list(await asyncio.gather(*(note(scenarios, faults, http) for faults in combinations)))


@pytest.fixture(scope="session")
def calm() -> list[Notes]:
    """What servers do that have no fault, or one that does nothing, in every scenario."""
    return asyncio.run(_note(SCENARIOS, *NOTHING.values()))


@pytest.fixture(scope="session")
def correct(calm: list[Notes]) -> Notes:
    """What the correct server does; what one of them saw on a busy machine is outvoted."""
    noted = {name: [notes[name] for notes in calm if name in notes] for name in SCENARIOS}
    return {name: max(seen, key=seen.count) for name, seen in noted.items()}


@pytest.fixture(scope="session")
def seen(request: pytest.FixtureRequest, correct: Notes) -> dict[str, tuple[str, Noted] | None]:
    """What can be seen of each fault for which a test was selected; all servers run together."""
    selected = {item.callspec.params.get("fault") for item in request.session.items if hasattr(item, "callspec")}
    faults = {fault.name: [fault] for fault in FAULTS if fault.name in selected}
    with quiet():
        return asyncio.run(differences(SCENARIOS, correct, faults))


def test_the_scenarios_go_well_with_the_correct_server(correct: Notes) -> None:
    assert "'broke'" not in repr(correct)
    assert "'problem'" not in repr(correct)
    assert [name for name, noted in correct.items() if "still open" in repr(noted)] == ["scans: nobody known"]


@pytest.mark.parametrize("nothing", NOTHING)
def test_where_no_fault_is_nothing_can_be_seen(nothing: str, calm: list[Notes], correct: Notes) -> None:
    noted = calm[list(NOTHING).index(nothing)]
    doubtful = {
        name: scenario for name, scenario in SCENARIOS.items() if noted.get(name, correct[name]) != correct[name]
    }
    for _ in range(TRIES):  # what a busy machine made of a scenario, it makes of few tries alone
        (again,) = asyncio.run(_note(doubtful, NOTHING[nothing]))
        doubtful = {name: scenario for name, scenario in doubtful.items() if again[name] != correct[name]}
        if not doubtful:
            return
    assert {name: again[name] for name in doubtful} == {name: correct[name] for name in doubtful}


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
def test_a_fault_can_be_seen(fault: str, seen: dict[str, tuple[str, Noted] | None]) -> None:
    assert seen[fault] is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("job-id-upper-cased", "batch-init-twice"),
        ("history-newest-first", "binary-frames"),
        ("photos-side-by-side", "csv-rate-counts-header"),
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


@pytest.mark.parametrize("faults", [FAULTS, FAULTS[::-1]], ids=["as listed", "the other way round"])
def test_all_faults_can_be_on_at_once_and_twice(faults: Sequence[Fault]) -> None:
    application.build(with_faults(Components(), [*faults, *faults]))
