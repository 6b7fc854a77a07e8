"""Which version of the language a file is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.problems import ContractError, Problem
from harness.contract.source import Scalar, kind_of

if TYPE_CHECKING:
    from harness.contract.source import Node

LANGUAGE = 1


def check_language(node: Node | None) -> None:
    """Go on only with a language that is known: in another one, everything else may mean something else.

    Raises:
        ContractError: another one is written.
    """
    if node is None or (isinstance(node, Scalar) and type(node.value) is int and node.value == LANGUAGE):
        return
    message = f"language: {LANGUAGE} is what this version reads; found {kind_of(node)}"
    value = node.value if isinstance(node, Scalar) else None
    hint = "without the quotes" if value == str(LANGUAGE) else ""
    if type(value) is int and value > LANGUAGE:
        hint = "a newer language needs a newer after202: pip install --upgrade after202"
    raise ContractError([Problem(node.span, message, hint)])
