"""Where the files of a first contract go, and what is left alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harness.contract.loading import SUFFIX
from harness.contract.source import shown
from harness.errors import HarnessError
from harness.targets.files import TARGET_FILE, target_file

GITHUB = Path(".github") / "workflows" / "after202.yml"
GITLAB = Path(".gitlab-ci.yml")
GITLAB_INCLUDED = Path("after202.gitlab-ci.yml")
KEPT = Path(".harness")
TRACE = KEPT / "first.ndjson"


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything goes; `None` for a file that is there already and stays as it is.

    Attributes:
        folder: the folder of all of them.
        contract: the contract.
        targets: the target file.
        known_targets: the target file that is there already, here or in a folder above.
        github: the workflow of GitHub Actions.
        gitlab: the job of GitLab CI.
    """

    folder: Path
    contract: Path
    targets: Path | None
    known_targets: Path | None
    github: Path | None
    gitlab: Path | None

    @property
    def trace(self) -> Path:
        """The recorded run."""
        return self.folder / TRACE


def places(folder: Path, name: str, *, force: bool) -> Places:
    """Look at what is there; nothing is written.

    Raises:
        HarnessError: the contract is there already, and `force` is not set.
    """
    contract = folder / f"{name}{SUFFIX}"
    if contract.exists() and not force:
        raise HarnessError(f"{shown(contract)} is there already: --force replaces it, --name gives another name")
    known = target_file(folder)
    gitlab = GITLAB if not (folder / GITLAB).exists() else GITLAB_INCLUDED
    return Places(
        folder,
        contract,
        folder / TARGET_FILE if known is None else None,
        known,
        _free(folder / GITHUB, force=force),
        _free(folder / gitlab, force=force),
    )


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        HarnessError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise HarnessError(f"{path} cannot be written: {error.strerror or error}") from error


def _free(path: Path, *, force: bool) -> Path | None:
    return None if path.exists() and not force else path
