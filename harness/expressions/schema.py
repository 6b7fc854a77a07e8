"""JSON Schema (2020-12) behind one adapter, with references between files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema_rs

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.trace.events import Json

_LONGEST_SHOWN = 160


_OF_SCHEMAS = "https://json-schema.org/draft/2020-12/schema"
UNKNOWN_TYPE = "a type is none of those that there are"
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


class SchemaError(HarnessError):
    """A schema that is none, or that refers to what is not there.

    Attributes:
        wrong: of a schema that is none everything that is wrong, each with the way to it.
    """

    def __init__(self, told: str, wrong: Iterable[tuple[tuple[str | int, ...], str]] = ()) -> None:
        super().__init__(told)
        self.wrong = tuple(wrong)


class Schema:
    """One compiled schema.

    Attributes:
        written: as it stands.
        documents: what it may refer to, by absolute URI; not to be changed.
    """

    def __init__(self, schema: Json, documents: Mapping[str, Json]) -> None:
        """Compile `schema`.

        Args:
            schema: the schema; its references are absolute URIs of `documents`.
            documents: other documents by absolute URI; references in them may be relative.

        Raises:
            SchemaError: it is no schema, or a reference leads nowhere.
        """
        self.written = schema
        self.documents = documents
        try:
            registry = jsonschema_rs.Registry(list(documents.items()), retriever=_never_retrieve)
            self._validator = jsonschema_rs.Draft202012Validator(schema, registry=registry)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SchemaError(_told(str(error)), _wrong(schema)) from error

    def problem(self, value: Json) -> str | None:
        """Where `value` first breaks the schema and how, in one line; None if it does not.

        What the library cannot look at breaks it: half a surrogate pair (RFC 8259 8.2), or lists and objects nested
        in each other hundreds of times.
        """
        try:
            if self._validator.is_valid(value):
                return None
            error = next(iter(self._validator.iter_errors(value)), None)
        except UnicodeEncodeError as wrong:
            return f"it has text that is no Unicode: {wrong.object[wrong.start : wrong.end]!r}"
        except ValueError as wrong:
            return f"it cannot be held against a schema: {wrong}"
        if error is None:
            return None
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        message = error.message
        if len(message) > _LONGEST_SHOWN:
            message = f"{message[: _LONGEST_SHOWN // 2]} ... {message[-_LONGEST_SHOWN // 2 :]}"
        return f"at {path.removeprefix('.')}: {message}" if path else message


def _wrong(schema: Json) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the schema of schemas (JSON Schema 2020-12) has against this one, at each place once."""
    told: set[tuple[str | int, ...]] = set()
    validator = jsonschema_rs.Draft202012Validator({"$ref": _OF_SCHEMAS}, validate_formats=True)
    for error in validator.iter_errors(schema):
        path = tuple(error.instance_path)
        if path not in told:
            told.add(path)
            is_type = path[-1:] == ("type",) and error.message.endswith("'anyOf' keyword")
            yield path, UNKNOWN_TYPE if is_type else error.message


def _told(error: str) -> str:
    """The first line, without the library's account of how it asked `_never_retrieve`."""
    line = error.splitlines()[0]
    return line.partition("retrieving it failed: ValueError: ")[2] or line


def _never_retrieve(uri: str) -> Json:
    raise ValueError(f"{uri} is not among the contract's files; references to the network are not followed")
