"""Loading contracts: a file, read case by case into the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.context import Context
from harness.contract.fields import Fields, check_title, entries, is_variable, text
from harness.contract.language import LANGUAGE, check_language
from harness.contract.lint import errors
from harness.contract.loaded import Loaded
from harness.contract.merging import merge
from harness.contract.model import Case, Contract
from harness.contract.off import check_off
from harness.contract.problems import ContractError, Problem, Problems, case_of
from harness.contract.read_case import SHARED_KEYS, CaseReader
from harness.contract.read_request import RESERVED
from harness.contract.sharing import Sharing
from harness.contract.source import Mapping, Node, kind_of, read_document, shown
from harness.contract.templates import no_such_name
from harness.errors import HarnessError
from harness.expressions.cel import environment

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from harness.contract.drawn import InputTypes
    from harness.contract.problems import Span

__all__ = ["LANGUAGE", "SUFFIX", "bundled_contracts", "load", "read"]

SUFFIX = ".contract.yaml"
NAMING_KEYS = ("inputs", "before", "actions", "afterwards")
"""Of what these maps have, expressions know the names."""


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
    problems = Problems()
    root = read_document(path, shown(path))
    if isinstance(root, Mapping) and "language" in root.entries:
        check_language(root.entries["language"][1])
    context = Context(path, shown(path), input_types, problems)
    context.files.know(context.path, root)
    sharing = Sharing(context.files, problems)
    whole = sharing.whole(root, context.path)
    told = len(problems.found)
    contract = _read_contract(whole, context)
    problems.found[told:] = [problem for problem in problems.found[told:] if problem.span not in sharing.broken]
    return Loaded(contract, context.merged, tuple(problems.found), tuple(context.schemas))


def _read_contract(root: Node, context: Context) -> Contract:
    problems = context.problems
    fields = Fields(root, "a contract", problems)
    fields.need("language")
    name_node = fields.need("contract")
    name = text(name_node, "'contract'", problems) if name_node else None
    if name_node is not None and name is not None:
        check_title(name, "a contract", name_node.span, problems)
    title = fields.text("title")
    refusals, cases = fields.take("refusals"), fields.need("cases")
    for key in ("based_on", *SHARED_KEYS):
        fields.take(key)
    fields.done()
    entries(refusals, "'refusals'", problems)
    environment(_names(root)).prepare()
    cases_read = _Cases(name or "", root, refusals, context) if isinstance(root, Mapping) else None
    read = cases_read.read(cases) if cases_read is not None else ()
    if cases is not None and not read and not problems.found:
        problems.add(cases.span, "a contract needs at least one case", "for example cases: {works: {}}")
    return Contract(name or "", title or name or "", context.shown, read)


def _names(root: Node) -> frozenset[str]:
    """The names that expressions may use, those of all cases together."""
    cases = _entries(root, "cases").values()
    found = {
        name for node in (root, *(case for _, case in cases)) for key in NAMING_KEYS for name in _entries(node, key)
    }
    return RESERVED.union(filter(is_variable, found))


def _entries(node: Node, key: str) -> dict[str, tuple[Span, Node]]:
    """What the map at this key of a map has; nothing, if it is none."""
    inner = node.entries[key][1] if isinstance(node, Mapping) and key in node.entries else None
    return inner.entries if isinstance(inner, Mapping) else {}


def _with_removal(problem: Problem, case: str, removed: AbstractSet[str]) -> Problem:
    """The problem; of a name that the contract has, and that this case took away, with the case that did."""
    for name in removed:
        if problem.message == no_such_name(name):
            hint = f"the case {case!r} removes the input {name!r}: there, remove or replace what uses it, too"
            return problem._replace(hint=hint)
    return problem


class _Cases:
    """Reads the cases of one contract."""

    def __init__(self, contract: str, root: Mapping, refusals: Node | None, context: Context) -> None:
        self._contract = contract
        self._base = Mapping({key: entry for key, entry in root.entries.items() if key in SHARED_KEYS}, root.span)
        self._refusals = refusals
        self._context = context
        self._clauses: set[str] = set()
        self._off: dict[str, Span] = {}
        self._lacking: dict[Problem, list[str]] = {}

    def read(self, node: Node | None) -> tuple[Case, ...]:
        """The cases, but for those that cannot be read at all."""
        problems = self._context.problems
        found = (self._case(name, changes) for name, _, changes in entries(node, "'cases'", problems, "a case"))
        read = tuple(case for case in found if case is not None)
        check_off(self._off, self._clauses, problems)
        for (span, message, hint), names in self._lacking.items():
            problems.add(span, f"{case_of(names)} {message}", hint)
        return read

    def _case(self, name: str, changes: Node) -> Case | None:
        problems = self._context.problems
        if not isinstance(changes, Mapping):
            problems.add(changes.span, f"a case is a map of what differs; found {kind_of(changes)}", "{} for nothing")
            return None
        refused = "refused" in changes.entries
        if refused and self._refusals is not None:
            key_span, own = changes.entries["refused"]
            changes = Mapping({**changes.entries, "refused": (key_span, merge(self._refusals, own))}, changes.span)
        reader = CaseReader(self._contract, name, self._context)
        merged = merge(self._base, changes)
        if isinstance(merged, Mapping):
            self._context.merged[name] = merged
        told = len(problems.found)
        case = reader.read(merged, refused=refused)
        removed = _entries(self._base, "inputs").keys() - _entries(merged, "inputs").keys()
        problems.found[told:] = [_with_removal(problem, name, removed) for problem in problems.found[told:]]
        for problem in reader.lacking:
            self._lacking.setdefault(problem, []).append(name)
        if case is not None and "off" in changes.entries:
            check_off(reader.off, reader.clauses, problems)
        else:  # what all cases leave out must be a clause of one of them
            self._off |= reader.off
            self._clauses.update(reader.clauses)
        return case
