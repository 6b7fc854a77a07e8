"""Draws specs, the same ones every time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from harness.inputs import registry

if TYPE_CHECKING:
    from collections.abc import Callable


def _drawn(name: str, parameters: object, count: int) -> list[Any]:
    kind = registry()[name]
    assert kind.check(parameters) is None
    specs: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(kind.strategy(parameters))
    def collect(spec: object) -> None:
        specs.append(spec)

    collect()
    return specs


@pytest.fixture(scope="session")
def drawn() -> Callable[..., list[Any]]:
    """`drawn(name, parameters, count)`: specs of an input type, drawn once a session."""
    known: dict[str, list[Any]] = {}

    def drawn(name: str, parameters: object, count: int) -> list[Any]:
        key = json.dumps([name, parameters, count])
        if key not in known:
            known[key] = _drawn(name, parameters, count)
        return known[key]

    return drawn
