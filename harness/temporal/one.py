"""One event of a pattern: its kind and what its value must contain, written out or captured from an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.temporal.matching import comparable, contains, first_difference

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from harness.trace.events import Event, Json
    from harness.trace.verdicts import Place

ABSENT: Final = object()
"""What `at_path` gives where there is nothing; JSON has no such value."""


class Ref:
    """Stands in a `where` for a value that an earlier message brings; until then no value equals it."""

    __slots__ = __match_args__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: Final = name

    def __eq__(self, other: object) -> bool:
        """Whether the other stands for the same value."""
        return isinstance(other, Ref) and self.name == other.name

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return hash(self.name)

    def __repr__(self) -> str:
        """As a contract writes it: `${job}`."""
        return f"${{{self.name}}}"


class One:
    """One event of a kind; it equals another that asks for the same, wherever each is written.

    Attributes:
        kind: the point's name.
        where: what its value must contain (see `harness.temporal.matching.contains`); None for anything.
        place: where the contract says so; no part of what it asks for.
        present: paths at which it must have something, whatever it is.
    """

    __slots__ = ("kind", "place", "present", "where")

    def __init__(
        self, kind: str, where: Json = None, place: Place | None = None, present: tuple[tuple[str, ...], ...] = ()
    ) -> None:
        self.kind: Final = kind
        self.where: Final = where
        self.place: Final = place
        self.present: Final = present

    def matches(self, event: Event) -> bool:
        """Whether `event` is this one."""
        if event.point != self.kind or not (self.where is None or contains(event.value, self.where)):
            return False
        return not self.present or all(at_path(event.value, path) is not ABSENT for path in self.present)

    def difference(self, event: Event) -> str:
        """Which part of an event of the same kind is not as required, such as `currentPhoto is 3, not 2`."""
        if self.where is not None and not contains(event.value, self.where):
            return first_difference(event.value, self.where) or ""
        missing = (".".join(path) for path in self.present if at_path(event.value, path) is ABSENT)
        return next((f"{path} is missing" for path in missing), "")

    def resolved(self, values: Mapping[str, Json]) -> One:
        """This one, with the values in place of the `Ref`s of these names."""
        where = _resolved(self.where, values)
        return self if where is self.where else One(self.kind, where, self.place, self.present)

    def __eq__(self, other: object) -> bool:
        """As JSON: 1 and 1.0 are the same, 1 and `true` are not."""
        return isinstance(other, One) and self._key() == other._key()

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return hash(self._key())

    def _key(self) -> tuple[Hashable, ...]:
        return self.kind, comparable(self.where), self.present

    def __repr__(self) -> str:
        """`One(photo_done(currentPhoto 3))`."""
        return f"One({self})"

    def __str__(self) -> str:
        """`photo_done(currentPhoto 3)`."""
        if not isinstance(self.where, dict) or not self.where:
            return self.kind
        return f"{self.kind}({', '.join(f'{key} {value!r}' for key, value in self.where.items())})"


def at_path(value: Json, path: tuple[str, ...]) -> Json:
    """What `value` has at `path`; ABSENT if nothing."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return ABSENT
        value = value[key]
    return value


def leaves(where: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The values in `where` that an event must have as they are, each with its path; no lists, no `Ref`s."""
    if isinstance(where, dict):
        for key, value in where.items():
            yield from leaves(value, (*path, key))
    elif path and not isinstance(where, list | Ref):
        yield path, where


def ref_paths(where: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths at which `where` has a `Ref`; none inside of lists."""
    if isinstance(where, Ref):
        yield path
    elif isinstance(where, dict):
        for key, value in where.items():
            yield from ref_paths(value, (*path, key))


def _resolved(where: Json, values: Mapping[str, Json]) -> Json:
    """The same object where nothing is to be put in."""
    match where:
        case Ref(name):
            return values.get(name, where)
        case dict():
            made = {key: _resolved(value, values) for key, value in where.items()}
            return made if any(made[key] is not value for key, value in where.items()) else where
        case list():
            items = [_resolved(value, values) for value in where]
            return items if any(new is not old for new, old in zip(items, where, strict=True)) else where
        case _:
            return where
