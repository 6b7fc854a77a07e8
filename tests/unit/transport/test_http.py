from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from harness.trace.events import Json
from harness.transport import http
from harness.transport.http import HttpRequest, NoAddressError, Part, TransportError, parse_json, send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Raw = Callable[..., Awaitable[str]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Echo: a\r\n\r\n{}"


def answering(answer: bytes, seen: list[bytes] | None = None) -> Callable[..., Awaitable[None]]:
    """A server that reads one request, keeps it in `seen`, writes `answer` and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        body = await reader.readexactly(length)
        if seen is not None:
            seen.append(head + body)
        writer.write(answer)
        await writer.drain()

    return handle


async def get(origin: str, path: str = "/", **more: Json) -> dict[str, Json]:
    async with asyncio.timeout(10):
        return await send(HttpRequest("GET", f"http://{origin}{path}", **more), lambda: None)


async def test_an_answer_has_status_headers_in_lower_case_and_json(raw: Raw) -> None:
    origin = await raw(answering(b'HTTP/1.1 202 Accepted\r\nContent-Length: 8\r\nX-Echo: A\r\n\r\n{"a": 1}'))
    answer = await get(origin)
    assert (answer["status"], answer["body"]) == (202, {"a": 1})
    assert answer["headers"]["x-echo"] == "A"


async def test_an_answers_cookies_are_no_part_of_the_next_request(raw: Raw) -> None:
    seen: list[bytes] = []
    origin = await raw(answering(OK.replace(b"X-Echo: a", b"Set-Cookie: mine=1; Path=/"), seen))
    for _ in range(3):
        await get(origin)
    assert len(seen) == 3
    assert not any(b"cookie" in request.lower() for request in seen)


async def test_each_request_has_a_connection_of_its_own_that_ends_with_its_answer(raw: Raw) -> None:
    ended: asyncio.Queue[bytes] = asyncio.Queue()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        ended.put_nowait(await reader.read())  # the client ends it, though this server would go on

    origin = await raw(handle)
    for _ in range(3):
        await get(origin)
        async with asyncio.timeout(5):
            assert await ended.get() == b""


async def test_requests_at_the_same_time_do_not_wait_for_each_other(raw: Raw) -> None:
    together = asyncio.Barrier(5)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await together.wait()
        writer.write(OK)
        await writer.drain()

    origin = await raw(handle)
    for _ in range(2):
        answers = await asyncio.gather(*(get(origin) for _ in range(5)))
        assert [answer["status"] for answer in answers] == [200] * 5


async def test_after_a_request_that_came_to_nothing_the_next_one_is_sent(raw: Raw) -> None:
    broken = await raw(answering(b"no HTTP\r\n\r\n"))
    whole = await raw(answering(OK))
    for _ in range(3):
        with pytest.raises(TransportError):
            await get(broken)
        assert (await get(whole))["status"] == 200


async def test_a_body_that_is_no_json_is_text(raw: Raw) -> None:
    origin = await raw(answering(b"HTTP/1.1 500 Oh\r\nContent-Length: 6\r\n\r\nNaN \xff!"))
    assert (await get(origin))["body"] == "NaN �!"


async def test_what_is_sent_arrives_and_its_last_byte_is_told(raw: Raw) -> None:
    seen: list[bytes] = []
    told: list[str] = []
    origin = await raw(answering(OK, seen))
    headers = {"content-type": "application/json", "X-Mine": "yes"}
    request = HttpRequest("POST", f"http://{origin}/a?b=c", headers, b'{"n": 1}')
    await send(request, lambda: told.append("sent"))
    assert told == ["sent"]
    assert seen[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"X-Mine: yes\r\n" in seen[0]
    assert seen[0].endswith(b'\r\n\r\n{"n": 1}')


async def test_a_form_has_files_and_plain_fields(raw: Raw) -> None:
    seen: list[bytes] = []
    origin = await raw(answering(OK, seen))
    form = {"file": Part(b"a,b", "books.csv", "text/csv"), "jobId": Part(b"7")}
    await send(HttpRequest("POST", f"http://{origin}/", form=form), lambda: None)
    assert b'name="file"; filename="books.csv"\r\nContent-Type: text/csv\r\n\r\na,b\r\n' in seen[0]
    assert b'name="jobId"\r\n\r\n7\r\n' in seen[0]


async def test_a_mute_server_is_waited_for_until_the_caller_gives_up(raw: Raw) -> None:
    asked, told = asyncio.Event(), []

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()

    origin = await raw(mute)
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(send(HttpRequest("GET", f"http://{origin}/"), lambda: told.append(1)))
    async with asyncio.timeout(10):
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert told == [1]
    assert {task for task in asyncio.all_tasks() - before if "handle" not in repr(task)} == set()


async def test_a_body_that_never_ends_can_be_given_up_too(raw: Raw) -> None:
    began = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
        began.set()
        await reader.read()

    origin = await raw(endless)
    waiting = asyncio.create_task(send(HttpRequest("GET", f"http://{origin}/"), lambda: None))
    async with asyncio.timeout(10):
        await began.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_of_a_huge_body_only_the_beginning_is_read(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 1000)

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    assert (await get(await raw(flood)))["body"] == "x" * 1000


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TransportError, match="connection refused"):
        await get(f"127.0.0.1:{port}")


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer half, then reset the connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
    await writer.drain()
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.mark.parametrize(
    "handler",
    [
        answering(b""),
        answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        answering(b"HTTP/1.1 two hundred OK\r\n\r\n"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000 + b"\r\n\r\n"),
        answering(b"\0\xff" * 500),
        reset,
    ],
    ids=["nothing", "ssh", "status", "cut off", "chunks", "gzip", "huge header", "binary", "reset"],
)
async def test_what_is_no_whole_answer_is_a_transport_error_with_a_text(raw: Raw, handler: Json) -> None:
    origin = await raw(handler)
    with pytest.raises(TransportError, match=r"\w{4,}"):
        await get(origin)


async def test_redirects_are_not_followed_and_headers_go_nowhere_else(raw: Raw) -> None:
    elsewhere: list[bytes] = []
    other = await raw(answering(OK, elsewhere))
    origin = await raw(answering(f"HTTP/1.1 307 No\r\nLocation: http://{other}/\r\nContent-Length: 0\r\n\r\n".encode()))
    answer = await get(origin, headers={"Authorization": "Bearer x"})
    assert answer["status"] == 307
    assert elsewhere == []


async def test_proxies_and_credentials_of_the_environment_are_not_used(
    raw: Raw, monkeypatch: pytest.MonkeyPatch, tmp_path: Json
) -> None:
    seen: list[bytes] = []
    origin = await raw(answering(OK, seen))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert (await get(origin))["status"] == 200
    assert b"authorization" not in seen[0].lower()


async def test_every_request_has_a_connection_of_its_own(raw: Raw) -> None:
    connections: list[asyncio.StreamWriter] = []

    async def keep_alive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK)

    origin = await raw(keep_alive)
    for _ in range(3):
        await get(origin)
    assert len(connections) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1/", "gopher://127.0.0.1/", "http://127.0.0.1/\0", "http:///x", "", "http://" + "é" * 70 + "/",
    ],
)  # fmt: skip
async def test_an_address_that_is_none_is_told_apart(url: str) -> None:
    with pytest.raises(NoAddressError):
        await send(HttpRequest("GET", url), lambda: None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999999/", "http://" + "a" * 80 + ".example/"])
async def test_an_address_that_leads_nowhere_is_a_transport_error(url: str) -> None:
    with pytest.raises(TransportError):
        await send(HttpRequest("GET", url), lambda: None)


@pytest.mark.parametrize("name", ["x-é", "x y", ""])
async def test_a_header_that_http_cannot_carry_is_a_transport_error(raw: Raw, name: str) -> None:
    origin = await raw(answering(OK))
    with pytest.raises(TransportError):
        await get(origin, headers={name: "x"})


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "", "{", "'a'", "[1,]", "1" * 5000, "\0"])
def test_what_is_no_json_gives_the_other_value(text: str) -> None:
    assert parse_json(text, "other") == "other"


@pytest.mark.parametrize("text", ["null", "1", "1e999", '"\\ud800"', '{"a": [1, 2.5, true]}'])
def test_json_is_json(text: str) -> None:
    assert parse_json(text, "other") == json.loads(text)


@pytest.mark.parametrize("depth", [400, 900, 5000, 100_000])
def test_json_too_deep_for_those_who_read_it_on_is_none(depth: int) -> None:
    """What is parsed is walked by recursion later on (expressions, redaction, repr), which must not break."""
    assert parse_json("[" * depth + "]" * depth, "other") == "other"


def test_json_of_a_sensible_depth_is_read() -> None:
    assert parse_json("[" * 50 + "]" * 50, "other") != "other"
