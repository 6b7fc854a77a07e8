"""What `harness list` does: contracts, cases, clauses and groups by name, and a case with all that it inherits."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.authoring.yaml_text import Lines
from harness.contract.files import file_of
from harness.contract.garbage import left_alone
from harness.contract.lint import errors
from harness.contract.loading import LANGUAGE, bundled_contracts, read
from harness.contract.problems import ContractError, did_you_mean
from harness.contract.read_case import SHARED_KEYS
from harness.contract.source import Mapping, plain
from harness.contract.source import Sequence as SequenceNode
from harness.errors import HarnessError
from harness.inputs import registry
from harness.trace.events import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.contract.loaded import Loaded
    from harness.contract.model import Case, Contract, Relation
    from harness.contract.problems import Problem
    from harness.contract.source import Node
    from harness.trace.events import Json

VERSION = 1
"""Of the JSON that `--json` prints."""
COLUMN = 48


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What the user asked `harness list` for."""

    contracts: tuple[Path, ...] = ()
    resolved: str = ""
    as_json: bool = False


def list_contracts(options: ListOptions) -> int:
    """`harness list`; returns the exit status.

    Raises:
        ContractError: with everything that is wrong in the contracts.
        HarnessError: no case, or more than one, is called so.
    """
    loaded = read_all(options.contracts or bundled_contracts())
    if options.resolved:
        which, case = _find(loaded, options.resolved)
        resolved = resolve(which, case)
        told = _json(resolved) if options.as_json else _resolved_text(which, case, resolved)
    elif options.as_json:
        told = _json({"version": VERSION, "contracts": [as_json(one.contract) for one in loaded]})
    else:
        told = "\n".join(as_text(one.contract) for one in loaded)
    sys.stdout.write(told)
    return 0


@left_alone()
def read_all(paths: Iterable[Path]) -> list[Loaded]:
    """Read contracts, each with its cases written out.

    Raises:
        ContractError: with everything that is wrong in them.
    """
    types = registry()
    problems: list[Problem] = []
    found: list[Loaded] = []
    for path in dict.fromkeys(paths):
        try:
            loaded = read(path, types)
        except ContractError as error:
            problems += error.problems
            continue
        problems += errors(loaded, types)
        found.append(loaded)
    if problems:
        raise ContractError(problems)
    return found


def resolve(loaded: Loaded, case: Case) -> Json:
    """A contract with this one case, in which nothing is inherited any more."""
    merged = _written_out(loaded.merged[case.name], Path(loaded.contract.file).resolve().parent)
    title = {"title": loaded.contract.title} if loaded.contract.title != loaded.contract.name else {}
    shared = {key: value for key, value in merged.items() if key in SHARED_KEYS}
    differs = {key: value for key, value in merged.items() if key not in SHARED_KEYS}
    head = {"language": LANGUAGE, "contract": loaded.contract.name, **title}
    return {**head, **shared, "cases": {case.name: differs}}


def _written_out(node: Node, folder: Path) -> Json:
    """The node's value; a reference to a file that stands in another folder is one from `folder`."""
    match node:
        case Mapping():
            return {
                key: _from(folder, value) if key == "$ref" else _written_out(value, folder) for key, _, value in node
            }
        case SequenceNode(items, _):
            return [_written_out(item, folder) for item in items]
        case _:
            return plain(node)


def _from(folder: Path, node: Node) -> Json:
    own = file_of(node.span).parent
    name, mark, keys = str(plain(node)).partition("#")
    if own == folder or not name or not isinstance(plain(node), str) or "://" in name:
        return plain(node)
    return Path(os.path.relpath(own / name, folder)).as_posix() + mark + keys


