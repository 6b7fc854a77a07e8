from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from harness.runner import drawing
from harness.runner.drawing import StopSearch, case_strategy, draw, shrink, spec_key
from harness.trace.events import Json
from tests.unit.runner.examples import CONTRACT, REGISTRY, cases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NUMBERS = st.integers(0, 1000)
BOOKS = st.fixed_dictionaries(
    {"photos": st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=5), "late": st.booleans()}
)
COUNT = 40


def test_the_same_seed_gives_the_same_examples_and_another_one_others() -> None:
    assert draw(BOOKS, COUNT, 5) == draw(BOOKS, COUNT, 5)
    assert draw(BOOKS, COUNT, 5) != draw(BOOKS, COUNT, 6)


@pytest.mark.parametrize("seed", range(5))
def test_the_first_example_is_the_simplest_one(seed: int) -> None:
    assert draw(NUMBERS, COUNT, seed)[0] == 0
    assert draw(BOOKS, COUNT, seed)[0] == {"photos": [[]], "late": False}


def test_examples_differ_from_each_other_and_are_no_more_than_asked_for() -> None:
    drawn = draw(NUMBERS, COUNT, 1)
    assert len(drawn) == len(set(drawn))
    assert COUNT / 2 < len(drawn) <= COUNT
    assert draw(st.just(1), COUNT, 1) == [1]
    assert len(draw(NUMBERS, 1, 1)) == 1


def test_a_key_is_one_text_for_one_example() -> None:
    assert spec_key({"a": 1, "b": [2]}) == spec_key({"b": [2], "a": 1})
    assert spec_key({"a": 1}) != spec_key({"a": "1"})


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("strategy", [NUMBERS, BOOKS], ids=["numbers", "books"])
def test_canary_shrinking_visits_the_drawn_examples_up_to_the_first_failure(
    strategy: st.SearchStrategy[Json], seed: int
) -> None:
    """Hypothesis' own loop over a seed draws what `draw` has drawn: only then are the known verdicts of use."""
    drawn = [spec_key(spec) for spec in draw(strategy, COUNT, seed)]
    failing = drawn[len(drawn) // 2]
    visited: list[str] = []

    def fails(spec: Json) -> bool:
        visited.append(spec_key(spec))
        return visited[-1] == failing

    assert spec_key(shrink(strategy, COUNT, seed, fails)) == failing
    assert list(dict.fromkeys(visited[: visited.index(failing) + 1])) == drawn[: drawn.index(failing) + 1]


def test_where_nothing_fails_exactly_the_drawn_examples_are_asked_for() -> None:
    asked: list[Json] = []
    assert shrink(BOOKS, COUNT, 3, lambda spec: bool(asked.append(spec))) is None
    assert list(dict.fromkeys(map(spec_key, asked))) == [spec_key(spec) for spec in draw(BOOKS, COUNT, 3)]


@pytest.mark.parametrize(
    ("strategy", "fails", "smallest"),
    [
        (NUMBERS, lambda n: n >= 100, 100),
        (NUMBERS, lambda n: n % 2 == 1, 1),
        (st.lists(NUMBERS), lambda ns: len(ns) >= 3, [0, 0, 0]),
        (BOOKS, lambda spec: len(spec["photos"]) >= 2, {"photos": [[], []], "late": False}),
        (BOOKS, lambda spec: any("b" in one for one in spec["photos"]), {"photos": [["b"]], "late": False}),
        (BOOKS, lambda spec: spec["late"], {"photos": [[]], "late": True}),
    ],
)
def test_shrinking_reaches_the_smallest(
    strategy: st.SearchStrategy[Json], fails: Callable[[Json], bool], smallest: Json
) -> None:
    assert shrink(strategy, COUNT, 11, fails) == smallest


def test_with_the_verdicts_of_the_drawn_examples_at_hand_only_shrinking_asks_for_new_ones() -> None:
    known = {spec_key(spec): spec >= 100 for spec in draw(NUMBERS, COUNT, 2)}
    before, new = dict(known), []

    def fails(spec: int) -> bool:
        key = spec_key(spec)
        if key not in known:
            new.append(spec)
            known[key] = spec >= 100
        return known[key]

    assert shrink(NUMBERS, COUNT, 2, fails) == 100
    first = next(int(key) for key, failed in before.items() if failed)
    assert new
    assert all(spec < first for spec in new), "an example that is no attempt to make the first failure smaller"


@pytest.mark.parametrize("most", [1, 12])
def test_a_search_that_is_stopped_asks_no_more_whether_something_has_failed_or_not(most: int) -> None:
    asked: list[int] = []

    def fails(spec: int) -> bool:
        asked.append(spec)
        if len(asked) == most:
            raise StopSearch
        return spec >= 100

    assert shrink(NUMBERS, COUNT, 2, fails) is None
    assert len(asked) == most
    assert any(spec >= 100 for spec in asked[:-1]) is (most > 1)


def test_drawing_in_threads_at_the_same_time_changes_nothing() -> None:
    alone = [draw(BOOKS, COUNT, seed) for seed in range(4)]
    together: dict[int, Json] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: together.update({seed: draw(BOOKS, COUNT, seed)}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [together[seed] for seed in range(4)] == alone


def test_nothing_is_printed_or_kept_by_hypothesis(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shrink(NUMBERS, COUNT, 2, lambda spec: spec > 5)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_a_case_draws_its_inputs_and_the_moment_of_its_connect(tmp_path: Path) -> None:
    late = CONTRACT.replace("works: {}", "works: {client: {connect_after: 1s..2s}}")
    strategy = case_strategy(cases(tmp_path, late)[0], REGISTRY)
    drawn = draw(strategy, COUNT, 1)
    assert drawn[0] == {"inputs": {"n": 0}, "connect_after": 1.0}
    assert {spec["inputs"]["n"] for spec in drawn} == {0, 1, 2, 3}
    assert all(1 <= spec["connect_after"] <= 2 for spec in drawn)
    assert len({spec["connect_after"] for spec in drawn}) > 3


def test_the_seed_alone_decides_also_where_hypothesis_is_told_to_run_as_in_ci() -> None:
    with_ci = drawing.hypothesis.settings(drawing.hypothesis.settings.default, derandomize=True, database=None)
    before = draw(NUMBERS, COUNT, 9)
    drawing.hypothesis.settings.register_profile("as-in-ci", with_ci)
    current = drawing.hypothesis.settings.get_current_profile_name()
    drawing.hypothesis.settings.load_profile("as-in-ci")
    try:
        assert draw(NUMBERS, COUNT, 9) == before
        assert draw(NUMBERS, COUNT, 10) != before
    finally:
        drawing.hypothesis.settings.load_profile(current)


def test_code_that_is_loaded_beside_it_does_not_change_what_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(f"NUMBERS = {list(range(100_003, 900_000, 7_919))}\n", "utf-8")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); [__import__(name) for name in sys.argv[2:]]\n"
        "from hypothesis import strategies as st\n"
        "from harness.runner.drawing import draw\n"
        "print(draw(st.integers(0, 1_000_000), 200, 1))"
    )

    def drawn(*modules: str) -> str:
        command = [sys.executable, "-c", code, str(tmp_path), *modules]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert drawn() == drawn("beside")
