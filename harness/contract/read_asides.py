"""Reading the requests that only help: steps beforehand, what cleans up, probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, is_variable, text
from harness.contract.model import Aside, Cleanup, Once, Probe
from harness.contract.problems import did_you_mean
from harness.contract.read_answer import read_statuses
from harness.contract.read_request import RESERVED, read_request_fields
from harness.contract.source import Mapping, Node, Scalar, Sequence, kind_of, place, plain
from harness.records import NamedTuple
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from harness.contract.context import Context
    from harness.contract.problems import Span

UNLESS_ENDED = "unless_ended"


class Before(NamedTuple):
    """The steps beforehand, and what expressions may use of them.

    Attributes:
        steps: in the order in which they are made.
        early: the names of those that come before the request.
        names: of all, those too that could not be read: expressions over them need no complaint.
    """

    steps: tuple[Aside, ...]
    early: tuple[str, ...]
    names: tuple[str, ...]


def read_before(node: Node | None, inputs: tuple[str, ...], context: Context) -> Before:
    """The steps beforehand: those for the whole run first, then those for an example, then those for a connection.

    `inputs` are the names of what is drawn, and of what is fresh.
    """
    once = {name: _once(step) for name, _, step in _steps(node, context)}
    known: dict[Once, tuple[str, ...]] = {
        Once.RUN: (),
        Once.EXAMPLE: inputs,
        Once.CONNECTION: (*inputs, ACCEPTED),
    }
    steps: list[Aside] = []
    for stage in Once:
        for name, span, value in _steps(node, context):
            if once[name] is not stage:
                continue
            if not is_variable(name) or name in RESERVED or name in inputs:
                context.problems.add(span, f"a step cannot be called {name!r}", "use another name, such as login")
                continue
            earlier = tuple(step.name for step in steps)
            steps.append(_step(name, value, (*known[stage], *earlier), stage, context))
    names = tuple(name for name in once if is_variable(name))
    return Before(tuple(steps), tuple(name for name in names if once[name] is not Once.CONNECTION), names)


def read_cleanup(cleanup: Node | None, actions: Names[str, Aside], context: Context) -> tuple[Cleanup, ...]:
    """What is done when an example is over, in the order of `cleanup`."""
    if cleanup is None:
        return ()
    if not isinstance(cleanup, Sequence):
        context.problems.add(cleanup.span, f"a list of actions is expected; found {kind_of(cleanup)}")
        return ()
    return tuple(found for item in cleanup.items if (found := _cleanup(item, actions, context)) is not None)


def read_probes(node: Node | None, names: tuple[str, ...], context: Context) -> tuple[Probe, ...]:
    """The probes: first those that say whether others can be made at all."""
    probes = [
        _present(name, span, value, names, context)
        if isinstance(value, Mapping) and "present_if" in value.entries
        else _probe(name, span, value, names, context)
        for name, span, value in entries(node, "'probes'", context.problems)
    ]
    return tuple(sorted(probes, key=lambda probe: not probe.present))


def _steps(node: Node | None, context: Context) -> tuple[tuple[str, Span, Node], ...]:
    return tuple(entries(node, "'before'", context.problems))


def _once(node: Node) -> Once:
    """How often a step is made; where that cannot be read, what leads to the fewest complaints besides."""
    if isinstance(node, Mapping) and "once" in node.entries:
        value = plain(node.entries["once"][1])
        return Once(value) if value in tuple(Once) else Once.EXAMPLE
    return Once.RUN


def _step(name: str, node: Node, names: tuple[str, ...], once: Once, context: Context) -> Aside:
    fields = Fields(node, "a step", context.problems)
    asked, secret = fields.take("once"), fields.take("secret")
    if asked is not None and plain(asked) not in tuple(Once):
        hint = did_you_mean(str(plain(asked)), [one.value for one in Once])
        context.problems.add(asked.span, f"once: run, example or connection; found {kind_of(asked)}", hint)
    if secret is not None and not isinstance(plain(secret), bool):
        context.problems.add(secret.span, f"secret is true or false; found {kind_of(secret)}")
    aside = _aside(name, fields.span, fields, names, context)
    return Aside(name, aside.place, aside.request, aside.statuses, once, secret is not None and plain(secret) is True)


def _aside(name: str, span: Span, fields: Fields, names: tuple[str, ...], context: Context) -> Aside:
    """A request with what its answer should be; takes every key that is left."""
    expect = fields.take("expect")
    request = read_request_fields(fields, names, context)
    fields.done()
    return Aside(name, place(span), request, _statuses(expect, context))


def _statuses(node: Node | None, context: Context) -> tuple[int, ...]:
    if node is None:
        return ()
    fields = Fields(node, "'expect'", context.problems)
    status = fields.need("status")
    fields.done()
    return read_statuses(status, context) if status is not None else ()


def _cleanup(node: Node, actions: Names[str, Aside], context: Context) -> Cleanup | None:
    """`NAME`, or `{NAME: unless_ended}`."""
    unless_ended = False
    name_node: Node = node
    if isinstance(node, Mapping) and len(node.entries) == 1:
        ((key, (span, when)),) = node.entries.items()
        name_node = Scalar(key, span)
        unless_ended = True
        if plain(when) != UNLESS_ENDED:
            context.problems.add(when.span, f"{key}: {UNLESS_ENDED} is expected; found {kind_of(when)}")
    name = text(name_node, "an action", context.problems)
    if name is None:
        return None
    if name not in actions:
        context.problems.unknown(name_node.span, "action", name, actions)
        return None
    return Cleanup(actions[name], unless_ended)


def _present(name: str, span: Span, node: Node, names: tuple[str, ...], context: Context) -> Probe:
    fields = Fields(node, "a probe", context.problems)
    present_if = fields.need("present_if")
    statuses = _statuses(present_if, context)
    request = read_request_fields(fields, names, context)
    fields.done()
    return Probe(name, place(span), (Aside(name, place(span), request, statuses),), True, "", "")


def _probe(name: str, span: Span, node: Node, names: tuple[str, ...], context: Context) -> Probe:
    fields = Fields(node, "a probe", context.problems)
    steps, works, fails = (
        fields.need("steps"),
        fields.text("if_works", required=True),
        fields.text("if_not", required=True),
    )
    fields.done()
    asides: list[Aside] = []
    if steps is not None and not (isinstance(steps, Sequence) and steps.items):
        found = "an empty one" if isinstance(steps, Sequence) else kind_of(steps)
        context.problems.add(steps.span, f"a list of requests is expected; found {found}")
    elif isinstance(steps, Sequence):
        for item in steps.items:
            asides.append(_aside(name, item.span, Fields(item, "a request", context.problems), names, context))
    return Probe(name, place(span), tuple(asides), False, works or "", fails or "")
