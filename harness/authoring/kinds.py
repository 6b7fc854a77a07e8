"""Which kinds of message there are: by the field that tells them apart, and by a second one if that is not enough."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from harness.authoring.observed import Path, at, is_number, is_whole, leaves
from harness.authoring.words import UUID, is_acknowledgement, is_keep_alive, snake, variable
from harness.contract.order import COMBINATORS
from harness.trace.events import POINTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.authoring.observed import Message, Observed
    from harness.trace.events import Json

Fields: TypeAlias = dict[Path, "Json"]

_PREFERRED = (
    "type", "event", "kind", "method", "op", "action", "topic", "message_type", "event_type", "msg_type", "name",
    "status", "state", "phase", "stage",
)  # fmt: skip
_SECOND = re.compile(r"(^|_)(status|state|phase|stage|outcome|keep_?alive|done|finished|final|last|ok|success)$")
_PROGRESS = re.compile(r"(^|_)(progress|percent|percentage|pct|fraction|ratio|complete|completed)$")
_WORD = re.compile(r"[0-9]{0,2}[A-Za-z][\w.:/ -]{0,39}")
_FULL = (1, 100)
MOST_KINDS = 24
MOST_SECOND = 6
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds, and which message is of which.

    Attributes:
        fields: what a message of each kind contains, in the order in which they must be tried.
        of: the kind of each message, in the order of the messages.
        told_by: the paths that tell kinds apart, the most important first.
    """

    fields: dict[str, Fields]
    of: tuple[str, ...]
    told_by: tuple[Path, ...]


def find_kinds(observed: Observed, taken: Iterable[str] = ()) -> Kinds:
    """The kinds of a job's messages; none is called like what is in `taken`."""
    messages = observed.messages
    first = _discriminator(messages)
    keys = [_key(message, first) for message in messages]
    told_by = [first] if first else []
    for key in dict.fromkeys(keys):
        group = [number for number, own in enumerate(keys) if own == key]
        second = _second([messages[number] for number in group], first, last=group[-1] == len(messages) - 1)
        if second is None:
            continue
        path, only_value = second
        told_by += [path] if path not in told_by else []
        for number in group:
            value = at(messages[number].value, path)
            if only_value is None or (is_number(value) and value == only_value):
                keys[number] = (*keys[number], (path, value))
    taken = {*taken, *POINTS, *COMBINATORS, *(name for _, name, _ in observed.sent)}
    names = _names(dict.fromkeys(keys), taken, told=first is not None)
    ordered = sorted(names, key=lambda key: any(set(key) < set(other) for other in names))  # the general ones last
    return Kinds({names[key]: dict(key) for key in ordered}, tuple(names[key] for key in keys), tuple(told_by))


def find_anytime(observed: Observed, kinds: Kinds) -> dict[str, str]:
    """The kinds that are no part of the order, each with why it is none."""
    anytime: dict[str, str] = {}
    for kind in kinds.fields:
        places = [number for number, own in enumerate(kinds.of) if own == kind]
        if is_keep_alive(kind):
            anytime[kind] = "a keep-alive, by its name"
        elif observed.sent and is_acknowledgement(kind) and len(places) <= len(observed.sent):
            anytime[kind] = f"it answers `{observed.sent[0][1]}`, by its name"
        elif _between_others(observed.messages, kinds, places):
            anytime[kind] = "a keep-alive: it says the same each time, here and there between others"
    if kinds.of and all(kind in anytime for kind in kinds.of):
        anytime = {kind: why for kind, why in anytime.items() if is_keep_alive(kind) or is_acknowledgement(kind)}
    return anytime


def _discriminator(messages: Sequence[Message]) -> Path | None:
    """The path of the field that tells most: in most messages, with few values, and called as such fields are."""
    values: dict[Path, list[Json]] = {}
    for message in messages:
        for path, leaf in leaves(message.value):
            values.setdefault(path, []).append(leaf)
    able = [path for path, found in values.items() if _tells(path, found, len(messages))]
    return min(able, key=lambda path: (_rank(path), -len(values[path]), len(path)), default=None)


