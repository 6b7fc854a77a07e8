"""Relations guessed: the right job in each message, progress that never falls, totals that are what was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.authoring.observed import Path, at, column, is_number, is_whole, leaves
from harness.authoring.words import snake
from harness.contract.fields import is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.authoring.observed import Message, Observed
    from harness.authoring.quantities import Input
    from harness.trace.events import Json

_ID = re.compile(r"(^|_)(id|uuid|guid|job|key|ref|reference|correlation)$")
_PROGRESS = re.compile(
    r"(^|_)(progress|percent|percentage|pct|fraction|ratio|done|completed|processed|position|seq|sequence)(_|$)"
)
_COUNTED = re.compile(r"(^|_)(count|counter|so_far|total\w*|bytes|rows|items)(_|$)")
"""Names of what often grows and may as well differ from message to message."""
_TOTAL = re.compile(r"(^|_)(total\w*|count|counts|number|num|size|of|amount|n|\w+s)$")
SHORTEST_ID = 4


@dataclass(frozen=True, slots=True)
class Relation:
    """A condition of the contract to be; `kinds` is empty for one at the end."""

    name: str
    kinds: tuple[str, ...]
    expect: str
    note: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What relations are looked for in.

    Attributes:
        observed: the job.
        of: the kind of each message.
        by_kind: its messages by kind; kinds of `anytime` too.
        order: the kinds of the order.
        terminal: the kind that ends the job; empty if none does.
        inputs: what was asked for.
        fresh: ids that the client makes, by name.
        counted: the path over which a loop goes already, or none.
    """

    observed: Observed
    of: tuple[str, ...]
    by_kind: Mapping[str, Sequence[Message]]
    order: tuple[str, ...]
    terminal: str
    inputs: tuple[Input, ...]
    fresh: Mapping[str, Json]
    counted: Path


def cel(root: str, path: Iterable[str]) -> str:
    """A path as CEL writes it."""
    text = root
    for name in path:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        text += f".{name}" if is_name(name) else f'["{escaped}"]'
    return text


def is_total_name(name: str) -> bool:
    """Whether a field of this name most likely says how many there are."""
    return bool(_TOTAL.search(name))


def answer_relations(seen: Seen) -> list[Relation]:
    """Conditions on the answer: it has the client's id, and says how much was asked for."""
    body = (seen.observed.answer or {}).get("body")
    found = []
    for path, leaf in leaves(body):
        for name, value in seen.fresh.items():
            if leaf == value:
                found.append(Relation("echoes-the-id", (), f"{cel('accepted.body', path)} == {name}", "the same id"))
        for one in seen.inputs:
            if _is_total(path, leaf, one):
                expect = f"{cel('accepted.body', path)} == {one.size}"
                found.append(Relation(f"counts-{_dashed(path)}", (), expect, f"both were {leaf}"))
    return _unique(found)


def message_relations(seen: Seen) -> list[Relation]:
    """Conditions on messages."""
    return _unique([*_the_right_job(seen), *_never_falls(seen), *_constant_totals(seen)])


def end_relations(seen: Seen) -> list[Relation]:
    """Conditions at the end: totals of the terminal message."""
    if not seen.terminal or len(seen.by_kind[seen.terminal]) != 1:
        return []
    value = seen.by_kind[seen.terminal][0].value
    found = []
    for path, leaf in leaves(value):
        if is_whole(leaf) and path != seen.counted:
            expect = _total_of(seen, path, leaf, value)
            if expect:
                left = cel(f"last.{seen.terminal}", path)
                found.append(Relation(f"{_dashed(path)}-as-counted", (), f"{left} == {expect}", f"both were {leaf}"))
    return _unique(found)


def _total_of(seen: Seen, path: Path, leaf: int, value: Mapping[str, Json]) -> str:
    """What a whole number of the terminal message is the total of; empty if nothing fits."""
    for one in seen.inputs:
        if _is_total(path, leaf, one):
            return one.size
    if not _TOTAL.search(snake(path[-1])):
        return ""
    for list_path, items in leaves(value):
        if isinstance(items, list) and items and len(items) == leaf:
            return f"size({cel(f'last.{seen.terminal}', list_path)})"
    for kind in seen.order:
        if kind != seen.terminal and len(seen.by_kind[kind]) == leaf and leaf > 1 and _akin(path, kind):
            return f"size(all.{kind})"
    return ""


def _is_total(path: Path, leaf: Json, one: Input) -> bool:
    """Whether a number most likely says how much an input asked for: equal, more than 1, and called so."""
    if not is_whole(leaf) or leaf != one.count or leaf < 2:
        return False
    return bool(_TOTAL.search(snake(path[-1]))) or _akin(path, one.name)


