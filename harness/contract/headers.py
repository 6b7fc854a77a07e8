"""Reading the headers that a contract sends along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import entries, is_token
from harness.contract.templates import compile_text

if TYPE_CHECKING:
    from harness.contract.problems import Problems
    from harness.contract.source import Node
    from harness.contract.templates import Template
    from harness.expressions.cel import Environment

_FRAMING = frozenset({"content-length", "transfer-encoding"})
"""They say where the body ends (RFC 9112 6.3)."""


def read_headers(node: Node | None, environment: Environment, problems: Problems) -> dict[str, Template]:
    """The headers by name; what cannot be the name of one, or says where the body ends, is noted."""
    headers: dict[str, Template] = {}
    for name, span, value in entries(node, "'headers'", problems):
        if not is_token(name):
            problems.add(span, f"{name!r} is no name of a header")
        elif name.lower() in _FRAMING:
            problems.add(span, f"{name} follows from the body that is sent", "leave it out")
        headers[name] = compile_text(value, f"the header {name}", environment, problems)
    return headers
