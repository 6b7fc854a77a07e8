"""The command line: reads options, puts the rooms together, turns verdicts into exit statuses.

Heavy imports happen inside the commands, so that `harness --help` answers at once.
"""

from __future__ import annotations

import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import HarnessError

PASSED, VIOLATION, USAGE, INCONCLUSIVE, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    name="harness",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Holds a service that answers 202 Accepted to its word, from the request to the closing of the socket.",
    epilog="Exit status: 0 all passed; 1 a violation; 2 wrong usage or contract; 3 inconclusive or unreachable; "
    "130 interrupted.",
)

CLAUSE_HELP = "Judge only this clause, CLAUSE or CONTRACT/CLAUSE, or this group's, and what they rest on. Repeatable."
FAULT_HELP = "A misbehaviour of the bundled server, by name; `harness serve --list-faults` lists them. Repeatable."
HEADER_HELP = (
    "Sent to the target's own origin, for example 'Authorization: Bearer ${env.TOKEN}'; ${env...} is taken from the "
    "environment and never printed or stored. Repeatable."
)

TARGET_HELP = "A name in targets.yaml, or the address of a deployment; the bundled reference server if none."
YES_HELP = "Go on although the target is production."
REPORT_HELP = "Also write the result: junit:PATH, json:PATH, or github (annotations and job summary). Repeatable."
SHRINK_HELP = "Make a failure small for at most so many"
CONFIRM_HELP = "Begin no further try of what failed after so many seconds, in the whole run."
FRESH_HELP = "Do not begin with what failed in earlier runs."
RECORD_HELP = "Keep the trace of every example that ran in this folder; `harness check` judges it again."
STRICT_HELP = "Clauses that are only recommended fail too."
INPUT_HELP = "The value of an input that the trace does not have: NAME=JSON, for example rows=3. Repeatable."


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"after202 {version('after202')}")
        raise typer.Exit


