"""Target files: `targets.yaml`, found upward from the working folder; and which target a name or an address means."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries
from harness.contract.problems import ContractError, Document, Problem, Problems, Span, did_you_mean
from harness.contract.source import Mapping as Map
from harness.contract.source import read_document, shown
from harness.errors import HarnessError
from harness.targets.read_target import read_target
from harness.targets.reading import Reading
from harness.targets.target import make_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.targets.secrets import Secrets
    from harness.targets.target import Target

TARGET_FILE = "targets.yaml"
_HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+:[0-9]+(?:/.*)?|[^:]*[./].*|\[.*")


def find_target(
    name_or_url: str, headers: Mapping[str, str], secrets: Secrets, environment: Mapping[str, str], folder: Path
) -> Target:
    """The target that the user means: an address, or the name of one in the nearest target file.

    Args:
        name_or_url: it is an address if it has `://` in it.
        headers: those of the command line; they win over the file's.
        secrets: is told every value from the environment and every credential.
        environment: its variables.
        folder: where to begin looking; then in each folder above it.

    Raises:
        HarnessError: it is no address, or there is no such target.
        ContractError: with everything that is wrong in the target file; its secrets are masked.
    """
    if "://" in name_or_url:
        return make_target(name_or_url, headers)
    path = target_file(folder)
    if path is None:
        raise HarnessError(_no_file(name_or_url, folder))
    try:
        return _from_file(path, name_or_url, headers, secrets, environment)
    except ContractError as error:
        raise ContractError(_masked(problem, secrets) for problem in error.problems) from None


def target_file(folder: Path) -> Path | None:
    """The nearest target file, in `folder` or above it; None if there is none."""
    folder = folder.absolute()
    return next((path for each in (folder, *folder.parents) if (path := each / TARGET_FILE).is_file()), None)


def _from_file(
    path: Path, name: str, headers: Mapping[str, str], secrets: Secrets, environment: Mapping[str, str]
) -> Target:
    problems = Problems()
    root = read_document(path, shown(path))
    fields = Fields(root, "a target file", problems)
    targets = fields.need("targets")
    fields.done()
    given = frozenset(map(str.lower, headers))
    found: dict[str, Target] = {}
    for each, span, node in entries(targets, "'targets'", problems):
        _check_name(each, span, problems)
        reading = Reading(problems, secrets, environment if each == name else None, given, path.parent)
        found[each] = read_target(each, node, reading)
    if name not in found and isinstance(root, Map) and "targets" in root.entries:
        problems.add(
            root.entries["targets"][0],
            f"no target here is called {name!r}",
            f"{did_you_mean(name, found)}{_hint(name)}",
        )
    problems.raise_any()
    return replace(found[name], headers={**found[name].headers, **headers})


def _check_name(name: str, span: Span, problems: Problems) -> None:
    if "://" in name or not name.strip():
        problems.add(span, f"a target cannot be called {name!r}", "give it a name such as staging, and its url below")


def _hint(name: str) -> str:
    return f" If it is an address, write http://{name}" if _HOST.fullmatch(name) else ""


def _no_file(name: str, folder: Path) -> str:
    told = f"there is no target {name!r}: no {TARGET_FILE} in {folder.absolute()} or in a folder above it."
    if _HOST.fullmatch(name):
        return f"{told}\n  If it is an address, write http://{name}"
    return (
        f"{told}\n  Give an address, such as --target https://staging.example.com, or write {TARGET_FILE}:\n"
        f"    targets:\n      {name}:\n        url: https://staging.example.com"
    )


def _masked(problem: Problem, secrets: Secrets) -> Problem:
    """The problem without secrets in what it says and in the line that it shows."""
    span = problem.span
    lines = list(span.document.lines)
    column, length = span.column, span.length
    if span.line <= len(lines):
        line = lines[span.line - 1]
        lines[span.line - 1] = redacted = secrets.redact(line)
        if redacted != line:
            behind = secrets.redact(line[column - 1 :])
            column = len(redacted) - len(behind) + 1 if redacted.endswith(behind) else min(column, len(redacted))
            length = len(secrets.redact(line[span.column - 1 : span.column - 1 + length]))
    masked = Span(Document(span.document.file, tuple(lines)), span.line, column, length)
    return Problem(masked, secrets.redact(problem.message), secrets.redact(problem.hint))
