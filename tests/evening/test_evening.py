"""The evening of `docs/gate-your-own-service.md`, walked with its own commands and files: jobs counted, then broken.

The farm renders in a fraction of the time and allows as many renders in a fraction of a minute; with
`AFTER202_REAL_TIME=1` it takes 8 s for each and allows 10 a minute, as the page says.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import ENVIRONMENT
from tests.evening.conftest import REAL_TIME, TOKEN, Farm

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gate-your-own-service.md").read_text("utf-8")
BLOCK = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^harness (?:\\\n|'[^']*'|[^'\n])*", re.M)
MOST_JOBS = 25


@dataclass
class Evening:
    """A folder with a space in its name, and the page's commands run in it."""

    folder: Path
    port: int
    environment: dict[str, str]

    def here(self, text: str) -> str:
        text = text.replace("https://staging.example.com", f"http://127.0.0.1:{self.port}")
        return text if REAL_TIME else text.replace("rate: 28/m", "rate: 28/s").replace("within: 10s", "within: 3s")

    def files(self) -> None:
        """What the page has as a file is written over what `init` wrote."""
        for block in BLOCK.finditer(PAGE):
            if "file=" in block["info"]:
                (self.folder / block["info"].split("file=")[1]).write_text(self.here(block["body"]), "utf-8")

    def run(self, command: str, limit: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", self.here(command)],
            cwd=self.folder, env=self.environment, text=True, capture_output=True, timeout=limit, check=False,
        )  # fmt: skip


def commands() -> list[str]:
    """The page's commands in their order, one with its continued lines; installing and exporting are done already."""
    found = []
    for block in BLOCK.finditer(PAGE):
        if block["info"] == "sh":
            found += COMMAND.findall(block["body"])
    return found


@pytest.fixture
def evening(tmp_path: Path, farm: Callable[..., Farm]) -> tuple[Evening, Farm]:
    running = farm()
    folder = tmp_path / "my service"
    folder.mkdir()
    programs = str(Path(sys.executable).parent)
    path = f"{programs}{os.pathsep}{ENVIRONMENT['PATH']}"
    more = {"PATH": path, "FARM_TOKEN": TOKEN, "GIT_SHA": "a1b2c3d", "COLUMNS": "120"}
    return Evening(folder, running.port, {**ENVIRONMENT, **more}), running


def test_the_whole_evening(evening: tuple[Evening, Farm], farm: Callable[..., Farm]) -> None:
    walk, running = evening
    init, check, dry_run, small, gate = commands()

    made = walk.run(init)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "passes renders.contract.yaml" in made.stdout
    assert len(running.recorded("accepted")) == 1
    guessed = walk.run("harness run renders.contract.yaml --target staging --dry-run")
    assert guessed.returncode == 0, "what init wrote is a contract and a target: " + guessed.stderr

    walk.files()
    again = walk.run(check)
    assert again.returncode == 0, again.stdout + again.stderr
    planned = walk.run(dry_run)
    assert planned.returncode == 0, planned.stderr
    assert "jobs      9\n" in planned.stdout
    assert "cost      0.18 USD" in planned.stdout
    assert len(running.recorded("accepted")) == 1, "checking and planning cost nothing"

    seen = walk.run(small)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert '"event": "render.frame"' in seen.stdout
    green = walk.run(gate, limit=600)
    assert green.returncode == 0, green.stdout + green.stderr
    assert "9 jobs (0.18 USD)" in green.stdout.splitlines()[-1]
    accepted = running.recorded("accepted")
    assert len(accepted) <= MOST_JOBS
    assert (walk.folder / "after202.xml").read_text("utf-8").startswith("<?xml")

    told = made.stdout + again.stdout + planned.stdout + seen.stdout + green.stdout
    kept = [path.read_bytes() for path in walk.folder.rglob("*") if path.is_file()]
    assert TOKEN not in told
    assert not any(TOKEN.encode() in content for content in kept)
    assert not re.search(r"tkt_[0-9a-f]{8}", told)
    assert not any(re.search(rb"tkt_[0-9a-f]{8}", content) for content in kept), "a ticket is a secret too"


BREAKAGES = {
    "worker-not-started": "the worker is not running",
    "no-snapshot": "late clients get no snapshot any more",
    "counts-one-too-many": "the last message counts one frame too many",
    "database-down": "the database is down and renders are answered 500",
}
TOLD = {
    found[1].strip(): (found[2], found[3])
    for found in re.finditer(r"^\| ([^|`]+) \| `([^`]+)` \| `([^`]+)` \|$", PAGE, flags=re.M)
}


@pytest.mark.parametrize("broken", list(BREAKAGES))
def test_each_breakage_fails_in_the_class_that_the_page_says(
    evening: tuple[Evening, Farm], farm: Callable[..., Farm], broken: str
) -> None:
    walk, running = evening
    running.process.kill()
    running.process.wait()
    farm("--broken", broken, port=walk.port)
    walk.files()
    clause, kind = TOLD[BREAKAGES[broken]]

    failed = walk.run("harness run renders.contract.yaml --target staging --report json:result.json", limit=600)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    result = json.loads((walk.folder / "result.json").read_text("utf-8"))
    first = result["findings"][0]
    assert (first["clause"], first["class"]) == (clause, kind), failed.stdout + failed.stderr
    assert f"FAILED  {clause}" in failed.stdout
    assert result["jobs"] <= 12
    shown = first["failures"][0]
    assert shown["tries"] == shown["failed"] > 1, "it was tried again"
