"""Runs the bundled contracts against every fault, and writes `docs/faults.md`: `python -m tests.faults.table`.

Some run at a time. A fault that is not found then by a clause that its entry names is judged once more, by itself.

Exit status 1 if a fault survived, could not be judged, or was found by no clause that its entry names, or if the no-op
was found; 130 after Ctrl-C, which ends the runs under way and leaves the page: `--resume` goes on with what was found.
"""

import argparse
import itertools
import json
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

from harness.trace.units import count, duration
from tests.faults.judged import Judged, entries, judge
from tests.faults.page import missed, page, seconds_of, wrong

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
KEPT = ROOT / ".harness" / "faults.json"
TOGETHER = 4 * (os.cpu_count() or 1)
"""A run waits more than half of the time. Far more at once, and jobs outrun clients that are to cancel them."""
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    listed = entries()
    names = {entry.name for entry in listed}
    unknown = set(arguments.only) - names
    if unknown:
        sys.stderr.write(f"no such fault: {', '.join(sorted(unknown))}; `harness serve --list-faults` shows them all\n")
        return 2
    asked = [entry for entry in listed if entry.name in (arguments.only or names)]
    found = {one.name: one for one in _kept() if arguments.resume and one.name in {entry.name for entry in asked}}
    began, before = time.monotonic(), len(found)
    try:
        with closing(_all([entry.name for entry in asked if entry.name not in found], arguments.together)) as judged:
            for one in judged:
                found[one.name] = one
                sys.stderr.write(f"{len(found):3}/{len(asked)}  {_line(one)}\n")
                _keep(found)
        for name in missed(asked, found):  # the jobs of a busy machine outrun its clients
            found[name] = judge(name)
            sys.stderr.write(f"by itself {_line(found[name])}\n")
            _keep(found)
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted: {len(found)} of {len(asked)} are kept, --resume goes on with the others\n")
        return INTERRUPTED
    took = f"{count(len(found) - before, 'fault')} in {duration(round(time.monotonic() - began))}"
    if arguments.json:
        sys.stdout.write(json.dumps([found[entry.name].as_json() for entry in asked], indent=2) + "\n")
    elif not arguments.only:
        PAGE.write_text(page(listed, found), encoding="utf-8")
    lines = wrong(listed, found)
    verdict = [*lines] or ["every fault was found by a clause that its entry names"]
    sys.stderr.write("".join(f"{line}\n" for line in (*verdict, took)))
    return 1 if lines else 0


def _all(names: Sequence[str], together: int) -> Iterator[Judged]:
    """What is said of each, as it comes.

    Those that took longest last time begin first, and new ones before them. They mostly wait: beside each begins one
    that took less, and works.
    """
    last = seconds_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    pool = ThreadPoolExecutor(together)
    longest_first = sorted(names, key=lambda name: last.get(name, math.inf), reverse=True)
    half = -(-len(names) // 2)
    pairs = itertools.zip_longest(longest_first[:half], longest_first[half:])
    running = [pool.submit(judge, name) for pair in pairs for name in pair if name is not None]
    try:
        for one in as_completed(running):
            yield one.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _line(one: Judged) -> str:
    first = next(iter(one.broken), one.problem or "SURVIVED" * (one.name != "no-op"))
    return f"{one.name:36} {one.seconds:5.1f} s {one.jobs:4} jobs  {first}"


def _keep(found: Mapping[str, Judged]) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    beside = KEPT.with_suffix(".new")  # whoever presses Ctrl-C meanwhile has the one before
    beside.write_text(json.dumps([one.as_json() for one in found.values()]), encoding="utf-8")
    beside.replace(KEPT)


def _kept() -> list[Judged]:
    try:
        return [Judged(**row) for row in json.loads(KEPT.read_text(encoding="utf-8"))]
    except OSError:
        return []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.table", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this fault; leaves the page")
    parser.add_argument("--resume", action="store_true", help="keep what the last table, maybe cut short, found out")
    parser.add_argument("--json", action="store_true", help="print all as JSON, and leave the page")
    parser.add_argument(
        "--together", type=int, default=TOGETHER, metavar="N", help=f"runs at a time ({TOGETHER}, four a processor)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
