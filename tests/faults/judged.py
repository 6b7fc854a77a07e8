"""What `harness run` says of one fault."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 500
_START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_PROCESSES = multiprocessing.get_context(_START)
_PROCESSES.set_forkserver_preload(["tests.faults.warm"])


@dataclass(frozen=True)
class Entry:
    """A fault as `--list-faults` tells it."""

    name: str
    family: str
    symptom: str
    killed_by: list[str]
    told_as: list[str]
    needs_restart: bool
    seeded: bool


@dataclass(frozen=True)
class Judged:
    """What a run against the server with this fault came to: clauses that broke, each with the classes it was told in.

    `problem` says why there is no result, or one that is not conclusive; it is empty else.
    """

    name: str
    broken: dict[str, list[str]]
    jobs: int
    seconds: float
    problem: str = ""

    @property
    def survived(self) -> bool:
        """Whether it was judged, and no clause noticed it."""
        return not self.broken and not self.problem

    @property
    def unjudged(self) -> bool:
        """Whether nothing can be said of it."""
        return not self.broken and bool(self.problem)

    def named(self, entry: Entry) -> list[str]:
        """The clauses that broke and that the fault's entry names."""
        return [clause for clause in self.broken if clause in entry.killed_by]

    def told(self, entry: Entry) -> list[str]:
        """The classes in which the clauses that the fault's entry names were told, each once."""
        return list(dict.fromkeys(kind for clause in self.named(entry) for kind in self.broken[clause]))

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def entries() -> list[Entry]:
    """Every fault, the no-op too."""
    command = [sys.executable, "-m", "reference_server", "--list-faults", "--json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [Entry(**row) for row in json.loads(listed)]


def judge(fault: str, options: Sequence[str] = ()) -> Judged:
    """Run the bundled contracts against the bundled server with `fault`; `options` are more of `harness run`.

    The command line has a process of its own, forked where that can be from one that has just done a dry run.
    """
    with tempfile.TemporaryDirectory(prefix="after202-fault-") as name:
        folder = Path(name)
        arguments = ["run", "--quiet", "--fault", fault, "--report", "json:report.json", *options]
        run = _PROCESSES.Process(target=_harness, args=([*arguments, "--timeout", str(TIMEOUT_SECONDS)], folder))
        run.start()
        run.join()
        try:
            result = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = (folder / "stderr").read_text(encoding="utf-8") if (folder / "stderr").exists() else ""
            return Judged(fault, {}, 0, 0.0, told.strip() or f"exit status {run.exitcode}, and no report")
    return _read(fault, result)


def _harness(arguments: list[str], folder: Path) -> None:
    """Be the command line with these arguments, in this folder; what it prints goes into the files there."""
    from harness.cli import main

    os.chdir(folder)
    for stream, name in ((sys.stdout, "stdout"), (sys.stderr, "stderr")):
        stream.flush()
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), stream.fileno())
    sys.argv = ["harness", *arguments]
    main()


def _read(fault: str, result: dict[str, Any]) -> Judged:
    broken: dict[str, list[str]] = {
        clause["clause"]: [] for clause in result["clauses"] if clause["standing"] == "failed"
    }
    for finding in result["findings"]:
        for clause in finding["clauses"]:
            classes = broken.setdefault(clause, [])
            classes += [kind for kind in [finding["class"]] if kind not in classes]
    problem = "" if result["exit_status"] in (0, 1) else f"{result['verdict']}: {_why(result)}"
    return Judged(fault, broken, result["jobs"], result["seconds"], problem)


def _why(result: dict[str, Any]) -> str:
    reasons = [result["stopped"], *(case["inconclusive"] for case in result["cases"])]
    return next((reason for reason in reasons if reason), "no reason given")
