"""How long it takes to read the bundled contracts and to lint them, each in a fresh process.

    python benchmarks/loading.py [--times 9] [--at-most-ms 150] [--at-most-times FACTOR]

Processor time beyond that of starting the interpreter, the best of several processes: other work on the machine makes
it longer, never shorter. Python's bytecode is kept, as it is where the harness is installed. What it is held against is
measured beside it: the import of the libraries without which no contract can be read. At the end it says whether
reading and linting take no more than `--at-most-ms`. With `--at-most-times` it measures only these two, and the exit
status is 1 if reading and linting take more than so many times what the libraries take.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

START = "pass"
LIBRARIES = "the libraries alone"
LIMITED = "reading and linting"
STEPS = {
    LIBRARIES: ("import enum, json, pathlib, re, typing\nimport jsonschema_rs, yaml\nfrom cel_expr_python import cel"),
    "imports": "import harness.linting",
    "reading": (
        "from harness.contract.loading import bundled_contracts, read\n"
        "from harness.inputs import registry\n"
        "import harness.linting\n"
        "[read(path, registry()) for path in bundled_contracts()]"
    ),
    LIMITED: "import harness.linting as l; l.lint_contracts(l.LintOptions())",
    "harness lint": "import sys; sys.argv[1:] = ['lint']\nfrom harness.cli import main\nmain()",
}


def costs(codes: dict[str, str], times: int) -> dict[str, float]:
    """Milliseconds of processor time of a fresh interpreter that runs each code; the least of so many, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = folder
        rounds = [{name: _once(code, environment) for name, code in codes.items()} for _ in range(times + 1)]
    return {name: min(taken[name] for taken in rounds[1:]) for name in codes}  # the first one writes the bytecode


def _once(code: str, environment: dict[str, str]) -> float:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"this failed with {process.returncode}: {code}")
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=9, help="processes for each figure")
    parser.add_argument("--at-most-ms", type=float, default=150, help="what reading and linting should take at most")
    parser.add_argument("--at-most-times", type=float, help="how many times the libraries reading and linting may take")
    options = parser.parse_args()
    limited = {name: STEPS[name] for name in (LIBRARIES, LIMITED)} if options.at_most_times else STEPS
    taken = costs({START: START, **limited}, options.times)
    start = taken.pop(START)
    print(f"{'the interpreter alone':24}{start:8.0f} ms")
    for name, milliseconds in taken.items():
        factor = (milliseconds - start) / (taken[LIBRARIES] - start)
        print(f"{name:24}{milliseconds - start:8.0f} ms   {factor:6.1f} times the libraries")
        if options.at_most_times and factor > options.at_most_times:
            raise SystemExit(1)
    met = taken[LIMITED] - start <= options.at_most_ms
    print(f"{LIMITED} in {options.at_most_ms:.0f} ms: {'met' if met else 'not met'} on this machine")


if __name__ == "__main__":
    main()
