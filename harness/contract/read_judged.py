"""Reading the requests that are judged besides: actions while the job runs, what is asked afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries, is_variable, text
from harness.contract.model import Aside
from harness.contract.read_answer import read_promise
from harness.contract.read_relations import RelationReader
from harness.contract.read_request import RESERVED, read_request_fields
from harness.contract.source import Mapping, Node, Scalar, Sequence, place
from harness.contract.templates import inside
from harness.trace.events import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.contract.context import Context
    from harness.contract.levels import Marks
    from harness.contract.model import Probe, Socket
    from harness.contract.problems import Span

ACTIONS = "actions"
AFTERWARDS = "afterwards"
_LAST = re.compile(r"(?<![\w.])last\.(\w+)")


@dataclass(frozen=True, slots=True)
class JudgedReader:
    """Reads requests with what is promised of their answers.

    Attributes:
        names: those that they may use: of the inputs and of the steps beforehand.
        taken: those that already mean something else.
        socket: whose messages they may look back on; None where there is none.
        marks: of the case.
        context: of the contract.
    """

    names: tuple[str, ...]
    taken: frozenset[str]
    socket: Socket | None
    marks: Marks
    context: Context

    def actions(self, node: Node | None) -> dict[str, Aside]:
        """The requests that a client may make while its job runs; one of which the name is taken only cleans up."""
        return {
            name: self._read(name, ACTIONS, span, Fields(value, "an action", self.context.problems), (), "")
            for name, span, value in entries(node, "'actions'", self.context.problems)
        }

    def usable(self, actions: Iterable[str]) -> tuple[str, ...]:
        """The actions of which expressions and deadlines can use the name."""
        return tuple(name for name in actions if self._is_free(name))

    def afterwards(self, node: Node | None, actions: tuple[str, ...], probes: tuple[Probe, ...]) -> tuple[Aside, ...]:
        """The requests once the job has ended; each may use the answers of those before it."""
        read: list[Aside] = []
        for name, span, value in entries(node, "'afterwards'", self.context.problems):
            if not self._is_free(name) or name in actions:
                hint = "use another name, such as settled"
                self.context.problems.add(span, f"what is asked afterwards cannot be called {name!r}", hint)
                continue
            fields = Fields(value, "what is asked afterwards", self.context.problems)
            self._check_kinds(value)
            only_if = self.only_if(fields.take("only_if"), probes)
            earlier = (*actions, *(one.name for one in read), "last")
            read.append(self._read(name, AFTERWARDS, span, fields, earlier, only_if))
        return tuple(read)

    def _check_kinds(self, node: Node) -> None:
        """Note each kind that a template looks back on and there is not; conditions are looked into by themselves."""
        kinds: Collection[str] = self.socket.kinds if self.socket is not None else ()
        for text_node in _texts(node):
            for found in _LAST.finditer(str(text_node.value)):
                if found.group(1) not in kinds:
                    span = inside(text_node, found.start(1), len(found.group(1)))
                    self.context.problems.unknown(span, "kind", found.group(1), kinds)

    def _read(self, name: str, prefix: str, span: Span, fields: Fields, more: tuple[str, ...], only_if: str) -> Aside:
        expect = fields.take("expect")
        before = (*self.names, ACCEPTED, *more)
        request = read_request_fields(fields, before, self.context)
        fields.done()
        own = (name,) if self._is_free(name) else ()
        kinds: Collection[str] = self.socket.kinds if self.socket is not None else ()
        reader = RelationReader(self.context, self.marks, self.context.environment(*before, *own), kinds)
        known = self.context.environment(*before)
        promise = read_promise(expect, f"{prefix}/{name}", name, span, known, reader)
        statuses = promise.statuses if _has_status(expect) else ()
        return Aside(name, place(span), request, statuses, promise=promise, only_if=only_if)

    def only_if(self, node: Node | None, probes: tuple[Probe, ...]) -> str:
        """The name of a probe that says whether something is there at all; empty if there is none."""
        if node is None:
            return ""
        known = [probe.name for probe in probes if probe.present]
        name = text(node, "'only_if'", self.context.problems)
        if name is not None and name not in known:
            self.context.problems.unknown(node.span, "probe with present_if", name, known)
        return name or ""

    def _is_free(self, name: str) -> bool:
        return is_variable(name) and name not in RESERVED and name not in self.taken


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