def as_text(contract: Contract) -> str:
    """A contract's cases, clauses and groups, for people."""
    lines = [f"{contract.name}  {contract.title}  {contract.file}", "  cases"]
    lines += [_row(case.name, _expects(case)) for case in contract.cases]
    lines.append("  clauses")
    groups, should = _groups(contract), _should(contract)
    for clause, cases in _clauses(contract).items():
        remarks = [f"group {group}" for group, clauses in groups.items() if clause in clauses]
        remarks += ["should"] * (clause in should)
        lacking = _lacking(contract, cases)
        if lacking:
            few = len(lacking) <= len(cases)
            remarks.append(f"not in {', '.join(lacking)}" if few else f"only in {', '.join(cases)}")
        lines.append(_row(clause, ", ".join(remarks)))
    if groups:
        lines.append("  groups")
        lines += [_row(group, ", ".join(clauses)) for group, clauses in groups.items()]
    return "".join(f"{line}\n" for line in lines)


def as_json(contract: Contract) -> Json:
    """A contract's cases, clauses and groups, for programs."""
    should = _should(contract)
    return {
        "name": contract.name,
        "title": contract.title,
        "file": contract.file,
        "cases": [
            {"name": case.name, "full_name": case.full_name, "refused": case.answer.prefix == REFUSED}
            for case in contract.cases
        ],
        "clauses": [
            {
                "name": clause,
                "full_name": f"{contract.name}/{clause}",
                "level": "should" if clause in should else "must",
                "groups": [group for group, clauses in _groups(contract).items() if clause in clauses],
                "cases": cases,
            }
            for clause, cases in _clauses(contract).items()
        ],
        "groups": _groups(contract),
    }


def _lacking(contract: Contract, cases: list[str]) -> list[str]:
    """The cases that lack a clause which others of their sort have: those that are accepted, or those refused."""
    sorts = {case.answer.prefix for case in contract.cases if case.name in cases}
    return [case.name for case in contract.cases if case.answer.prefix in sorts and case.name not in cases]


def _find(loaded: Sequence[Loaded], name: str) -> tuple[Loaded, Case]:
    found = [(one, case) for one in loaded for case in one.contract.cases if name in (case.name, case.full_name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(case.full_name for _, case in found)
        raise HarnessError(f"there are {names}; say which with --resolved CONTRACT/CASE")
    known = [case.full_name if "/" in name else case.name for one in loaded for case in one.contract.cases]
    raise HarnessError(f"no case is called {name!r}; {did_you_mean(name, known)}")


def _resolved_text(loaded: Loaded, case: Case, resolved: Json) -> str:
    lines = Lines()
    lines.comment(0, f"{case.full_name} with all that it inherits. {loaded.contract.file} says it shorter; paths in")
    lines.comment(0, "$ref start at the folder of that file.")
    lines.nested(0, resolved)
    return lines.text


def _clauses(contract: Contract) -> dict[str, list[str]]:
    """The clauses, each with the names of the cases that have it."""
    found: dict[str, list[str]] = {}
    for case in contract.cases:
        for clause in case.clauses:
            found.setdefault(clause, []).append(case.name)
    return found


def _groups(contract: Contract) -> dict[str, list[str]]:
    """The groups, each with its clauses."""
    found: dict[str, dict[str, None]] = {}
    for case in contract.cases:
        for relation in _relations(case):
            if relation.group:
                found.setdefault(relation.group, {})[relation.clause] = None
    return {group: list(clauses) for group, clauses in found.items()}


def _relations(case: Case) -> Iterable[Relation]:
    promises = [aside.promise for aside in case.judged_asides if aside.promise is not None]
    return (*case.answer.relations, *case.relations, *(one for promise in promises for one in promise.relations))


def _should(contract: Contract) -> frozenset[str]:
    return frozenset[str]().union(*(case.should for case in contract.cases))


def _expects(case: Case) -> str:
    return f"refused with {' or '.join(map(str, case.answer.statuses))}" if case.answer.prefix == REFUSED else ""


def _row(name: str, remark: str) -> str:
    return f"    {name:<{COLUMN}}  {remark}".rstrip()


def _json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
