"""Runs the bundled contracts against every fault, and writes `docs/faults.md`: `python -m tests.faults.table`.

Exit status 1 if a fault survived, or was found by no clause that its entry names, or if the no-op was found.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.faults.judged import Entry, Judged, entries, judge
from tests.faults.page import page, wrong

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
KEPT = ROOT / ".harness" / "faults.json"


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
    for one in _all([entry for entry in asked if entry.name not in found], arguments.together):
        found[one.name] = one
        sys.stderr.write(f"{len(found):3}/{len(asked)}  {_line(one)}\n")
        _keep(found)
    if arguments.json:
        sys.stdout.write(json.dumps([found[entry.name].as_json() for entry in asked], indent=2) + "\n")
    elif not arguments.only:
        PAGE.write_text(page(listed, found), encoding="utf-8")
    lines = wrong(listed, found)
    sys.stderr.write(
        "".join(f"{line}\n" for line in lines) or "every fault was found by a clause that its entry names\n"
    )
    return 1 if lines else 0


def _all(asked: Sequence[Entry], together: int) -> Iterator[Judged]:
    with ThreadPoolExecutor(together) as pool:
        for running in as_completed([pool.submit(judge, entry.name) for entry in asked]):
            yield running.result()


def _line(one: Judged) -> str:
    first = next(iter(one.broken), one.problem or "SURVIVED" * (one.name != "no-op"))
    return f"{one.name:36} {one.seconds:5.1f} s {one.jobs:4} jobs  {first}"


def _keep(found: Mapping[str, Judged]) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps([one.as_json() for one in found.values()]), encoding="utf-8")


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
    parser.add_argument("--together", type=int, default=3, metavar="N", help="runs at a time (3)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
