from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

WIDE = """\
actions:
  cancel: {method: POST, path: /cancel, expect: {body: {a: 1}, expect: {said: cancel.status == 200}}}
afterwards:
  settled: {method: GET, path: /settled, expect: {schema: {type: object}}}
cases:
  works: {client: {act: {cancel: {}}}, off: [CLAUSE]}
  other: {client: {act: {cancel: {}}}}
"""


@pytest.fixture
def contract(minimal: str) -> str:
    """The contract with a clause of every sort, and one of them, CLAUSE, left out in its first case."""
    text = minimal.replace(
        "accepted: {status: 202", "accepted: {schema: {}, body: {}, expect: {a: 'true'}, status: 202"
    )
    text = text.replace("  order:", "  schemas: {tick: {}}\n  order:")
    return text.replace("cases:\n  works: {}\n", WIDE)


@pytest.mark.parametrize(
    "clause",
    [
        "at_end/all-ticks", "always/same-job", "deadlines/news", "schemas/tick", "accepted/schema", "accepted/body",
        "accepted/a", "actions/cancel/body", "actions/cancel/said", "afterwards/settled/schema",
    ],
)  # fmt: skip
def test_a_case_can_leave_a_clause_out(read: Read, contract: str, clause: str) -> None:
    works, other = read(contract.replace("CLAUSE", clause)).cases
    assert set(other.clauses) - set(works.clauses) == {clause}
    for aside in works.actions:
        assert clause not in aside.promise.clauses


def test_a_contract_can_leave_out_what_only_some_of_its_cases_have(read: Read, contract: str) -> None:
    text = contract.replace(", off: [CLAUSE]", "").replace("cases:", "off: [always/same-job, accepted/a]\ncases:")
    text += "  quiet: {always: null}\n  refuses: {refused: {status: 400}}\n"
    assert not any({"always/same-job", "accepted/a"} & set(case.clauses) for case in read(text).cases)


def test_the_list_of_a_case_takes_the_place_of_the_contracts(read: Read, contract: str) -> None:
    text = contract.replace("CLAUSE", "accepted/a").replace("cases:", "off: [always/same-job]\ncases:")
    works, other = read(text).cases
    assert "always/same-job" in works.clauses
    assert "always/same-job" not in other.clauses


@pytest.mark.parametrize(
    ("off", "problem"),
    [
        ("[always/same-jb]", "there is no clause 'always/same-jb' to leave out"),
        ("[order]", "'order' cannot be left out"),
        ("[accepted/status]", "'accepted/status' cannot be left out"),
        ("[socket/opens]", "'socket/opens' cannot be left out"),
        ("[3]", "a clause must be a text; found 3"),
        ("always/same-job", "a list of clauses that are left out is expected; found 'always/same-job'"),
    ],
)
@pytest.mark.parametrize("in_case", [True, False])
def test_what_cannot_be_left_out(problems: Tell, contract: str, off: str, problem: str, in_case: bool) -> None:
    text = contract.replace("[CLAUSE]", off) if in_case else contract.replace(", off: [CLAUSE]", "")
    (told,) = problems(text if in_case else text.replace("cases:", f"off: {off}\ncases:"))
    assert told.partition(": ")[2].partition(" | ")[0] == problem


def test_the_nearest_clause_is_named(problems: Tell, contract: str) -> None:
    (told,) = problems(contract.replace("CLAUSE", "at_end/all-tick"))
    assert told.endswith("Did you mean 'at_end/all-ticks'?")
