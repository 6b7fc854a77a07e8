"""The files around a first contract: the target, and the pipelines that hold it to the contract before a deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.authoring.preparing import shell
from harness.authoring.yaml_text import block, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JOBS = 20
UNKNOWN_URL = "https://REPLACE-ME.example.com"


def target_block(name: str, url: str, headers: Mapping[str, str], contract: str) -> str:
    """One target, as it stands below `targets:`."""
    lines = [f"  {scalar(name)}:", f"    url: {url or UNKNOWN_URL}"]
    if headers:
        lines.append("    headers:")
        lines += [f"      {scalar(key)}: {block(value)}" for key, value in headers.items()]
    lines += [
        f"    jobs: {JOBS}                      # a run asks for no more",
        "    # rate: 10/m                  # if the service limits requests; N/s, N/m or N/h",
        "    # cost_per_job: 0.02 USD      # told with each run",
        "    # slack: 500ms                # added to each deadline, for the distance",
        "    # ready:                      # wait until the build under test is the one that answers",
        "    #   {path: /version, expect: body.commit == env.GIT_SHA, within: 10m}",
        "    # known_failures:             # what is not kept yet: told, and no reason to stop",
        f"    #   - {{clause: {contract}/deadlines/finished, reason: why, until: YYYY-MM-DD}}",
    ]
    return "".join(f"{line}\n" for line in lines)


def targets_text(name: str, url: str, headers: Mapping[str, str], contract: str) -> str:
    """A target file with one target."""
    return (
        "# Where contracts are held: `harness run --target NAME`. Secrets stay in the environment: ${env.NAME}.\n"
        f"targets:\n{target_block(name, url, headers, contract)}"
    )


def github_text(contract: str, target: str, variables: Iterable[str]) -> str:
    """A workflow for GitHub Actions; secrets come from the repository's secrets."""
    secrets = [f"          {name}: ${{{{ secrets.{name} }}}}" for name in variables]
    lines = [
        "# Holds the deployed service to its contract. Call it after the deploy, or start it by hand.",
        "name: after202",
        "on:",
        "  workflow_dispatch:",
        "  workflow_call:",
        *(["    secrets:", *(f"      {name}: {{required: true}}" for name in variables)] if secrets else []),
        "permissions:",
        "  contents: read",
        f"concurrency: {scalar(f'after202-{target}')}  # one gate at a time: jobs and rate are shared",
        "jobs:",
        "  contract:",
        "    runs-on: ubuntu-latest",
        "    timeout-minutes: 20",
        "    steps:",
        "      - uses: actions/checkout@v4",
        "      - uses: actions/setup-python@v5",
        '        with: {python-version: "3.12"}',
        "      - run: pip install after202",
        "      # Status 1 is a violation. Status 3 is not your change: the service could not be reached or judged.",
        f"      - run: {_command(contract, target, github=True)}",
        *(["        env:", *secrets] if secrets else []),
        "      - if: always()",
        "        uses: actions/upload-artifact@v4",
        "        with:",
        "          name: after202",
        "          path: |",
        "            after202.xml",
        "            traces",
        "            .harness/failures",
        "          include-hidden-files: true",
        "          if-no-files-found: ignore",
    ]
    return "".join(f"{line}\n" for line in lines)


def gitlab_text(contract: str, target: str, variables: Iterable[str]) -> str:
    """A job for GitLab CI; secrets are masked variables of the project."""
    named = ", ".join(variables)
    lines = [
        "# Holds the deployed service to its contract. Let it run after the deploy.",
        *([f"# Set as masked variables of the project: {named}"] if named else []),
        "after202:",
        "  image: python:3.12",
        "  timeout: 20 minutes",
        f"  resource_group: {scalar(f'after202-{target}')}  # one gate at a time: jobs and rate are shared",
        "  script:",
        "    - pip install after202",
        f"    - {_command(contract, target, github=False)}",
        "  retry:",
        "    max: 1",
        "    exit_codes: 3  # not your change: the service could not be reached or judged",
        "  artifacts:",
        "    when: always",
        "    paths: [after202.xml, traces, .harness/failures]",
        "    reports:",
        "      junit: after202.xml",
    ]
    return "".join(f"{line}\n" for line in lines)


def _command(contract: str, target: str, *, github: bool) -> str:
    annotations = "--report github " if github else ""
    command = f"harness run {shell(contract)} --target {shell(target)} {annotations}--report junit:after202.xml"
    return f"{command} --record traces"
