"""Replay files: one failure, with everything that is needed to run it again.

Format, version 2: a JSON object with `replay` (2), `contract` (a path, or `bundled:FILE`), `case`, `clause`,
`spec` (what was drawn, as `harness.trace.specs` describes it; in version 1 nothing of the client but when it
connects), `faults` and `target` (null for the bundled server), `class`, `summary` and `events` (what happened, secrets
masked). Instants are seconds. Fresh ids are not kept: a replay makes new ones.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.loading import bundled_contracts
from harness.errors import HarnessError
from harness.runner.drawing import spec_key
from harness.trace.specs import spec_problem, whole_spec

if TYPE_CHECKING:
    from harness.inputs.base import Json
    from harness.runner.results import Failure
    from harness.targets.secrets import Secrets

VERSION = 2
READ = (1, 2)
"""The versions that can be read."""
_MASKED = ("target", "summary", "events")
_BUNDLED = "bundled:"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay file says."""

    contract: Path
    case: str
    clause: str
    spec: Json
    faults: tuple[str, ...]
    target: str | None
    summary: str
    kind: str = ""


def write_replay(
    failure: Failure, folder: Path, contract: Path, faults: tuple[str, ...], target: str | None, secrets: Secrets
) -> Path:
    """Store a failure in `folder`; the same failure goes to the same file.

    Raises:
        OSError: it cannot be written.
    """
    diagnosis = failure.diagnosis
    what = (
        failure.case.full_name,
        failure.violation.clause,
        diagnosis.kind,
        diagnosis.stage,
        spec_key(failure.result.spec),
    )
    name = hashlib.sha256(json.dumps([*what, target, faults]).encode())
    path = folder / f"{name.hexdigest()[:8]}.json"
    start = failure.result.events[0].at if failure.result.events else 0.0
    events = [
        {"at": round(event.at - start, 4), "what": event.what, "point": event.point, "value": event.value}
        for event in failure.result.events
    ]
    document = {
        "replay": VERSION,
        "contract": contract_label(contract),
        "case": failure.case.name,
        "clause": failure.violation.clause,
        "spec": failure.result.spec,
        "faults": list(faults),
        "target": target,
        "class": diagnosis.kind,
        "summary": diagnosis.story,
        "events": events,
    }
    folder.mkdir(parents=True, exist_ok=True)
    redacted = {key: secrets.redact_json(value) if key in _MASKED else value for key, value in document.items()}
    path.write_text(json.dumps(redacted, indent=1) + "\n", encoding="utf-8")
    return path


def read_replay(path: Path) -> Replay:
    """Read a replay file.

    Raises:
        HarnessError: there is none, or this version cannot read it.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        told = getattr(error, "strerror", None) or error
        raise HarnessError(f"{path} is no replay file: {told}") from error
    if not isinstance(document, dict) or document.get("replay") not in READ:
        raise HarnessError(
            f"{path} is no replay file of version {VERSION} or older: run `harness run` again to get one"
        )
    try:
        target = document["target"]
        return Replay(
            contract_path(str(document["contract"])),
            str(document["case"]),
            str(document["clause"]),
            _spec(document["spec"]),
            tuple(str(fault) for fault in document["faults"]),
            None if target is None else str(target),
            str(document["summary"]),
            str(document.get("class", "")),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise HarnessError(f"{path} is damaged: {type(error).__name__}: {error}") from error


def _spec(spec: Json) -> Json:
    problem = spec_problem(spec)
    if problem:
        raise ValueError(problem)
    return whole_spec(spec)


def contract_label(path: Path) -> str:
    """What a file that is kept says of its contract: `bundled:FILE`, or its path."""
    return _BUNDLED + path.name if path.resolve() in bundled_contracts() else str(path)


def contract_path(text: str) -> Path:
    """The contract that a kept file speaks of.

    Raises:
        HarnessError: it is bundled with another version.
    """
    if not text.startswith(_BUNDLED):
        return Path(text)
    name = text.removeprefix(_BUNDLED)
    for path in bundled_contracts():
        if path.name == name:
            return path
    raise HarnessError(f"no contract called {name} is bundled with this version")
