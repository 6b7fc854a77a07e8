"""What the largest uploads and the slowest pictures do to everybody else: how long `/health` takes meanwhile.

    python benchmarks/server_large_bodies.py

A process of its own asks `/health` over and over on one connection, first with an idle server and then, in the same
run, while jobs are made of the largest bodies that are allowed, until their last message has been read.
"""

from __future__ import annotations

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
from typing import TYPE_CHECKING

from PIL import Image
from server_load import post, server
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 10 * 1024 * 1024
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"
Request = tuple[str, str, bytes]


def scan(*photos: bytes) -> Request:
    """A batch of these files."""
    images = [{"index": place, "data": base64.b64encode(data).decode()} for place, data in enumerate(photos)]
    body = json.dumps({"jobId": str(uuid.uuid4()), "images": images}).encode()
    return "/api/scan-bookshelf/batch", "application/json", body


def load(content: bytes) -> Request:
    """An import of this file."""
    return "/api/import/csv-gemini", "multipart/form-data; boundary=b", HEAD + content + TAIL


def many_rows() -> Request:
    """10,000 rows in 10 MiB."""
    row = "x" * 1000
    return load(("title,author,notes\n" + "".join(f"T{n},A{n},{row}\n" for n in range(10_000))).encode()[:LIMIT])


def one_cell() -> Request:
    """One title of 10 MiB, none of it ASCII."""
    return load(b"title,author\n" + b"\xc3\xa9" * (LIMIT // 2 - 20) + b",b\n")


def noise() -> Request:
    """Five photos of almost 10 MB."""
    file = io.BytesIO()
    Image.frombytes("RGB", (1820, 1820), os.urandom(1820 * 1820 * 3)).save(file, "PNG")
    return scan(*[file.getvalue()] * 5)


def transparent() -> Request:
    """Two small files of 49 million transparent pixels."""
    file = io.BytesIO()
    Image.new("RGBA", (7000, 7000)).save(file, "PNG")
    return scan(*[file.getvalue()] * 2)


def no_pictures() -> Request:
    """Five files of 10 MB that are no pictures."""
    return scan(*[os.urandom(10_000_000)] * 5)


CASES: dict[str, Callable[[], Request]] = {
    case.__name__: case for case in (many_rows, one_cell, noise, transparent, no_pictures)
}


async def upload(port: int, case: str) -> None:
    """Make one job and follow it to its close."""
    answer = await post(port, *CASES[case]())
    url = f"ws://127.0.0.1:{port}/ws/progress?jobId={answer['jobId']}"
    async with connect(url, compression=None, proxy=None, max_size=None) as socket:
        await socket.send('{"type": "ready"}')
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return


async def ask(port: int, until: Callable[[], bool]) -> list[float]:
    """How long `/health` took, in milliseconds, each time until then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    while not until():
        start = time.perf_counter()
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"watchers")
        await reader.readuntil(b"}")
        took.append(1000 * (time.perf_counter() - start))
        await asyncio.sleep(0.002)
    writer.close()
    return took


def told(name: str, took: list[float]) -> str:
    """One line of figures."""
    return f"{name:12} asked {len(took):5} times: median {statistics.median(took):6.1f} ms, worst {max(took):6.1f} ms"


def main() -> None:
    """Measure every case."""
    with server() as (_, port):
        end = time.perf_counter() + 1
        print(told("idle", asyncio.run(ask(port, lambda: time.perf_counter() > end))))
        for case in CASES:
            with subprocess.Popen([sys.executable, __file__, str(port), case]) as uploading:
                print(told(case, asyncio.run(ask(port, lambda: uploading.poll() is not None))))
            if uploading.returncode:
                raise SystemExit(f"{case} was not uploaded")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(upload(int(sys.argv[1]), sys.argv[2]))
    else:
        main()
