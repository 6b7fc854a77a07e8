"""Keeping the trace of every example that ran: a file each, in a folder, to be judged again without the network."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.runner.replay import contract_label
from harness.trace.ndjson import Header, Trace, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.runner.results import ExampleResult
    from harness.trace.events import Json

SUFFIX = ".ndjson"
_NUMBERED = re.compile(r"(\d{4,9})-.*\.ndjson")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME = 80


class Recorder:
    """Writes traces into one folder: `0001-CONTRACT-CASE.ndjson` and so on, in the order in which examples ended.

    What is in the folder already stays, and numbers go on from there. Any thread may call it. A trace that cannot be
    written is told once, to `warn`, and the run goes on.
    """

    def __init__(
        self,
        folder: Path,
        contracts: Mapping[str, Path],
        redact: Callable[[Json], Json],
        warn: Callable[[str], None],
    ) -> None:
        """Make the folder, and look into it.

        Args:
            folder: where the traces go.
            contracts: the file of each contract, by its name.
            redact: gives any JSON value with its secrets masked.
            warn: told, once, why a trace cannot be written.

        Raises:
            HarnessError: the folder cannot be made or read.
        """
        self._folder = folder
        self._contracts = contracts
        self._redact = redact
        self._warn = warn
        self._warned = False
        self._lock = threading.Lock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            found = [_NUMBERED.fullmatch(path.name) for path in self._folder.iterdir()]
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise HarnessError(f"no traces can be recorded in {folder}: {error}") from error
        self._number = max((int(number.group(1)) for number in found if number), default=0)

    def __call__(self, result: ExampleResult, seed: int) -> None:
        """Keep one example's trace."""
        case = result.example.case
        label = contract_label(self._contracts[case.contract])
        header = Header(label, case.name, result.spec, result.fresh, seed)
        try:
            text = write(Trace(header, result.events, result.end, result.stalls, result.interrupted), self._redact)
            self._keep(_UNSAFE.sub("-", f"{case.contract}-{case.name}")[:_LONGEST_NAME], text)
        except (OSError, ValueError, RecursionError) as error:
            with self._lock:
                told, self._warned = self._warned, True
            if not told:
                self._warn(f"a trace could not be recorded in {self._folder}: {error}")

    def _keep(self, name: str, text: str) -> None:
        with self._lock:
            self._number += 1
            path = self._folder / f"{self._number:04}-{name}{SUFFIX}"
        with path.open("x", encoding="ascii", newline="\n") as file:
            file.write(text)
