"""What a plain client does to a server to see that it is wrong: one module of scenarios for each part of the protocol.

A scenario is a function of a `Bench` that returns what it noted. To add one, write it into the module where it belongs
and list it in that module's `SCENARIOS`; a new module is listed here. All scenarios of a server run at once: choose ids
that no other scenario uses.
"""

from tests.faults.battery import files, imports, kept, moments, pictures, requests, scans
from tests.faults.battery.bench import Scenario

SCENARIOS: dict[str, Scenario] = {
    f"{module.__name__.rpartition('.')[2]}: {scenario.__name__.replace('_', ' ')}": scenario
    for module in (scans, imports, requests, files, pictures, moments, kept)
    for scenario in module.SCENARIOS
}
