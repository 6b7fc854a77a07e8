"""What a fault is."""

from collections.abc import Callable
from dataclasses import dataclass

from reference_server.components import Components


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    `family` is what sort of mistake it is, `symptom` what a client sees, `killed_by` the clauses of the bundled
    contracts any of which finds it.
    """

    name: str
    family: str
    symptom: str
    killed_by: tuple[str, ...]
    apply: Callable[[Components], Components]
