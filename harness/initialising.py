"""What `harness init` does: one job, or a recording of one, and from it a first contract with all that a gate needs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from harness.authoring.asked import Asked, read_asked
from harness.authoring.contract_text import contract_text
from harness.authoring.curl import parse
from harness.authoring.draft import Wanted, draft
from harness.authoring.finishing import gate_files, guesses_told, judge, keep_trace, next_steps
from harness.authoring.first_job import ACCEPTED_STATUS, FirstJob, Plan, Ran, UnreachableError
from harness.authoring.hiding import Hiding
from harness.authoring.observed import observe
from harness.authoring.placing import Places, places, write
from harness.authoring.preparing import (
    contract_name,
    named_sends,
    with_headers,
    with_named_sends,
    with_names,
)
from harness.authoring.questions import questions
from harness.authoring.recordings import completed
from harness.authoring.silence import silence
from harness.authoring.socket_address import suggested
from harness.authoring.timeline import told
from harness.authoring.typed_secrets import sends_without_secrets, socket_without_secrets
from harness.authoring.words import snake, variable
from harness.contract.durations import parse_duration
from harness.contract.read_request import RESERVED
from harness.contract.source import shown
from harness.errors import HarnessError
from harness.reporting.console import PipeConsole
from harness.reporting.tally import EXIT, INTERRUPTED
from harness.reporting.words import harmless
from harness.runner.check import read_trace
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from harness.trace.verdicts import Verdict
from harness.transport.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.authoring.curl import Curl
    from harness.authoring.observed import Observed
    from harness.trace.events import Event
    from harness.trace.ndjson import Trace

VIOLATION, INCONCLUSIVE = EXIT[Verdict.FAILED], EXIT[Verdict.INCONCLUSIVE]
TOO_MANY_REQUESTS = 429
LONGEST_SHOWN = 2000
"""Characters of an answer that is shown when it was not a 202."""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What the user asked `harness init` for; texts are as they were typed."""

    from_curl: str = ""
    from_trace: Path | None = None
    socket: str = ""
    before: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    name: str = ""
    into: Path = field(default_factory=Path)
    target: str = "staging"
    force: bool = False
    multiple: float = 3.0
    quiet_for: str = "30s"
    timeout: str = "5m"


def init_contract(options: InitOptions) -> int:
    """`harness init`; returns the exit status.

    Raises:
        HarnessError: the usage is wrong, or what was asked for cannot be in a contract.
    """
    secrets = Secrets()
    try:
        return _Init(options, secrets).run()
    except UnreachableError as error:
        sys.stderr.write(secrets.redact(f"harness: no answer: {error}. Nothing was written.\n"))
        return INCONCLUSIVE
    except HarnessError as error:
        raise HarnessError(secrets.redact(str(error))) from None
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("\nharness: interrupted; nothing was written\n")
        return INTERRUPTED


