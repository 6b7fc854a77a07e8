from __future__ import annotations

import asyncio
import http
import socket
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed

from harness.trace.events import Json, NotJson
from harness.transport import websocket
from harness.transport.websocket import Closed, NotOpenedError, open_websocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from websockets.asyncio.server import Request, Response, ServerConnection

    Raw = Callable[..., Awaitable[str]]

LIMIT = 10.0


async def everything(url: str, **headers: str) -> list[Json]:
    """What comes over a connection, up to and with its end."""
    async with asyncio.timeout(LIMIT):
        connection = await open_websocket(url, headers)
        received: list[Json] = []
        while not received or not isinstance(received[-1], Closed):
            received.append(await connection.receive())
        await connection.close()
    return received


async def test_messages_and_the_close_come_in_order(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send('{"n": 1}')
        await connection.send('{"n": 2}')
        await connection.close(4001, "enough")

    url = await sockets(handler)
    assert await everything(url) == [{"n": 1}, {"n": 2}, Closed(4001, "enough", "server")]


@pytest.mark.parametrize(
    "frame", ["", "no json", "NaN", '{"a": NaN}', "[1]", "1", "null", '"text"', "[" * 100_000, b'{"a": 1}', b"\xff"]
)
async def test_a_frame_that_is_no_json_object_is_kept_as_it_came(sockets: Raw, frame: str | bytes) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(frame)

    received = await everything(await sockets(handler))
    assert received[0] == NotJson(frame)
    assert received[1] == Closed(1000, "", "server")


async def test_a_message_too_deep_to_be_read_on_is_no_json(sockets: Raw) -> None:
    frame = '{"a": ' + "[" * 800 + "]" * 800 + "}"

    async def handler(connection: ServerConnection) -> None:
        await connection.send(frame)

    assert (await everything(await sockets(handler)))[0] == NotJson(frame)


async def test_an_end_without_a_close_frame_is_1006(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send("{}")
        connection.transport.abort()

    assert (await everything(await sockets(handler)))[-1] == Closed(1006, "", "server")


async def test_a_close_frame_without_a_code_is_1005(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        connection.transport.write(b"\x88\x00")
        await connection.wait_closed()

    assert (await everything(await sockets(handler)))[-1].code == 1005


async def test_after_the_end_there_is_the_end_again_and_nothing_can_be_sent(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.close(1000)

    connection = await open_websocket(await sockets(handler), {})
    assert await connection.receive() == await connection.receive() == Closed(1000, "", "server")
    assert not await connection.send({"type": "ready"})
    await connection.close()


async def test_what_is_sent_arrives_as_json_text_with_the_headers_of_the_upgrade(sockets: Raw) -> None:
    seen: list[Json] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers["Authorization"])
        seen.append(await connection.recv())

    connection = await open_websocket(await sockets(handler), {"Authorization": "Bearer x"})
    assert await connection.send({"type": "ready"})
    assert (await connection.receive()).code == 1000
    assert seen == ["Bearer x", '{"type": "ready"}']


async def test_closing_it_ourselves_is_told_as_ours(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    connection = await open_websocket(await sockets(handler), {})
    reading = asyncio.create_task(connection.receive())
    await asyncio.sleep(0)
    await connection.close()
    async with asyncio.timeout(LIMIT):
        assert await reading == Closed(1000, "", "client")


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open the socket, then read and say nothing any more, not even a close frame."""
    from websockets.utils import accept_key

    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line[19:] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key: "))
    writer.write(
        b"HTTP/1.1 101 Up\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
    )
    while await reader.read(65536):
        pass
    await asyncio.Event().wait()


async def test_a_server_that_never_completes_the_close_is_left_after_a_while(
    raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.1)
    connection = await open_websocket(f"ws://{await raw(upgrade)}", {})
    async with asyncio.timeout(LIMIT):
        await connection.close()
        assert await connection.receive() == Closed(1006, "", "client")


async def test_a_message_that_is_too_long_is_told_as_such(sockets: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "MAX_MESSAGE", 1000)

    async def handler(connection: ServerConnection) -> None:
        await connection.send("x" * 2000)
        await connection.wait_closed()

    end = (await everything(await sockets(handler)))[-1]
    assert end.code in (1006, 1009)
    assert "1000" in end.reason or "too big" in end.reason


async def test_a_flood_that_nobody_reads_is_not_kept_in_memory(sockets: Raw) -> None:
    sent = 0

    async def handler(connection: ServerConnection) -> None:
        nonlocal sent
        while sent < 100_000:
            await connection.send("x" * 10_000)
            sent += 1

    connection = await open_websocket(await sockets(handler), {})
    before = -1
    async with asyncio.timeout(LIMIT):
        while sent != before:
            before = sent
            await asyncio.sleep(0.1)
    assert sent < 5000
    await connection.close()


@pytest.mark.parametrize("status", [200, 301, 401, 403, 404, 426, 429, 500])
async def test_a_handshake_that_is_answered_otherwise_tells_the_status_and_the_body(sockets: Raw, status: int) -> None:
    asked: list[str] = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(http.HTTPStatus(status), '{"error": "no"}')
        response.headers["Location"] = "/elsewhere"
        return response

    async def handler(connection: ServerConnection) -> None:
        raise AssertionError

    url = await sockets(handler, process_request=refuse)
    with pytest.raises(NotOpenedError, match=f"the handshake was answered {status}") as told:
        await everything(f"{url}/ws", Authorization="Bearer x")
    assert (told.value.status, told.value.body) == (status, {"error": "no"})
    assert asked == ["/ws"], "a redirect was followed"


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotOpenedError) as told:
        await everything(f"ws://127.0.0.1:{port}/")
    assert told.value.status is None
    assert told.value.problem


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\0\xff" * 500, b"HTTP/1.1 101 Up\r\n\r\n", b"HTTP/1.1 200"]
)
async def test_garbage_instead_of_a_handshake(raw: Raw, answer: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    with pytest.raises(NotOpenedError) as told:
        await everything(f"ws://{await raw(handler)}/")
    assert told.value.problem


async def test_a_server_that_accepts_and_says_nothing_can_be_given_up(raw: Raw) -> None:
    asked = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()

    opening = asyncio.create_task(open_websocket(f"ws://{await raw(mute)}/", {}))
    async with asyncio.timeout(LIMIT):
        await asked.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening


@pytest.mark.parametrize(
    "url",
    [
        "", "/ws", "http://127.0.0.1/", "gopher://127.0.0.1/", "ws://127.0.0.1:99999999/", "ws://[::1/", "ws://",
        "ws://" + "a" * 80 + ".example/", "ws://h:port/", "ws://127.0.0.1/#part", "ws://" + "é" * 70 + "/", "ws://\0/",
    ],
)  # fmt: skip
async def test_an_address_that_is_none_is_not_opened(url: str) -> None:
    """It may come out of the target's answer, so it is never an exception of another kind."""
    with pytest.raises(NotOpenedError):
        await everything(url)


async def test_a_reset_is_a_reset_for_the_other_side(sockets: Raw) -> None:
    ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def handler(connection: ServerConnection) -> None:
        await connection.send("{}")
        try:
            await connection.recv()
        except ConnectionClosed as closed:
            ended.set_result(closed)

    async with asyncio.timeout(LIMIT):
        connection = await open_websocket(await sockets(handler), {})
        await connection.receive()
        await connection.reset()
        closed = await ended
        assert isinstance(closed, ConnectionClosed)
        assert (closed.rcvd, type(closed.__cause__)) == (None, ConnectionResetError)
        assert await connection.receive() == Closed(1006, "", "client")
        await connection.reset()  # once more does no harm


async def test_a_text_goes_out_as_it_is(sockets: Raw) -> None:
    heard: list[str | bytes] = []

    async def handler(connection: ServerConnection) -> None:
        heard.append(await connection.recv())

    async with asyncio.timeout(LIMIT):
        connection = await open_websocket(await sockets(handler), {})
        assert await connection.send_text("not json {")
        await connection.receive()
        assert not await connection.send_text("too late")
    assert heard == ["not json {"]


async def test_a_subprotocol_must_be_chosen_if_one_is_offered(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    with pytest.raises(NotOpenedError, match=r"chose no subprotocol; offered: v1 or v2$") as caught:
        await open_websocket(await sockets(handler), {}, subprotocols=["v1", "v2"])
    assert caught.value.status == 101


async def test_a_subprotocol_that_was_not_offered_is_no_handshake(sockets: Raw) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    url = await sockets(handler, select_subprotocol=lambda connection, offered: "v3")
    for offered, told in (["v1", "v2"], "unsupported subprotocol: v3; offered: v1 or v2"), ([], "offered: none"):
        with pytest.raises(NotOpenedError) as caught:
            await open_websocket(url, {}, subprotocols=offered)
        assert caught.value.status == 101
        assert caught.value.problem.endswith(told)


async def test_a_101_that_proves_nothing_is_no_handshake(raw: Raw) -> None:
    async def promise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Up\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

    with pytest.raises(NotOpenedError, match="Sec-WebSocket-Accept") as caught:
        await open_websocket(f"ws://{await raw(promise)}", {})
    assert caught.value.status == 101
