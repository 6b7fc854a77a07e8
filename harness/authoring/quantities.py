"""How much was asked for: the numbers and lists of a request that the messages' numbers may come from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.authoring.observed import Path, at, is_whole
from harness.authoring.words import snake, variable
from harness.contract.read_request import RESERVED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from harness.trace.events import Json

MOST = 10_000
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
LARGEST_LIST = 2_000
"""Characters of a list, written as JSON, of which shorter ones are tried too."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or a list, in a request.

    Attributes:
        path: where in the request's tree it stands.
        count: the number, or the size of the list.
        value: what stands there.
    """

    path: Path
    count: int
    value: Json

    @property
    def is_list(self) -> bool:
        """Whether the count is the size of a list."""
        return isinstance(self.value, list)


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the contract to be.

    Attributes:
        name: for expressions.
        type_name: of the input type; `fresh` for an id.
        parameters: of the input type.
        spec: what it was in the job that was seen.
        path: where in the request it stands; empty for an id.
        note: what the guess rests on; empty for an id.
    """

    name: str
    type_name: str
    parameters: Json
    spec: Json
    path: Path = ()
    note: str = ""

    @property
    def size(self) -> str:
        """An expression for how many it asks for."""
        return f"size({self.name})" if isinstance(self.spec, list) else self.name

    @property
    def count(self) -> int:
        """How many it asked for in the job that was seen."""
        return len(self.spec) if isinstance(self.spec, list) else int(self.spec)


def quantities(request: Mapping[str, Json]) -> list[Quantity]:
    """The whole numbers from 1, also those written as texts in a form or a query, and the lists that are not empty."""
    found = []
    for key in ("json", "multipart", "pairs", "query"):
        found += list(_in(request.get(key), (key,)))
    return found


def _in(value: Json, path: Path) -> Iterable[Quantity]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _in(item, (*path, str(key)))
    elif isinstance(value, list):
        if value and "${" not in json.dumps(value):
            yield Quantity(path, len(value), value)
    elif is_whole(value) and 1 <= value <= MOST:
        yield Quantity(path, value, value)
    elif isinstance(value, str) and path[0] != "json" and _NUMBER.fullmatch(value):
        yield Quantity(path, int(value), int(value))


def best(found: Iterable[Quantity], count: int, words: Collection[str]) -> Quantity | None:
    """The quantity of this count; of several the one whose name has most to do with `words`, and lists first."""
    able = [one for one in found if one.count == count]
    near = {part.rstrip("s") for word in words for part in snake(word).split("_")}
    return max(able, key=lambda one: (_near(one, near), one.is_list), default=None)


def _near(quantity: Quantity, near: Collection[str]) -> int:
    return sum(part.rstrip("s") in near for part in snake(quantity.path[-1]).split("_"))


def make_input(quantity: Quantity, taken: Collection[str], seen: str) -> Input:
    """The input that takes the place of a quantity; never more than was asked for, so that no job costs more."""
    name = variable(quantity.path[-1], "count", {*RESERVED, *taken})
    if not quantity.is_list:
        note = f"{seen}; the job that was seen had {quantity.count}"
        return Input(name, "integer", f"1..{quantity.count}", quantity.value, quantity.path, note)
    lists = [quantity.value]
    if len(json.dumps(quantity.value)) <= LARGEST_LIST:
        lists = [quantity.value[:size] for size in range(1, quantity.count + 1)]
    return Input(name, "choice", lists, quantity.value, quantity.path, seen)


def with_inputs(request: Mapping[str, Json], inputs: Iterable[Input]) -> dict[str, Json]:
    """The request's tree with each input in the place of what stood there."""
    tree: dict[str, Json] = json.loads(json.dumps(request))
    for one in inputs:
        if one.path:
            at(tree, one.path[:-1])[one.path[-1]] = f"${{{one.name}}}"
    return tree
