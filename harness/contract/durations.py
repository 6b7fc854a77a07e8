"""Durations, and ranges of them and of counts, as contracts write them: `500ms`, `2s`, `1m`, `1h`, `0s..3s`; `2..4`."""

from __future__ import annotations

import re

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) *(ms|s|m|h)")
_COUNTS = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


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


def parse_counts(value: object) -> tuple[int, int] | None:
    """The least and the most of `2..4` (or of one whole number); None if it is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value, value
    found = _COUNTS.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found.group(1)) > int(found.group(2)):
        return None
    return int(found.group(1)), int(found.group(2))
