"""What a recording tells of the request and the socket, where the user does not say it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.authoring.asked import read_asked
from harness.authoring.curl import Curl
from harness.authoring.socket_address import socket_template
from harness.trace.events import What

if TYPE_CHECKING:
    from harness.authoring.draft import Wanted
    from harness.authoring.observed import Observed
    from harness.trace.ndjson import Trace


def completed(wanted: Wanted, trace: Trace, observed: Observed, file: str) -> Wanted:
    """What was wanted, with what the recording has of it: the address, where the socket is, what the client sent.

    Args:
        wanted: what the user said.
        trace: the recording; what the client sent has its names.
        observed: the same, put in order.
        file: its name, for what is wrong.

    Raises:
        HarnessError: the request's address is none.
    """
    values = {event.what: event.value for event in reversed(trace.events)}
    asked, request = wanted.asked, values.get(What.REQUEST)
    if asked is not None:
        asked = replace(asked, fresh=asked.originals)
    elif request is not None:
        asked = read_asked(Curl(request["method"], request["url"]), wanted.name, {}, lambda _: b"", file)
    socket = wanted.socket
    if not socket and What.CONNECT in values:
        socket = socket_template(values[What.CONNECT]["url"], observed.answer, asked.fresh if asked else {})
    return replace(
        wanted,
        asked=asked,
        socket=socket,
        sends=wanted.sends or {name: message for _, name, message in observed.sent},
        body_known=wanted.asked is not None,
    )
