"""The distribution, installed and used away from its checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import ENVIRONMENT

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", *build], check=True, env=ENVIRONMENT, capture_output=True)
    return next(folder.glob("after202-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_what_is_installed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    top = {name.split("/")[0] for name in names}

    assert {name for name in top if not name.endswith(".dist-info")} == {"harness", "reference_server"}
    assert "harness/contracts/batch-scan.contract.yaml" in names
    assert "harness/py.typed" in names


def test_it_runs_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "harness", "run", "--examples", "1"]
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^passed: (\d+) cases \(\1 passed\)", ran.stdout, re.MULTILINE)

    where = [sys.executable, "-c", "import harness.contract.loading as l; print(*l.bundled_contracts(), sep='\\n')"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert all(Path(line).is_relative_to(installed) for line in found.splitlines())
    assert len(found.splitlines()) == len(list(ROOT.glob("contracts/*.contract.yaml")))


def test_help_answers_at_once() -> None:
    command = [sys.executable, "-m", "harness", "--help"]
    took = []
    for _ in range(3):
        before = os.times()
        told = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
        after = os.times()  # what it computed: how long that takes is also a matter of what else the machine does
        took.append(after.children_user + after.children_system - before.children_user - before.children_system)

    assert "Drive a deployment through its contracts" in told
    assert 0 < min(took) < 0.5
