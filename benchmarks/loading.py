"""How long it takes to read the bundled contracts and to lint them, each in a fresh process.

    python benchmarks/loading.py [--times 9] [--at-most MILLISECONDS]

Processor time beyond that of starting the interpreter, the best of several processes: other work on the machine makes
it longer, never shorter. With `--at-most` the exit status is 1 if reading and linting take longer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

START = "pass"
STEPS = {
    "imports": "import harness.linting",
    "reading": (
        "from harness.contract.loading import bundled_contracts, read\n"
        "from harness.inputs import registry\n"
        "import harness.linting\n"
        "[read(path, registry()) for path in bundled_contracts()]"
    ),
    "reading and linting": "import harness.linting as l; l.lint_contracts(l.LintOptions())",
    "harness lint": "import sys; sys.argv[1:] = ['lint']\nfrom harness.cli import main\nmain()",
}
LIMITED = "reading and linting"


def cost(code: str, times: int) -> float:
    """Milliseconds of processor time of a fresh interpreter that runs `code`; the least of so many."""
    return min(_once(code) for _ in range(times))


def _once(code: str) -> float:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"this failed with {process.returncode}: {code}")
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=9, help="processes for each figure")
    parser.add_argument("--at-most", type=float, help="milliseconds that reading and linting may take")
    options = parser.parse_args()
    start = cost(START, options.times)
    print(f"{'the interpreter alone':24}{start:8.0f} ms")
    taken = {name: cost(code, options.times) - start for name, code in STEPS.items()}
    for name, milliseconds in taken.items():
        print(f"{name:24}{milliseconds:8.0f} ms   {milliseconds / start:6.1f} times its start")
    if options.at_most is not None and taken[LIMITED] > options.at_most:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
