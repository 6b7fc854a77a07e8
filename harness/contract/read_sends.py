"""Reading the messages that a client sends: at the opening, after a message, in answer to each of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, text
from harness.contract.model import Send
from harness.contract.source import Mapping, Node, kind_of, plain
from harness.contract.templates import compile_template, compile_text
from harness.trace.events import ACCEPTED, OPEN, POINTS

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.contract.context import Context

_WHEN = ("at", "after", "each")
_WHAT = ("json", "text")


def written(node: Node | None) -> tuple[str, ...]:
    """The names of the messages, of those too that are written wrongly."""
    return tuple(node.entries) if isinstance(node, Mapping) else ()


def read_sends(node: Node | None, kinds: Collection[str], names: tuple[str, ...], context: Context) -> dict[str, Send]:
    """The messages by name; `names` are those of the inputs and of the steps beforehand."""
    sends: dict[str, Send] = {}
    for name, span, value in entries(node, "'sends'", context.problems):
        if name in POINTS:
            context.problems.add(span, f"{name!r} is a point of every job; a message needs another name")
        if name in names:
            context.problems.add(span, f"{name!r} has a meaning already; a message needs another name")
        send = _send(Fields(value, "a message to send", context.problems), kinds, names, context)
        if send is not None:
            sends[name] = send
    return sends


def _send(fields: Fields, kinds: Collection[str], names: tuple[str, ...], context: Context) -> Send | None:
    when, after = _when(fields, kinds, context)
    known = context.environment(*names, ACCEPTED, "env", *(("msg",) if after != OPEN else ()))
    what = {key: fields.take(key) for key in _WHAT}
    fields.done()
    given = [(key, node) for key, node in what.items() if node is not None]
    if len(given) > 1:
        context.problems.add(given[1][1].span, "a message is either json or text", "in a case, null removes one")
    if not given:
        context.problems.add(fields.span, "a message to send needs 'json' or 'text'")
        return None
    key, node = given[0]
    if key == "text":
        return Send(compile_text(node, "'text'", known, context.problems), after, when == "each", raw=True)
    return Send(compile_template(node, known, context.problems), after, when == "each")


def _when(fields: Fields, kinds: Collection[str], context: Context) -> tuple[str, str]:
    """By which key it is said when the message is sent, and the point: the opening, or a kind."""
    given = [(key, node) for key in _WHEN if (node := fields.take(key)) is not None]
    if len(given) > 1:
        context.problems.add(given[1][1].span, "a message is sent at open, after a kind, or for each of a kind")
    if not given:
        return "at", OPEN
    key, node = given[0]
    if key == "at":
        if plain(node) != OPEN:
            context.problems.add(node.span, f"at: open is expected; found {kind_of(node)}")
        return key, OPEN
    kind = text(node, f"{key!r}", context.problems)
    if kind is not None and kind not in kinds:
        context.problems.unknown(node.span, "kind", kind, kinds)
    return key, kind or ""
