"""One use of the harness: a target, its secrets, the console, and everything that is written down."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import traceback
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis.configuration import set_hypothesis_home_dir

from harness.errors import HarnessError
from harness.inputs import registry
from harness.reporting.console import ConsoleReport, make_console
from harness.reporting.files import ReportFile, write_reports
from harness.reporting.tally import EXIT, INTERRUPTED, exit_status
from harness.runner.asides import Beforehand
from harness.runner.known import outcomes, reasons, refuse_unknown, waived, without
from harness.runner.reaching import UnreachableError
from harness.runner.record import Recorder
from harness.runner.remembered import Remembered
from harness.runner.replay import Replay, write_replay
from harness.runner.run import Run
from harness.runner.run_events import Note
from harness.runner.services import Services
from harness.targets.budget import Budget, Pace, Pause
from harness.targets.files import find_target
from harness.targets.readiness import NotReadyError
from harness.targets.reference import reference_server
from harness.targets.restarting import run_restart
from harness.targets.secrets import Secrets
from harness.targets.target import Target, check_production, make_target
from harness.trace.verdicts import Verdict
from harness.transport.clock import Clock, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.contract.model import Case, Contract
    from harness.runner.results import Failure, RunResult
    from harness.runner.settings import Settings

BACKSTOP = 15.0
LAST_MOMENT = 1.2
FAILURES = Path(".harness") / "failures"
HYPOTHESIS = Path(".harness") / "hypothesis"
REMEMBERED = Path(".harness") / "failing"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked of a session, whatever it is for.

    Attributes:
        target: a name in the target file, or an address; None for the bundled server.
        headers: for the target, as `Name: value`.
        faults: of the bundled server.
        yes: whether a production target may be used.
        verbosity: -1 quiet, 0, or 1 for every message.
        record: the folder for traces; None for none.
        reports: the files to write in the end.
    """

    target: str | None = None
    headers: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    yes: bool = False
    verbosity: int = 0
    record: Path | None = None
    reports: tuple[ReportFile, ...] = ()


