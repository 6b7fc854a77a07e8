"""Loading contracts: a file, read case by case into the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.classes import HINT_KEYS
from harness.contract.context import Context
from harness.contract.fields import Fields, entries, text
from harness.contract.lint import errors
from harness.contract.merging import merge
from harness.contract.model import Case, Contract, Once
from harness.contract.problems import ContractError, Problem, Problems
from harness.contract.read_asides import Before, read_before, read_cleanup, read_probes
from harness.contract.read_request import declared, read_answer, read_client, read_inputs, read_request
from harness.contract.read_socket import read_relations, read_socket, read_timed
from harness.contract.source import Mapping, Node, Scalar, kind_of, read_document, shown
from harness.errors import HarnessError
from harness.trace.events import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from harness.contract.model import InputTypes, Relation, Socket
    from harness.temporal.deadlines import Deadline, Gap

LANGUAGE = 1
SUFFIX = ".contract.yaml"
_SHARED_KEYS = (
    "inputs", "before", "request", "accepted", "actions", "cleanup", "socket", "client", "deadlines", "always",
    "at_end", "probes", "hints",
)  # fmt: skip
_CASE_KEYS = (*_SHARED_KEYS, "refused")


def bundled_contracts() -> tuple[Path, ...]:
    """The contracts that travel with the harness, by name.

    In an installed distribution they are inside the package, in a checkout beside it.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "contracts", package.parent / "contracts"):
        found = sorted(folder.glob(f"*{SUFFIX}"))
        if found:
            return tuple(found)
    raise HarnessError("the bundled contracts are missing: install after202 again")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file is read as.

    Attributes:
        contract: with the cases that could be read.
        merged: each case as it is written out, whole, by its name.
        problems: everything that is wrong in it.
    """

    contract: Contract
    merged: Names[str, Mapping]
    problems: tuple[Problem, ...]


def load(path: Path, input_types: InputTypes) -> Contract:
    """Read the contract in `path`.

    Raises:
        ContractError: with everything that is wrong in it.
    """
    loaded = read(path, input_types)
    problems = errors(loaded, input_types)
    if problems:
        raise ContractError(problems)
    return loaded.contract


def read(path: Path, input_types: InputTypes) -> Loaded:
    """Read the contract in `path`, with what is wrong in it.

    Raises:
        ContractError: it cannot be read at all.
    """
    root = read_document(path, shown(path))
    context = Context(path, shown(path), input_types, Problems())
    contract = _read_contract(root, context)
    return Loaded(contract, context.merged, tuple(context.problems.found))


def _read_contract(root: Node, context: Context) -> Contract:
    problems = context.problems
    fields = Fields(root, "a contract", problems)
    _check_language(fields.need("language"))
    name_node = fields.need("contract")
    name = text(name_node, "'contract'", problems) if name_node else None
    title = fields.text("title")
    refusals, cases = fields.take("refusals"), fields.need("cases")
    for key in _SHARED_KEYS:
        fields.take(key)
    fields.done()
    entries(refusals, "'refusals'", problems)
    read: list[Case] = []
    if isinstance(root, Mapping):
        base = Mapping({key: entry for key, entry in root.entries.items() if key in _SHARED_KEYS}, root.span)
        for case_name, _, changes in entries(cases, "'cases'", problems):
            case = _read_case(name or "", case_name, base, changes, refusals, context)
            if case is not None:
                read.append(case)
    if cases is not None and not read and not problems.found:
        problems.add(cases.span, "a contract needs at least one case", "for example cases: {works: {}}")
    return Contract(name or "", title or name or "", context.shown, tuple(read))


def _check_language(node: Node | None) -> None:
    """Go on only with a language that is known: in another one, everything else may mean something else."""
    if node is None or (isinstance(node, Scalar) and type(node.value) is int and node.value == LANGUAGE):
        return
    message = f"language: {LANGUAGE} is what this version reads; found {kind_of(node)}"
    newer = isinstance(node, Scalar) and type(node.value) is int and node.value > LANGUAGE
    hint = "a newer language needs a newer after202: pip install --upgrade after202" if newer else ""
    raise ContractError([Problem(node.span, message, hint)])


def _read_case(
    contract: str, name: str, base: Mapping, changes: Node, refusals: Node | None, context: Context
) -> Case | None:
    if not isinstance(changes, Mapping):
        context.problems.add(
            changes.span, f"a case is a map of what differs; found {kind_of(changes)}", "{} for nothing"
        )
        return None
    refused = "refused" in changes.entries
    if refused and refusals is not None:
        key_span, own = changes.entries["refused"]
        changes = Mapping({**changes.entries, "refused": (key_span, merge(refusals, own))}, changes.span)
    merged = merge(base, changes)
    if isinstance(merged, Mapping):
        context.merged[name] = merged
    return _read_merged(contract, name, Fields(merged, "a case", context.problems), refused, context)


def _read_merged(contract: str, name: str, fields: Fields, refused: bool, context: Context) -> Case | None:
    nodes = {key: fields.need(key) if key == "request" else fields.take(key) for key in _CASE_KEYS}
    fields.done()
    inputs, fresh = read_inputs(nodes["inputs"], context)
    names = declared(nodes["inputs"])
    before = read_before(nodes["before"], nodes["inputs"], names, context)
    early, every = (*names, *before.early), (*names, *before.names)
    prefix = REFUSED if refused else ACCEPTED
    request, answer = nodes["request"], nodes[prefix]
    if answer is None:
        context.problems.add(fields.span, f"case {name!r} needs 'accepted' or 'refused'")
    if request is None or answer is None:
        return None
    client = read_client(nodes["client"], context)
    promised = _Promised()
    if not refused and nodes["socket"] is None:
        for key in ("deadlines", "always", "at_end"):
            node = nodes[key]
            if node is not None:
                context.problems.add(
                    node.span, f"case {name!r} has {key!r} but no 'socket' on which they could be judged"
                )
    elif not refused and nodes["socket"] is not None:
        promised = _promised(nodes, names, before, context)
    case = Case(
        contract, name, context.shown, inputs, fresh,
        read_request(request, early, context), read_answer(answer, prefix, early, context),
        promised.socket, promised.timed, promised.relations, client, _hints(nodes["hints"], context),
        before.steps if promised.socket else tuple(step for step in before.steps if step.once is not Once.CONNECTION),
        read_cleanup(nodes["actions"], nodes["cleanup"], (*every, ACCEPTED), context),
        read_probes(nodes["probes"], early, context),
    )  # fmt: skip
    if client.before_request and nodes["socket"] is not None and not case.can_connect_first:
        told = "the socket's address, a step before it or what it sends needs the answer"
        context.problems.add(nodes["socket"].span, f"case {name!r} connects before the request, but {told}")
    return case


@dataclass(frozen=True, slots=True)
class _Promised:
    """What a case promises of its socket; nothing if it has none."""

    socket: Socket | None = None
    timed: tuple[Deadline | Gap, ...] = ()
    relations: tuple[Relation, ...] = ()


def _promised(nodes: dict[str, Node | None], names: tuple[str, ...], before: Before, context: Context) -> _Promised:
    node = nodes["socket"]
    if node is None:
        return _Promised()
    socket = read_socket(node, names, before.names, context)
    timed = read_timed(nodes["deadlines"], socket, context)
    known = (*names, *before.names)
    return _Promised(socket, timed, read_relations(nodes["always"], nodes["at_end"], known, socket, context))


def _hints(node: Node | None, context: Context) -> dict[str, str]:
    found = {}
    for key, span, value in entries(node, "'hints'", context.problems):
        if key not in HINT_KEYS:
            context.problems.unknown(span, "class of failure", key, HINT_KEYS)
        found[key] = text(value, f"{key!r}", context.problems)
    return {key: value for key, value in found.items() if value is not None}
