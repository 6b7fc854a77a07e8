"""Making what the user typed fit together: names for what is sent, ids in the socket's address, headers of all."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.authoring.observed import leaves
from harness.authoring.words import snake, variable
from harness.contract.order import COMBINATORS
from harness.contract.read_request import RESERVED
from harness.errors import HarnessError
from harness.trace.events import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.authoring.asked import Asked
    from harness.trace.events import Json
    from harness.trace.ndjson import Trace

_NAMING = ("type", "event", "kind", "method", "op", "action", "command")
_NO_NAME = re.compile(r"v?[0-9.]+|api|rest|start|create|new|submit|run")


def contract_name(url: str) -> str:
    """A name for a contract, of the last word of an address that says something: `/v1/renders/start` is `renders`."""
    path = urlsplit(url if "://" in url else f"http://{url}").path
    words = [snake(word).replace("_", "-") for word in path.split("/") if re.fullmatch(r"[A-Za-z][\w.-]*", word)]
    telling = [word for word in words if word and not _NO_NAME.fullmatch(word)]
    return (telling[-1:] or words[:1] or [""])[0][:40].strip("-")


def with_headers(asked: Asked, before: Mapping[str, Asked]) -> Asked:
    """The request with the secrets of the requests made before it: a target has one set of headers.

    Raises:
        HarnessError: a request made before goes elsewhere with a secret, or has another one in the same header.
    """
    for name, step in before.items():
        if not step.target_headers:
            continue
        if step.origin != asked.origin:
            raise HarnessError(
                f"--before {name}: it takes a secret to {step.origin}, and those of a target go to its own origin "
                "alone: make that request yourself, and give what it answers in a variable"
            )
        mine = {key.lower(): value for key, value in asked.target_headers.items()}
        other = [key for key, value in step.target_headers.items() if mine.get(key.lower(), value) != value]
        if other:
            raise HarnessError(f"--before {name}: its {other[0]} is not that of the request, and a target has one")
        more = {key: value for key, value in step.target_headers.items() if key.lower() not in mine}
        asked = replace(
            asked,
            target_headers={**asked.target_headers, **more},
            literals={**asked.literals, **step.literals},
            variables=tuple(dict.fromkeys((*asked.variables, *step.variables))),
        )
    return asked


def with_names(text: str, asked: Asked | None) -> str:
    """A template with the names of the client's ids in the place of the ids that were typed."""
    for name, literal in (asked.originals if asked else {}).items():
        text = text.replace(literal, f"${{{name}}}")
    return text


def named_sends(texts: Iterable[str]) -> dict[str, Json]:
    """The messages of --send by name, in order.

    Raises:
        HarnessError: one is no JSON.
    """
    named: dict[str, Json] = {}
    for text in texts:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise HarnessError(
                f'--send takes JSON, for example --send \'{{"type": "ready"}}\'; this is none: {error}'
            ) from error
        named[_send_name(message, named)] = message
    return named


def with_named_sends(trace: Trace) -> Trace:
    """The trace with a name for each message that the client sent."""
    known: dict[str, Json] = {}
    events = []
    for event in trace.events:
        if event.what is What.SENT and not event.point:
            name = next((name for name, message in known.items() if message == event.value), "")
            name = name or _send_name(event.value, known)
            known[name] = event.value
            events.append(event._replace(point=name))
        else:
            events.append(event)
    return replace(trace, events=tuple(events))


def shell(word: str) -> str:
    """A word of a command as a shell needs it."""
    return word if re.fullmatch(r"[\w./@%+=:-]+", word) else f'"{word}"'


def _send_name(message: Json, taken: Mapping[str, Json]) -> str:
    texts = {snake(path[-1]): leaf for path, leaf in leaves(message, 1) if isinstance(leaf, str)}
    text = next((texts[name] for name in _NAMING if name in texts), "message")
    return variable(text, "sent", _reserved(taken))


def _reserved(taken: Iterable[str]) -> Sequence[str]:
    return [*RESERVED, *COMBINATORS, *taken]
