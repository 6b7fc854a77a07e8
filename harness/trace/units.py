"""Numbers as people read them, with their units."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`0.3 ms`, `41 ms`, `2.31 s`, `90 s`, `4 min 10 s`."""
    if 0 < seconds < 0.00095:
        return f"{seconds * 1000:.1g} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 119.995:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def count(number: int, noun: str) -> str:
    """`1 photo`, `3 photos`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
