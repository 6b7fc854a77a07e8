"""Where the progress socket is, as a template: found in the answer, or made of an address that was seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.authoring.observed import leaves
from harness.authoring.relations import cel
from harness.authoring.words import snake
from harness.contract.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.trace.events import Json

_NAMED = re.compile(r"(^|_)(stream|socket|websocket|ws|progress|events?|updates?)(_(url|uri|path|href|link))?$")
_PLAIN = re.compile(r"""\$\{\s*([A-Za-z_]\w*)((?:\.\w+|\["[^"]+"\])+)\s*\}""")
SHORTEST = 4


def socket_in(answer: Json) -> str:
    """The template of the answer's field that most likely is the socket's address; empty if there is none."""
    texts = [(path, leaf) for path, leaf in leaves(answer["body"]) if isinstance(leaf, str)]
    for path, leaf in texts:
        if leaf.startswith(("ws://", "wss://")):
            return f"${{{cel('accepted.body', path)}}}"
    for path, leaf in texts:
        if _NAMED.search(snake(path[-1])) and leaf.startswith(("/", "http://", "https://")):
            return f"${{{cel('accepted.body', path)}}}"
    return ""


def socket_template(url: str, answer: Json, fresh: Mapping[str, Json]) -> str:
    """The template for an address that was seen, with what the answer and the client's ids have in it."""
    parts = urlsplit(url)
    local = f"{parts.path}?{parts.query}" if parts.query else parts.path
    texts = [(cel("accepted.body", path), leaf) for path, leaf in leaves((answer or {}).get("body"))]
    for expression, leaf in texts:
        if isinstance(leaf, str) and leaf and (leaf == local or re.sub("^http", "ws", leaf) == url):
            return f"${{{expression}}}"
    known = [*((name, value) for name, value in fresh.items()), *texts]
    for expression, leaf in known:
        if isinstance(leaf, str | int) and not isinstance(leaf, bool) and len(str(leaf)) >= SHORTEST:
            whole = rf"(?<=[/=]){re.escape(str(leaf))}(?=[/?&]|$)"
            local = re.sub(whole, f"${{{expression}}}".replace("\\", r"\\"), local)
    return local


def misspelt(template: str, names: Mapping[str, Json]) -> str:
    """What stands where a template takes something that is not there, and the nearest of it; empty if all is there."""
    for root, path in _PLAIN.findall(template):
        value, walked = names.get(root), root
        for plain, quoted in re.findall(r"""\.(\w+)|\["([^"]+)"\]""", path):
            step = plain or quoted
            if not isinstance(value, dict):
                return f"{walked} has no fields"
            if step not in value:
                return f"{walked} has no {step!r}; {did_you_mean(step, value)}"
            value, walked = value[step], cel(walked, [step])
    return ""


def suggested(answer: Json) -> str:
    """What --socket may be, for an answer in which no field is called like a socket's address."""
    if "location" in answer["headers"]:
        return "with the header that has it, such as --socket '${accepted.headers.location}'"
    return "with the field that has it, such as --socket '${accepted.body.stream}'"
