"""Kinds of message that are no part of the order."""

from __future__ import annotations

from harness.records import NamedTuple


class Anytime(NamedTuple):
    """When a kind may come that is no part of the order.

    Attributes:
        after: the kind that must have come before; None from the opening on.
        until_close: whether it may still come after the terminal message.
    """

    after: str | None = None
    until_close: bool = False
