from __future__ import annotations

import pytest

from harness.temporal.slots import WIDTH, slots


@pytest.mark.parametrize("count", [0, 1, WIDTH, WIDTH + 1, WIDTH**2, WIDTH**2 + 1, WIDTH**3 + 5])
def test_values_are_found_replaced_and_taken_out_and_earlier_rows_stay(count: int) -> None:
    row = slots(range(count))
    assert list(row) == [(number, number) for number in range(count)]
    for number in range(0, count, max(count // 7, 1)):
        changed = row.put(number, -1)
        assert (row.get(number), changed.get(number)) == (number, -1)
        assert changed.put(number, None).get(number) is None
        assert [slot for slot, _ in changed.put(number, None)] == [slot for slot, _ in row if slot != number]


def test_what_is_empty_leaves_no_branch() -> None:
    row = slots(range(3 * WIDTH))
    for slot in range(3 * WIDTH):
        row = row.put(slot, None)
        assert row.get(slot) is None
    assert row.root is None
    assert list(row) == []
