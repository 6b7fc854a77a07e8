"""Which examples are run, in which order, and what becomes of them: the driving itself is made up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.runner import run as module
from harness.runner.drawing import case_strategy, draw, seed_of
from harness.runner.remembered import Remembered
from harness.runner.results import Example, ExampleResult, RunResult
from harness.runner.run import Run
from harness.runner.run_events import CaseFinished, RunEvent
from harness.runner.services import Services, Waiting
from harness.runner.settings import Settings, Shrinking
from harness.trace.verdicts import Explanation, Verdict, Violation
from tests.unit.runner.examples import CONTRACT, REGISTRY, answer, cases, got, request, result, services, violation

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case

NEWS = violation("deadlines/news", Explanation.SILENT, at=5.0)
TOTAL = violation("always/total", Explanation.RELATION)
HEARD = (request(0.0), answer(0.1), got(0.3, "tick"))
SILENT = HEARD[:2]
Breaks = Callable[[Example], Iterable[Violation]]


class Made:
    """A run whose examples break what they are told to; keeps which were run, and what was reported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, breaks: Breaks, *, silent: bool = False) -> None:
        self.breaks = breaks
        self.events = SILENT if silent else HEARD
        self.ran: list[Example] = []
        self.reported: list[RunEvent] = []

        async def reach(_: Services) -> None:
            """The target is there."""

        monkeypatch.setattr(module, "drive", self.drive)
        monkeypatch.setattr(module, "reach", reach)

    async def drive(self, example: Example, of: Services, waiting: Waiting, keep: int = 0) -> ExampleResult | None:
        if not await of.budget.reserve(keep):
            return None
        self.ran.append(example)
        await asyncio.sleep(0)
        await of.budget.settle(1)
        waiting.jobs += 1
        found = result(example.case, *self.breaks(example), events=self.events)
        return replace(found, example=example)

    async def run(self, judged: Iterable[Case], remembered: Remembered | None = None, **settings: object) -> RunResult:
        made = Settings(**{"examples": 10, "concurrency": 4, **settings})
        running = Run(list(judged), services(), made, self.reported.append, lambda _: "", remembered=remembered)
        async with asyncio.timeout(20):
            return await running.run()


def specs_of(case: Case) -> list[object]:
    return draw(case_strategy(case, REGISTRY), 10, seed_of(case))


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    monkeypatch.chdir(tmp_path)
    text = CONTRACT.replace("{number: 3}", "{number: 300}")
    return [cases(tmp_path, text)[0]._replace(name=f"case-{number}") for number in range(8)]


