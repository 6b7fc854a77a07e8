"""The faults as lists: for people by family, for programs as JSON."""

import json
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from reference_server.faults import FAULTS, NO_OP
from reference_server.faults.fault import Fault

_WIDTH = 118


def as_json() -> str:
    """A JSON array with an object for each fault, the no-op, which nothing kills, at the end."""
    return json.dumps([_row(fault) for fault in (*FAULTS, NO_OP)], indent=2) + "\n"


def as_text() -> str:
    """A block for each family: name, what a client sees, and the clauses that find it."""
    blocks = [
        f"{family.replace('_', ' ')}\n\n" + "".join(_told(fault) for fault in faults)
        for family, faults in groupby(FAULTS, key=lambda fault: fault.family)
    ]
    return "\n".join([*blocks, f"{len(FAULTS)} faults, and `{NO_OP.name}`, which changes nothing\n"])


def _row(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "family": fault.family,
        "symptom": fault.symptom,
        "killed_by": list(fault.killed_by),
        "told_as": list(fault.told_as),
        "needs_restart": fault.needs_restart,
        "seeded": fault.seeded is not None,
    }


def _told(fault: Fault) -> str:
    name = f"{fault.name}[:seed=N]" if fault.seeded else fault.name
    return f"  {name}\n" + "".join(f"      {line}\n" for line in _lines(fault))


def _lines(fault: Fault) -> Iterator[str]:
    yield from textwrap.wrap(fault.symptom, _WIDTH - 6)
    if fault.needs_restart:
        yield "only a server that is started again on the same --data shows it"
    found = f"killed by {', '.join(fault.killed_by)}, told as {' or '.join(fault.told_as)}"
    yield from textwrap.wrap(found, _WIDTH - 6, break_on_hyphens=False)
