"""What a JSON Schema says of the fields of a value and of their types, written out without references.

That is again a JSON Schema, but one of `type`, `enum`, `const`, `properties`, `additionalProperties`, `items` and
`anyOf` alone. What is said in other words, or comes back to itself, may be anything. Fields that are named only under
a condition are known, and of any type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.expressions.references import found, joined, parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.expressions.schema import Schema
    from harness.trace.events import Json

ANYTHING: Json = {}
_KEPT = ("type", "enum", "const")
_CONDITIONAL = ("if", "then", "else", "not")
_DEEPEST = 30


class Shapes:
    """The shapes of schemas, each read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Schema, Json]] = {}
        self._referred: dict[tuple[int, str], Json] = {}

    def of(self, schema: Schema | None) -> Json:
        """What the schema says of a value's fields."""
        if schema is None:
            return ANYTHING
        if id(schema) not in self._known:
            written = schema.written
            base = str(written.get("$id", "")) if isinstance(written, dict) else ""
            shape = _Reader({**schema.documents, base: written}, self._referred).read(written, base, 0)
            self._known[id(schema)] = (schema, shape)  # the schema is kept, so that no other gets its identity
        return self._known[id(schema)][1]


def any_of(shapes: list[Json]) -> Json:
    """A value of any one of these shapes."""
    once = [shape for number, shape in enumerate(shapes) if shape not in shapes[:number]]
    if not once or ANYTHING in once:
        return ANYTHING
    return once[0] if len(once) == 1 else {"anyOf": once}


def both(one: Json, other: Json) -> Json:
    """A value that has both shapes."""
    if not one or not other:
        return one or other
    if "anyOf" in one:
        return any_of([both(each, other) for each in one["anyOf"]])
    if "anyOf" in other:
        return any_of([both(one, each) for each in other["anyOf"]])
    if one.get("type", other.get("type")) != other.get("type", one.get("type")):
        return ANYTHING
    merged = {**one, **other}
    if "properties" in one and "properties" in other:
        shared = {**one["properties"], **other["properties"]}
        merged["properties"] = {
            name: both(one["properties"].get(name, ANYTHING), other["properties"].get(name, ANYTHING))
            for name in shared
        }
    return merged


def also_named(shape: Json, compiled: Any) -> Json:  # noqa: ANN401 - what a template is compiled to
    """The shape, in which the keys of a template are known wherever it names fields at all."""
    if "anyOf" in shape:
        return any_of([also_named(each, compiled) for each in shape["anyOf"]])
    fields = shape.get("properties")
    if not fields or not isinstance(compiled, dict):
        return shape
    named = {name: also_named(inner, compiled.get(name)) for name, inner in fields.items()}
    return {**shape, "properties": dict.fromkeys(compiled, ANYTHING) | named}


class _Reader:
    def __init__(self, documents: Mapping[str, Json], referred: dict[tuple[int, str], Json]) -> None:
        self._documents = documents
        self._known = referred

    def read(self, schema: Json, base: str, depth: int) -> Json:
        """The shape of a schema that stands in the document `base`."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return ANYTHING
        shape = self._own(schema, base, depth)
        for part in self._conjoined(schema, base, depth):
            shape = both(shape, part)
        return self._with_conditional(shape, schema, base, depth)

    def _own(self, schema: dict[str, Json], base: str, depth: int) -> Json:
        shape: dict[str, Json] = {key: schema[key] for key in _KEPT if key in schema}
        properties = _map(schema.get("properties"))
        fields = {name: self.read(inner, base, depth + 1) for name, inner in properties.items()}
        if fields:
            required = schema.get("required")
            names = required if isinstance(required, list) else []
            shape["properties"] = dict.fromkeys((name for name in names if isinstance(name, str)), ANYTHING) | fields
        more = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
        if _map(schema.get("patternProperties")) or (more is not None and more is not False):
            shape["additionalProperties"] = self.read(more, base, depth + 1) if more is not False else ANYTHING
        elif more is False:
            shape["additionalProperties"] = False
        if "items" in schema and "prefixItems" not in schema:
            shape["items"] = self.read(schema["items"], base, depth + 1)
        return shape

    def _conjoined(self, schema: dict[str, Json], base: str, depth: int) -> Iterator[Json]:
        """What else holds of the very value."""
        if isinstance(schema.get("$ref"), str):
            yield self._referred(joined(base, schema["$ref"]), depth)
        for inner in _list(schema.get("allOf")):
            yield self.read(inner, base, depth + 1)
        for key in ("anyOf", "oneOf"):
            if _list(schema.get(key)):
                yield any_of([self.read(inner, base, depth + 1) for inner in schema[key]])

    def _with_conditional(self, shape: Json, schema: dict[str, Json], base: str, depth: int) -> Json:
        """The shape, in which each field is known of which a condition speaks."""
        inner = [schema[key] for key in _CONDITIONAL if key in schema]
        inner += _map(schema.get("dependentSchemas")).values()
        names = {name for one in inner for name in _fields(self.read(one, base, depth + 1))}
        return both(shape, {"properties": dict.fromkeys(names, ANYTHING)}) if names and "properties" in shape else shape

    def _referred(self, uri: str, depth: int) -> Json:
        document, fragment = parted(uri)
        if fragment and not fragment.startswith("/"):
            return ANYTHING  # an anchor
        key = (id(self._documents.get(document)), fragment)
        if key not in self._known:
            self._known[key] = ANYTHING  # so that what comes back to itself comes to an end
            self._known[key] = self.read(found(uri, self._documents), document, depth + 1)
        return self._known[key]


def _fields(shape: Json) -> Iterator[str]:
    """The fields that a shape names."""
    yield from shape.get("properties", ())
    for one in shape.get("anyOf", ()):
        yield from _fields(one)


def _map(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
