from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.contract.client import Client
from harness.contract.drawn import InputUse
from harness.runner.remembered import MOST, Remembered
from harness.runner.results import CaseResult, Example
from harness.runner.work import Work
from tests.unit.runner.examples import REGISTRY, failure, result, spec, violation

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case
    from harness.inputs.base import Json

BROKEN = violation("always/total")


def judged(case: Case, *failing: int, known: str = "", remembered: tuple[int, ...] = ()) -> Work:
    """A case of which these examples failed, and those that were remembered and did not fail passed."""
    work = Work(case, st.none(), 7, [spec(0)], CaseResult(case), [spec(n) for n in remembered])
    for n in {*failing, *remembered}:
        broken = [BROKEN] if n in failing else []
        work.add(replace(result(case, *broken), example=Example(case, spec(n))))
    for n in failing:
        found = replace(result(case, BROKEN), example=Example(case, spec(n)))
        work.result.failures.append(failure(case, BROKEN, result=found, known=known))
    return work


def after(folder: Path, work: Work) -> list[Json]:
    Remembered(folder).update(work)
    return Remembered(folder).of(work.case, REGISTRY)


def test_what_failed_is_there_in_the_next_run_the_smallest_first(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "failing"
    assert Remembered(folder).of(case, REGISTRY) == []
    assert after(folder, judged(case, 12, 3)) == [spec(3), spec(12)]
    assert after(folder, judged(case, 3)) == [spec(3), spec(12)], "it is there once"
    assert len(after(folder, judged(case, 4, 5, 6))) == MOST


def test_what_fails_no_longer_is_forgotten(case: Case, tmp_path: Path) -> None:
    after(tmp_path, judged(case, 3, 12))
    assert after(tmp_path, judged(case, 3, remembered=(3, 12))) == [spec(3)]


def test_what_could_not_be_judged_again_is_kept(case: Case, tmp_path: Path) -> None:
    after(tmp_path, judged(case, 3))
    again = judged(case, remembered=(3,))
    unjudged = replace(result(case, inconclusive="it stalled"), example=Example(case, spec(3)))
    again.known = dict.fromkeys(again.known, unjudged)
    assert after(tmp_path, again) == [spec(3)]
    again.known = {}
    assert after(tmp_path, again) == [spec(3)]


def test_what_the_target_is_known_to_break_is_not_kept(case: Case, tmp_path: Path) -> None:
    assert after(tmp_path, judged(case, 3, known="the farm is being moved")) == []


def test_what_another_case_draws_or_this_one_did_before_is_not_run(case: Case, tmp_path: Path) -> None:
    after(tmp_path, judged(case, 3))
    for other in (
        case._replace(name="other"),
        case._replace(inputs={"n": InputUse("number", 2)}),
        case._replace(client=Client(connect_after=(1.0, 2.0))),
        case._replace(client=Client(watchers=(2, 3))),
    ):
        assert Remembered(tmp_path).of(other, REGISTRY) == []


def test_what_does_not_fit_is_dropped(case: Case, tmp_path: Path) -> None:
    class Picky:
        name = "number"

        def build(self, spec: Json) -> Json:
            raise ValueError("of an older form")

    after(tmp_path, judged(case, 3))
    assert Remembered(tmp_path).of(case, {"number": Picky()}) == []  # type: ignore[dict-item]
    assert Remembered(tmp_path).of(case, REGISTRY) == [], "and is not tried again and again"
    work = judged(case, 3)
    for no_example in ([], {"inputs": {}}, {"inputs": {"n": 1}}, {"inputs": {"n": 1}, "connect_after": "soon"}):
        found = replace(result(case, BROKEN), example=Example(case, no_example))
        work.result.failures.append(failure(case, BROKEN, result=found))
    assert after(tmp_path, work) == [spec(3)]


def test_a_folder_that_cannot_be_used_is_as_none(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "failing"
    folder.write_text("a file", "utf-8")
    assert after(folder, judged(case, 3)) == []


def test_files_that_hold_no_example_are_left_aside(case: Case, tmp_path: Path) -> None:
    after(tmp_path, judged(case, 3))
    for file in tmp_path.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\xff{")
    assert Remembered(tmp_path).of(case, REGISTRY) == []
