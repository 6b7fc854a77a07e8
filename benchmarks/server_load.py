"""What the reference server bears: jobs a second, how late messages are, and memory.

    python benchmarks/server_load.py [--jobs 1 100 1000] [--data DIR] [--paced]

For each number, that many clients at once, each with a watcher: half import a CSV file, half scan a photo, over and
over until `--rounds` jobs each are done. A message's lateness is the time from the instant in it, when the job took the
step, to its arrival at the client; only CSV messages carry one, and all go the same way. The client shares the machine
with the server, so both figures are what the two do together. With `--paced`, an import takes 10 s and a photo 5 s, so
that all jobs run side by side for a while.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import zxingcpp
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Iterator

CSV = "Title,Author,ISBN\n" + "".join(f"Title {n},Author {n},97800000{n:05d}\n" for n in range(20))
FORM = f'--b\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\n{CSV}\r\n--b--\r\n'.encode()


@contextmanager
def server(*options: str) -> Iterator[tuple[int, int]]:
    """A server of its own; gives its process id and port."""
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--until-stdin-closes", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        port = int(running.stdout.readline().decode().rpartition(":")[2])
        try:
            yield running.pid, port
        finally:
            running.communicate(timeout=20)


def photo() -> str:
    """A picture of one spine, in base64."""
    pixels = memoryview(zxingcpp.create_barcode("book:-|Dune|Herbert", zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    file = io.BytesIO()
    Image.frombytes("L", (pixels.shape[1], pixels.shape[0]), bytes(pixels)).save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


async def post(port: int, path: str, kind: str, body: bytes) -> dict[str, object]:
    """The data of the 202, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    )
    writer.write(f"{head}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    status = answer.split(b" ", 2)[1]
    if status != b"202":
        raise SystemExit(f"not accepted: {answer!r}")
    data: dict[str, object] = json.loads(answer.partition(b"\r\n\r\n")[2])["data"]
    return data


async def watch(port: int, job_id: str, lateness: list[float]) -> None:
    """Follow a job to its close."""
    url = f"ws://127.0.0.1:{port}/ws/progress?jobId={job_id}"
    async with connect(url, compression=None, proxy=None, open_timeout=60) as socket:
        await socket.send('{"type": "ready"}')
        last = {}
        try:
            while True:
                last = json.loads(await socket.recv())
                if "data" in last:
                    lateness.append(time.time_ns() / 1e9 - last["timestamp"] / 1e3)
        except ConnectionClosed as closed:
            if closed.rcvd is None or closed.rcvd.code != 1000 or last["type"] not in ("complete", "batch-complete"):
                raise SystemExit(f"a job ended badly: {closed} after {last}") from closed


async def client(port: int, number: int, rounds: int, image: str, lateness: list[float]) -> None:
    """Have one job done after another."""
    for _ in range(rounds):
        if number % 2:
            answer = await post(port, "/api/import/csv-gemini", "multipart/form-data; boundary=b", FORM)
        else:
            batch = {"jobId": str(uuid.uuid4()), "images": [{"index": 0, "data": image}]}
            answer = await post(port, "/api/scan-bookshelf/batch", "application/json", json.dumps(batch).encode())
        await watch(port, str(answer["jobId"]), lateness)


def memory(pid: int) -> str:
    """The most memory that the process had, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return "?"
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return f"{int(peak.split()[1]) / 1024:.0f} MB"


async def load(pid: int, port: int, jobs: int, rounds: int) -> None:
    """Run that many clients at once, and print what they saw."""
    lateness: list[float] = []
    image = photo()
    start = time.perf_counter()
    # The numbers start at 1: a single client imports, so that there is a lateness to print.
    await asyncio.gather(*(client(port, number + 1, rounds, image, lateness) for number in range(jobs)))
    seconds = time.perf_counter() - start
    late = [1000 * seconds for seconds in sorted(lateness)]
    print(
        f"{jobs:5} at once {jobs * rounds / seconds:8.0f} jobs/s   late: median {statistics.median(late):6.1f} ms, "
        f"p99 {late[int(len(late) * 0.99)]:6.1f} ms, worst {late[-1]:6.1f} ms   peak memory {memory(pid)}"
    )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument(
        "--rounds", type=int, default=0, help="jobs of each client (so that there are about 1000 in all)"
    )
    parser.add_argument("--data", help="as for the server: on a disk, with an fsync a commit")
    parser.add_argument("--paced", action="store_true")
    arguments = parser.parse_args()
    options = ["--data", arguments.data] if arguments.data else []
    if arguments.paced:
        options += ["--csv-seconds", "10", "--photo-seconds", "5"]
    print(f"{os.cpu_count()} cores, shared by client and server")
    for jobs in arguments.jobs:
        with server(*options) as (pid, port):
            rounds = arguments.rounds or (1 if arguments.paced else max(1, 1000 // jobs // (5 if jobs == 1 else 1)))
            asyncio.run(load(pid, port, jobs, rounds))


if __name__ == "__main__":
    main()
