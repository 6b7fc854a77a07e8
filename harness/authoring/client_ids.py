"""Ids that the client makes: a contract makes them anew at every execution."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from harness.authoring.words import UUID, snake, variable
from harness.contract.read_request import RESERVED

if TYPE_CHECKING:
    from harness.trace.events import Json

_CLIENT_MADE = re.compile(
    r"(.*_)?(id|uuid|guid|nonce|job|job_id|request_id|task_id|run_id|trace_id|message_id)|.*(correlation|idempotency).*"
)
_SOMEBODY_ELSES = re.compile(
    r"(.*_)?(project|template|user|account|tenant|org|organi[sz]ation|workspace|team|customer)_?id"
)


def texts(value: Json, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Every text in a tree, with its path; the items of a list have their number in it."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in texts(item, (*path, str(key)))]
    if isinstance(value, list):
        return [found for at, item in enumerate(value) for found in texts(item, (*path, str(at)))]
    return [(path, value)] if isinstance(value, str) else []


def with_fresh(tree: dict[str, Json]) -> tuple[dict[str, Json], dict[str, str]]:
    """The tree with `${name}` for each id that the client makes, and what stood there by name."""
    names: dict[str, str] = {}
    for path, text in texts(tree):
        field_name = next((step for step in reversed(path) if not step.isdigit()), "id")
        plain = snake(field_name).removeprefix("x_")
        if path == ("path",):  # PUT /jobs/ID makes one; the ids before belong to what is there already
            ours = bool(UUID.fullmatch(text.rpartition("/")[2]))
            text, plain = text.rpartition("/")[2], "id"
        else:
            ours = bool(_CLIENT_MADE.fullmatch(plain)) and not _SOMEBODY_ELSES.fullmatch(plain)
        for found in UUID.findall(text) if ours else ():
            if found not in names:
                names[found] = variable(plain, "id", {*RESERVED, *names.values()})
    replaced = json.dumps(tree)
    for found, name in names.items():
        replaced = replaced.replace(found, f"${{{name}}}")
    return json.loads(replaced), {name: found for found, name in names.items()}
