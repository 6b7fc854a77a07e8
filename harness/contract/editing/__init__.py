"""The contract language as a JSON Schema (2020-12), by which editors complete and check contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.classes import CLASSES, STAGES
from harness.contract.editing import requests, sockets
from harness.contract.editing.parts import keys, like, named, some, text, value, yes_or_no

if TYPE_CHECKING:
    from harness.trace.events import Json

FILE = "contract.schema.json"
"""The name under which the schema lies beside the bundled contracts."""


def language_schema() -> Json:
    """The schema of a whole contract."""
    shared = _shared()
    refused = like("refused", "The request is expected to be turned down, so.")
    refusals = like("refused", "What every 'refused' of a case begins with.")
    examples = value("At most so many examples are drawn, whatever the run allows.", "integer", minimum=1)
    alone = yes_or_no("No other example runs beside one of it: for requests so large that they hold up others.")
    changes = {**shared, "refused": refused, "examples": examples, "alone": alone}
    case = keys("What differs from the contract; {} if nothing does.", changes)
    whole: dict[str, Json] = {
        "language": {"const": 1, "description": "Required. The version of the contract language."},
        "contract": text("Required. The contract's name."),
        "title": text("What it is about; the name if left out."),
        "based_on": text("Another contract, or a file of shared keys: what stands here changes it; null removes."),
        **shared,
        "refusals": refusals,
        "cases": named(
            "Required. The cases by name: each is the contract with what differs.", {"$ref": "#/$defs/case"}
        ),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "after202 contract, language 1",
        "type": "object",
        "required": ["language"],
        "properties": whole,
        "additionalProperties": False,
        "$defs": {"case": case, **requests.definitions(), **sockets.definitions()},
    }


def _shared() -> dict[str, Json]:
    """What a contract says for all of its cases, and a case may change."""
    return {
        "inputs": like("inputs", "What is drawn for each example, by the name that expressions have for it."),
        "before": named("Requests that come first: a login, an upload, a ticket.", like("step-before", "One of them.")),
        "request": like("request", "Required. The request that starts the job."),
        "accepted": like("answer", "What is promised of the answer; required by each case without 'refused'."),
        "actions": named("Requests that a client may make besides.", like("action", "One of them.")),
        "cleanup": some(
            "The actions that are made when an example is over, in this order.",
            {
                "anyOf": [
                    {"type": "string", "description": "An action."},
                    named("An action that is left out once its job has ended.", {"enum": ["unless_ended"]}),
                ]
            },
        ),
        "afterwards": requests.afterwards(),
        "socket": like("socket", "The progress socket."),
        "client": like("client", "How the client behaves; it connects once it has the answer if nothing is said."),
        "deadlines": named("Until when something must come, each a clause by its name.", like("deadline", "One.")),
        "always": named("Conditions over messages, each a clause by its name.", like("always", "One of them.")),
        "at_end": named(
            "Conditions at the terminal message, each a clause by its name.",
            {
                "anyOf": [
                    {"type": ["string", "boolean", "null"], "description": "A condition in CEL."},
                    like("condition", "A condition, with more said of it."),
                ]
            },
        ),
        "off": some("Clauses that are left out, by their names in this contract.", {"type": "string"}),
        "probes": named("What is asked after a failure, to tell where to look.", like("probe", "One of them.")),
        "only_if": text("The probe with present_if that must have been answered, or the case is left out."),
        "hints": keys(
            "What a failure most often meant for this service.",
            {key: text(f"Printed with a failure of this sort: {key}.") for key in (*STAGES, *CLASSES)},
        ),
    }
