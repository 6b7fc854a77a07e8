"""The render farm as a process, and what was asked of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ENVIRONMENT

FARM = Path(__file__).parent / "render_farm.py"
TOKEN = "f4rm-t0ken/of+staging"
PASSWORD = "pa55 w\u00f6rd"
REAL_TIME = os.environ.get("AFTER202_REAL_TIME") == "1"
FARM_OPTIONS = [] if REAL_TIME else ["--render-seconds", "0.4", "--per", "3"]


@dataclass
class Farm:
    """The service, as it is at the moment: `broken` says in which way."""

    process: subprocess.Popen[str]
    port: int
    record: Path

    def recorded(self, what: str) -> list[dict[str, Any]]:
        lines = self.record.read_text("utf-8").splitlines() if self.record.exists() else []
        return [found for line in lines if (found := json.loads(line))["what"] == what]


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Callable[..., Farm]]:
    with ExitStack() as stack:

        def start(*arguments: str, port: int = 0) -> Farm:
            record = tmp_path / "asked.jsonl"
            process = subprocess.Popen(
                [sys.executable, str(FARM), "--record", str(record), "--port", str(port), *FARM_OPTIONS, *arguments],
                env={**ENVIRONMENT, "FARM_TOKEN": TOKEN, "FARM_PASSWORD": PASSWORD},
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            return Farm(process, int(process.stdout.readline().split()[-1]), record)

        yield start
