"""The reports that `--report` asks for: which there are, and writing them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.problems import did_you_mean
from harness.errors import HarnessError
from harness.reporting import github
from harness.reporting.document import document, written
from harness.reporting.junit import junit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.runner.results import RunResult
    from harness.targets.secrets import Secrets

FORMS = ("junit", "json", "github")
SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One report: its form, and where it goes; None for what goes where the CI system looks for it."""

    form: str
    path: Path | None


def parse_report(text: str) -> ReportFile:
    """`junit:PATH`, `json:PATH` or `github`.

    Raises:
        HarnessError: it is none of these.
    """
    form, colon, path = text.partition(":")
    if form not in FORMS:
        raise HarnessError(f"--report takes junit:PATH, json:PATH or github, not {text!r}; {did_you_mean(form, FORMS)}")
    if form == "github":
        if colon:
            raise HarnessError("--report github takes no path: it writes where GitHub Actions looks")
        return ReportFile(form, None)
    if not path.strip():
        raise HarnessError(f"--report {form} needs a path, for example --report {form}:result.{_ending(form)}")
    return ReportFile(form, Path(path))


def write_reports(
    reports: Iterable[ReportFile],
    result: RunResult,
    secrets: Secrets,
    environment: Mapping[str, str],
    warn: Callable[[str], None],
) -> None:
    """Write every report; one that cannot be written is told to `warn`, and the others are written all the same."""
    for report in reports:
        try:
            _write(report, result, secrets, environment)
        except OSError as error:
            warn(f"the {report.form} report could not be written: {error}")


def _write(report: ReportFile, result: RunResult, secrets: Secrets, environment: Mapping[str, str]) -> None:
    if report.path is None:
        sys.stdout.write("".join(f"{line}\n" for line in github.annotations(result, secrets.redact)))
        if environment.get(SUMMARY):
            with Path(environment[SUMMARY]).open("a", encoding="utf-8") as file:
                file.write(github.job_summary(result, secrets.redact))
        return
    is_junit = report.form == "junit"
    text = junit(result, secrets.redact) if is_junit else written(document(result, secrets.redact_json))
    report.path.parent.mkdir(parents=True, exist_ok=True)
    report.path.write_text(text, encoding="utf-8", newline="\n")


def _ending(form: str) -> str:
    return "xml" if form == "junit" else "json"