def _akin(path: Path, name: str) -> bool:
    mine = {part.rstrip("s") for part in snake(path[-1]).split("_")}
    return not mine.isdisjoint(part.rstrip("s") for part in snake(name).split("_"))


def _the_right_job(seen: Seen) -> list[Relation]:
    known = {value: name for name, value in seen.fresh.items()}
    body = (seen.observed.answer or {}).get("body")
    for path, leaf in leaves(body):
        is_id = (isinstance(leaf, str) and len(leaf) >= SHORTEST_ID) or (is_whole(leaf) and leaf > 1)
        if is_id and _ID.search(snake(path[-1])):
            known.setdefault(leaf, cel("accepted.body", path))
    for path in _paths(seen):
        found = _columns(seen, path)
        values = {value for column_ in found.values() for value in column_ if isinstance(value, str | int)}
        if len(values) != 1 or not all(found.values()):
            continue
        (value,) = values
        same = all(one == value and type(one) is type(value) for column_ in found.values() for one in column_)
        if same and value in known and not isinstance(value, bool):
            expect = f"{cel('msg', path)} == {known[value]}"
            return [Relation("the-right-job", tuple(found), expect, f"the same in each {_of(found)}")]
        times = sum(map(len, found.values()))
        if same and seen.observed.answer is None and _ID.search(snake(path[-1])) and times > 1:
            path_text = cel("prev", path)
            return [Relation("the-same-job", tuple(found), f"{cel('msg', path)} == {path_text}", "so in each message")]
    return []


def _never_falls(seen: Seen) -> list[Relation]:
    found = []
    for path in _paths(seen):
        columns = _columns(seen, path)
        kinds = tuple(kind for kind, values in columns.items() if all(is_number(value) for value in values))
        values = _in_order(seen, kinds, path)
        rises = len(values) > 2 and values == sorted(values) and len(set(values)) > 2
        if rises and _is_progress(snake(path[-1]), values) and path != seen.counted:
            expect = f"{cel('msg', path)} >= {cel('prev', path)}"
            found.append(
                Relation(
                    f"{_dashed(path)}-never-falls", kinds, expect, f"it went from {values[0]:.4g} to {values[-1]:.4g}"
                )
            )
    return found


def _is_progress(name: str, values: Sequence[Json]) -> bool:
    """Whether numbers that rose in one job most likely do so in each: their name says it, or a count and its values."""
    if _PROGRESS.search(name):
        return True
    whole_way = values[0] >= 0 and values[-1] in (1, 100)
    by_one = all(is_whole(value) and value == values[0] + number for number, value in enumerate(values))
    return bool(_COUNTED.search(name)) and (whole_way or by_one)


def _constant_totals(seen: Seen) -> list[Relation]:
    found = []
    for path in _paths(seen):
        columns = {kind: values for kind, values in _columns(seen, path).items() if kind != seen.terminal}
        for one in seen.inputs:
            kinds = tuple(kind for kind, values in columns.items() if all(_is_total(path, v, one) for v in values))
            if kinds and path != seen.counted and _TOTAL.search(snake(path[-1])) and _often(seen, kinds):
                expect = f"{cel('msg', path)} == {one.size}"
                found.append(Relation(f"{_dashed(path)}-as-asked", kinds, expect, f"always {one.count}"))
    return found


def _often(seen: Seen, kinds: Iterable[str]) -> bool:
    return sum(len(seen.by_kind[kind]) for kind in kinds) > 1


def _paths(seen: Seen) -> list[Path]:
    paths = [path for kind in seen.order for path, _ in leaves(seen.by_kind[kind][0].value)]
    return list(dict.fromkeys(paths))


def _columns(seen: Seen, path: Path) -> dict[str, list[Json]]:
    """What stands at the path in the messages of each kind of the order all of whose messages have it."""
    columns = {kind: column(seen.by_kind[kind], path) for kind in seen.order}
    return {kind: values for kind, values in columns.items() if values}


def _in_order(seen: Seen, kinds: Sequence[str], path: Path) -> list[Json]:
    messages = zip(seen.of, seen.observed.messages, strict=True)
    return [at(message.value, path) for kind, message in messages if kind in kinds]


def _dashed(path: Path) -> str:
    return snake(path[-1]).replace("_", "-") or "number"


def _of(found: Mapping[str, Sequence[Json]]) -> str:
    return "message of the order" if len(found) > 1 else f"`{next(iter(found))}`"


def _unique(relations: Sequence[Relation]) -> list[Relation]:
    """Relations with different names: the path's last word may stand at several places."""
    named: dict[str, Relation] = {}
    for one in relations:
        name, number = one.name, 2
        while name in named:
            name, number = f"{one.name}-{number}", number + 1
        named[name] = Relation(name, one.kinds, one.expect, one.note)
    return list(named.values())
