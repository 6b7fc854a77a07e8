"""Whatever is sent is answered, within bounds, and holds nobody else up."""

import asyncio
import base64
import io
import json
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.reference_server import client, shelf
from tests.reference_server.client import Client
from tests.reference_server.shelf import photo, spine
from tests.reference_server.test_http import BATCH, CANCEL, CSV, check

MIB = 1024 * 1024
GENEROUS_SECONDS = 1.0  # the promise is 100 ms; benchmarks/server_large_bodies.py measures it


def transparent() -> bytes:
    """A file of 190 KB with 49 million pixels, slow to read."""
    file = io.BytesIO()
    Image.new("RGBA", (7000, 7000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 400_000, "E_INVALID_REQUEST"),
        (b'{"jobId": "x", "images": ' + b"[" * 400_000 + b"]" * 400_000 + b"}", "E_INVALID_REQUEST"),
        (b'{"jobId": "x", "images": [{"index": NaN, "data": "' + b"A" * 400_000 + b'"}]}', "E_INVALID_REQUEST"),
        (b'{"jobId": "x", "images": [{"index": "0", "data": "' + b"A" * 400_000 + b'"}]}', "E_INVALID_IMAGES"),
        (b'{"jobId": "x", "images": [' + b"{}," * 200_000 + b"{}]}", "E_INVALID_IMAGES"),
        (b'{"images": [{"index": 0, "data": "' + b"A" * 400_000 + b'"}]}', "E_INVALID_REQUEST"),
        (b"\xff" * 400_000, "E_INVALID_REQUEST"),
    ],
)
async def test_a_large_body_that_is_no_valid_request(fast: Client, body: bytes, code: str) -> None:
    check(await fast.http.post(BATCH, content=body), 400, code)
    check(await fast.http.post(CANCEL, json={"jobId": "x"}), 404, "E_NOT_FOUND")


@pytest.mark.parametrize("cell", ["nul\0", "\x01\x02", "\u2028", '"', "\U0001f4da", "{}", "<script>"])
async def test_a_cell_may_hold_anything(fast: Client, cell: str) -> None:
    doubled = cell.replace('"', '""')
    story = await fast.csv(f'title,author\n"a{doubled}b",A. Author\n')
    (book,) = story.job[-1]["data"]["books"]
    assert book["title"] == f"a{cell}b"


@pytest.mark.parametrize("name", ["../../../after202-escaped.csv", "/after202-escaped.csv", "a\0b", "con", "x" * 3000])
async def test_a_file_name_is_no_path(fast: Client, name: str) -> None:
    answer = await fast.http.post(CSV, files={"file": (name, b"title,author\na,b\n")})
    assert answer.status_code == 202
    assert (await fast.story(answer.json()["data"]["jobId"])).kinds[-1] == "complete"
    assert not list(Path("/").glob("after202-escaped*"))


async def test_a_form_of_too_many_fields_is_refused(fast: Client) -> None:
    fields = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n' * 10_001
    headers = {"content-type": "multipart/form-data; boundary=b"}
    check(await fast.http.post(CSV, content=fields + b"--b--\r\n", headers=headers), 400, "E_MISSING_FILE")


async def test_a_file_over_its_limit_is_refused_before_its_end(fast: Client) -> None:
    """The answer comes though the rest of the file never does."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\n'
    host, port = fast.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    length = 10 * MIB + 500_000
    start = (
        f"POST {CSV} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}"
    )
    writer.write(start.encode() + b"\r\n\r\n" + head + b"x" * (10 * MIB + 1000))
    async with asyncio.timeout(client.PATIENCE):
        assert (await reader.readline()).split()[1] == b"413"
    writer.close()


@pytest.mark.parametrize(
    "start", [b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 9]
)
async def test_a_head_without_end_is_refused(fast: Client, start: bytes) -> None:
    host, port = fast.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(start + (b"a: b\r\n" * 11_000 if start.endswith(b"\n") else b"a" * 66_000))
    async with asyncio.timeout(client.PATIENCE):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["error"]["code"] == "E_INVALID_REQUEST"


async def test_bodies_leave_no_file_behind(tmp_path: Path) -> None:
    with client.process("--data", str(tmp_path)) as (_, url):
        async with client.client(url) as server:
            await server.scan([os.urandom(500_000)])
            check(await server.http.post(BATCH, content=b"[" * 500_000), 400, "E_INVALID_REQUEST")
            host, port = url.removeprefix("http://").split(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(f"POST {BATCH} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n".encode() + b"x" * MIB)
            await writer.drain()
            incoming = tmp_path / "incoming"
            await eventually(lambda: len(list(incoming.iterdir())) == 1)
            writer.close()
            await eventually(lambda: not list(incoming.iterdir()))


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(client.PATIENCE):
        while not holds():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("case", ["photos", "csv", "pixels"])
async def test_the_largest_uploads_hold_nobody_up(case: str) -> None:
    with client.process() as (_, url):
        async with client.client(url) as busy, client.client(url) as other:
            work: Coroutine[Any, Any, Any]
            if case == "photos":
                body = await asyncio.to_thread(
                    lambda: json.dumps(
                        shelf.request("large", [base64.b64encode(bytes(10_000_000)).decode()] * 5)
                    ).encode()
                )
                work = busy.http.post(BATCH, content=body)
            elif case == "csv":
                work = busy.csv(b"title,author\n" + b"\xc3\xa9" * (5 * MIB - 20) + b",b\n")
            else:
                work = busy.story(await busy.scan([await asyncio.to_thread(transparent)]))
            working = asyncio.create_task(work)
            delays = []
            while not working.done():
                start = time.monotonic()
                assert (await other.http.get("/health")).status_code == 200
                delays.append(time.monotonic() - start)
            await working
            assert max(delays) < GENEROUS_SECONDS


async def test_many_jobs_at_once_are_told_in_time() -> None:
    """200 jobs with a watcher each; benchmarks/server_load.py has a thousand."""
    latest = 0.0

    async def one(server: Client, number: int) -> None:
        nonlocal latest
        if number % 2:
            await server.story(await server.scan([photo(spine("Dune"))]))
            return
        async with server.socket(await server.load("title,author\na,b\n")) as connection:
            async for text in connection:
                if timestamp := client.parse(text).get("timestamp"):
                    latest = max(latest, time.time_ns() / 1e9 - timestamp / 1e3)

    with client.process() as (_, url):
        async with client.client(url) as server, asyncio.timeout(60):
            await asyncio.gather(*(one(server, number) for number in range(200)))
            assert (await server.http.get("/health")).json()["jobs"]["running"] == 0
    assert latest < 2