async def test_a_second_run_begins_with_what_failed(
    many: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def breaks(example: Example) -> list[Violation]:
        return [TOTAL] if example.case is many[1] and example.spec["inputs"]["n"] >= 9 else []

    remembered = Remembered(tmp_path / "failing")
    first, again = Made(monkeypatch, breaks), None
    found = await first.run(many, remembered)
    (failure,) = found.failures
    smallest = {"inputs": {"n": 9}, "connect_after": 0.0}
    assert failure.result.example.spec == smallest
    assert first.ran[0].spec == specs_of(many[0])[0]

    again = Made(monkeypatch, breaks)
    (failure,) = (await again.run(many, remembered)).failures
    assert again.ran[0] == Example(many[1], smallest)
    assert failure.result.example.spec == smallest
    assert failure.note == "it failed in an earlier run already, and so was run first (--fresh leaves that aside)"
    assert sum(one.case is many[1] for one in again.ran) < 8, "it is not made small again"

    fresh = Made(monkeypatch, breaks)
    await fresh.run(many, remembered, fresh=True)
    assert [one.spec for one in fresh.ran] == [one.spec for one in first.ran]

    mended = Made(monkeypatch, lambda _: [])
    result = await mended.run(many, remembered)
    assert mended.ran[0] == Example(many[1], smallest)
    assert result.verdict is Verdict.PASSED
    assert result.cases[1].examples == result.cases[1].drawn == len(specs_of(many[1])) + 1
    forgotten = Made(monkeypatch, breaks)
    await forgotten.run(many, remembered)
    assert [one.spec for one in forgotten.ran] == [one.spec for one in first.ran]


async def test_a_pilot_that_failed_before_is_run_first_and_once(
    many: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remembered = Remembered(tmp_path / "failing")
    await Made(monkeypatch, lambda example: [TOTAL] if example.case is many[3] else []).run(many, remembered)
    again = Made(monkeypatch, lambda _: [])
    result = await again.run(many, remembered)
    pilot = Example(many[3], specs_of(many[3])[0])
    assert again.ran[0] == pilot
    assert again.ran.count(pilot) == 1
    assert result.cases[3].examples == result.cases[3].drawn == len(specs_of(many[3]))


async def test_cases_that_make_no_job_come_before_all_that_failed_before(
    many: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged = [many[0], many[1]._replace(socket=None)]
    remembered = Remembered(tmp_path / "failing")
    await Made(monkeypatch, lambda example: [TOTAL] if example.case is many[0] else []).run(judged, remembered)
    again = Made(monkeypatch, lambda _: [])
    await again.run(judged, remembered, concurrency=1)
    assert [one.case for one in again.ran[:2]] == [judged[1], many[0]], "a small budget has something left for them"


async def test_one_failure_of_each_finding_is_made_small(many: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made(monkeypatch, lambda example: [TOTAL] if example.spec["inputs"]["n"] >= 9 else [])
    found = await made.run(many[:3])
    assert [one.result.spec["inputs"]["n"] == 9 for one in found.failures] == [True, False, False]
    assert [case.shrunk > 0 for case in found.cases] == [True, False, False]
    assert found.failures[0].note.startswith("shrunk with ")
    assert {one.note for one in found.failures[1:]} == {"not shrunk: ticks/case-0 shows the same"}


async def test_where_what_was_made_small_looks_different_the_others_are_made_small_too(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = TOTAL, TOTAL._replace(explanation=Explanation.SHAPE)

    def breaks(example: Example) -> list[Violation]:
        n = example.spec["inputs"]["n"]
        return [large if n >= 10 else small] if n >= 9 else []

    found = await Made(monkeypatch, breaks).run(many[:3])
    assert [one.result.spec["inputs"]["n"] for one in found.failures] == [9, 9, 9]
    assert len(found.findings) == 1


async def test_what_failed_is_tried_again_for_so_long_and_no_longer(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(monkeypatch, lambda _: [TOTAL])
    found = await made.run(many[:1], confirm_seconds=0.0)
    (failure,) = found.failures
    assert (failure.failed, failure.tries, len(made.ran)) == (1, 1, 1)
    assert failure.diagnosis.evidence[-1].startswith(
        "it was not tried again: the time for trying failures again was over"
    )
    (failure,) = (await Made(monkeypatch, lambda _: [TOTAL]).run(many[:1])).failures
    assert (failure.failed, failure.tries) == (3, 3)


class Beside(Made):
    """Sees how many examples are under way at the same time, this one included."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.under_way: list[Case] = []
        self.seen: list[tuple[Case, int]] = []

    async def drive(self, example: Example, *more: object, **named: object) -> ExampleResult | None:
        self.under_way.append(example.case)
        await asyncio.sleep(0)
        self.seen.append((example.case, len(self.under_way)))
        try:
            return await super().drive(example, *more, **named)  # type: ignore[arg-type]
        finally:
            self.under_way.remove(example.case)


async def test_an_example_of_a_case_that_is_alone_has_no_other_beside_it(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = [many[0], many[1]._replace(alone=True), many[2]]
    made = Beside(monkeypatch, lambda _: [])
    found = await made.run(judged)
    assert found.verdict is Verdict.PASSED
    assert {most for case, most in made.seen if case is judged[1]} == {1}
    assert sum(case is judged[1] for case, _ in made.seen) == len(specs_of(many[1]))
    assert max(most for case, most in made.seen if case is not judged[1]) > 1


async def test_nor_while_failures_are_made_small_and_looked_into(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = [case._replace(alone=case is many[1]) for case in many]
    other = TOTAL._replace(clause="always/other")

    def breaks(example: Example) -> list[Violation]:
        broken = other if example.case is judged[1] else TOTAL
        return [broken] if example.spec["inputs"]["n"] >= 9 else []

    made = Beside(monkeypatch, breaks)
    found = await made.run(judged)
    assert len(found.failures) == len(judged)
    assert {most for case, most in made.seen if case is judged[1]} == {1}
    assert any(one.case is judged[1] and one.spec not in specs_of(many[1]) for one in made.ran), "it was made small"


async def test_cases_about_what_the_target_does_not_have_are_left_out_and_that_is_told(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = [many[0], *(case._replace(only_if="test_endpoints") for case in many[1:3]), many[3]]

    async def what_is_lacking(case: Case, _: Services) -> str:
        return "cannot be restarted" if case is many[3] else f"has no {case.only_if}" if case.only_if else ""

    told: list[str] = []
    made = Made(monkeypatch, lambda _: [])
    monkeypatch.setattr(module, "what_is_lacking", what_is_lacking)
    running = Run(judged, services(tell=told.append), Settings(examples=2), made.reported.append, lambda _: "")
    found = await running.run()
    assert [one.case for one in found.cases] == [many[0]]
    assert {one.case.name for one in made.ran} == {"case-0"}
    assert told == [
        "ticks: 2 cases left out, the target has no test_endpoints",
        "ticks: 1 case left out, the target cannot be restarted",
    ]
    assert found.left_out == tuple(told)


async def test_where_nothing_is_heard_of_any_job_not_every_case_waits_for_it(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(monkeypatch, lambda _: [NEWS], silent=True)
    found = await made.run(many, concurrency=3, investigate=False)
    assert [one.case.name for one in made.ran] == [f"case-{n}" for n in range(5)], "two began before the third was over"
    assert [case.verdict for case in found.cases] == [Verdict.FAILED] * 5 + [Verdict.INCONCLUSIVE] * 3
    told = "not run: nothing was heard of any job in 3 other cases of ticks"
    assert {case.inconclusive for case in found.cases[5:]} == {told}
    assert found.verdict is Verdict.FAILED


async def test_a_doubtful_silence_is_run_once_more_unless_several_cases_have_shown_it(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stalls(Made):
        async def drive(self, example: Example, *more: object, **named: object) -> ExampleResult | None:
            found = await super().drive(example, *more, **named)  # type: ignore[arg-type]
            doubtful = example.case is many[0] or example.case in many[4:]
            return replace(found, inconclusive="it stalled") if found is not None and doubtful else found

    made = Stalls(monkeypatch, lambda _: [NEWS])
    found = await made.run(many, concurrency=1, investigate=False)
    assert [one.case.name for one in made.ran] == ["case-0", *(f"case-{number}" for number in range(8))]
    verdicts = [case.verdict for case in found.cases]
    assert verdicts == [Verdict.INCONCLUSIVE, *[Verdict.FAILED] * 3, *[Verdict.INCONCLUSIVE] * 4]


async def test_where_something_is_heard_every_case_is_run(many: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made(monkeypatch, lambda _: [NEWS])
    found = await made.run(many, concurrency=3, investigate=False)
    assert [case.verdict for case in found.cases] == [Verdict.FAILED] * 8


async def test_what_passed_is_reported_before_what_failed_is_looked_into(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(monkeypatch, lambda example: [TOTAL] if example.case is many[0] else [])
    await made.run(many[:3])
    finished = [event.result.case.name for event in made.reported if isinstance(event, CaseFinished)]
    assert finished == ["case-1", "case-2", "case-0"]


async def test_a_recommended_clause_fails_nothing_and_keeps_nothing_from_being_judged(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = many[0]._replace(should=frozenset({TOTAL.clause}))
    made = Made(monkeypatch, lambda _: [TOTAL])
    found = await made.run([case])
    assert found.verdict is Verdict.PASSED
    assert found.cases[0].examples == len(specs_of(case))
    (failure,) = found.failures
    assert failure.recommended


@pytest.mark.parametrize("investigate", [True, False])
async def test_a_clause_told_as_also_broken_is_not_told_again(
    many: list[Case], monkeypatch: pytest.MonkeyPatch, investigate: bool
) -> None:
    """The smaller example that breaks one clause alone says that they need not be broken together."""
    count = violation("always/count", Explanation.RELATION)
    drawn = [spec["inputs"]["n"] for spec in specs_of(many[0])]
    least = next(n for n in drawn if n > 9)

    def breaks(example: Example) -> list[Violation]:
        n = example.spec["inputs"]["n"]
        return [TOTAL, count] if n >= least else [TOTAL] if n >= 9 else []

    found = await Made(monkeypatch, breaks).run(many[:1], concurrency=1, investigate=investigate)
    (failure,) = found.failures
    assert {failure.violation.clause, *failure.also} == {"always/total", "always/count"}


async def test_a_clause_that_broke_only_while_another_was_made_small_is_told_as_that(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = {spec["inputs"]["n"] for spec in specs_of(many[0])}
    count = violation("always/count", Explanation.RELATION)

    def breaks(example: Example) -> list[Violation]:
        n = example.spec["inputs"]["n"]
        return [TOTAL] if n == max(drawn) else [count] if n not in drawn else []

    found = await Made(monkeypatch, breaks).run(many[:1], concurrency=1)
    notes = {failure.violation.clause: failure.note for failure in found.failures}
    assert notes["always/count"] == "not shrunk: it was met while another failure was shrunk"
    assert "with" in notes["always/total"]


async def test_without_a_budget_for_shrinking_the_first_failure_is_told(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(monkeypatch, lambda example: [TOTAL] if example.spec["inputs"]["n"] >= 9 else [])
    found = await made.run(many[:1], shrinking=Shrinking(jobs=0), concurrency=1)
    (failure,) = found.failures
    first = next(spec for spec in specs_of(many[0]) if spec["inputs"]["n"] >= 9)
    assert failure.result.example.spec == first
    assert found.cases[0].shrunk == 0


async def test_what_fails_among_others_only_is_tried_among_as_many(
    many: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = 0

    class Crossed(Made):
        async def drive(self, example: Example, *more: object, **named: object) -> ExampleResult | None:
            nonlocal under_way
            under_way += 1
            self.crowded = under_way > 3
            try:
                return await super().drive(example, *more, **named)
            finally:
                under_way -= 1

    made = Crossed(monkeypatch, lambda example: [TOTAL] if made.crowded and example.case is many[3] else [])
    found = await made.run(many[:4], concurrency=4)
    (failure,) = found.failures
    assert failure.failed > 1
    assert "with 3 other examples at the same time, as when it was found, it failed" in failure.diagnosis.evidence[-1]


@pytest.mark.parametrize(
    ("always_from", "told", "failed", "note"),
    [(51, 54, 3, "a smaller one fails now and then: n = 50 ticks"), (301, 50, 1, "")],
)
async def test_where_the_smallest_fails_now_and_then_the_next_larger_that_fails_always_is_told(
    many: list[Case], monkeypatch: pytest.MonkeyPatch, always_from: int, told: int, failed: int, note: str
) -> None:
    seen: set[int] = set()

    def breaks(example: Example) -> list[Violation]:
        n = example.spec["inputs"]["n"]
        flaky = n >= 50 and n not in seen
        seen.add(n)
        return [TOTAL] if flaky or n >= always_from else []

    made = Made(monkeypatch, breaks)
    found = await made.run(many[:1], concurrency=1)
    (failure,) = found.failures
    assert (failure.result.example.spec["inputs"]["n"], failure.failed, failure.tries) == (told, failed, 3)
    assert note in failure.note
