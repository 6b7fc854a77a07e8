"""Real processes for the end-to-end tests: the harness as its users start it, and targets to point it at."""

from __future__ import annotations

import itertools
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

HERE = Path(__file__).parent
HARNESS = [sys.executable, "-m", "harness"]
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(("HYPOTHESIS", "SSL_CERT"))}


@dataclass
class Ran:
    status: int
    out: str
    err: str
    folder: Path

    def replay_file(self) -> Path:
        return self.folder / self.out.split("harness replay ", 1)[1].split()[0]


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Ran]:
    """Runs the harness in an empty folder, whose name has a space in it."""
    folder = tmp_path / "an empty folder"
    folder.mkdir()

    def run(*arguments: str, timeout: float = 240, **environment: str) -> Ran:
        done = subprocess.run(
            [*HARNESS, *arguments],
            cwd=folder,
            env={**ENVIRONMENT, "COLUMNS": "100", **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr, folder)

    return run


@dataclass
class Running:
    port: int
    process: subprocess.Popen[str]
    record: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def recorded(self) -> list[dict[str, Any]]:
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text("utf-8").splitlines()]


def starting(stack: ExitStack, script: str, folder: Path) -> Callable[..., Running]:
    """Starts one of our own small services, a script beside this file; each ends with the `stack`."""
    numbers = itertools.count()

    def start(*arguments: str) -> Running:
        record = folder / f"record-{next(numbers)}.jsonl"
        process = subprocess.Popen(
            [sys.executable, str(HERE / script), "--record", str(record), *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        assert process.stdout is not None
        stack.callback(process.stdout.close)
        return Running(int(process.stdout.readline().split()[-1]), process, record)

    return start


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts our own small service; it ends with the test."""
    with ExitStack() as stack:
        yield starting(stack, "service.py", tmp_path)


@pytest.fixture
def reference() -> Iterator[Callable[..., str]]:
    """Starts the reference server as its users do; gives its address."""
    with ExitStack() as stack:

        def start(*arguments: str) -> str:
            process = subprocess.Popen(
                [*HARNESS, "serve", "--port", "0", "--until-stdin-closes", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=ENVIRONMENT,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            stack.callback(process.wait)
            stack.callback(process.stdout.close)
            stack.callback(process.stdin.close)
            return process.stdout.readline().split()[-1]

        yield start
