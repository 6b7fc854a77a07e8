"""What a fault is."""

from collections.abc import Callable
from dataclasses import dataclass

from reference_server.components import Components

Apply = Callable[[Components], Components]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    `family` is what sort of mistake it is, `symptom` what a client sees, `killed_by` the clauses of the bundled
    contracts any of which finds it, `told_as` the classes of failure that such a finding may have, by the names of
    `docs/diagnosis`.

    `needs_restart`: only a server that was ended and started again on the same data shows it. `seeded` is `apply` for
    a seed, of a fault that some jobs have and others have not; `apply` is then that for seed 0.
    """

    name: str
    family: str
    symptom: str
    killed_by: tuple[str, ...]
    apply: Apply
    needs_restart: bool = False
    seeded: Callable[[int], Apply] | None = None
    told_as: tuple[str, ...] = ()
