"""A contract as it was read, whatever is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from harness.contract.model import Contract
    from harness.contract.problems import Problem
    from harness.contract.source import Mapping, Node


class Loaded(NamedTuple):
    """What a file is read as.

    Attributes:
        contract: with the cases that could be read.
        merged: each case as it is written out, whole, by its name.
        problems: everything for which it could not be read.
        schemas: the JSON Schemas in it, and in files that these refer to.
    """

    contract: Contract
    merged: Names[str, Mapping]
    problems: tuple[Problem, ...]
    schemas: tuple[Node, ...] = ()
