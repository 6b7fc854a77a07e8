"""What `harness check` does: recorded traces judged again, with today's contracts and no network."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.commands import load_contracts, select
from harness.contract.problems import ContractError, did_you_mean
from harness.errors import HarnessError
from harness.inputs import registry
from harness.reporting.checks import CheckReport
from harness.reporting.console import PipeConsole
from harness.reporting.tally import EXIT
from harness.runner.check import check, read_trace
from harness.runner.record import SUFFIX
from harness.runner.replay import contract_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.contract.model import Case, Contract
    from harness.runner.check import Checked
    from harness.trace.events import Json
    from harness.trace.ndjson import Trace


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the user asked `harness check` for."""

    traces: tuple[Path, ...]
    contract: Path | None = None
    case: str = ""
    inputs: tuple[str, ...] = ()
    strict: bool = False


def check_traces(options: CheckOptions) -> int:
    """`harness check`; returns the exit status.

    A trace that cannot be judged is told, and the others are judged all the same.

    Raises:
        HarnessError: the usage is wrong, or the contract of `--contract`.
    """
    given = dict(_given(text) for text in options.inputs)
    checker = _Checker(options, given)
    report = CheckReport(PipeConsole(soft_wrap=True))
    told: set[str] = set()
    for path in _files(options.traces):
        try:
            checked = checker.check(path)
        except HarnessError as error:
            report.error()
            what = str(error.__cause__) if isinstance(error.__cause__, ContractError) else str(error)
            if what not in told:  # many traces may have one contract that is wrong
                sys.stdout.flush()
                sys.stderr.write(f"harness: {error}\n")
            told.add(what)
        else:
            report(checked)
    return EXIT[report.finish(checker.cases)]


class _Checker:
    """Judges one file after another; each contract is loaded once."""

    def __init__(self, options: CheckOptions, given: Mapping[str, Json]) -> None:
        self._registry = registry()
        self._given = given
        self._case = options.case
        self._strict = options.strict
        self._loaded: dict[Path, Contract | HarnessError] = {}
        self._contract = self._load(options.contract) if options.contract is not None else None

    @property
    def cases(self) -> list[str]:
        """The full names of all cases that there are, those of one contract as it has them."""
        contracts = [one for one in self._loaded.values() if not isinstance(one, HarnessError)]
        ordered = sorted(contracts, key=lambda one: one.file)
        return [case.full_name for contract in ordered for case in contract.cases]

    def check(self, path: Path) -> Checked:
        """Judge one file.

        Raises:
            HarnessError: it, or its contract, cannot be used.
        """
        if path.is_dir():
            raise HarnessError(f"{path}: there is no trace (*{SUFFIX}) in this folder")
        trace = read_trace(path)
        case = self._case_of(trace, path)
        case = case._replace(should=frozenset()) if self._strict else case
        self._refuse_unknown_inputs(case)
        try:
            return check(trace, str(path), case, self._registry, self._given)
        except HarnessError as error:
            raise HarnessError(f"{path}: {error}") from error
        except Exception as error:  # what a file says may be anything; told with its type, as what it is
            raise HarnessError(f"{path}: it cannot be judged: {type(error).__name__}: {error}") from error

    def _case_of(self, trace: Trace, path: Path) -> Case:
        header = trace.header
        try:
            if self._contract is not None:
                contract = self._contract
            elif header is not None:
                contract = self._load(contract_path(header.contract))
            else:
                raise HarnessError("it does not say what it is a recording of: add --contract FILE --case NAME")
            name = self._case or (header.case if header is not None else "")
            if not name and len(contract.cases) > 1:
                names = ", ".join(case.name for case in contract.cases)
                raise HarnessError(f"add --case NAME; {contract.file} has {names}")
            return select([contract], [name] if name else [])[0]
        except ContractError as error:
            hint = f"(the contract that {path} names; with --contract FILE it is judged by another)"
            raise HarnessError(f"{error}\n  {hint}") from error
        except HarnessError as error:
            raise HarnessError(f"{path}: {error}") from error

    def _load(self, path: Path) -> Contract:
        if path not in self._loaded:
            try:
                self._loaded[path] = load_contracts([path])[0]
            except HarnessError as error:
                self._loaded[path] = error
        loaded = self._loaded[path]
        if isinstance(loaded, HarnessError):
            raise loaded
        return loaded

    def _refuse_unknown_inputs(self, case: Case) -> None:
        known = (*case.inputs, *case.fresh)
        for name in self._given:
            if name not in known:
                raise HarnessError(f"--input: {case.full_name} has no input {name!r}; {did_you_mean(name, known)}")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files; for a folder, the traces in it by name."""
    for path in paths:
        yield from sorted(path.glob(f"*{SUFFIX}")) or [path] if path.is_dir() else [path]


def _given(text: str) -> tuple[str, Json]:
    name, equals, source = text.partition("=")
    try:
        value = json.loads(source)
    except (ValueError, RecursionError) as error:
        equals, value, problem = "", None, f" ({error})"
    else:
        problem = ""
    if not equals or not name.strip():
        raise HarnessError(f"--input takes NAME=JSON, for example --input rows=3, not {text!r}{problem}")
    return name.strip(), value
