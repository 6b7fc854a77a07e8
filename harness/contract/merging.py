"""How a case inherits its contract: maps merge, everything else is replaced, null removes."""

from __future__ import annotations

from harness.contract.source import Mapping, Node, Scalar


def merge(base: Node, changes: Node) -> Node:
    """`base` with `changes`: maps merge key by key, lists and values are replaced, a null removes its key.

    Every node of the result keeps the place at which it is written.
    """
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return changes
    return merge_maps(base, changes)


def merge_maps(base: Mapping, changes: Mapping) -> Mapping:
    """As `merge`, of two maps."""
    entries = dict(base.entries)
    for key, span, node in changes:
        if isinstance(node, Scalar) and node.value is None:
            entries.pop(key, None)
        elif key in entries:
            entries[key] = (span, merge(entries[key][1], node))
        else:
            entries[key] = (span, node)
    return Mapping(entries, changes.span)
