"""The handshake of the socket: where it is, as a contract or the answer to the request says it, and what goes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from harness.contract.fields import is_token
from harness.contract.templates import TemplateError
from harness.expressions.cel import Expression
from harness.runner.requests import of_what_was_said, render_headers
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from harness.contract.model import Socket
    from harness.contract.templates import Template
    from harness.targets.target import Target


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a client asks for: the ws(s) address, its headers, the subprotocols from the preferred one on."""

    url: str
    headers: Mapping[str, str]
    subprotocols: tuple[str, ...]


def handshake(socket: Socket, names: Mapping[str, Any], target: Target, requested: str) -> Handshake:
    """The handshake for these names.

    Args:
        socket: as the contract has it.
        names: of inputs, fresh values and answers.
        target: whose headers go with what is sent to its own origin.
        requested: the address of the request.

    Raises:
        NotSaidError: the answer lacks what it needs, or says what no handshake can carry.
        TemplateError: the contract itself does.
    """
    with of_what_was_said((ACCEPTED,), socket.connect):
        url = socket_address(socket, names, target, requested).replace(" ", "%20")
        if not _is_socket_address(url):
            raise TemplateError(f"{url!r} is no WebSocket address")
    headers = dict(target.headers_for(url))
    for name, template in socket.headers.items():
        with of_what_was_said((ACCEPTED,), template):
            headers |= render_headers({name: template}, names)
    return Handshake(url, headers, tuple(_subprotocol(template, names) for template in socket.subprotocols))


def _subprotocol(template: Template, names: Mapping[str, Any]) -> str:
    with of_what_was_said((ACCEPTED,), template):
        name = str(template.render(names))
        if not is_token(name):
            raise TemplateError(f"{name!r} is no name of a subprotocol")
    return name


def socket_address(socket: Socket, names: Mapping[str, Any], target: Target, requested: str) -> str:
    """The ws(s) address to connect to.

    What the answer alone says, such as a `Location` header, may be relative to the address that was `requested` (RFC
    9110 10.2.2); a path of the contract's own is one of the target's.

    Raises:
        TemplateError: an expression in it has no value.
    """
    address = socket.connect.render_url(names)
    answered = isinstance(socket.connect.compiled, Expression) and ACCEPTED in socket.connect.roots
    if answered and requested and "://" not in address and _is_relative(address, target):
        address = urljoin(requested, address)
    return target.socket_url(address)


def _is_relative(address: str, target: Target) -> bool:
    """Whether it is no path below the target's own address, which may have a path itself."""
    base = urlsplit(target.url).path.rstrip("/")
    return not address.startswith("/") or address.startswith("//") or (base != "" and address.startswith(f"{base}/"))


def _is_socket_address(url: str) -> bool:
    """Whether it is a ws(s) URI (RFC 6455 3)."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0 and _is_plain(url)
    except ValueError:  # a port that is no number or too large, an address in brackets that is none
        return False


def _is_plain(url: str) -> bool:
    """Whether nothing in it would end a line, and it has no fragment."""
    return url.isprintable() and "#" not in url
