"""Where the socket is, as a contract or the answer to the request says it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from harness.expressions.cel import Expression
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from harness.contract.model import Socket
    from harness.targets.target import Target


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
