"""Templates outside of a contract: the same `${...}`, compiled and filled in for the one job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.contract.problems import Document, Problems, Span
from harness.contract.source import Mapping, Node, Scalar, Sequence
from harness.contract.templates import compile_template
from harness.errors import HarnessError
from harness.expressions.cel import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Names

    from harness.contract.templates import Template
    from harness.trace.events import Json


def compiled(value: Json, names: Iterable[str], where: str) -> Template:
    """The template `value`, in which these names may be used; `where` it was written, for what is wrong.

    Raises:
        HarnessError: an expression in it cannot be compiled; the text points at it.
    """
    problems = Problems()
    template = compile_template(_node(value, where), Environment(names), problems)
    if problems.found:
        first = problems.found[0]
        text = "\n".join(first.span.document.lines)
        hint = f"; {first.hint}" if first.hint else ""
        raise HarnessError(f"{where}: {first.message} in {text!r}{hint}")
    return template


def _node(value: Json, where: str) -> Node:
    text = value if isinstance(value, str) else ""
    span = Span(Document(where, (text,)), 1, 1, max(len(text), 1))
    if isinstance(value, dict):
        return Mapping({str(key): (span, _node(item, where)) for key, item in value.items()}, span)
    if isinstance(value, list):
        return Sequence(tuple(_node(item, where) for item in value), span)
    return Scalar(value, span)


def rendered(value: Json, names: Names[str, Any], where: str) -> Json:
    """The template with its values filled in.

    Raises:
        HarnessError: it cannot be compiled, or an expression has no value.
    """
    return compiled(value, names, where).render(names)


def rendered_url(value: str, names: Names[str, Any], where: str) -> str:
    """An address with its values filled in, percent-encoded.

    Raises:
        HarnessError: it cannot be compiled, or an expression has no value.
    """
    return compiled(value, names, where).render_url(names)
