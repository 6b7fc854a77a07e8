import re

import pytest

from reference_server.components import Components
from reference_server.faults import FAULTS, NO_OP, Fault, UnknownFault, find, with_faults
from reference_server.faults.intermittent import ONE_IN, Lot


def test_names_are_unique_and_every_fault_says_what_kills_it() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.symptom and fault.family for fault in FAULTS)
    clause = re.compile(r"(batch-scan|csv-import|[a-z]+(-[a-z]+)*)(/[a-z_]+(-[a-z_0-9]+)*){1,3}")
    assert [fault.name for fault in FAULTS if not all(map(clause.fullmatch, fault.killed_by or ("",)))] == []


def test_families_stand_together() -> None:
    families = [fault.family for fault in FAULTS]
    assert sorted(set(families), key=families.index) == [
        family for place, family in enumerate(families) if place == 0 or families[place - 1] != family
    ]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_replaces_one_component(fault: Fault) -> None:
    correct = Components()
    faulty = with_faults(correct, [fault])
    changed = [name for name in correct.__dataclass_fields__ if getattr(correct, name) is not getattr(faulty, name)]
    assert len(changed) == 1


def test_the_no_op_replaces_nothing() -> None:
    correct = Components()
    assert with_faults(correct, [find("no-op")]) is correct
    assert NO_OP not in FAULTS


def test_find() -> None:
    assert find("csv-task-without-context").name == "csv-task-without-context"
    with pytest.raises(UnknownFault, match="Did you mean 'csv-task-without-context'"):
        find("csv-task-no-context")
    with pytest.raises(UnknownFault, match="--list-faults"):
        find("zzz")


def test_a_seed() -> None:
    seeded = find("sometimes-500:seed=7")
    assert seeded.name == "sometimes-500:seed=7"
    assert seeded.apply is not find("sometimes-500").apply


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sometimes-500:seed=", "unknown parameter 'seed='; write sometimes-500:seed=7"),
        ("sometimes-500:7", "unknown parameter '7'"),
        ("sometimes-500:", "unknown parameter ''"),
        ("never-closes:seed=7", "'never-closes' takes no seed: every job has it"),
        ("never-close:seed=7", "Did you mean 'never-closes'"),
    ],
)
def test_a_parameter_that_is_wrong(text: str, told: str) -> None:
    with pytest.raises(UnknownFault, match=told):
        find(text)


def test_of_each_three_jobs_one_is_unlucky() -> None:
    lot = Lot(7)
    drawn = [lot.unlucky(f"job {number}") for number in range(300)]
    assert [sum(drawn[place : place + ONE_IN]) for place in range(0, 300, ONE_IN)] == [1] * 100
    assert drawn == [lot.unlucky(f"job {number}") for number in range(300)]


def test_the_seed_says_which() -> None:
    def drawn(seed: int) -> list[bool]:
        lot = Lot(seed)
        return [lot.draw() for _ in range(30)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
