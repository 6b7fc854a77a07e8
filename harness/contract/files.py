"""The YAML files that one contract is made of: each is read once, and found from the file in which its name stands."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from harness.contract.problems import ContractError, did_you_mean
from harness.contract.source import Node, read_document, shown

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from harness.contract.problems import Problems, Span

_ENDINGS = (".yaml", ".yml", ".json")


class Files:
    """Files by their path, read when they are first asked for."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._read: dict[Path, Node | None] = {}
        self._paths: dict[tuple[str, str], Path] = {}

    def know(self, path: Path, node: Node) -> None:
        """A file that has been read already."""
        self._read[path] = node

    def find(self, name: str, span: Span) -> tuple[Path, Node] | None:
        """The file called `name`, from the file that `span` is of; None, and noted at `span`, if there is none."""
        key = (span.document.file, name)
        if key not in self._paths:
            try:
                self._paths[key] = (file_of(span).parent / name).resolve()
            except (OSError, ValueError, RuntimeError):  # a NUL, or links that lead in a circle
                self._problems.add(span, f"{name!r} leads to no readable file")
                return None
        path = self._paths[key]
        node = self.at(path, name, span)
        return None if node is None else (path, node)

    def at(self, path: Path, name: str, span: Span) -> Node | None:
        """What is in the file at `path`, which `span` calls `name`; None if it cannot be used, which is noted.

        What is wrong inside of it is noted there.
        """
        if path not in self._read:
            self._read[path] = self._load(path, name, span)
        elif self._read[path] is None:
            self._problems.add(span, f"{name!r} leads to no readable file", _looked_at(path))
        return self._read[path]

    def _load(self, path: Path, name: str, span: Span) -> Node | None:
        try:
            return read_document(path, shown(path))
        except ContractError as error:
            if any(problem.span.document.lines for problem in error.problems):
                self._problems.found.extend(error.problems)
            else:
                self._problems.add(span, f"{name!r} leads to no readable file", _looked_at(path))
            return None


def file_of(span: Span) -> Path:
    """The file in which a span is."""
    return _resolved(span.document.file, os.getcwd())


def uri_of(span: Span) -> str:
    """The URI of the file in which a span is."""
    return _uri(file_of(span))


@lru_cache(maxsize=64)
def _uri(path: Path) -> str:
    return path.as_uri()


@lru_cache(maxsize=64)
def _resolved(file: str, folder: str) -> Path:
    """The file, seen from the folder."""
    return Path(folder, file).resolve()


def path_of(uri: SplitResult) -> Path:
    """The path that a `file:` URI means."""
    whole = f"//{uri.netloc}{uri.path}" if uri.netloc else uri.path
    if os.name != "nt":
        return Path(unquote(whole))
    from urllib.request import url2pathname  # slow to import, and only where a path has drives

    return Path(url2pathname(whole))


def split_reference(reference: str) -> tuple[str, tuple[str, ...]]:
    """The file of `file#/a/b`, empty for the same file, and the keys on the way to what is meant (RFC 6901).

    Raises:
        ValueError: it is no such reference; the text says why.
    """
    name, _, pointer = reference.partition("#")
    if urlsplit(name).scheme or name.startswith("//"):
        raise ValueError("references to the network are not followed")
    if pointer and not pointer.startswith("/"):
        raise ValueError("behind the # the way begins with /, as in common.yaml#/socket")
    keys = (unquote(key).replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:])
    return unquote(name), tuple(keys)


def _looked_at(path: Path) -> str:
    """Where it was looked for, and what there is that is called alike."""
    try:
        there = [file.name for file in path.parent.iterdir() if file.suffix in _ENDINGS]
    except OSError:
        there = []
    _, _, guess = did_you_mean(path.name, there).partition(". Did")
    return f"looked at {path}{'. Did' if guess else ''}{guess}"