@app.callback()
def main_options(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Holds a service that answers 202 Accepted to its word, from the request to the closing of the socket."""


@app.command()
def run(
    contracts: Annotated[list[Path] | None, typer.Argument(help="Contract files; the bundled ones if none.")] = None,
    target: Annotated[str | None, typer.Option(help=TARGET_HELP, metavar="NAME-OR-URL")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only this case: NAME or CONTRACT/NAME. Repeatable.")] = None,
    clause: Annotated[list[str] | None, typer.Option(help=CLAUSE_HELP)] = None,
    header: Annotated[list[str] | None, typer.Option(help=HEADER_HELP)] = None,
    fault: Annotated[list[str] | None, typer.Option(help=FAULT_HELP)] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="At most so many examples for each case. [default: 10]")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Examples at a time. [default: 8, on this machine 32]")
    ] = None,
    max_jobs: Annotated[
        int | None, typer.Option(min=1, help="Jobs to ask for at most. [default: 20 with --target, else no limit]")
    ] = None,
    rate: Annotated[str, typer.Option(help="Requests at most: N/s, N/m or N/h, handshakes included.")] = "",
    seed: Annotated[str, typer.Option(help="A number, or 'random'; without it every run draws the same.")] = "",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds after which the whole run ends.")] = 600,
    shrink_seconds: Annotated[float, typer.Option(min=0, help=f"{SHRINK_HELP} seconds, in the whole run.")] = 60,
    shrink_jobs: Annotated[int, typer.Option(min=0, help=f"{SHRINK_HELP} jobs, for each case.")] = 30,
    confirm_seconds: Annotated[float, typer.Option(min=0, help=CONFIRM_HELP)] = 60,
    strict: Annotated[bool, typer.Option("--strict", help=STRICT_HELP)] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=FRESH_HELP)] = False,
    record: Annotated[Path | None, typer.Option(help=RECORD_HELP, metavar="DIR")] = None,
    report: Annotated[list[str] | None, typer.Option(help=REPORT_HELP, metavar="FORM[:PATH]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print cases, jobs, time and cost; send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help=YES_HELP)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print each message as it comes.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print failures and the last line only.")] = False,
) -> None:
    """Drive a deployment through its contracts.

    \b
    harness run
    harness run --fault batch-progress-as-fetch
    harness run --target staging --report github --report junit:after202.xml
    harness run --target staging --dry-run
    harness run --target https://staging.example.com --header 'Authorization: Bearer ${env.TOKEN}'
    harness run --case connects-late --clause deadlines/first-news
    harness run my.contract.yaml --target http://127.0.0.1:9000 --case works --max-jobs 5
    harness run --record traces
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.commands import Options, run_contracts
    from harness.reporting.files import parse_report
    from harness.runner.settings import Shrinking
    from harness.session import Asked

    if verbose and quiet:
        raise HarnessError("--verbose and --quiet exclude each other")
    asked = Asked(
        target=_target(target),
        headers=tuple(header or ()),
        faults=tuple(fault or ()),
        yes=yes,
        verbosity=verbose - quiet,
        record=record,
        reports=tuple(parse_report(text) for text in report or ()),
    )
    options = Options(
        asked=asked,
        contracts=tuple(contracts or ()),
        cases=tuple(case or ()),
        clauses=tuple(clause or ()),
        examples=examples,
        concurrency=concurrency,
        max_jobs=max_jobs,
        rate=rate,
        seed=seed,
        timeout=timeout,
        dry_run=dry_run,
        shrinking=Shrinking(shrink_seconds, shrink_jobs),
        confirm_seconds=confirm_seconds,
        strict=strict,
        fresh=fresh,
    )
    raise typer.Exit(run_contracts(options))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A file that a failing run has written.")],
    target: Annotated[
        str | None, typer.Option(help="Another target than the one at which it failed.", metavar="NAME-OR-URL")
    ] = None,
    header: Annotated[list[str] | None, typer.Option(help=HEADER_HELP)] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds after which it ends.")] = 600,
    yes: Annotated[bool, typer.Option("--yes", help=YES_HELP)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print each message as it comes.")] = False,
) -> None:
    """Run one failure again, exactly as it was drawn.

    \b
    harness replay .harness/failures/7c1e42ab.json
    harness replay .harness/failures/7c1e42ab.json --target http://127.0.0.1:9000 -v
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.commands import replay_failure
    from harness.session import Asked

    asked = Asked(_target(target), tuple(header or ()), yes=yes, verbosity=int(verbose))
    raise typer.Exit(replay_failure(file, asked, timeout))


@app.command()
def check(
    traces: Annotated[list[Path], typer.Argument(help="Recorded traces, or folders of them.")],
    contract: Annotated[
        Path | None, typer.Option(help="Judge by this contract, not by the one the trace names.")
    ] = None,
    case: Annotated[str, typer.Option(help="Judge by this case, not by the one the trace names.")] = "",
    inputs: Annotated[list[str] | None, typer.Option("--input", help=INPUT_HELP, metavar="NAME=JSON")] = None,
    strict: Annotated[bool, typer.Option("--strict", help=STRICT_HELP)] = False,
) -> None:
    """Judge recorded traces again, with today's contracts and no network.

    \b
    harness check traces
    harness check traces/0001-reports-works.ndjson traces/0002-reports-works.ndjson
    harness check traces --contract changed.contract.yaml
    harness check recording.ndjson --contract my.contract.yaml --case works --input rows=3
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.checking import CheckOptions, check_traces

    raise typer.Exit(check_traces(CheckOptions(tuple(traces), contract, case, tuple(inputs or ()), strict)))


@app.command()
def lint(
    contracts: Annotated[list[Path] | None, typer.Argument(help="Contract files; the bundled ones if none.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Tell everything that is wrong with contracts, without a target.

    \b
    harness lint
    harness lint my.contract.yaml
    harness lint --strict contracts/*.contract.yaml
    harness lint --json my.contract.yaml
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.linting import LintOptions, lint_contracts

    raise typer.Exit(lint_contracts(LintOptions(tuple(contracts or ()), strict, as_json)))


@app.command("list")
def list_what_there_is(
    contracts: Annotated[list[Path] | None, typer.Argument(help="Contract files; the bundled ones if none.")] = None,
    resolved: Annotated[
        str, typer.Option(help="Print this case, NAME or CONTRACT/NAME, with all that it inherits.", metavar="CASE")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List contracts, their cases, clauses and groups, by the names that reports and options have for them.

    \b
    harness list
    harness list my.contract.yaml --json
    harness list --resolved connects-first
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.listing import ListOptions, list_contracts

    raise typer.Exit(list_contracts(ListOptions(tuple(contracts or ()), resolved, as_json)))


export = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Print something for editors and other tools.")
app.add_typer(export, name="export")


@export.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of contracts, by which editors complete and check them.

    \b
    harness export schema > contract.schema.json
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.exporting import export_schema

    raise typer.Exit(export_schema())


@app.command()
def init(
    from_curl: Annotated[str, typer.Option(help="What starts one job; it is run once.", metavar="'curl ...'")] = "",
    from_trace: Annotated[
        Path | None,
        typer.Option(help="A recorded run; nothing is sent. With --from-curl, what was sent.", metavar="FILE"),
    ] = None,
    socket: Annotated[
        str, typer.Option(help="Where the socket is: a path, or '${accepted.body.FIELD}'.", metavar="TEMPLATE")
    ] = "",
    before: Annotated[
        list[str] | None, typer.Option(help="A request made first, as NAME=CURL, such as a login. Repeatable.")
    ] = None,
    send: Annotated[list[str] | None, typer.Option(help="JSON sent once the socket is open. Repeatable.")] = None,
    name: Annotated[str, typer.Option(help="The contract's name. [default: from the path]")] = "",
    into: Annotated[Path, typer.Option(help="Where the files go.", metavar="DIR")] = Path(),
    target: Annotated[str, typer.Option(help="The target's name.")] = "staging",
    force: Annotated[bool, typer.Option("--force", help="Replace a contract and pipelines that are there.")] = False,
    multiple: Annotated[float, typer.Option(min=1, help="Deadlines are so many times what was seen.")] = 3.0,
    quiet_for: Annotated[str, typer.Option(help="After this long without a message the job is over.")] = "30s",
    timeout: Annotated[str, typer.Option(help="The longest that the job may take.")] = "5m",
) -> None:
    """Write a first contract, a target file and pipelines, from one job.

    \b
    harness init
    harness init --from-curl 'curl -X POST https://staging.example.com/renders -H "Authorization: Bearer $TOKEN" ...' \\
      --socket '${accepted.body.stream}'
    harness init --from-trace recording.ndjson --name renders
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.initialising import InitOptions, init_contract

    options = InitOptions(
        from_curl=from_curl,
        from_trace=from_trace,
        socket=socket,
        before=tuple(before or ()),
        sends=tuple(send or ()),
        name=name,
        into=into,
        target=target,
        force=force,
        multiple=multiple,
        quiet_for=quiet_for,
        timeout=timeout,
    )
    raise typer.Exit(init_contract(options))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def serve(context: typer.Context) -> None:
    """Start the bundled reference server; `harness serve --help` tells its options.

    \b
    harness serve
    harness serve --port 9000 --photo-seconds 0.5
    harness serve --list-faults
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from harness.commands import serve_reference

    raise typer.Exit(serve_reference(context.args))


def _target(text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise HarnessError("--target is empty (a variable that is not set?); leave it out for the bundled server")
    return text


def main() -> None:
    """Run the command line; a problem of usage or contract is one message and status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a target's words may not fit the terminal's encoding
    try:
        app()
    except HarnessError as error:
        sys.stderr.write(f"harness: {error}\n")
        raise SystemExit(USAGE) from error
    except BrokenPipeError:
        sys.stderr.close()  # whoever read the output has gone, and so has the reason to go on
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:
        traceback.print_exc()
        raise SystemExit(USAGE) from error