class _Init:
    """One use of the command."""

    def __init__(self, options: InitOptions, secrets: Secrets) -> None:
        self._options = options
        self._secrets = secrets
        self._console = PipeConsole(soft_wrap=True)
        self._hiding = Hiding(secrets)

    def run(self) -> int:
        options = self._options
        if not options.from_curl and options.from_trace is None:
            return self._asked_for()
        curl = parse(options.from_curl) if options.from_curl else None
        return self._go(curl, options.socket, options.sends)

    def _asked_for(self) -> int:
        if not sys.stdin.isatty():
            raise HarnessError(
                "say what starts a job: harness init --from-curl 'curl ...' --socket '${accepted.body.stream}', "
                "or --from-trace FILE; in a terminal, init without options asks"
            )
        answers = questions(input, self._say, os.environ)
        return self._go(answers.curl, answers.socket, answers.sends)

    def _go(self, curl: Curl | None, socket: str, sends: tuple[str, ...]) -> int:
        options = self._options
        name = self._name(curl)
        where = places(options.into, name, force=options.force)
        asked = read_asked(curl, name, os.environ, _read_file) if curl else None
        before = self._before(name, asked)
        if asked is not None:
            asked = with_headers(asked, before)
            for note in asked.notes:
                self._say(note)
        socket = with_names(socket_without_secrets(socket), asked)
        wanted = Wanted(name, asked, socket, sends_without_secrets(named_sends(sends)), {}, options.multiple)
        if options.from_trace is not None:
            return self._from_trace(options.from_trace, wanted, before, where)
        return self._from_job(wanted, before, where)

    # --- a job ---

    def _from_job(self, wanted: Wanted, before: Mapping[str, Asked], where: Places) -> int:
        options, asked = self._options, wanted.asked
        if asked is None:
            raise TypeError("without a recording there must be a request")
        overlay = {**os.environ, **asked.literals}
        headers = dict(self._secrets.header(f"{key}: {value}", overlay) for key, value in asked.target_headers.items())
        self._hiding.add(overlay[name] for name in asked.variables if name in overlay)
        target = make_target(asked.origin, headers)
        clock = Clock()
        quiet = _seconds("--quiet-for", options.quiet_for)
        plan = Plan(asked, wanted.socket, before, wanted.sends, quiet, _seconds("--timeout", options.timeout), overlay)
        job = FirstJob(plan, target, self._secrets, clock, self._show)
        self._hiding.add(overlay[name] for name in job.variables)
        asked = replace(asked, variables=tuple(dict.fromkeys((*asked.variables, *sorted(job.variables)))))
        self._say(f"one job at {asked.origin}")
        ran = asyncio.run(_watched(job, clock))
        trace = self._hiding.masked(ran.trace)
        observed = observe(trace)
        if observed.answer["status"] != ACCEPTED_STATUS:
            return self._not_accepted(observed)
        self._say("")
        if ran.timed_out:
            self._say(f"the job had not ended after {options.timeout}; --timeout allows more. Nothing was written.")
            return INCONCLUSIVE
        if not job.socket:
            raise HarnessError(
                "the answer does not say where the socket is: add --socket with a path, or "
                f"{suggested(observed.answer)}. Nothing was written"
            )
        used = {name: (step, job.once[name]) for name, step in before.items()}
        return self._write(replace(wanted, asked=asked, socket=job.socket, before=used), trace, observed, where)

    def _not_accepted(self, observed: Observed) -> int:
        answer = observed.answer
        if answer["status"] == TOO_MANY_REQUESTS:
            wait = answer["headers"].get("retry-after")
            told_wait = f", in {wait} s" if wait else " in a while"
            self._say(f"the service asks to be left alone (429): try again{told_wait}. Nothing was written.")
            return INCONCLUSIVE
        self._say(f"the answer is {answer['status']}, not {ACCEPTED_STATUS}; nothing was written. Its body:")
        body = answer["body"]
        self._say((body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False))[:LONGEST_SHOWN])
        return VIOLATION

    def _show(self, event: Event) -> None:
        self._hiding.look_at(event)
        self._say(told(event))

    # --- a recording ---

    def _from_trace(self, file: Path, wanted: Wanted, before: Mapping[str, Asked], where: Places) -> int:
        trace = read_trace(file)
        for event in trace.events:
            self._hiding.look_at(event)
        trace = with_named_sends(self._hiding.masked(trace))
        self._say_all([told(event) for event in trace.events])
        self._say("")
        observed = observe(trace)
        if observed.answer is not None and observed.answer["status"] != ACCEPTED_STATUS:
            return self._not_accepted(observed)
        wanted = replace(wanted, before={name: (step, "example") for name, step in before.items()})
        return self._write(completed(wanted, trace, observed, str(file)), trace, observed, where)

    # --- writing ---

    def _write(self, wanted: Wanted, trace: Trace, observed: Observed, where: Places) -> int:
        quiet = silence(trace, observed)
        if quiet is not None:
            stage, story = quiet
            self._say(f"silent job ({stage}): {story}. Nothing was written.")
            return VIOLATION
        made = draft(observed, wanted)
        text = contract_text(made)
        write(where.contract, self._hiding.without(text.text))
        contract, file, wrote = shown(where.contract), str(self._options.from_trace), [shown(where.contract)]
        if (
            trace.header is not None or self._options.from_trace is None
        ):  # else it is somebody else's, and a file already
            keep_trace(trace, made, where, self._secrets.redact_json)
            trace, file = read_trace(where.trace), shown(where.trace)
            wrote.append(file)
        problems = judge(where.contract, trace, file, made)
        if problems:
            self._say(
                f"the contract that was written ({contract}) does not hold for the very run it was guessed from. This "
                "is a mistake of after202, not of your service: please report it, with the trace if you may."
            )
            self._say_all([f"  {problem}" for problem in problems])
            return EXIT[Verdict.ERROR]
        more, left = gate_files(wanted.asked, wanted.name, self._options.target, where)
        variables = wanted.asked.variables if wanted.asked else ()
        self._say_all(
            [f"wrote {', '.join([*wrote, *more])}", *left, f"the job that was seen ({file}) passes {contract}"]
        )
        self._say_all(["", "What was guessed, for you to confirm:", *guesses_told(text, contract)])
        self._say_all(["", "Then:", *next_steps(contract, self._options.target, variables, os.environ)])
        return 0

    # --- small things ---

    def _name(self, curl: Curl | None) -> str:
        name = self._options.name or (contract_name(curl.url) if curl else "")
        if not name and self._options.from_trace is not None:
            name = snake(self._options.from_trace.stem).replace("_", "-")
        name = name or "first"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", name):
            raise HarnessError("--name takes letters, digits, - and _, for example --name renders")
        return name

    def _before(self, name: str, asked: Asked | None) -> dict[str, Asked]:
        steps = {}
        for text in self._options.before:
            step, equals, command = text.partition("=")
            if not equals or not command.strip():
                raise HarnessError("--before takes NAME=CURL, for example --before 'ticket=curl -X POST https://...'")
            step = step.strip()
            if variable(step, "step", {*RESERVED, *(asked.fresh if asked else ())}) != step or step in steps:
                raise HarnessError(
                    f"--before: a request made before cannot be called {step!r}; call it ticket or login"
                )
            option = f"--before {step}"
            steps[step] = read_asked(parse(command, option), name, os.environ, _read_file, option)
        return steps

    def _say_all(self, lines: list[str]) -> None:
        for line in lines:
            self._say(line)

    def _say(self, line: str) -> None:
        self._console.print(Text(harmless(self._secrets.redact(line))), soft_wrap=True, highlight=False)


def _read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        told_why = getattr(error, "strerror", None) or error
        raise HarnessError(f"{path}, which the curl command names, cannot be read: {told_why}") from error


def _seconds(option: str, text: str) -> float:
    seconds = parse_duration(text)
    if not seconds:
        raise HarnessError(f"{option} takes a duration such as 30s or 2m, not {text!r}")
    return seconds


async def _watched(job: FirstJob, clock: Clock) -> Ran:
    async with clock.watching():
        return await job.run()
