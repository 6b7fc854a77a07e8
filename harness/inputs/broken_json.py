"""The input type `broken_json`: JSON requests that are wrong on purpose, each in one named way.

A contract gives a value that would be right (`of`), and where and how it is to be broken (`at`, `ways`). A spec:
`{"way": name, "at": place or null, "parts": [part, ...], "content_type": text}`; the body is its parts, one after the
other, each a text, `{"repeat": text, "times": n}` or `{"hex": digits}` for bytes that are no UTF-8.

Its value: `way`; `at`, the place that is wrong, or null where the whole is; `content`, bytes; `content_type`; `size`,
in bytes. Every drawn body is wrong however it is read: of a key that stands there twice, both values are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.inputs import broken_ways
from harness.inputs.broken_ways import ALWAYS_WRONG, WAYS, Broken, Numbers
from harness.inputs.json_paths import Path, places, read_path
from harness.inputs.lazily import st
from harness.inputs.parameters import ParameterError, Range, problem, read_mapping, read_names, read_range, shown
from harness.inputs.schemas import BINARY, COUNT, TEXT, TEXT_OR_NULL, fields
from harness.inputs.specs import rebuild
from harness.records import NamedTuple

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json

_DEFAULTS = {
    "too_many": ("0", Range(1, 10_000)),
    "too_large": ("0", Range(1, 100_000_000)),
    "depth": ("100..100000", Range(2, 1_000_000)),
}


class _Parameters(NamedTuple):
    of: Json
    places: list[Path]
    ways: list[str]
    numbers: Numbers


class BrokenJson:
    """JSON that is wrong in a named way. `{broken_json: {of: {id: a}, at: [id], ways: [missing, wrong-type]}}`.

    `at` is every place in `of` if it is not given; `ways` are those that are wrong for every service (`ALWAYS_WRONG`).
    """

    name = "broken_json"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_variants, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the first way that applies, at the first place."""
        return st.sampled_from(_variants(parameters)).flatmap(_drawn)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`way`, `at`, `content`, `content_type` and `size`, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`missing at images[0].data`."""
        return spec["way"] if spec["at"] is None else f"{spec['way']} at {spec['at']}"

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return fields(way=TEXT, at=TEXT_OR_NULL, content=BINARY, content_type=TEXT, size=COUNT)


def _variants(parameters: Json) -> list[Broken]:
    """Every way at every place.

    Raises:
        ParameterError: the parameters are wrong, or a way applies nowhere.
    """
    wanted = _read(parameters)
    found: list[Broken] = []
    for way in wanted.ways:
        variants = broken_ways.variants(way, wanted.of, wanted.places, wanted.numbers)
        if not variants and "ways" in parameters:
            raise ParameterError(f"the way {way!r} applies to nothing at these places; {WAYS[way]}")
        found += variants
    if not found:
        raise ParameterError("nothing in of can be broken")
    return found


def _read(parameters: Json) -> _Parameters:
    given = read_mapping(parameters, ["of", "at", "ways", *_DEFAULTS])
    if "of" not in given:
        raise ParameterError("of must be the JSON that would be right")
    names = given.get("at")
    if names is not None and (not isinstance(names, list) or not names):
        raise ParameterError(f"at must be a list of places such as [user.name], got {shown(names)}")
    found = [path for name in names for path in read_path(name, given["of"])] if names else places(given["of"])
    ranges = {
        name: read_range(given[name], name, within=within) if name in given else _default(default)
        for name, (default, within) in _DEFAULTS.items()
    }
    named = given.get("ways", list(ALWAYS_WRONG))
    named = ["null" if way is None else way for way in named] if isinstance(named, list) else named  # YAML's null
    ways = read_names(named, "ways", list(WAYS))
    if not ways:
        raise ParameterError("ways must name at least one way")
    return _Parameters(given["of"], found, ways, Numbers(**ranges))


def _default(text: str) -> Range:
    return read_range(text, "default", within=Range(0, 100_000))


def _drawn(broken: Broken) -> SearchStrategy[Json]:
    if broken.times is None:
        return st.just(broken.spec(0))
    return st.integers(*broken.times).map(broken.spec)


def _build(spec: Json) -> dict[str, Any]:
    content = b"".join(_bytes(part) for part in spec["parts"])
    return {
        "way": spec["way"],
        "at": spec["at"],
        "content": content,
        "content_type": spec["content_type"],
        "size": len(content),
    }


def _bytes(part: Json) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if "hex" in part:
        return bytes.fromhex(part["hex"])
    return bytes(part["repeat"].encode() * part["times"])
