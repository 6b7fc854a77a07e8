"""Reading the requests that are judged besides: actions while the job runs, what is asked afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, is_variable, text
from harness.contract.model import Aside
from harness.contract.read_answer import read_promise
from harness.contract.read_relations import RelationReader
from harness.contract.read_request import RESERVED, read_request_fields
from harness.contract.source import Mapping, Node, Scalar, Sequence, place
from harness.contract.templates import inside
from harness.records import NamedTuple
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.contract.context import Context
    from harness.contract.levels import Marks
    from harness.contract.model import Socket
    from harness.contract.problems import Problems, Span

ACTIONS = "actions"
AFTERWARDS = "afterwards"
_LAST = re.compile(r"(?<![\w.])last\.(\w+)")


def read_actions(
    node: Node | None, names: tuple[str, ...], taken: frozenset[str], socket: Socket | None, context: Context,
    marks: Marks,
) -> dict[str, Aside]:  # fmt: skip
    """The requests that a client may make while its job runs; one of which the name is taken only cleans up.

    Args:
        node: what is written.
        names: those that they may use: of the inputs and of the steps beforehand.
        taken: those that already mean something else.
        socket: whose messages they may look back on; None where there is none.
        context: of the contract.
        marks: take what is said of each clause besides.
    """
    reader = _Reader(names, taken, socket, context, marks)
    return {
        name: reader.read(name, ACTIONS, span, Fields(value, "an action", context.problems), (), "")
        for name, span, value in entries(node, "'actions'", context.problems, "an action")
    }


def read_afterwards(
    node: Node | None, names: tuple[str, ...], taken: frozenset[str], socket: Socket | None,
    actions: tuple[str, ...], present: tuple[str, ...], context: Context, marks: Marks,
) -> tuple[Aside, ...]:  # fmt: skip
    """The requests once the job has ended; each may use the answers of those before it.

    Args:
        node: what is written.
        names: as for the actions.
        taken: as for the actions.
        socket: as for the actions.
        actions: the names of the actions, which they may use.
        present: the names of the probes on which they may depend.
        context: of the contract.
        marks: take what is said of each clause besides.
    """
    reader = _Reader(names, taken, socket, context, marks)
    read: list[Aside] = []
    for name, span, value in entries(node, "'afterwards'", context.problems):
        if not is_free(name, taken) or name in actions:
            why = ": a kind, or what is sent or asked, is" if name in taken or name in actions else ""
            hint = "use another name, such as settled"
            context.problems.add(span, f"what is asked afterwards cannot be called {name!r}{why}", hint)
            continue
        fields = Fields(value, "what is asked afterwards", context.problems)
        reader.check_kinds(value)
        only_if = read_only_if(fields.take("only_if"), present, context.problems)
        earlier = (*actions, *(one.name for one in read), "last")
        read.append(reader.read(name, AFTERWARDS, span, fields, earlier, only_if))
    return tuple(read)


def read_only_if(node: Node | None, present: tuple[str, ...], problems: Problems) -> str:
    """The name of one of the probes `present`, which say whether something is there at all; empty if none is named."""
    if node is None:
        return ""
    name = text(node, "'only_if'", problems)
    if name is not None and name not in present:
        problems.unknown(node.span, "probe with present_if", name, present)
    return name or ""


def is_free(name: str, taken: Collection[str]) -> bool:
    """Whether expressions and deadlines can use the name."""
    return is_variable(name) and name not in RESERVED and name not in taken


class _Reader(NamedTuple):
    """Reads requests with what is promised of their answers."""

    names: tuple[str, ...]
    taken: frozenset[str]
    socket: Socket | None
    context: Context
    marks: Marks

    def check_kinds(self, node: Node) -> None:
        """Note each kind that a template looks back on and there is not; conditions are looked into by themselves."""
        kinds: Collection[str] = self.socket.kinds if self.socket is not None else ()
        for text_node in _texts(node):
            for found in _LAST.finditer(str(text_node.value)):
                if found.group(1) not in kinds:
                    span = inside(text_node, found.start(1), len(found.group(1)))
                    self.context.problems.unknown(span, "kind", found.group(1), kinds)

    def read(self, name: str, prefix: str, span: Span, fields: Fields, more: tuple[str, ...], only_if: str) -> Aside:
        """What is left in `fields`; `more` are names that it may use besides."""
        expect = fields.take("expect")
        before = (*self.names, ACCEPTED, *more)
        request = read_request_fields(fields, before, self.context)
        fields.done()
        own = (name,) if is_free(name, self.taken) else ()
        kinds: Collection[str] = self.socket.kinds if self.socket is not None else ()
        reader = RelationReader(self.context, self.marks, self.context.environment(*before, *own), kinds)
        known = self.context.environment(*before)
        promise = read_promise(expect, f"{prefix}/{name}", name, span, known, reader)
        statuses = promise.statuses if _has_status(expect) else ()
        return Aside(name, place(span), request, statuses, promise=promise, only_if=only_if)


def _texts(node: Node) -> Iterator[Scalar]:
    """The templates in a request and in what is promised of its answer; conditions have no `${`."""
    match node:
        case Scalar(str(value), _, _) if "${" in value:
            yield node
        case Sequence(items, _):
            for item in items:
                yield from _texts(item)
        case Mapping():
            for key, _, inner in node:
                if key != "schema":
                    yield from _texts(inner)


def _has_status(expect: Node | None) -> bool:
    return isinstance(expect, Mapping) and "status" in expect.entries
