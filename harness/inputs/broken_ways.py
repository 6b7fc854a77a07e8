"""The ways in which `broken_json` breaks a JSON body, and what each makes of it."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from harness.inputs.json_paths import Path, at, replaced, without, written
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.inputs.base import Json
    from harness.inputs.parameters import Range

WAYS = {
    "missing": "it takes a key out of an object",
    "null": "it puts null in place of a value",
    "wrong-type": "it puts a value of another type in place of a value",
    "empty": "it empties texts, lists and objects",
    "blank": "it puts white space in place of a text",
    "not-an-object": "it sends something else than an object where `of` is one",
    "not-json": "it sends what is no JSON",
    "duplicate-keys": "it writes a key of an object twice, with two wrong values",
    "deep-nesting": "it puts lists in lists, `depth` deep, in place of what is no list",
    "too-many": "it makes a list `too_many` entries long",
    "too-large": "it makes a text `too_large` characters long",
    "wrong-content-type": "it sends what is right as if it were no JSON",
}
"""Every way, the simplest first, and what it does."""

ALWAYS_WRONG = ("missing", "null", "wrong-type", "not-an-object", "not-json", "duplicate-keys", "deep-nesting")
"""The ways that are wrong wherever every key is required; the others are for services that say so."""

JSON_TYPE = "application/json"
_TYPES = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "application/octet-stream")
_VALUES: tuple[Json, ...] = (7, "", "text", True, [], {}, 1.5, False, [None], {"a": 1})
_MARK = "\ue000broken\ue000"


class Numbers(NamedTuple):
    """How many entries, characters and levels; 0 where nothing is said."""

    too_many: Range
    too_large: Range
    depth: Range


class Broken(NamedTuple):
    """One way at one place. `spec(n)` is what is drawn; where `times` is a range, n is drawn from it."""

    way: str
    place: str | None
    parts: Callable[[int], list[Json]]
    times: Range | None = None
    content_type: str = JSON_TYPE

    def spec(self, times: int) -> Json:
        """The spec of `broken_json`."""
        parts = [part for part in self.parts(times) if part != ""]
        return {"way": self.way, "at": self.place, "parts": parts, "content_type": self.content_type}


def variants(way: str, of: Json, places: Sequence[Path], numbers: Numbers) -> list[Broken]:
    """All that a way makes of `of`: at each of the places, or of the whole; nothing where it does not apply."""
    if way in _WHOLE:
        return list(_WHOLE[way](of))
    if way in _AT:
        return [_whole(way, written(path), broken) for path in places for broken in _AT[way](of, path)]
    return [broken for path in places for broken in _COUNTED[way](of, path, numbers)]


def _missing(of: Json, path: Path) -> Iterator[str]:
    if isinstance(path[-1], str):
        yield _text(without(of, path))


def _null(of: Json, path: Path) -> Iterator[str]:
    yield _text(replaced(of, path, None))


def _wrong_type(of: Json, path: Path) -> Iterator[str]:
    for value in _wrong(at(of, path)):
        yield _text(replaced(of, path, value))


def _empty(of: Json, path: Path) -> Iterator[str]:
    value = at(of, path)
    if isinstance(value, str | list | dict) and value:
        yield _text(replaced(of, path, type(value)()))


def _blank(of: Json, path: Path) -> Iterator[str]:
    if isinstance(at(of, path), str):
        for blank in (" ", "  ", "\t", "\n"):
            yield _text(replaced(of, path, blank))


def _duplicates(of: Json, path: Path) -> Iterator[str]:
    key = path[-1]
    if isinstance(key, str):
        before, after = _around(of, path)
        values = [None, *_wrong(at(of, path))]
        for first, second in itertools.pairwise(values):
            yield f"{before}{_text(first)}, {_text(key)}: {_text(second)}{after}"


_AT: dict[str, Callable[[Json, Path], Iterator[str]]] = {
    "missing": _missing,
    "null": _null,
    "wrong-type": _wrong_type,
    "empty": _empty,
    "blank": _blank,
    "duplicate-keys": _duplicates,
}


def _deep(of: Json, path: Path, numbers: Numbers) -> Iterator[Broken]:
    if not isinstance(at(of, path), list):
        before, after = _around(of, path)
        for begin, end in (("[", "]"), ('{"a":', "}")):
            if not (begin == '{"a":' and isinstance(at(of, path), dict)):
                yield Broken(
                    "deep-nesting", written(path), _nested(before + begin, begin, end, end + after), numbers.depth
                )


def _nested(before: str, begin: str, end: str, after: str) -> Callable[[int], list[Json]]:
    middle = "1" if begin != "[" else ""

    def parts(depth: int) -> list[Json]:
        inner = [{"repeat": begin, "times": depth - 1}, middle, {"repeat": end, "times": depth - 1}]
        return [before, *inner, after]

    return parts


def _too_many(of: Json, path: Path, numbers: Numbers) -> Iterator[Broken]:
    value = at(of, path)
    if isinstance(value, list) and value and numbers.too_many.low:
        before, after = _around(of, path)
        entry = _text(value[-1])

        def parts(count: int) -> list[Json]:
            return [f"{before}[{entry}", {"repeat": f", {entry}", "times": count - 1}, f"]{after}"]

        yield Broken("too-many", written(path), parts, numbers.too_many)


def _too_large(of: Json, path: Path, numbers: Numbers) -> Iterator[Broken]:
    value = at(of, path)
    if isinstance(value, str) and numbers.too_large.low:
        before, after = _around(of, path)
        yield Broken(
            "too-large",
            written(path),
            lambda size: [f'{before}"', {"repeat": "A", "times": size}, f'"{after}'],
            numbers.too_large,
        )


_COUNTED: dict[str, Callable[[Json, Path, Numbers], Iterator[Broken]]] = {
    "deep-nesting": _deep,
    "too-many": _too_many,
    "too-large": _too_large,
}


def _not_an_object(of: Json) -> Iterator[Broken]:
    if isinstance(of, dict):
        for value in ([], 7, None, "text", True, [of]):
            yield _whole("not-an-object", None, _text(value))


def _not_json(of: Json) -> Iterator[Broken]:
    whole = _text(of)
    for text in ("", " ", "{", "undefined", "'", whole[:-1], f"{whole},", f"{whole}{whole}", f"x{whole}"):
        yield _whole("not-json", None, text)
    if '"' in whole:
        yield _whole("not-json", None, whole.replace('"', "'"))
    yield Broken("not-json", None, lambda _: [{"hex": "ff"}, whole])
    yield Broken("not-json", None, lambda _: [{"repeat": "[", "times": 1_000}])


def _other_content_types(of: Json) -> Iterator[Broken]:
    for content_type in _TYPES:
        yield _whole("wrong-content-type", None, _text(of), content_type)


_WHOLE: dict[str, Callable[[Json], Iterator[Broken]]] = {
    "not-an-object": _not_an_object,
    "not-json": _not_json,
    "wrong-content-type": _other_content_types,
}


def _wrong(value: Json) -> list[Json]:
    """Values of another type; true and false are no numbers, a whole number is one."""
    return [other for other in _VALUES if _type(other) != _type(value)]


def _type(value: Any) -> str:  # noqa: ANN401
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _around(of: Json, path: Path) -> tuple[str, str]:
    """The text of `of` before and after a place."""
    before, _, after = _text(replaced(of, path, _MARK)).partition(_text(_MARK))
    return before, after


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _whole(way: str, place: str | None, text: str, content_type: str = JSON_TYPE) -> Broken:
    return Broken(way, place, lambda _: [text], None, content_type)
