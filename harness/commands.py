"""What the commands of the command line do."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.contract.garbage import left_alone
from harness.contract.loading import bundled_contracts, load
from harness.contract.off import without
from harness.contract.problems import ContractError, did_you_mean, nearest
from harness.errors import HarnessError
from harness.inputs import registry
from harness.reporting.plan import plan_lines
from harness.reporting.tally import INTERRUPTED
from harness.runner.planning import plan
from harness.runner.replay import read_replay
from harness.runner.settings import CONFIRM_SECONDS, Settings, Shrinking
from harness.session import Asked, Session
from harness.targets.budget import RATE_FORM, Rate, parse_rate
from harness.targets.target import Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from harness.contract.model import Case, Contract
    from harness.contract.problems import Problem

TARGET_JOBS = 20
EXAMPLES = 6
CONCURRENCY = 8
CONCURRENCY_ON_LOOPBACK = 32
MOST_LISTED = 24


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked `harness run` for; None where the target file, or else a default, decides."""

    asked: Asked = field(default_factory=Asked)
    contracts: tuple[Path, ...] = ()
    cases: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    examples: int | None = None
    concurrency: int | None = None
    max_jobs: int | None = None
    rate: str = ""
    seed: str = ""
    timeout: float = 600.0
    dry_run: bool = False
    shrinking: Shrinking = field(default_factory=Shrinking)
    confirm_seconds: float = CONFIRM_SECONDS
    strict: bool = False
    fresh: bool = False


def run_contracts(options: Options) -> int:
    """`harness run`; returns the exit status.

    Raises:
        HarnessError: the usage, the target file or a contract is wrong.
    """
    asked = options.asked
    if asked.target and asked.faults:
        raise HarnessError("--fault is for the bundled server; leave out --target, or start the target with the fault")
    rate = _rate(options.rate)
    contracts = load_contracts(options.contracts)
    session = Session(asked, contracts)
    cases = only_clauses(select(contracts, options.cases), options.clauses)
    if options.contracts and asked.target is None:
        session.warn("no --target, so the bundled reference server is judged")
    target = session.target or Target("")
    if rate is not None:
        session.target = target = replace(target, rate=rate)
    settings = settings_of(options, target)
    budget = options.max_jobs or target.jobs or (TARGET_JOBS if asked.target else None)
    if options.dry_run:
        can_restart = asked.target is None or target.restart is not None
        planned = plan(cases, settings, target, budget, registry(), can_restart=can_restart)
        session.tell(plan_lines(planned, target if asked.target else None))
        return 0
    return session.judge(cases, settings, budget)


def settings_of(options: Options, target: Target) -> Settings:
    """How the run is done: as asked, else as the target file says.

    Raises:
        HarnessError: the seed is none.
    """
    return Settings(
        options.examples or target.examples or EXAMPLES,
        options.concurrency or target.concurrency or _concurrency(target),
        _seed(options.seed),
        options.timeout,
        shrinking=options.shrinking,
        confirm_seconds=options.confirm_seconds,
        strict=options.strict,
        fresh=options.fresh or bool(options.clauses),  # what failed elsewhere is neither tried nor forgotten
    )


def replay_failure(file: Path, asked: Asked, timeout: float) -> int:
    """`harness replay`; returns the exit status.

    Raises:
        HarnessError: the file, its contract or the usage is wrong.
    """
    replay = read_replay(file)
    contracts = load_contracts((replay.contract,))
    (case,) = select(contracts, (replay.case,))
    faults = replay.faults if asked.target is None else ()
    session = Session(replace(asked, target=asked.target or replay.target, faults=faults), contracts)
    settings = Settings(examples=1, timeout=timeout, investigate=False)
    return session.judge([case], settings, None, replay)


def serve_reference(arguments: Sequence[str]) -> int:
    """`harness serve`; returns the server's exit status, where this process does not become the server itself."""
    command = [sys.executable, "-P", "-m", "reference_server", *arguments]
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(sys.executable, command)  # so that every signal reaches the server
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return INTERRUPTED


@left_alone()
def load_contracts(paths: Iterable[Path]) -> list[Contract]:
    """Load contracts, or the bundled ones if there are none; the problems of all are told in one go.

    Raises:
        ContractError: with every problem of every file.
        HarnessError: two contracts have one name.
    """
    contracts: dict[str, Contract] = {}
    problems: list[Problem] = []
    for path in tuple(paths) or bundled_contracts():
        try:
            contract = load(path, registry())
        except ContractError as error:
            problems.extend(error.problems)
            continue
        if contract.name in contracts:
            other = contracts[contract.name].file
            raise HarnessError(f"{other} and {contract.file} are both called {contract.name!r}: rename one")
        contracts[contract.name] = contract
    if problems:
        raise ContractError(problems)
    return list(contracts.values())


def select(contracts: Sequence[Contract], names: Sequence[str]) -> list[Case]:
    """The cases of these names, `NAME` or `CONTRACT/NAME`; all of them if there are no names.

    Raises:
        HarnessError: no case has one of the names.
    """
    cases = [case for contract in contracts for case in contract.cases]
    if not names:
        return cases
    for name in names:
        if not any(name in (case.name, case.full_name) for case in cases):
            known = {case.full_name if "/" in name else case.name for case in cases}
            raise HarnessError(f"no case is called {name!r}; {_near(name, known)}")
    return [case for case in cases if case.name in names or case.full_name in names]


def only_clauses(cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """The cases that have a clause of these names, without the clauses that have another one.

    A name is `CLAUSE`, `CONTRACT/CLAUSE` or a group's; what all others rest on, such as the order, stays in every case.
    All cases, whole, if there are no names.

    Raises:
        HarnessError: no clause and no group has one of the names.
    """
    if not names:
        return list(cases)
    known = {name for case in cases for names_of in _clause_names(case).values() for name in names_of}
    for name in names:
        if name not in known:
            raise HarnessError(f"no clause and no group of these cases is called {name!r}; {_near(name, known)}")
    asked = set(names)
    found = []
    for case in cases:
        others = {clause for clause, names_of in _clause_names(case).items() if not asked & names_of}
        if len(others) < len(case.clauses):
            found.append(without(case, others))
    return found


def _near(name: str, known: Collection[str]) -> str:
    """What is called nearly so; all that there is, if that is not too much to be read."""
    if len(known) <= MOST_LISTED:
        return did_you_mean(name, known)
    return f"`harness list` names them all. {nearest(name, known)}".rstrip()


def _clause_names(case: Case) -> dict[str, set[str]]:
    """By what each clause of the case can be asked for."""
    names = {clause: {clause, f"{case.contract}/{clause}"} for clause in case.clauses}
    for relation in case.relations:
        names[relation.clause] |= {relation.group} - {""}
    return names


def _concurrency(target: Target) -> int:
    """Examples at a time, where nobody says: more if nobody else's machine has to bear them."""
    return CONCURRENCY_ON_LOOPBACK if target.on_loopback else CONCURRENCY


def _rate(text: str) -> Rate | None:
    rate = parse_rate(text) if text else None
    if text and rate is None:
        raise HarnessError(f"--rate takes {RATE_FORM}; not {text!r}")
    return rate


def _seed(text: str) -> int | None:
    if text == "random":
        return random.SystemRandom().randrange(2**32)
    if text and not (text.isdecimal() and len(text) <= 20):
        raise HarnessError(f"--seed takes a number or 'random', not {text!r}")
    return int(text) if text else None
