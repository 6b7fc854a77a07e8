"""What contracts share: `based_on` another file, and `$ref` to a part of one.

Both are done with before anything is read, on nodes that know their places, so that what is wrong in a shared part is
told where it stands. Templates, JSON Schemas and the parameters of inputs are left as they are: a `$ref` in them is
theirs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness.contract.compose import MAX_DEPTH
from harness.contract.files import split_reference
from harness.contract.language import check_language
from harness.contract.merging import merge_maps
from harness.contract.problems import did_you_mean
from harness.contract.source import MAX_NODES, Mapping, Node, Scalar, Sequence, kind_of, shown
from harness.records import NamedTuple

if TYPE_CHECKING:
    from harness.contract.files import Files
    from harness.contract.problems import Problems, Span

BASED_ON = "based_on"
REF = "$ref"
_OWN = frozenset({"language", "contract", "title", "cases"})
"""What a contract does not get from the file that it is based on."""

_Shape: TypeAlias = "dict[str, _Shape] | None"
"""How to go into a map: by key, `*` for every other; None for what is not gone into. What is not named is gone into."""

_ANSWER: _Shape = {"schema": None, "body": None}
_REQUEST: dict[str, _Shape] = {"json": None, "raw": None, "multipart": {"*": {"content": None}}, "expect": _ANSWER}
_ORDER: dict[str, _Shape] = {"*": None}
_ORDER.update(dict.fromkeys(("either", "optional", "repeat", "interleave", "body"), _ORDER))
_SHARED: dict[str, _Shape] = {
    "inputs": {"*": {"*": None}},
    "before": {"*": _REQUEST},
    "request": _REQUEST,
    "accepted": _ANSWER,
    "refused": _ANSWER,
    "refusals": _ANSWER,
    "actions": {"*": _REQUEST},
    "afterwards": {"*": _REQUEST},
    "socket": {"sends": {"*": {"json": None}}, "messages": {"*": None}, "schemas": {"*": None}, "order": _ORDER},
    "client": {"first": None},
    "probes": {"*": {**_REQUEST, "steps": _REQUEST}},
}
_CONTRACT: dict[str, _Shape] = {**_SHARED, "cases": {"*": _SHARED}}


class _Way(NamedTuple):
    """How a node was come to: the references that were followed, and how deep it is.

    Attributes:
        followed: file and keys of each reference, outermost first.
        depth: how many values it is inside of, references written out.
    """

    followed: tuple[tuple[Path, tuple[str, ...]], ...] = ()
    depth: int = 0


class Sharing:
    """Puts a contract together; what is wrong is noted, and left out.

    Attributes:
        broken: the places of the maps whose reference leads nowhere; what is missing in them is not their fault.
    """

    def __init__(self, files: Files, problems: Problems) -> None:
        self._files = files
        self._problems = problems
        self._count = 0
        self.broken: set[Span] = set()

    def whole(self, root: Node, path: Path) -> Node:
        """The contract `root` of the file `path`, over what it is based on, with every reference followed.

        Raises:
            ContractError: a file that it is based on cannot be used, or is of another language; or references lead on
                and on.
        """
        return self._based(root, (path,)) if isinstance(root, Mapping) else root

    def _based(self, root: Mapping, chain: tuple[Path, ...]) -> Mapping:
        resolved = self._inside(root, _CONTRACT, _Way())
        if BASED_ON not in resolved.entries:
            return resolved
        entries = dict(resolved.entries)
        _, name = entries.pop(BASED_ON)
        own, found = Mapping(entries, resolved.span), self._base(name, chain)
        if found is None:
            self._problems.raise_any()  # of what is left, nothing would be right
            return own
        path, base = found
        if "language" in base.entries:
            check_language(base.entries["language"][1])
        shared = {key: entry for key, entry in base.entries.items() if key not in _OWN}
        return merge_maps(self._based(Mapping(shared, base.span), (*chain, path)), own)

    def _base(self, name: Node, chain: tuple[Path, ...]) -> tuple[Path, Mapping] | None:
        """The file that a contract is based on; None, and noted, if it cannot be."""
        if not isinstance(name, Scalar) or not isinstance(name.value, str):
            told = f"the file that this contract is based on is expected; found {kind_of(name)}"
            self._problems.add(name.span, told, "for example based_on: common.yaml")
            return None
        found = self._files.find(name.value, name.span)
        if found is None:
            return None
        path, node = found
        if path in chain:
            names = " -> ".join(shown(one) for one in (*chain[chain.index(path) :], path))
            self._problems.add(name.span, f"what this contract is based on leads back to itself: {names}")
            return None
        if not isinstance(node, Mapping):
            self._problems.add(node.span, f"what a contract is based on is a map; found {kind_of(node)}")
            return None
        return path, node

    def _follow(self, node: Node, shape: _Shape, way: _Way) -> Node:
        """The node with every reference in it followed."""
        if shape is None or isinstance(node, Scalar):
            return node
        self._count += 1 + len(node.entries if isinstance(node, Mapping) else node.items)
        if self._count > MAX_NODES:
            self._problems.add(node.span, f"this contract has over {MAX_NODES:,} values, references written out")
            self._problems.raise_any()
        if way.depth > MAX_DEPTH:
            self._problems.add(node.span, f"more than {MAX_DEPTH} values inside each other, references written out")
            self._problems.raise_any()
        if isinstance(node, Sequence):
            inner = _Way(way.followed, way.depth + 1)
            return Sequence(tuple(self._follow(item, shape, inner) for item in node.items), node.span)
        if REF in node.entries:
            return self._referred(node, shape, way)
        return self._inside(node, shape, way)

    def _inside(self, node: Mapping, shape: dict[str, _Shape], way: _Way) -> Mapping:
        inner, usual = _Way(way.followed, way.depth + 1), shape.get("*", {})
        entries = {
            key: (span, self._follow(value, shape.get(key, usual), inner))
            for key, (span, value) in node.entries.items()
        }
        return Mapping(entries, node.span)

    def _referred(self, node: Mapping, shape: dict[str, _Shape], way: _Way) -> Node:
        """What the node refers to, with what stands beside the reference merged over it."""
        entries = dict(node.entries)
        _, reference = entries.pop(REF)
        beside = self._inside(Mapping(entries, node.span), shape, way)
        found = self._target(reference, way)
        if found is None:
            return self._nothing(node)
        target = self._follow(found[0], shape, found[1])
        if not entries:
            return target
        if not isinstance(target, Mapping):
            told = f"what stands beside a $ref is merged over a map; this leads to {kind_of(target)}"
            self._problems.add(reference.span, told, "let the $ref stand alone")
            return self._nothing(node)
        return merge_maps(target, beside)

    def _nothing(self, node: Node) -> Mapping:
        self.broken.add(node.span)
        return Mapping({}, node.span)

    def _target(self, reference: Node, way: _Way) -> tuple[Node, _Way] | None:
        """The node that is referred to, and the way to it."""
        if not isinstance(reference, Scalar) or not isinstance(reference.value, str):
            told = f"a file, and the way in it, is expected; found {kind_of(reference)}"
            self._problems.add(reference.span, told, "for example common.yaml#/socket")
            return None
        try:
            name, keys = split_reference(reference.value)
        except ValueError as error:
            self._problems.add(reference.span, f"{reference.value!r} is no reference: {error}")
            return None
        found = self._files.find(name or Path(reference.span.document.file).name, reference.span)
        if found is None:
            return None
        path, node = found
        step = (path, keys)
        if step in way.followed:
            ways = " -> ".join(_written(*one) for one in (*way.followed[way.followed.index(step) :], step))
            self._problems.add(reference.span, f"this reference leads back to itself: {ways}")
            return None
        for key in keys:
            inner = _part(node, key)
            if inner is None:
                told = f"{reference.value!r} leads nowhere: there is no {key!r} in {kind_of(node)}"
                hint = did_you_mean(key, node.entries) if isinstance(node, Mapping) else f"looked in {shown(path)}"
                self._problems.add(reference.span, told, hint)
                return None
            node = inner
        return node, _Way((*way.followed, step), way.depth + 1)


def _part(node: Node, key: str) -> Node | None:
    if isinstance(node, Mapping):
        return node.entries[key][1] if key in node.entries else None
    if isinstance(node, Sequence) and key.isascii() and key.isdigit() and len(key) < 7 and int(key) < len(node.items):
        return node.items[int(key)]
    return None


def _written(path: Path, keys: tuple[str, ...]) -> str:
    return f"{shown(path)}#{''.join(f'/{key}' for key in keys)}"
