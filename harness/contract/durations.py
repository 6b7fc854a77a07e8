"""Durations and ranges of them, as contracts write them: `500ms`, `2s`, `1m`, `0s..3s`."""

from __future__ import annotations

import re

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) *(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


def parse_duration(text: object) -> float | None:
    """Seconds, or None if `text` is no duration."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    return float(found.group(1)) * _SECONDS[found.group(2)] if found else None


def parse_duration_range(text: object) -> tuple[float, float] | None:
    """The least and the most seconds of `0s..3s` (or of one duration); None if it is neither."""
    if not isinstance(text, str):
        return None
    low, dots, high = text.partition("..")
    least, most = parse_duration(low), parse_duration(high if dots else low)
    if least is None or most is None or least > most:
        return None
    return least, most
