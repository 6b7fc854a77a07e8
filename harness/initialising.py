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
from harness.authoring.curl import Curl, parse
from harness.authoring.draft import CASE, Draft, Wanted, draft, recorded
from harness.authoring.first_job import ACCEPTED_STATUS, FirstJob, Plan, Ran, UnreachableError
from harness.authoring.gate_files import github_text, gitlab_text, target_block, targets_text
from harness.authoring.observed import observe
from harness.authoring.placing import KEPT, Places, places, write
from harness.authoring.preparing import (
    contract_name,
    named_sends,
    shell,
    with_headers,
    with_named_sends,
    with_names,
)
from harness.authoring.questions import questions
from harness.authoring.silence import silence
from harness.authoring.socket_address import socket_template
from harness.authoring.timeline import told
from harness.authoring.words import SHORTEST_SECRET, secret_values, snake, variable
from harness.commands import EXIT, INTERRUPTED, load_contracts, select
from harness.contract.durations import parse_duration
from harness.contract.read_request import RESERVED
from harness.contract.source import shown
from harness.errors import HarnessError
from harness.inputs import registry
from harness.reporting.console import PipeConsole, harmless
from harness.runner.check import check, read_trace
from harness.runner.replay import contract_label
from harness.targets.masking import MASK
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from harness.trace.events import Event, What
from harness.trace.ndjson import Header, Trace
from harness.trace.ndjson import read as read_text
from harness.trace.ndjson import write as trace_text
from harness.trace.verdicts import Verdict
from harness.transport.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.authoring.contract_text import Written
    from harness.authoring.observed import Observed
    from harness.trace.events import Json

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
        self._known: list[str] = []

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
        wanted = Wanted(name, asked, with_names(socket, asked), named_sends(sends), {}, options.multiple)
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
        self._known += [overlay[name] for name in asked.variables if name in overlay]
        target = make_target(asked.origin, headers)
        clock = Clock()
        quiet = _seconds("--quiet-for", options.quiet_for)
        plan = Plan(asked, wanted.socket, before, wanted.sends, quiet, _seconds("--timeout", options.timeout))
        job = FirstJob(plan, target, self._secrets, clock, self._show)
        self._say(f"one job at {asked.origin}")
        ran = asyncio.run(_watched(job, clock))
        trace = self._masked(ran.trace)
        observed = observe(trace)
        if observed.answer["status"] != ACCEPTED_STATUS:
            return self._not_accepted(observed)
        self._say("")
        if ran.timed_out:
            self._say(f"the job had not ended after {options.timeout}; --timeout allows more. Nothing was written.")
            return INCONCLUSIVE
        if not job.socket:
            raise HarnessError(
                "the answer does not say where the socket is: add --socket with a path, or with the field that has it, "
                "such as --socket '${accepted.body.stream}'. Nothing was written"
            )
        used = {name: (step, job.once[name]) for name, step in before.items()}
        return self._write(replace(wanted, socket=job.socket, before=used), trace, observed, where)

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
        value = event.value
        if event.what is What.ANSWER:
            self._secrets.add_headers(value["headers"])
            self._keep_out(value["body"])
        elif event.what is What.RECEIVED and isinstance(value, dict):
            self._keep_out(value)
        self._say(told(event))

    def _keep_out(self, value: Json) -> None:
        for secret in secret_values(value):
            self._secrets.add(secret)
            self._known.append(secret)

    def _masked(self, trace: Trace) -> Trace:
        """The trace as it would be kept: from that, and from no secret, the contract is guessed."""
        empty = Header("", "", {"inputs": {}, "connect_after": 0.0}, {})
        header = trace.header or empty
        kept = read_text(trace_text(replace(trace, header=header), self._secrets.redact_json), "the trace")
        return replace(kept, header=trace.header)

    # --- a recording ---

    def _from_trace(self, file: Path, wanted: Wanted, before: Mapping[str, Asked], where: Places) -> int:
        trace = read_trace(file)
        for event in trace.events:
            if event.what in (What.ANSWER, What.RECEIVED):
                self._keep_out(event.value["body"] if event.what is What.ANSWER else event.value)
        trace = with_named_sends(self._masked(trace))
        observed = observe(trace)
        asked = wanted.asked
        if asked is not None:
            asked = replace(asked, fresh=asked.originals)
        elif (request := next((e.value for e in trace.events if e.what is What.REQUEST), None)) is not None:
            asked = read_asked(Curl(request["method"], request["url"]), wanted.name, {}, _read_file, str(file))
        connect = next((event.value["url"] for event in trace.events if event.what is What.CONNECT), "")
        fresh = asked.fresh if asked else {}
        socket = wanted.socket or (socket_template(connect, observed.answer, fresh) if connect else "")
        sends = wanted.sends or {name: message for _, name, message in observed.sent}
        known = replace(
            wanted,
            asked=asked,
            socket=socket,
            sends=sends,
            before={name: (step, "example") for name, step in before.items()},
            body_known=wanted.asked is not None,
        )
        if observed.answer is not None and observed.answer["status"] != ACCEPTED_STATUS:
            return self._not_accepted(observed)
        return self._write(known, trace, observed, where)

    # --- writing ---

    def _write(self, wanted: Wanted, trace: Trace, observed: Observed, where: Places) -> int:
        quiet = silence(trace, observed)
        if quiet is not None:
            stage, story = quiet
            self._say(f"silent job ({stage}): {story}. Nothing was written.")
            return VIOLATION
        made = draft(observed, wanted)
        text = contract_text(made)
        text = replace(text, text=self._without_secrets(text.text))
        write(where.contract, text.text)
        kept = self._keep_trace(trace, made, where)
        status = self._judge(where.contract, kept, trace, made)
        if status:
            return status
        self._gate_files(wanted, where, [str(shown(where.contract)), *([shown(kept)] if kept else [])])
        self._tell(text, wanted, where)
        return 0

    def _keep_trace(self, trace: Trace, made: Draft, where: Places) -> Path | None:
        """Write the trace, unless it is somebody else's recording, which is a file already."""
        if trace.header is None and self._options.from_trace is not None:
            return None
        write(where.folder / KEPT / ".gitignore", "*\n")
        label = contract_label(where.contract)
        write(where.trace, trace_text(recorded(trace, made, label), self._secrets.redact_json))
        return where.trace

    def _judge(self, contract: Path, kept: Path | None, trace: Trace, made: Draft) -> int:
        """Hold what was seen to what was written, as `harness check` does."""
        try:
            (case,) = select(load_contracts([contract]), [CASE])
            given = {one.name: one.spec for one in made.inputs} if kept is None else {}
            judged = check(read_trace(kept) if kept else trace, str(kept), case, registry(), given)
            problems = [f"{one.clause}: {one.summary}" for one in judged.result.violations]
            if judged.result.inconclusive:
                problems.append(judged.result.inconclusive)
            good = judged.result.verdict is Verdict.PASSED
        except HarnessError as error:
            good, problems = False, [str(error)]
        if good:
            return 0
        self._say(
            f"the contract that was written ({shown(contract)}) does not hold for the very run it was guessed from. "
            "This is a mistake of after202, not of your service: please report it, with the trace if you may."
        )
        for problem in problems:
            self._say(f"  {problem}")
        return EXIT[Verdict.ERROR]

    def _gate_files(self, wanted: Wanted, where: Places, wrote: list[str]) -> None:
        asked, target = wanted.asked, self._options.target
        url, headers = (asked.origin, asked.target_headers) if asked else ("", {})
        variables = asked.variables if asked else ()
        contract = where.contract.relative_to(where.folder).as_posix()
        if where.targets is not None:
            write(where.targets, targets_text(target, url, headers))
            wrote.append(shown(where.targets))
        for path, text in (
            (where.github, github_text(contract, target, variables)),
            (where.gitlab, gitlab_text(contract, target, variables)),
        ):
            if path is not None:
                write(path, text)
                wrote.append(shown(path))
        self._say(f"wrote {', '.join(wrote)}")
        if where.known_targets is not None:
            self._say(f"{shown(where.known_targets)} is left as it is; add this target below `targets:`")
            self._say(target_block(target, url, headers).rstrip("\n"))
        if where.github is None or where.gitlab is None:
            self._say("the pipelines that were there are left as they are; --force replaces those of after202")
        if where.gitlab is not None and where.gitlab.name.startswith("after202"):
            self._say(f"add to .gitlab-ci.yml: include: [{{local: {where.gitlab.name}}}]")

    def _tell(self, text: Written, wanted: Wanted, where: Places) -> None:
        contract = shown(where.contract)
        recording = self._options.from_trace or where.trace
        self._say(f"the job that was seen ({shown(Path(recording))}) passes {contract}")
        self._say("")
        self._say("What was guessed, for you to confirm:")
        for number, guess in enumerate(text.guesses, 1):
            self._say(f"{number:3}. {f'{contract}:{guess.line}':<{len(contract) + 4}}  {guess.what} ({guess.why})")
        self._say("")
        self._say("Then:")
        for name in wanted.asked.variables if wanted.asked else ():
            self._say(f"  export {name}=...{'' if os.environ.get(name) else '   # it is not set here'}")
        self._say(f"  harness run {shell(contract)} --target {shell(self._options.target)} --max-jobs 4")

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

    def _without_secrets(self, text: str) -> str:
        for value in sorted(self._known, key=len, reverse=True):
            if len(value) >= SHORTEST_SECRET:
                text = text.replace(value, MASK)
        return text

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