class Session:
    """Judges cases on one target. Make it, look at `target`, then call `judge` once."""

    def __init__(self, asked: Asked, contracts: Sequence[Contract]) -> None:
        """Find the target and everything that the run takes from the environment, before anything is sent.

        Raises:
            HarnessError: the usage or the target file is wrong, or a variable is not set.
        """
        self._asked = asked
        self._contracts = contracts
        self._secrets = Secrets()
        headers = dict(self._secrets.header(line, os.environ) for line in asked.headers)
        self.target: Target | None = None
        if asked.target is not None:
            self.target = find_target(asked.target, headers, self._secrets, os.environ, Path.cwd())
            check_production(self.target, asked.yes)
            refuse_unknown(self.target.known_failures, contracts)
        self._headers = headers
        self._files = {contract.name: Path(contract.file) for contract in contracts}
        self._console = make_console(os.environ, sys.stdout)
        self._report = ConsoleReport(self._console, self._secrets.redact, verbosity=asked.verbosity)
        self._unwritable = False
        self._noted = ""
        redact, files = self._secrets.redact_json, self._files
        self._recorder = Recorder(asked.record, files, redact, self.warn) if asked.record is not None else None

    def judge(self, cases: Sequence[Case], settings: Settings, budget: int | None, replay: Replay | None = None) -> int:
        """Run the cases and tell the outcome; returns the exit status.

        Args:
            cases: what is judged.
            settings: how it is done.
            budget: the most jobs that the target may be asked for; None for no limit.
            replay: the one failure to run again, instead of drawn examples.

        Raises:
            HarnessError: a contract cannot be used, or the bundled server does not start.
        """
        backstop = threading.Timer(settings.timeout + BACKSTOP, _end_now, (EXIT[Verdict.INCONCLUSIVE],))
        backstop.daemon = True
        backstop.start()
        set_hypothesis_home_dir(HYPOTHESIS)  # its caches; by default a folder of its own
        try:
            result = asyncio.run(self._run(cases, settings, budget, replay))
        except UnreachableError as error:
            self.warn(f"{error}; nothing was judged, this is not your change")
            return EXIT[Verdict.INCONCLUSIVE]
        except NotReadyError as error:
            self.warn(str(error))
            return EXIT[Verdict.INCONCLUSIVE]
        except HarnessError as error:
            raise HarnessError(self._secrets.redact(str(error))) from None
        except Exception:  # noqa: BLE001 - a mistake of ours: told whole, but for the secrets that it may carry
            told = f"the harness itself failed, please report this:\n{traceback.format_exc()}"
            raise HarnessError(self._secrets.redact(told)) from None
        except (asyncio.CancelledError, KeyboardInterrupt):  # the second one, or before there was anything to tell
            self._report.close()
            self.warn("interrupted")
            sys.stderr.flush()
            _end_now(INTERRUPTED)
            return INTERRUPTED
        finally:
            self._report.close()
            backstop.cancel()
        if replay is not None and result.verdict is Verdict.PASSED:
            self.tell([f"{replay.clause} holds now: the failure does not show again"])
        elif replay is not None and result.verdict is Verdict.FAILED and replay.kind:
            self.tell([f"the run that kept it called it {replay.kind}: {replay.summary}"])
        return exit_status(result)

    async def _run(
        self, cases: Sequence[Case], settings: Settings, budget: int | None, replay: Replay | None
    ) -> RunResult:
        today = utc_now().date()
        _end_on_signals()
        async with AsyncExitStack() as stack:
            target, restart = self.target, None
            if target is None:
                server = await stack.enter_async_context(reference_server(self._asked.faults))
                target, restart = replace(make_target(server.url, self._headers), probes=True), server.restart
            elif target.restart is not None:
                restart = partial(run_restart, target.restart)
            services = replace(self._services(target, cases, budget), restart=restart)
            known = reasons(target.known_failures, today)
            held = [without(case, target.waives).with_slack(target.slack) for case in cases]
            held = [case._replace(should=frozenset()) for case in held] if settings.strict else held
            spec = replay.spec if replay is not None else None
            run = Run(
                held,
                services,
                replace(settings, known=known, heard=self._asked.verbosity > 0),
                self._report,
                self._keep,
                spec,
                self._recorder,
                Remembered(REMEMBERED) if replay is None else None,
            )
            result = await run.run()
            whole = (
                replay is None and not result.stopped and len(cases) == sum(len(one.cases) for one in self._contracts)
            )
            result = replace(
                result,
                known=outcomes(target.known_failures, result.cases, today, complete=whole),
                waived=waived(cases, target.waives),
            )
            self._report.finish(result)
            write_reports(self._asked.reports, result, self._secrets, os.environ, self.warn)
            if result.interrupted:
                _end_soon()
        return result

    def _services(self, target: Target, cases: Sequence[Case], budget: int | None) -> Services:
        clock = Clock()
        names = sorted(frozenset().union(*(case.variables for case in cases)))
        environment = {name: self._secrets.expand(f"${{env.{name}}}", os.environ) for name in names}
        return Services(
            target,
            clock,
            registry(),
            Pause(),
            Pace(target.rate, clock.now),
            Budget(budget),
            Beforehand(self._secrets),
            self._secrets,
            environment,
            self._note,
        )

    def tell(self, lines: Iterable[str]) -> None:
        """Print lines, secrets masked."""
        for line in lines:
            self._console.print(self._secrets.redact(line), highlight=False, markup=False, soft_wrap=True)

    def _note(self, told: str) -> None:
        if told != self._noted:  # several examples may say the same
            self._report(Note(told))
        self._noted = told

    def warn(self, told: str) -> None:
        """Tell something on standard error, secrets masked."""
        sys.stderr.write(self._secrets.redact(f"harness: {told}\n"))

    def _keep(self, failure: Failure) -> str:
        contract = self._files[failure.case.contract]
        try:
            path = write_replay(failure, FAILURES, contract, self._asked.faults, self._asked.target, self._secrets)
        except OSError as error:
            if not self._unwritable:
                self.warn(f"no replay files can be written here: {error}")
            self._unwritable = True
            return ""
        return path.as_posix()


def _end_on_signals() -> None:
    """Have Ctrl-C, and the signal by which CI systems end a job, end this task: what was started is cleaned up.

    The loop does it between two steps of its own. A KeyboardInterrupt, as Python has it for the second Ctrl-C, comes up
    wherever the loop just is: what it breaks off there was told with a traceback, or waited for without end.
    """
    task = asyncio.current_task()
    if task is None:
        return

    def end() -> None:
        if task.cancelling():
            _end_soon()
        task.cancel()

    with suppress(NotImplementedError):  # Windows has no such handlers
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, end)


def _end_soon() -> None:
    """After Ctrl-C, whatever some thread still does or a second Ctrl-C breaks off, the process ends."""
    timer = threading.Timer(LAST_MOMENT, _end_now, (INTERRUPTED,))
    timer.daemon = True
    timer.start()


def _end_now(status: int) -> None:
    sys.stdout.flush()
    os._exit(status)
