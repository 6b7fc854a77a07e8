"""The dotted paths of an expression, and what the schemas of its names say of them."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from harness.contract.lint.shapes import ANYTHING, any_of
from harness.expressions.cel import blanked
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.trace.events import Json

_PATH = re.compile(r"(?<![\w.'\")\]])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*(?!\w*\s*\()|\[\d+\])*")
_STEP = re.compile(r"\w+")
_LOOP = re.compile(
    r"(?<![\w.'\")\]])(?P<over>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*?)"
    r"\.(?:all|exists|exists_one|filter|map)\(\s*(?P<name>[A-Za-z_]\w*)\s*,"
)
_NEAR = 0.75
_ASKED_FOR = re.compile(r"\bhas\(\s*")


class Unknown(NamedTuple):
    """A step of a path that leads nowhere.

    Attributes:
        offset: where the step begins in the expression.
        name: the step.
        known: the steps that there are; None if what it is asked of has no fields at all.
        what: what it is asked of, if that is no object.
        certain: whether it cannot be there; else a schema only does not name it.
        is_asked: whether the expression asks with `has()` if it is there.
    """

    offset: int
    name: str
    known: tuple[str, ...] | None
    what: str = ""
    certain: bool = True
    is_asked: bool = False

    @property
    def is_near(self) -> bool:
        """Whether it reads like a slip of the pen for one of those that there are."""
        return bool(get_close_matches(self.name.lower(), [one.lower() for one in self.known or ()], 1, _NEAR))


class Typed(NamedTuple):
    """A path of which the schemas tell the type, by what stands in the expression from `start` to `end`."""

    start: int
    end: int
    schema: Json


class _Scope(NamedTuple):
    """Where a macro's name is known, and the list that the macro goes over."""

    start: int
    end: int
    name: str
    over: str
    over_at: int


def follow(source: str, schemas: Mapping[str, Json]) -> tuple[list[Unknown], list[Typed]]:
    """Each step in `source` that the schemas of its names do not know, and each path of which they tell the type.

    A name without a schema may be anything.
    """
    blank = blanked(source)
    scopes = tuple(_scopes(blank))
    paths = tuple(_PATH.finditer(blank))
    starts = {asked.end() for asked in _ASKED_FOR.finditer(blank)}  # has() takes a path and no value
    asked_for = {path.group() for path in paths if path.start() in starts}
    unknown: list[Unknown] = []
    typed: list[Typed] = []
    for match in paths:
        found, ends = _follow(match.group(), match.start(), scopes, schemas)
        if found is not None:
            so_far = blank[match.start() : found.offset + len(found.name)]
            is_asked = found.known is not None and so_far in asked_for
            if not is_asked or match.start() in starts:  # what has() guards is never reached
                unknown.append(found._replace(is_asked=is_asked))
        elif ends and ends[0] and all(end == ends[0] for end in ends) and match.start() not in starts:
            typed.append(Typed(match.start(), match.end(), ends[0]))
    return unknown, typed


def missing(path: Sequence[str], schemas: Iterable[Json]) -> Unknown | None:
    """The first step of a path that values of none of these schemas have; its offset is its number."""
    here = [one for schema in schemas for one in _alternatives(schema)]
    for number, name in enumerate(path):
        inner = _fields(here, name)
        if isinstance(inner, _NotThere):
            return Unknown(number, name, *inner)
        here = inner
    return None


def items_of(source: str, schemas: Mapping[str, Json]) -> Json:
    """The schema of what a loop over `source` gives."""
    blank = blanked(source).strip()
    if _PATH.fullmatch(blank) is None:
        return {"type": "integer"} if blank.startswith("size(") and blank.endswith(")") else ANYTHING
    _, found = _follow(blank, 0, (), schemas)
    if all(isinstance(one, dict) and one.get("type") == "integer" for one in found) and found:
        return {"type": "integer"}
    return any_of(list(_items(found)))


def _scopes(blank: str) -> Iterator[_Scope]:
    for match in _LOOP.finditer(blank):
        yield _Scope(match.end(), _closing(blank, match.end()), match["name"], match["over"], match.start("over"))


def _closing(blank: str, at: int) -> int:
    depth = 0
    while at < len(blank) and depth >= 0:
        depth += (blank[at] in "([{") - (blank[at] in ")]}")
        at += 1
    return at


def _follow(
    path: str, at: int, scopes: tuple[_Scope, ...], schemas: Mapping[str, Json]
) -> tuple[Unknown | None, list[Json]]:
    """Go along a path that begins at `at`: the step that there is not, and what is found at its end."""
    first, *steps = _STEP.finditer(path)
    here = _named(first.group(), at, scopes, schemas)
    for step in steps:
        name = step.group()
        if name.isdecimal() and path[step.start() - 1] == "[":
            here = list(_items(here))
            continue
        inner = _fields(here, name)
        if isinstance(inner, _NotThere):
            return Unknown(at + step.start(), name, *inner), []
        here = inner
    return None, here


def _named(name: str, at: int, scopes: tuple[_Scope, ...], schemas: Mapping[str, Json]) -> list[Json]:
    """What a name stands for, the innermost macro first."""
    around = [scope for scope in scopes if scope.name == name and scope.start <= at < scope.end]
    if around:
        scope = around[-1]
        return list(_items(_follow(scope.over, scope.over_at, scopes, schemas)[1]))
    return list(_alternatives(schemas.get(name, ANYTHING)))


def _alternatives(schema: Json) -> Iterator[Json]:
    """The schemas any one of which may hold, a constant each."""
    if not isinstance(schema, dict):
        yield ANYTHING
    elif "enum" in schema:
        yield from (_constant(value) for value in schema["enum"])
    elif "const" in schema:
        yield _constant(schema["const"])
    elif "anyOf" in schema or "oneOf" in schema:
        for one in schema.get("anyOf") or schema.get("oneOf") or [ANYTHING]:
            yield from _alternatives(one)
    elif isinstance(schema.get("type"), list):
        yield from ({**schema, "type": kind} for kind in schema["type"])
    else:
        yield schema


def _constant(value: Json) -> Json:
    match value:
        case dict():
            inner = {key: _constant(item) for key, item in value.items()}
            return {"type": "object", "properties": inner, "additionalProperties": False}
        case list():
            return {"type": "array", "items": {"anyOf": [_constant(item) for item in value]} if value else {}}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case None:
            return {"type": "null"}
        case _:
            return {"type": "string"}


class _NotThere(NamedTuple):
    """As of `Unknown`."""

    known: tuple[str, ...] | None
    what: str
    certain: bool


def _fields(here: Iterable[Json], name: str) -> list[Json] | _NotThere:
    """What a field may be."""
    found: list[Json] = []
    known: dict[str, None] = {}
    kinds: list[str] = []
    certain = True
    for schema in here:
        kind = schema.get("type")
        properties, more = schema.get("properties", {}), schema.get("additionalProperties")
        if kind not in (None, "object"):
            kinds.append(str(kind))
        elif name in properties:
            found += _alternatives(properties[name])
        elif more is False or (more is None and properties):
            known.update(dict.fromkeys(properties))
            certain = certain and more is False
        else:
            found += _alternatives(ANYTHING if more is None else more)
    if found or not (known or kinds):
        return found or [ANYTHING]
    return _NotThere(tuple(known) or None, " or ".join(dict.fromkeys(kinds)), certain)


def _items(here: Iterable[Json]) -> Iterator[Json]:
    for schema in here:
        if isinstance(schema, dict) and schema.get("type") == "array":
            yield from _alternatives(schema.get("items", ANYTHING))
        else:
            yield ANYTHING
