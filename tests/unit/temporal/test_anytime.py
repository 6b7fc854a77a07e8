from __future__ import annotations

from harness.temporal.anytime import Anytime


def test_a_kind_may_come_from_the_opening_to_the_end_unless_it_is_said() -> None:
    assert (Anytime().after, Anytime().until_close) == (None, False)
    assert Anytime("begun", True) != Anytime("begun")
