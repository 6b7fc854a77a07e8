"""Named tuples of ours are what those of `typing` are."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from harness.records import NamedTuple


class Ours(NamedTuple):
    """A place."""

    line: int
    column: int = 1

    @property
    def after(self) -> int:
        """The next column."""
        return self.column + 1

    @classmethod
    def first(cls) -> Ours:
        """Where a file begins."""
        return cls(1)

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.line}:{self.column}"


class Theirs(typing.NamedTuple):
    """A place."""

    line: int
    column: int = 1


def test_it_is_a_tuple_with_names() -> None:
    line, column = Ours(3, column=4)
    assert (line, column) == (3, 4) == Ours(3, 4)
    assert Ours(3)._replace(column=2) == Ours(3, 2)
    assert Ours(3)._asdict() == {"line": 3, "column": 1}
    assert repr(Ours(3)) == "Ours(line=3, column=1)"
    match Ours(3, 4):
        case Ours(3, column=found):
            assert found == 4


def test_it_has_what_its_body_has() -> None:
    assert Ours.first().after == 2
    assert str(Ours(3, 4)) == "3:4"
    assert Ours.__doc__ == "A place."


def test_it_is_made_as_that_of_typing_is() -> None:
    for name in ("__bases__", "__doc__", "__module__", "__match_args__", "_fields", "_field_defaults"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert type(Ours) is type
    assert not hasattr(Ours(3), "__dict__")


def test_it_can_be_copied_and_stored() -> None:
    assert pickle.loads(pickle.dumps(Ours(3, 4))) == copy.deepcopy(Ours(3, 4)) == Ours(3, 4)


def test_a_field_without_a_value_is_refused() -> None:
    with pytest.raises(TypeError, match="line"):
        Ours()  # type: ignore[call-arg]


def test_a_local_class_is_told_by_its_whole_name() -> None:
    class Local(NamedTuple):
        """One in a function."""

        value: int

    assert Local.__qualname__.endswith("whole_name.<locals>.Local")
