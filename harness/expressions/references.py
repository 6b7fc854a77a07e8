"""References between schemas that come back to where they began, without a value in between."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.trace.events import Json

_LONGEST = 100
"""So many references in a row are taken for endless."""
_LISTS = ("allOf", "anyOf", "oneOf")
_SCHEMAS = ("not", "if", "then", "else")


@lru_cache(maxsize=1024)
def joined(base: str, reference: str) -> str:
    """The reference as a whole URI, seen from `base` (RFC 3986 5.2).

    Raises:
        ValueError: it is none.
    """
    return urljoin(base, reference)


@lru_cache(maxsize=1024)
def parted(uri: str) -> tuple[str, str]:
    """The URI without its fragment, and that.

    Raises:
        ValueError: it is none.
    """
    url, fragment = urldefrag(uri)
    return url, fragment


def comes_back(reference: str, documents: Mapping[str, Json]) -> bool:
    """Whether what `reference` stands for is defined by itself alone.

    A schema may refer to itself for a part of its value, as that of a tree does; then there is an end.

    Args:
        reference: an absolute URI.
        documents: by URI.
    """
    start = reference.removesuffix("#")
    waiting, seen = [(start, 0)], set[str]()
    while waiting:
        uri, depth = waiting.pop()
        if uri in seen:
            continue
        seen.add(uri)
        for inner in _in_place(found(uri, documents)):
            target = joined(parted(uri)[0], inner).removesuffix("#")
            if target == start or depth >= _LONGEST:
                return True
            waiting.append((target, depth + 1))
    return False


def _in_place(schema: Json) -> Iterator[str]:
    """The references that are followed for the very value that the schema is held against."""
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    for key in _LISTS:
        for inner in schema[key] if isinstance(schema.get(key), list) else ():
            yield from _in_place(inner)
    for key in _SCHEMAS:
        yield from _in_place(schema.get(key))


def found(uri: str, documents: Mapping[str, Json]) -> Json:
    """What a URI with a JSON pointer (RFC 6901) leads to; None if nothing."""
    document, pointer = parted(uri)
    here = documents.get(document)
    for part in pointer.split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict):
            here = here.get(name)
        elif isinstance(here, list) and name.isdecimal() and int(name) < len(here):
            here = here[int(name)]
        else:
            return None
    return here
