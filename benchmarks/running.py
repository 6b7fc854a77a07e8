"""How well many slow jobs are run, each figure against something that is measured beside it in the same run.

    python benchmarks/running.py [slow] [overhead] [many] [default] [silent]

slow      a server that takes 200 ms for a job: 100 examples at concurrency 16, against one after another
overhead  the fast reference server: judged jobs a second, and processor time for each, against a bare loop of httpx and
          websockets
many      1,000 jobs in flight in one process, all judged
default   `harness run` against the reference server: examples, and how long
silent    `harness run` against a target that accepts everything and never sends a message: how long
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from running_targets import CONTRACT, Judged, reference, target
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from harness.contract.loading import bundled_contracts, load
from harness.contract.model import Case
from harness.inputs import registry
from harness.runner.drawing import case_strategy, draw, seed_of

EACH = 34  # of each of four cases: those that are drawn twice are run once, so a hundred in all
CONCURRENCY = 16
ROUNDS = 5
OVERHEAD_JOBS = 300
MANY = 1000


def slow_cases() -> tuple[Case, ...]:
    """The cases of the slow server's own contract."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "slow.contract.yaml"
        path.write_text(CONTRACT, "utf-8")
        return load(path, registry()).cases


async def slow() -> None:
    """100 examples of 200 ms, together and one after another."""
    with target("slow", "--seconds", "0.2") as url:
        seconds = {}
        for concurrency in (CONCURRENCY, 1):
            judged = Judged(url)
            result = await judged.run(slow_cases(), examples=EACH, concurrency=concurrency)
            assert result.verdict.name == "PASSED", result.verdict
            seconds[concurrency], jobs = judged.seconds, result.jobs
        ratio = seconds[1] / seconds[CONCURRENCY]
        told = f"{jobs} examples of 200 ms: {seconds[1]:.2f} s one after another, {seconds[CONCURRENCY]:.2f} s"
        print(f"slow      {told} at concurrency {CONCURRENCY}: {ratio:.1f} times faster (at least 12)")


def csv_case() -> Case:
    """The bundled case that every job of the comparison is of."""
    contracts = (load(path, registry()) for path in bundled_contracts())
    return next(case for one in contracts for case in one.cases if case.full_name == "csv-import/imports-every-row")


async def bare(url: str, files: list[bytes]) -> tuple[float, float]:
    """Seconds and processor seconds of a loop that checks nothing, but does on the wire what a judged job does.

    One HTTP client for each of the slots, a connection for each request (ADR 0004), no pings, all messages parsed.
    """
    left = iter(files)
    limits = httpx.Limits(max_keepalive_connections=0)

    async def slot() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=None, limits=limits) as client:
            for content in left:
                form = {"file": ("books.csv", content, "text/csv")}
                answer = await client.post(f"{url}/api/import/csv-gemini", files=form)
                job = answer.json()["data"]["jobId"]
                address = f"ws{url.removeprefix('http')}/ws/progress?jobId={job}"
                async with connect(address, compression=None, proxy=None, ping_interval=None) as socket:
                    await socket.send('{"type": "ready"}')
                    with suppress(ConnectionClosed):
                        async for text in socket:
                            json.loads(text)

    began, used = time.monotonic(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONCURRENCY):
            group.create_task(slot())
    return time.monotonic() - began, time.process_time() - used


async def overhead() -> None:
    """The same jobs in both ways, in turn, so that whatever else the machine does concerns both."""
    case = csv_case()
    specs = draw(case_strategy(case, registry()), OVERHEAD_JOBS, seed_of(case))
    (name, use), *_ = case.inputs.items()
    built = [registry()[use.type_name].build(spec["inputs"][name]) for spec in specs]
    files = [value["content"] for value in built]
    rates, costs = [], []
    with reference() as url:
        await bare(url, files[:50])
        for _ in range(ROUNDS):
            seconds, used = await bare(url, files)
            judged = Judged(url)
            result = await judged.run([case], examples=OVERHEAD_JOBS, concurrency=CONCURRENCY)
            assert result.verdict.name == "PASSED", result.verdict
            rates.append(seconds / judged.seconds)
            costs.append(judged.used / used)
            print(
                f"          bare loop {len(files) / seconds:6.1f} jobs/s, {used / len(files) * 1000:4.2f} ms each   "
                f"judged {result.jobs / judged.seconds:6.1f} jobs/s, {judged.used / result.jobs * 1000:4.2f} ms each   "
                f"{rates[-1]:.2f}, {costs[-1]:.2f}"
            )
    told = f"{len(files)} CSV imports at concurrency {CONCURRENCY}"
    print(
        f"overhead  {told}: median {statistics.median(rates):.2f} of a bare loop's jobs a second (at least 0.85), "
        f"{statistics.median(costs):.2f} of its processor time"
    )


async def many() -> None:
    """1,000 jobs at once, each of 10 s, so that all are in flight together."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 8192), hard), hard))
    with target("slow", "--seconds", "10") as url:
        judged = Judged(url)
        result = await judged.run(slow_cases()[:1], examples=MANY * 3 // 2, concurrency=MANY)
        (case,) = result.cases
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"many      {case.examples} jobs of 10 s, at most {MANY} in flight: {result.verdict.label}, "
            f"{judged.seconds:.1f} s in three rounds, {rss} MiB"
        )


def harness_run(*options: str) -> tuple[float, str]:
    """A run of the command itself in an empty folder: the seconds it took, and its last line."""
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        command = [sys.executable, "-P", "-m", "harness", "run", *options]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        return time.monotonic() - began, ran.stdout.splitlines()[-1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", default=["slow", "overhead", "many", "default", "silent"])
    which = parser.parse_args().which
    for name, measure in (("slow", slow), ("overhead", overhead), ("many", many)):
        if name in which:
            asyncio.run(measure())
    if "default" in which:
        seconds, told = harness_run()
        print(f"default   {seconds:.1f} s (below 30), at least 300 examples: {told}")
    if "silent" in which:
        with target("silent") as url:
            seconds, told = harness_run("--target", url, "--max-jobs", "1000")
        print(f"silent    {seconds:.1f} s (below 45): {told}")


if __name__ == "__main__":
    main()
