from __future__ import annotations

import pytest

from harness.trace.units import count, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0003, "0.3 ms"),
        (0.00094, "0.9 ms"),
        (0.00096, "1 ms"),
        (0.041, "41 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (1.0, "1 s"),
        (2.314, "2.31 s"),
        (2.5, "2.5 s"),
        (10.0, "10 s"),
        (100.0, "100 s"),
        (119.99, "119.99 s"),
        (119.999, "2 min"),
        (120, "2 min"),
        (250.4, "4 min 10 s"),
        (179.6, "3 min"),
        (7200, "120 min"),
    ],
)
def test_durations_have_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 photos"), (1, "1 photo"), (3, "3 photos")])
def test_counts(number: int, text: str) -> None:
    assert count(number, "photo") == text
