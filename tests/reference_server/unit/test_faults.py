import pytest

from reference_server.components import Components
from reference_server.faults import FAULTS, UnknownFault, find, with_faults


def test_names_are_unique_and_every_fault_says_what_kills_it() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.killed_by and fault.symptom and fault.family for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_replaces_one_component(fault: object) -> None:
    correct = Components()
    faulty = with_faults(correct, [fault])  # type: ignore[list-item]
    changed = [name for name in correct.__dataclass_fields__ if getattr(correct, name) is not getattr(faulty, name)]
    assert len(changed) == 1


def test_find() -> None:
    assert find("csv-task-without-context").name == "csv-task-without-context"
    with pytest.raises(UnknownFault, match="Did you mean 'csv-task-without-context'"):
        find("csv-task-no-context")
    with pytest.raises(UnknownFault, match="--list-faults"):
        find("zzz")
