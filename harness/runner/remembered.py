"""What failed in earlier runs, so that the next one begins with it.

Hypothesis' own store of examples keeps them, in its folder and format: the values under a key are examples as JSON.
Hypothesis would keep the choices of a draw instead, but here drawing is over before anything is run, and what is run,
compared and kept is what was drawn.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis.database import DirectoryBasedExampleDatabase

from harness.errors import HarnessError
from harness.runner.drawing import spec_key
from harness.runner.judging import build_inputs
from harness.runner.results import Example

if TYPE_CHECKING:
    from pathlib import Path

    from harness.contract.model import Case
    from harness.inputs.base import Json, Registry
    from harness.runner.work import Work

MOST = 3
"""Examples of a case with which a run begins."""


class Remembered:
    """The failing examples of all cases, in one folder; what cannot be read or written there is as if never seen."""

    def __init__(self, folder: Path) -> None:
        self._database = DirectoryBasedExampleDatabase(folder)

    def of(self, case: Case, registry: Registry) -> list[Json]:
        """The smallest failing examples of a case, those alone that still fit it."""
        found = []
        for text in sorted(self._texts(case), key=lambda text: (len(text), text)):
            spec = _read(text)
            if spec is not None and _fits(case, spec, registry):
                found.append(spec)
            else:
                self._database.delete(_key(case), text)
        return found[:MOST]

    def update(self, work: Work) -> None:
        """Keep the failing examples of a case that was judged, and drop those that fail no longer.

        What the target is known to break is not kept: a run that began with it would get no further.
        """
        key = _key(work.case)
        for spec in work.remembered:
            result = work.known.get(spec_key(spec))
            if result is not None and not result.inconclusive and not result.violations:
                self._database.delete(key, spec_key(spec).encode())
        for failure in work.result.failures:
            if not failure.known:
                self._database.save(key, spec_key(failure.result.example.spec).encode())

    def _texts(self, case: Case) -> list[bytes]:
        try:
            return list(self._database.fetch(_key(case)))
        except OSError:
            return []


def _key(case: Case) -> bytes:
    """Another one as soon as the case draws other inputs, or its client behaves otherwise."""
    client = case.client
    acts = [[act.action.name, act.at, act.nth, act.after, act.times] for act in client.acts]
    sends = {name: [one.times, one.after, one.once_done] for name, one in client.sends.items()}
    drop = client.drop and [client.drop.after_messages, client.drop.by, client.drop.return_after]
    drawn = {
        "inputs": {name: [use.type_name, use.parameters] for name, use in case.inputs.items()},
        "client": [client.connect, client.connect_after, client.watchers, client.slow, client.jobs, len(client.first)],
        "behaviour": [acts, sends, drop],
    }
    return f"{case.full_name} {json.dumps(drawn, sort_keys=True, default=repr)}".encode()


def _read(text: bytes) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _fits(case: Case, spec: Json, registry: Registry) -> bool:
    inputs = spec.get("inputs") if isinstance(spec, dict) else None
    if not isinstance(inputs, dict) or inputs.keys() != case.inputs.keys():
        return False
    try:
        float(spec["connect_after"])
        build_inputs(Example(case, spec), registry)
    except (HarnessError, KeyError, TypeError, ValueError):
        return False
    return True