def _tells(path: Path, values: list[Json], messages: int) -> bool:
    preferred = snake(path[-1]) in _PREFERRED
    if not all(_is_word(value) or (preferred and is_whole(value)) for value in values):
        return False
    few = len(set(values)) <= min(MOST_KINDS, max(len(values) // 2, 2)) or preferred
    return (
        few and len(set(values)) <= MOST_KINDS and len(values) * 2 >= messages and (preferred or len(set(values)) > 1)
    )


def _rank(path: Path) -> int:
    name = snake(path[-1])
    return _PREFERRED.index(name) if name in _PREFERRED else len(_PREFERRED)


def _is_word(value: Json) -> bool:
    return isinstance(value, str) and bool(_WORD.fullmatch(value)) and not UUID.search(value) and value.count(" ") < 3


def _key(message: Message, path: Path | None) -> tuple[tuple[Path, Json], ...]:
    value = at(message.value, path) if path else None
    return ((path, value),) if path is not None and (isinstance(value, str) or is_whole(value)) else ()


def _second(group: Sequence[Message], first: Path | None, *, last: bool) -> tuple[Path, Json] | None:
    """The path by which a kind falls into several; with a value, if only the messages with that value are another."""
    if len(group) < 2:
        return None
    for path, _ in leaves(group[0].value):
        name = snake(path[-1])
        values = [at(message.value, path) for message in group]
        if path != first and _SECOND.search(name) and _divides(values):
            return path, None
    return _at_full(group) if last else None


def _divides(values: Sequence[Json]) -> bool:
    if not all(isinstance(value, bool) or (isinstance(value, str) and _is_word(value)) for value in values):
        return False
    counted = Counter(values)
    all_differ = len(counted) == len(values) > 3  # a text for people, most likely
    return 1 < len(counted) <= MOST_SECOND and not all_differ and not any(str(value).count(" ") for value in counted)


def _at_full(group: Sequence[Message]) -> tuple[Path, Json] | None:
    """A progress that is 1 or 100 in the last message and in no other: that one is the end."""
    for path, value in leaves(group[-1].value):
        before = [at(message.value, path) for message in group[:-1]]
        if _PROGRESS.search(snake(path[-1])) and is_number(value) and value in _FULL and value not in before:
            return path, value
    return None


def _names(
    keys: Collection[tuple[tuple[Path, Json], ...]], taken: set[str], *, told: bool
) -> dict[tuple[tuple[Path, Json], ...], str]:
    names: dict[tuple[tuple[Path, Json], ...], str] = {}
    for key in keys:
        text = " ".join(_said(path, value) for path, value in key) or (OTHER if told else "message")
        names[key] = variable(text, "message", {*taken, *names.values()})
    return names


def _said(path: Path, value: Json) -> str:
    if isinstance(value, bool):
        return path[-1] if value else f"not {path[-1]}"
    if isinstance(value, int | float):
        return "finished" if _PROGRESS.search(snake(path[-1])) else f"{path[-1]} {value}"
    return str(value)


def _between_others(messages: Sequence[Message], kinds: Kinds, places: Sequence[int]) -> bool:
    """Whether a kind says nothing new each time, and comes between different kinds."""
    in_a_row = any(later == earlier + 1 for earlier, later in pairwise(places))
    if len(places) < 2 or in_a_row or places[-1] == len(messages) - 1:
        return False
    said = [_timeless(messages[number].value) for number in places]
    before = {kinds.of[number - 1] if number else "" for number in places}
    behind = {kinds.of[number + 1] for number in places}
    return said.count(said[0]) == len(said) and len(before) > 1 and len(behind) > 1


def _timeless(value: Json) -> list[tuple[Path, Json]]:
    return [
        (path, leaf)
        for path, leaf in leaves(value)
        if not re.search(r"(^|_)(time|timestamp|ts|at|seq|id|date)$", snake(path[-1]))
    ]
