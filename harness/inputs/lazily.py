"""Hypothesis' strategies, imported when the first one is made: whoever only reads contracts need not wait for it.

`from harness.inputs.lazily import st`, then as if by `from hypothesis import strategies as st`.
"""

from __future__ import annotations

from functools import cache, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis import strategies as st

    __all__ = ["st"]
else:

    class _Strategies:
        """Stands in for the module."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
            return getattr(import_module("hypothesis.strategies"), name)

        @staticmethod
        def composite(function: Callable[..., Any]) -> Callable[..., Any]:
            """As `hypothesis.strategies.composite`, which it calls when the first strategy is wanted."""
            made = cache(lambda: import_module("hypothesis.strategies").composite(function))

            @wraps(function)
            def strategy(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a strategy
                return made()(*args, **kwargs)

            return strategy

    st = _Strategies()
