"""What a case says of itself besides: how many examples it has, whether they run alone, what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

PROBES = "probes: {there: {method: GET, path: /there, present_if: {status: 400}}}\ncases:"
REFUSED = """\
refusals: {within: 1s, afterwards: {no_job: {method: GET, path: "/jobs/${job_id}", expect: {status: 404}}}}"""
WAS = "refusals: {within: 1s, body: {error: {code: E_BAD}}}"


def of(read: Read, minimal: str, case: str) -> Case:
    (found,) = read(minimal.replace("cases:", PROBES).replace("works: {}", f"works: {case}")).cases
    return found


def test_what_is_not_said_changes_nothing(read: Read, minimal: str) -> None:
    case = of(read, minimal, "{}")
    assert (case.examples, case.alone, case.only_if) == (None, False, "")
    assert case.examples_of(10) == 10


def test_what_is_said_of_a_case(read: Read, minimal: str) -> None:
    case = of(read, minimal, "{examples: 2, alone: true, only_if: there}")
    assert (case.examples, case.alone, case.only_if) == (2, True, "there")
    assert (case.examples_of(10), case.examples_of(1)) == (2, 1), "the run may want fewer"


def test_what_a_contract_is_about_goes_for_each_case_that_says_nothing_else(read: Read, minimal: str) -> None:
    text = minimal.replace("cases:", "only_if: there\n" + PROBES)
    found = read(text.replace("works: {}", "works: {}\n  anywhere: {only_if: null}")).cases
    assert [case.only_if for case in found] == ["there", ""]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("examples: 0", "examples: a number from 1 is expected; found 0"),
        ("examples: true", "examples: a number from 1 is expected; found True"),
        ("examples: 1..3", "examples: a number from 1 is expected; found '1..3'"),
        ("alone: sure", "alone is true or false; found 'sure'"),
        ("alone: 1", "alone is true or false; found 1"),
        ("only_if: thre", "unknown probe with present_if 'thre' | here: there. Did you mean 'there'?"),
        ("exmples: 1", "unknown key 'exmples' | "),
    ],
)
def test_what_is_wrong_is_told_once(problems: Tell, minimal: str, said: str, problem: str) -> None:
    text = minimal.replace("cases:", PROBES).replace("works: {}", f"works: {{{said}}}")
    (told,) = problems(text)
    assert told.partition(": ")[2].startswith(problem)


@pytest.mark.parametrize("key", ["examples: 2", "alone: true"])
def test_a_contract_says_neither_for_all_of_its_cases(problems: Tell, minimal: str, key: str) -> None:
    (told,) = problems(minimal.replace("cases:", f"{key}\ncases:"))
    assert told.partition(": ")[2].startswith(f"unknown key {key.partition(':')[0]!r}")


def test_a_refusal_is_followed_by_what_is_asked_whether_it_was_one(read: Read, minimal: str) -> None:
    text = minimal.replace(WAS, REFUSED).replace("works: {}", "bad: {refused: {status: 400}}")
    refuses = read(text + "  plain: {refused: {status: 400, afterwards: null}}\n").cases
    (no_job,) = refuses[0].afterwards
    assert no_job.request.path.render_url({"job_id": "j"}) == "/jobs/j"
    assert no_job.promise.prefix == "afterwards/no_job"
    assert {"refused/status", "afterwards/no_job/status", "afterwards/no_job/within"} <= set(refuses[0].clauses)
    assert refuses[1].afterwards == ()


def test_what_is_asked_after_a_job_is_not_asked_after_a_refusal(read: Read, minimal: str) -> None:
    text = minimal.replace("cases:", "afterwards: {settled: {method: GET, path: /state}}\ncases:")
    accepted, refused = read(text + "  bad: {refused: {status: 400}}\n").cases
    assert [one.name for one in accepted.afterwards] == ["settled"]
    assert refused.afterwards == ()


def test_nothing_of_a_job_can_be_looked_back_on_where_there_was_none(problems: Tell, minimal: str) -> None:
    text = minimal.replace(WAS, REFUSED.replace("${job_id}", "${last.done.id}"))
    told = problems(text.replace("works: {}", "bad: {refused: {status: 400}}"))
    assert any("unknown kind 'done' | here: none." in one for one in told)
