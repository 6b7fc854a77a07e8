"""Reading one case, once it is merged over its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.classes import HINT_KEYS
from harness.contract.fields import Fields, entries, text
from harness.contract.levels import Marks
from harness.contract.model import Case, Once
from harness.contract.off import read_off, without
from harness.contract.problems import Problem
from harness.contract.read_answer import read_answer
from harness.contract.read_asides import read_before, read_cleanup, read_probes
from harness.contract.read_client import ClientReader
from harness.contract.read_judged import is_free, read_actions, read_afterwards, read_only_if
from harness.contract.read_relations import RelationReader, read_relations
from harness.contract.read_request import declared, read_inputs, read_request
from harness.contract.read_socket import read_socket
from harness.contract.read_timed import read_timed
from harness.contract.source import Mapping, Node, kind_of, plain
from harness.trace.events import ACCEPTED, REFUSED, REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, TypeVar

    from harness.contract.context import Context
    from harness.contract.model import Answer, Probe
    from harness.contract.problems import Span

    Nodes: TypeAlias = dict[str, Node | None]
    _Read = TypeVar("_Read")

SHARED_KEYS = (
    "inputs", "before", "request", "accepted", "actions", "cleanup", "afterwards", "socket", "client", "deadlines",
    "always", "at_end", "off", "probes", "hints", "only_if",
)  # fmt: skip
"""What a contract says for all of its cases, and a case may change."""
CASE_KEYS = (*SHARED_KEYS, "refused", "examples", "alone")
_OF_THE_SOCKET = ("deadlines", "always", "at_end")
_OF_A_CONNECTION = frozenset({"connect", "connect_after", "sends", "first", "drop", "watchers", "slow"})


class CaseReader:
    """Reads the case `name` of the contract `contract`; all mistakes are noted in the context.

    Attributes:
        off: what the case leaves out, once it is read.
        clauses: those that it would have otherwise.
        lacking: what is wrong with it as a whole, told of a case that the message does not name.
    """

    def __init__(self, contract: str, name: str, context: Context) -> None:
        self._contract = contract
        self._name = name
        self._context = context
        self._marks = Marks()
        self.off: dict[str, Span] = {}
        self.clauses: tuple[str, ...] = ()
        self.lacking: list[Problem] = []

    def read(self, node: Node, *, refused: bool) -> Case | None:
        """The case; None if it has no request or nothing is said of the answer."""
        context = self._context
        fields = Fields(node, "a case", context.problems)
        nodes = {key: fields.need(key) if key == "request" else fields.take(key) for key in CASE_KEYS}
        fields.done()
        answer_node = nodes[REFUSED if refused else ACCEPTED]
        if answer_node is None:
            self.lacking.append(Problem(fields.span, "needs 'accepted' or 'refused'"))
        if refused:
            nodes |= dict.fromkeys(("socket", *_OF_THE_SOCKET))
            answer_node, nodes["afterwards"] = _without_afterwards(answer_node)
        self._check_socket(nodes)
        if nodes["request"] is None or answer_node is None:
            return None
        case = self._read(nodes, nodes["request"], answer_node, REFUSED if refused else ACCEPTED)
        if case.client.before_request and nodes["socket"] is not None and not case.can_connect_first:
            told = "the socket's address, a step before it or what it sends needs the answer"
            self.lacking.append(Problem(nodes["socket"].span, f"connects before the request, but {told}"))
        return self._finished(case, nodes["off"])

    def _check_socket(self, nodes: Nodes) -> None:
        """Note what needs a socket, where there is none."""
        for key in _OF_THE_SOCKET if nodes["socket"] is None else ():
            node = nodes[key]
            if node is not None:
                told = f"has {key!r} but no 'socket' on which they could be judged"
                self.lacking.append(Problem(node.span, told))

    def _read(self, nodes: Nodes, request: Node, answer: Node, prefix: str) -> Case:
        context, once = self._context, self._context.readings.once
        inputs, fresh = once(read_inputs, nodes["inputs"], context)
        names = declared(nodes["inputs"])
        before = once(read_before, nodes["before"], names, context)
        early, known = (*names, *before.early), (*names, *before.names)
        socket = once(read_socket, nodes["socket"], names, before.names, context) if nodes["socket"] else None
        taken = frozenset({*known, *(socket.kinds if socket else ()), *(socket.sends if socket else ())})
        actions = self._marked(read_actions, nodes["actions"], known, taken, socket, context)
        usable = tuple(name for name in actions if is_free(name, taken))
        probes = once(read_probes, nodes["probes"], early, context)
        late = frozenset({ACCEPTED, *(set(before.names) - set(before.early))})
        reader = ClientReader(socket, known, {name: actions[name] for name in usable}, late, context)
        client = reader.read(nodes["client"] if socket else _without_socket(nodes["client"], prefix))
        return Case(
            contract=self._contract,
            name=self._name,
            file=context.shown,
            inputs=inputs,
            fresh=fresh,
            request=once(read_request, request, early, context),
            answer=self._marked(_answer, answer, prefix, early, context),
            socket=socket,
            timed=self._marked(read_timed, nodes["deadlines"], socket, usable, context) if socket else (),
            relations=self._marked(read_relations, nodes["always"], nodes["at_end"], (*known, *usable), socket, context)
            if socket
            else (),
            client=client,
            hints=_hints(nodes["hints"], context),
            before=before.steps if socket else tuple(one for one in before.steps if one.once is not Once.CONNECTION),
            cleanup=read_cleanup(nodes["cleanup"], actions, context),
            probes=probes,
            actions=tuple(actions[name] for name in usable),
            afterwards=self._marked(
                read_afterwards, nodes["afterwards"], known, taken, socket, usable, _present(probes), context
            ),
            examples=_examples(nodes["examples"], context),
            alone=_alone(nodes["alone"], context) or client.restarts,
            only_if=read_only_if(nodes["only_if"], _present(probes), context.problems),
        )

    def _marked(self, read: Callable[..., _Read], *arguments: object) -> _Read:
        """What is read with these arguments and, the last, marks; those are of the case then."""
        found, marks = self._context.readings.once(_with_marks, read, *arguments)
        self._marks.add(marks)
        return found

    def _finished(self, case: Case, off: Node | None) -> Case:
        """The case without what it leaves out, and with what is said of the clauses that it has."""
        self.clauses = case.clauses
        self.off = read_off(off, self._context.problems)
        left = without(case, self.off)
        clauses, marks = frozenset(left.clauses), self._marks
        excused = {clause: reason for clause, reason in marks.excused.items() if clause in clauses}
        return left._replace(should=clauses & marks.should, excused=excused)


def _with_marks(read: Callable[..., _Read], *arguments: object) -> tuple[_Read, Marks]:
    marks = Marks()
    return read(*arguments, marks), marks


def _answer(node: Node, prefix: str, early: tuple[str, ...], context: Context, marks: Marks) -> Answer:
    """What is promised of the answer, with the names that are known before there is one."""
    relations = RelationReader(context, marks, context.environment(*early, prefix))
    return read_answer(node, prefix, context.environment(*early), relations)


def _present(probes: tuple[Probe, ...]) -> tuple[str, ...]:
    """The names of the probes that say whether something is there at all."""
    return tuple(probe.name for probe in probes if probe.present)


def _without_afterwards(refused: Node | None) -> tuple[Node | None, Node | None]:
    """What is promised of a refusal, and what is asked after it."""
    if not isinstance(refused, Mapping) or "afterwards" not in refused.entries:
        return refused, None
    left = {key: entry for key, entry in refused.entries.items() if key != "afterwards"}
    return Mapping(left, refused.span), refused.entries["afterwards"][1]


def _without_socket(client: Node | None, prefix: str) -> Node | None:
    """What is left of `client` in a case that has no socket; what it shares with other cases may say more."""
    if not isinstance(client, Mapping):
        return client
    moments = (REQUEST,) if prefix == REFUSED else (REQUEST, ACCEPTED)
    entries_left = {key: entry for key, entry in client.entries.items() if key not in _OF_A_CONNECTION}
    if "act" in entries_left:
        span, acts = entries_left["act"]
        if isinstance(acts, Mapping):
            kept = {name: entry for name, entry in acts.entries.items() if _moment(entry[1]) in moments}
            entries_left["act"] = (span, Mapping(kept, acts.span))
    return Mapping(entries_left, client.span)


def _moment(act: Node) -> object:
    at = act.entries.get("at") if isinstance(act, Mapping) else None
    return plain(at[1]) if at is not None else ACCEPTED


def _examples(node: Node | None, context: Context) -> int | None:
    """At most how many examples of a case are drawn."""
    if node is None:
        return None
    value = plain(node)
    if type(value) is not int or value < 1:
        context.problems.add(node.span, f"examples: a number from 1 is expected; found {kind_of(node)}")
        return None
    return value


def _alone(node: Node | None, context: Context) -> bool:
    """Whether no other example may run beside one of a case."""
    value = plain(node) if node is not None else False
    if node is not None and not isinstance(value, bool):
        context.problems.add(node.span, f"alone is true or false; found {kind_of(node)}")
    return value is True


def _hints(node: Node | None, context: Context) -> dict[str, str]:
    found = {}
    for key, span, value in entries(node, "'hints'", context.problems):
        if key not in HINT_KEYS:
            context.problems.unknown(span, "class of failure", key, HINT_KEYS)
        found[key] = text(value, f"{key!r}", context.problems)
    return {key: value for key, value in found.items() if value is not None}
