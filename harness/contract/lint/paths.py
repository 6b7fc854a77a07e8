"""The dotted paths of an expression, and what the schemas of its names say of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from harness.expressions.cel import blanked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.trace.events import Json

_PATH = re.compile(r"(?<![\w.'\")\]])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*(?!\w*\s*\()|\[\d+\])*")
_STEP = re.compile(r"\w+")
_LOOP = re.compile(
    r"(?<![\w.'\")\]])(?P<over>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*?)"
    r"\.(?:all|exists|exists_one|filter|map)\(\s*(?P<name>[A-Za-z_]\w*)\s*,"
)
ANYTHING: Json = {}


class Unknown(NamedTuple):
    """A step of a path that leads nowhere.

    Attributes:
        offset: where the step begins in the expression.
        name: the step.
        known: the steps that there are; None if what it is asked of has no fields at all.
        what: what it is asked of, if that is no object.
    """

    offset: int
    name: str
    known: tuple[str, ...] | None
    what: str = ""


class _Scope(NamedTuple):
    """Where a macro's name is known, and the list that the macro goes over."""

    start: int
    end: int
    name: str
    over: str
    over_at: int


def follow(source: str, schemas: Mapping[str, Json]) -> tuple[list[Unknown], bool]:
    """Each step in `source` that the schemas of its names do not know, and whether they say the type of anything in it.

    A name without a schema may be anything.
    """
    blank = blanked(source)
    scopes = tuple(_scopes(blank))
    unknown: list[Unknown] = []
    typed = False
    for match in _PATH.finditer(blank):
        found, ends = _follow(match.group(), match.start(), scopes, schemas)
        if found is not None:
            unknown.append(found)
        typed = typed or any(end for end in ends)
    return unknown, typed


def items_of(source: str, schemas: Mapping[str, Json]) -> Json:
    """The schema of what a loop over `source` gives."""
    blank = blanked(source).strip()
    if _PATH.fullmatch(blank) is None:
        return {"type": "integer"} if blank.startswith("size(") and blank.endswith(")") else ANYTHING
    _, found = _follow(blank, 0, (), schemas)
    if all(isinstance(one, dict) and one.get("type") == "integer" for one in found) and found:
        return {"type": "integer"}
    return _any_of(_items(found))


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
        inner, known, what = _fields(here, name)
        if inner is None:
            return Unknown(at + step.start(), name, known, what), []
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


def _fields(here: Iterable[Json], name: str) -> tuple[list[Json] | None, tuple[str, ...] | None, str]:
    """What a field may be; None where it is in none of them, with the fields that there are."""
    found: list[Json] = []
    known: dict[str, None] = {}
    kinds: list[str] = []
    for schema in here:
        kind = schema.get("type")
        properties = schema.get("properties", {})
        if kind not in (None, "object"):
            kinds.append(str(kind))
        elif name in properties:
            found += _alternatives(properties[name])
        elif schema.get("additionalProperties") is False:
            known.update(dict.fromkeys(properties))
        else:
            found += _alternatives(schema.get("additionalProperties", ANYTHING))
    if found or not (known or kinds):
        return found or [ANYTHING], (), ""
    return None, tuple(known) or None, " or ".join(dict.fromkeys(kinds))


def _items(here: Iterable[Json]) -> Iterator[Json]:
    for schema in here:
        if isinstance(schema, dict) and schema.get("type") == "array":
            yield from _alternatives(schema.get("items", ANYTHING))
        else:
            yield ANYTHING


def _any_of(schemas: Iterable[Json]) -> Json:
    found = list(schemas)
    return found[0] if len(found) == 1 else {"anyOf": found} if found else ANYTHING
