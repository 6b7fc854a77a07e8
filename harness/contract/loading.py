"""Loading contracts: a file, read case by case into the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.context import Context
from harness.contract.fields import Fields, entries, text
from harness.contract.merging import merge
from harness.contract.model import Case, Contract
from harness.contract.problems import Problems
from harness.contract.read_request import read_answer, read_client, read_inputs, read_request
from harness.contract.read_socket import read_relations, read_socket, read_timed
from harness.contract.source import Mapping, Node, Scalar, kind_of, read_document
from harness.errors import HarnessError
from harness.trace.events import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from harness.contract.model import InputTypes, Relation, Socket
    from harness.contract.problems import Span
    from harness.temporal.deadlines import Deadline, Gap

LANGUAGE = 1
SUFFIX = ".contract.yaml"
_CASE_KEYS = ("inputs", "request", "accepted", "refused", "socket", "client", "deadlines", "always", "at_end", "hints")


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


def load(path: Path, input_types: InputTypes) -> Contract:
    """Read the contract in `path`.

    Raises:
        ContractError: with everything that is wrong in it.
    """
    shown = _shown(path)
    problems = Problems()
    root = read_document(path, shown)
    context = Context(path, shown, input_types, problems)
    contract = _read_contract(root, context)
    problems.raise_any()
    return contract


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _read_contract(root: Node, context: Context) -> Contract:
    problems = context.problems
    fields = Fields(root, "a contract", problems)
    _check_language(fields.need("language"), context)
    name_node = fields.need("contract")
    name = text(name_node, "'contract'", problems) if name_node else None
    title = fields.text("title")
    refusals, cases = fields.take("refusals"), fields.need("cases")
    for key in _CASE_KEYS:
        fields.take(key)
    fields.done()
    read: list[Case] = []
    if isinstance(root, Mapping):
        base = Mapping({key: entry for key, entry in root.entries.items() if key in _CASE_KEYS}, root.span)
        for case_name, span, changes in entries(cases, "'cases'", problems):
            case = _read_case(name or "", case_name, span, base, changes, refusals, context)
            if case is not None:
                read.append(case)
    if cases is not None and not read and not problems.found:
        problems.add(cases.span, "a contract needs at least one case", "for example cases: {works: {}}")
    return Contract(name or "", title or name or "", context.shown, tuple(read))


def _check_language(node: Node | None, context: Context) -> None:
    if node is not None and (not isinstance(node, Scalar) or node.value != LANGUAGE):
        message = f"language: {LANGUAGE} is what this version reads; found {kind_of(node)}"
        hint = "a newer language needs a newer after202: pip install --upgrade after202"
        context.problems.add(node.span, message, hint)


def _read_case(
    contract: str, name: str, span: Span, base: Mapping, changes: Node, refusals: Node | None, context: Context
) -> Case | None:
    if not isinstance(changes, Mapping):
        context.problems.add(
            changes.span, f"a case is a map of what differs; found {kind_of(changes)}", "{} for nothing"
        )
        return None
    refused = "refused" in changes.entries
    if refused and refusals is not None:
        promised = merge(refusals, changes.entries["refused"][1])
        changes = Mapping({**changes.entries, "refused": (span, promised)}, changes.span)
    return _read_merged(contract, name, Fields(merge(base, changes), "a case", context.problems), refused, context)


def _read_merged(contract: str, name: str, fields: Fields, refused: bool, context: Context) -> Case | None:
    nodes = {key: fields.need(key) if key == "request" else fields.take(key) for key in _CASE_KEYS}
    fields.done()
    inputs, fresh = read_inputs(nodes["inputs"], context)
    names = (*inputs, *fresh)
    prefix = REFUSED if refused else ACCEPTED
    request, answer = nodes["request"], nodes[prefix]
    if answer is None:
        context.problems.add(fields.span, f"case {name!r} needs 'accepted' or 'refused'")
    if request is None or answer is None:
        return None
    read_answer_ = read_answer(answer, prefix, names, context)
    client = read_client(nodes["client"], context)
    socket: Socket | None = None
    timed: tuple[Deadline | Gap, ...] = ()
    relations: tuple[Relation, ...] = ()
    if not refused and nodes["socket"] is not None:
        socket = read_socket(nodes["socket"], names, context)
        timed = read_timed(nodes["deadlines"], socket, context)
        relations = read_relations(nodes["always"], nodes["at_end"], names, socket, context)
        if client.before_request and ACCEPTED in socket.connect.roots:
            message = f"case {name!r} connects before the request, but the socket's address needs its answer"
            context.problems.add(nodes["socket"].span, message)
    return Case(
        contract, name, context.shown, inputs, fresh, read_request(request, names, context), read_answer_,
        socket, timed, relations, client, _hints(nodes["hints"], context),
    )  # fmt: skip


def _hints(node: Node | None, context: Context) -> dict[str, str]:
    found = {
        key: text(value, f"{key!r}", context.problems) for key, _, value in entries(node, "'hints'", context.problems)
    }
    return {key: value for key, value in found.items() if value is not None}
