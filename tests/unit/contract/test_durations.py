from __future__ import annotations

import pytest

from harness.contract.durations import parse_counts, parse_duration, parse_duration_range


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("2s", 2.0), ("1.5m", 90.0), ("2 s", 2.0), ("0s", 0.0), ("1.5h", 5400.0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", [2, None, True, "", "2", "s", "-2s", "2S", "1e3s", "2s ", "\u0662s", "9" * 400 + "s", ".5s", ["2s"]]
)
def test_what_is_no_duration(text: object) -> None:
    assert parse_duration(text) is None
    assert parse_duration_range(text) is None


@pytest.mark.parametrize(
    ("text", "ends"), [("0s..3s", (0.0, 3.0)), ("2s", (2.0, 2.0)), ("500ms .. 1m", None), ("1s..1s", (1.0, 1.0))]
)
def test_ranges(text: str, ends: tuple[float, float] | None) -> None:
    assert parse_duration_range(text) == ends


@pytest.mark.parametrize("text", ["3s..1s", "1s..", "..1s", "1s..2s..3s", "a..b"])
def test_what_is_no_range(text: str) -> None:
    assert parse_duration_range(text) is None


@pytest.mark.parametrize(("value", "ends"), [(3, (3, 3)), ("0..20", (0, 20)), ("2..2", (2, 2))])
def test_counts(value: object, ends: tuple[int, int]) -> None:
    assert parse_counts(value) == ends


@pytest.mark.parametrize("value", [True, None, 1.5, "3", "4..2", "-1..2", "1..", "1..2..3", "1 .. 2"])
def test_what_counts_nothing(value: object) -> None:
    assert parse_counts(value) is None
