"""Named ways to be wrong: each replaces a component of the correct server by one that misbehaves.

A fault is a row in the table of its family, a module of this package. Its `apply` takes the components of a server and
returns those of one that has the fault, one of the six seams replaced; the code that uses them does not change. Faults
of different seams may be combined, and of the same seam where they replace different parts of it.
"""

import difflib
from collections.abc import Sequence

from reference_server.components import Components
from reference_server.faults import counters, identity, loss, order, repeats, shape, silence
from reference_server.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *silence.FAULTS,
    *loss.FAULTS,
    *order.FAULTS,
    *repeats.FAULTS,
    *identity.FAULTS,
    *counters.FAULTS,
    *shape.FAULTS,
)

__all__ = ["FAULTS", "Fault", "UnknownFault", "find", "with_faults"]


class UnknownFault(Exception):
    """No fault has this name; the text says which ones are near."""


def find(name: str) -> Fault:
    """The fault called `name`.

    Raises:
        UnknownFault: there is none.
    """
    names = [fault.name for fault in FAULTS]
    if name in names:
        return FAULTS[names.index(name)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "--list-faults shows them all."
    raise UnknownFault(f"unknown fault {name!r}. {hint}")


def with_faults(components: Components, faults: Sequence[Fault]) -> Components:
    """`components` with each of `faults`, applied in order."""
    for fault in faults:
        components = fault.apply(components)
    return components
