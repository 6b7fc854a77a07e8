from __future__ import annotations

import gc

import pytest

from harness.contract.garbage import left_alone


def test_nothing_is_looked_for_until_the_block_is_left() -> None:
    @left_alone()
    def fail() -> None:
        assert not gc.isenabled()
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    assert gc.isenabled()


def test_where_nothing_was_looked_for_it_stays_so() -> None:
    gc.disable()
    try:
        with left_alone():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_function_that_calls_another_one_is_left_alone_to_its_end() -> None:
    @left_alone()
    def inner() -> None:
        assert not gc.isenabled()

    @left_alone()
    def outer() -> bool:
        inner()
        return gc.isenabled()

    assert not outer()
    assert gc.isenabled()
