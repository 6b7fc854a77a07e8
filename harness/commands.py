"""What the commands of the command line do."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import threading
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis.configuration import set_hypothesis_home_dir

from harness.contract.loading import bundled_contracts, load
from harness.contract.problems import ContractError, did_you_mean
from harness.errors import HarnessError
from harness.inputs import registry
from harness.reporting.console import ConsoleReport, PipeConsole
from harness.runner.drive import Services
from harness.runner.record import Recorder
from harness.runner.replay import Replay, read_replay, write_replay
from harness.runner.run import Run, Settings, UnreachableError
from harness.targets.budget import Pause
from harness.targets.reference import reference_server
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from harness.trace.verdicts import Verdict
from harness.transport.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.contract.model import Case, Contract
    from harness.contract.problems import Problem
    from harness.runner.results import Failure, RunResult

TARGET_JOBS = 20
BACKSTOP = 15.0
LAST_MOMENT = 1.2
FAILURES = Path(".harness") / "failures"
HYPOTHESIS = Path(".harness") / "hypothesis"
EXIT = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.ERROR: 2, Verdict.INCONCLUSIVE: 3}
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked `harness run` for."""

    contracts: tuple[Path, ...]
    target: str | None
    cases: tuple[str, ...]
    headers: tuple[str, ...]
    faults: tuple[str, ...]
    examples: int
    concurrency: int
    max_jobs: int | None
    seed: str
    timeout: float
    record: Path | None = None


def run_contracts(options: Options) -> int:
    """`harness run`; returns the exit status.

    Raises:
        HarnessError: the usage or a contract is wrong.
    """
    if options.target and options.faults:
        raise HarnessError("--fault is for the bundled server; leave out --target, or start the target with the fault")
    contracts = load_contracts(options.contracts)
    session = _Session(options.target, options.headers, options.faults, contracts, options.record)
    cases = select(contracts, options.cases)
    jobs = options.max_jobs if options.max_jobs or not options.target else TARGET_JOBS
    settings = Settings(options.examples, options.concurrency, jobs, _seed(options.seed), options.timeout)
    return session.judge(cases, settings)


def replay_failure(file: Path, target: str | None, headers: tuple[str, ...], timeout: float) -> int:
    """`harness replay`; returns the exit status.

    Raises:
        HarnessError: the file, its contract or the usage is wrong.
    """
    replay = read_replay(file)
    contracts = load_contracts((replay.contract,))
    (case,) = select(contracts, (replay.case,))
    faults = replay.faults if target is None else ()
    session = _Session(target or replay.target, headers, faults, contracts)
    return session.judge([case], Settings(examples=1, timeout=timeout), replay)


def serve_reference(arguments: Sequence[str]) -> int:
    """`harness serve`; returns the server's exit status."""
    try:
        return subprocess.run([sys.executable, "-P", "-m", "reference_server", *arguments], check=False).returncode
    except KeyboardInterrupt:
        return INTERRUPTED


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
            raise HarnessError(f"no case is called {name!r}; {did_you_mean(name, known)}")
    return [case for case in cases if case.name in names or case.full_name in names]


class _Session:
    """One use of the harness: a target, its secrets and the console."""

    def __init__(
        self,
        target: str | None,
        headers: Sequence[str],
        faults: Sequence[str],
        contracts: Sequence[Contract],
        record: Path | None = None,
    ) -> None:
        self._secrets = Secrets()
        self._headers = dict(self._secrets.header(line, os.environ) for line in headers)
        if target is not None:
            make_target(target, self._headers)
        self._target = target
        self._faults = tuple(faults)
        self._files = {contract.name: Path(contract.file) for contract in contracts}
        self._console = PipeConsole(soft_wrap=True)
        self._unwritable = False
        redact, files = self._secrets.redact_json, self._files
        self._recorder = Recorder(record, files, redact, self._warn) if record is not None else None

    def judge(self, cases: Sequence[Case], settings: Settings, replay: Replay | None = None) -> int:
        """Run the cases and tell the outcome; returns the exit status."""
        backstop = threading.Timer(settings.timeout + BACKSTOP, _end_now, (EXIT[Verdict.INCONCLUSIVE],))
        backstop.daemon = True
        backstop.start()
        set_hypothesis_home_dir(HYPOTHESIS)  # its caches; by default a folder of its own
        report = ConsoleReport(self._console, self._secrets.redact)
        try:
            result = asyncio.run(self._run(cases, settings, report, replay))
        except UnreachableError as error:
            told = f"harness: {error}. Nothing was judged; this says nothing of your change.\n"
            sys.stderr.write(self._secrets.redact(told))
            return EXIT[Verdict.INCONCLUSIVE]
        except HarnessError as error:
            raise HarnessError(self._secrets.redact(str(error))) from None
        except KeyboardInterrupt:
            sys.stderr.write("harness: interrupted before anything was judged\n")
            return INTERRUPTED
        finally:
            report.close()
            backstop.cancel()
        if replay is not None and result.verdict is Verdict.PASSED:
            told = f"{replay.clause} holds now: the failure does not show again"
            self._console.print(self._secrets.redact(told), highlight=False, markup=False)
        return INTERRUPTED if result.interrupted else EXIT[result.verdict]

    async def _run(
        self, cases: Sequence[Case], settings: Settings, report: ConsoleReport, replay: Replay | None
    ) -> RunResult:
        async with AsyncExitStack() as stack:
            url = self._target
            if url is None:
                url = await stack.enter_async_context(reference_server(self._faults))
            services = Services(make_target(url, self._headers), Clock(), registry(), Pause())
            spec = replay.spec if replay is not None else None
            run = Run(cases, services, settings, report, self._keep, spec, self._recorder)
            result = await run.run()
            report.finish(result)
            if result.interrupted:
                _end_soon()
        return result

    def _warn(self, told: str) -> None:
        sys.stderr.write(self._secrets.redact(f"harness: {told}\n"))

    def _keep(self, failure: Failure) -> str:
        contract = self._files[failure.case.contract]
        try:
            path = write_replay(failure, FAILURES, contract, self._faults, self._target, self._secrets)
        except OSError as error:
            if not self._unwritable:
                sys.stderr.write(f"harness: no replay files can be written here: {error}\n")
            self._unwritable = True
            return ""
        return path.as_posix()


def _seed(text: str) -> int | None:
    if text == "random":
        return random.SystemRandom().randrange(2**32)
    if text and not (text.isdecimal() and len(text) <= 20):
        raise HarnessError(f"--seed takes a number or 'random', not {text!r}")
    return int(text) if text else None


def _end_soon() -> None:
    """After Ctrl-C, whatever some thread still does, the process ends."""
    timer = threading.Timer(LAST_MOMENT, _end_now, (INTERRUPTED,))
    timer.daemon = True
    timer.start()


def _end_now(status: int) -> None:
    sys.stdout.flush()
    os._exit(status)
