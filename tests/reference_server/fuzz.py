"""Requests made of `/openapi.json`, valid or not, until enough were tried: `python -m tests.reference_server.fuzz`."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.reference_server import client

CONFIG = Path(__file__).with_name("schemathesis.toml")
_EXAMPLES_A_ROUND = 60


def fuzz(cases: int, seed: int) -> tuple[int, str]:
    """Try at least that many cases, in rounds with a seed each; returns how many were tried and what was found.

    Found is what schemathesis reports, and whatever the server logged as an error.
    """
    tried, found = 0, ""
    with client.process() as (running, url):
        while tried < cases and not found:
            report = _round(url, min(_EXAMPLES_A_ROUND, max(1, cases // 40)), seed)
            generated = re.search(r"([\d,]+) generated", report.stdout)
            if report.returncode or generated is None:
                found += report.stdout + report.stderr
            tried += int(generated[1].replace(",", "")) if generated else 0
            seed += 1
        assert httpx.get(f"{url}/health", trust_env=False).json()["status"] == "ok"
        _, log = running.communicate(timeout=client.PATIENCE)
    return tried, found + "\n".join(
        line for line in log.splitlines() if re.search(r" (ERROR|CRITICAL) |Traceback", line)
    )


def _round(url: str, examples: int, seed: int) -> subprocess.CompletedProcess[str]:
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert program, "schemathesis is not installed beside this Python"
    options = ["--max-examples", str(examples), "--seed", str(seed), "--no-color", "--generation-database", "none"]
    command = [program, "--config-file", str(CONFIG), "run", f"{url}/openapi.json", *options]
    with tempfile.TemporaryDirectory() as folder:  # it leaves its cache where it is run
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    tried, found = fuzz(arguments.cases, arguments.seed)
    sys.stdout.write(f"{tried} cases, {'findings:' if found else 'no finding'}\n{found}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
