"""Whether 10,000 judged jobs against the correct reference server give one false alarm, or leave anything behind.

    python benchmarks/endurance.py [--jobs 10000] [--progress FILE]

Each round judges every bundled case with examples that no round before had. After it a line is added to the progress
file: how many jobs, what failed or could not be judged, and what this process holds then (files and sockets, tasks,
memory). Started again, it goes on where the file ends. In the end it says whether there was a false alarm, and exits
with 1 if there was.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
from pathlib import Path

from running_targets import Judged, reference

from harness.contract.loading import bundled_contracts, load
from harness.inputs import registry

CONCURRENCY = 32
EXAMPLES = 100
PAGE = os.sysconf("SC_PAGE_SIZE")


def held() -> dict[str, int]:
    """What this process has open and in memory: Linux tells."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    files = len(os.listdir("/proc/self/fd"))
    return {"files": files, "tasks": len(asyncio.all_tasks()), "rss_mib": pages * PAGE // 2**20}


async def rounds(progress: Path, wanted: int, examples: int) -> None:
    """Judge until so many jobs were made, those of earlier starts included."""
    cases = [case for path in bundled_contracts() for case in load(path, registry()).cases]
    kept = read(progress)
    done, number = sum(one["jobs"] for one in kept), len(kept)
    with reference() as url:
        while done < wanted:
            judged = Judged(url)
            result = await judged.run(cases, examples=examples, concurrency=CONCURRENCY, seed=1000 + number)
            await asyncio.sleep(0.5)  # what the run left to the loop is over by then
            line = {
                "round": number,
                "jobs": result.jobs,
                "examples": sum(case.examples for case in result.cases),
                "seconds": round(judged.seconds, 1),
                "failed": [clause for finding in result.findings for clause in finding.clauses],
                "inconclusive": [case.case.full_name for case in result.cases if case.inconclusive],
                "stories": [finding.failures[0].diagnosis.story for finding in result.findings],
                **held(),
            }
            with progress.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(line)}\n")
            done, number = done + result.jobs, number + 1
            print(f"{done:6,} of {wanted:,} jobs   {line}", flush=True)


def read(progress: Path) -> list[dict[str, object]]:
    """The rounds so far."""
    return [json.loads(line) for line in progress.read_text("utf-8").splitlines()] if progress.exists() else []


def main() -> int:
    """Judge, then tell; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="of each case in each round")
    parser.add_argument("--progress", type=Path, default=Path("endurance.jsonl"))
    options = parser.parse_args()
    asyncio.run(rounds(options.progress, options.jobs, options.examples))
    kept = read(options.progress)
    alarms = [one for one in kept if one["failed"]]
    unjudged = [one for one in kept if one["inconclusive"]]
    print(
        f"{sum(one['jobs'] for one in kept):,} jobs in {len(kept)} rounds: {len(alarms)} rounds with a false alarm, "
        f"{len(unjudged)} with a case that could not be judged; "
        f"files {kept[0]['files']} to {kept[-1]['files']}, tasks {kept[0]['tasks']} to {kept[-1]['tasks']}, "
        f"memory {kept[0]['rss_mib']} to {kept[-1]['rss_mib']} MiB"
    )
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
