"""The end of `init`: what was written is held to what was seen, the files around it are written, and all is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.authoring.asked import CREDENTIALS
from harness.authoring.draft import CASE, recorded
from harness.authoring.gate_files import github_text, gitlab_text, target_block, targets_text
from harness.authoring.placing import GITLAB_INCLUDED, KEPT, write
from harness.authoring.preparing import shell
from harness.contract.loading import load
from harness.contract.source import shown
from harness.errors import HarnessError
from harness.inputs import registry
from harness.runner.check import check
from harness.runner.replay import contract_label
from harness.trace.ndjson import write as trace_text
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from harness.authoring.asked import Asked
    from harness.authoring.contract_text import Written
    from harness.authoring.draft import Draft
    from harness.authoring.placing import Places
    from harness.trace.events import Json
    from harness.trace.ndjson import Trace

FIRST_JOBS = 4
"""How many jobs the first run of a new contract is told to ask for."""


def keep_trace(trace: Trace, made: Draft, where: Places, redact: Callable[[Json], Json]) -> None:
    """Write the trace where git does not see it, as one of the contract's.

    Raises:
        HarnessError: it cannot be written.
    """
    write(where.folder / KEPT / ".gitignore", "*\n")
    write(where.trace, trace_text(recorded(trace, made, contract_label(where.contract)), redact))


def judge(contract: Path, trace: Trace, file: str, made: Draft) -> list[str]:
    """Hold the run that was seen to the contract that was written, as `harness check` does.

    Args:
        contract: its file.
        trace: as it was read again.
        file: the name of the trace.
        made: knows the inputs of a recording that does not say them.

    Returns:
        What does not hold; nothing if all is well.
    """
    given = {one.name: one.spec for one in made.inputs} if trace.header is None else {}
    try:
        case = next(case for case in load(contract, registry()).cases if case.name == CASE)
        result = check(trace, file, case, registry(), given).result
    except HarnessError as error:
        return [str(error)]
    problems = [f"{one.clause}: {one.summary}" for one in result.violations]
    if result.inconclusive:
        problems.append(result.inconclusive)
    if result.verdict is not Verdict.PASSED and not problems:
        problems.append(f"the verdict is {result.verdict.label}")
    return problems


def gate_files(asked: Asked | None, name: str, target: str, where: Places) -> tuple[list[str], list[str]]:
    """Write the target file and the pipelines, where there are none.

    Returns:
        What was written, and what is left for the author to do.

    Raises:
        HarnessError: one cannot be written.
    """
    url, headers = (asked.origin, asked.target_headers) if asked else ("", {})
    variables = asked.variables if asked else ()
    contract = where.contract.relative_to(where.folder).as_posix()
    texts = [
        (where.targets, targets_text(target, url, headers, name)),
        (where.github, github_text(contract, target, variables)),
        (where.gitlab, gitlab_text(contract, target, variables)),
    ]
    wrote = []
    for path, text in texts:
        if path is not None:
            write(path, text)
            wrote.append(shown(path))
    left = []
    if where.known_targets is not None:
        left.append(f"{shown(where.known_targets)} is left as it is; add this below `targets:`")
        left.append(target_block(target, url, headers, name).rstrip("\n"))
    if where.gitlab is not None and where.gitlab.name == GITLAB_INCLUDED.name:
        left.append(f"add to .gitlab-ci.yml: include: [{{local: {GITLAB_INCLUDED.name}}}]")
    if where.github is None or where.gitlab is None:
        left.append("the pipelines of after202 that are there are left as they are; --force replaces them")
    return wrote, left


def guesses_told(written: Written, contract: str) -> list[str]:
    """Each guess, numbered, with its place."""
    width = max((len(f"{contract}:{guess.line}") for guess in written.guesses), default=0)
    return [
        f"{number:3}. {f'{contract}:{guess.line}':<{width}}  {guess.what} ({guess.why})"
        for number, guess in enumerate(written.guesses, 1)
    ]


def next_steps(contract: str, target: str, variables: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The commands to go on with."""
    exports = [f"  export {name}={_how(name)}" for name in variables if not environment.get(name)]
    run = f"  harness run {shell(contract)} --target {shell(target)} --max-jobs {FIRST_JOBS}"
    pipeline = [f"  give the pipeline's secrets the value of {' and '.join(variables)}"] if variables else []
    return [*exports, run, *pipeline]


def _how(variable: str) -> str:
    if variable.endswith(f"_{CREDENTIALS}"):
        return "$(printf %s 'NAME:PASSWORD' | base64)"
    return "..."
