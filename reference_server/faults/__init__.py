"""Named ways to be wrong: each replaces a component of the correct server by one that misbehaves.

A fault is a row in the table of its family, a module of this package. Its `apply` takes the components of a server and
returns those of one that has the fault, one of the six seams replaced; the code that uses them does not change. Faults
of different seams may be combined, and of the same seam where they replace different parts of it.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace

from reference_server.components import Components
from reference_server.faults import (
    cancelling,
    closes,
    counters,
    csv_files,
    csv_rows,
    driving,
    durability,
    http_answers,
    identity,
    intermittent,
    limits,
    loss,
    order,
    photos,
    repeats,
    shape,
    silence,
    timing,
)
from reference_server.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *silence.FAULTS,
    *loss.FAULTS,
    *order.FAULTS,
    *repeats.FAULTS,
    *identity.FAULTS,
    *counters.FAULTS,
    *shape.FAULTS,
    *timing.FAULTS,
    *closes.FAULTS,
    *http_answers.FAULTS,
    *limits.FAULTS,
    *cancelling.FAULTS,
    *driving.FAULTS,
    *csv_files.FAULTS,
    *csv_rows.FAULTS,
    *photos.FAULTS,
    *durability.FAULTS,
    *intermittent.FAULTS,
)
NO_OP = Fault(
    "no-op",
    "none",
    "nothing: the server is correct (to see that a fault as such changes nothing)",
    (),
    lambda components: components,
)

__all__ = ["FAULTS", "NO_OP", "Fault", "UnknownFault", "find", "with_faults"]


class UnknownFault(Exception):
    """No fault has this name, or it takes no such parameter; the text says what would be right."""


def find(text: str) -> Fault:
    """The fault that `text` names: `NAME`, or `NAME:seed=7` for one that some jobs have and others have not.

    Raises:
        UnknownFault: there is none of this name, or it takes no seed.
    """
    name, colon, parameter = text.partition(":")
    fault = _named(name)
    if not colon:
        return fault
    seed = re.fullmatch(r"seed=(\d{1,18})", parameter)
    if seed is None:
        raise UnknownFault(f"fault {text!r} has an unknown parameter {parameter!r}; write {name}:seed=7")
    if fault.seeded is None:
        raise UnknownFault(f"fault {name!r} takes no seed: every job has it. Write it without {colon + parameter!r}")
    return replace(fault, name=text, apply=fault.seeded(int(seed[1])))


def with_faults(components: Components, faults: Sequence[Fault]) -> Components:
    """`components` with each of `faults`, applied in order."""
    for fault in faults:
        components = fault.apply(components)
    return components


def _named(name: str) -> Fault:
    faults = {fault.name: fault for fault in (*FAULTS, NO_OP)}
    if name in faults:
        return faults[name]
    near = difflib.get_close_matches(name, faults, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "`harness serve --list-faults` shows them all."
    raise UnknownFault(f"unknown fault {name!r}. {hint}")
