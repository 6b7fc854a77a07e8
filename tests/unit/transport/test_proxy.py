from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from harness.errors import HarnessError
from harness.transport import proxy as proxy_module
from harness.transport.http import HttpRequest, TransportError, send
from harness.transport.tls import verified_context
from harness.transport.websocket import Closed, NotOpenedError, open_websocket

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

    Raw = Callable[..., Awaitable[str]]

LIMIT = 10.0
CREDENTIALS = "me:hunter2/hunter2"
ENCODED = "me:hunter2%2Fhunter2"
AUTHORIZATION = b"proxy-authorization: basic " + base64.b64encode(CREDENTIALS.encode()).lower()


@dataclass
class Proxy:
    """A tiny proxy: tunnels CONNECT, forwards the rest; keeps what it was asked for."""

    credentials: bool = False
    refuses: bytes = b""
    asked: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        refusal = self.refuses
        if self.credentials and AUTHORIZATION not in head.lower():
            refusal = b"407 Proxy Authentication Required"
        if refusal:
            writer.write(b"HTTP/1.1 " + refusal + b"\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        method, address, _ = head.split(b" ", 2)
        if method != b"CONNECT":
            address = address.removeprefix(b"http://").partition(b"/")[0]
        host, _, port = address.decode().rpartition(":")
        there, onward = await asyncio.open_connection(host, int(port))
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            onward.write(head)
        back = asyncio.create_task(pump(there, writer))
        try:
            await pump(reader, onward)
            await back
        finally:
            back.cancel()
            onward.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
    except ConnectionError:
        writer.close()


async def serve_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"ok":true}')
    await writer.drain()


async def serve_socket(connection: ServerConnection) -> None:
    await connection.send('{"n": 1}')


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "the authority's é.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def get(url: str, sent: Callable[[], None] = lambda: None, **more: object) -> object:
    async with asyncio.timeout(LIMIT):
        request = HttpRequest("POST", url, {"Authorization": "Bearer x"}, b"{}")
        answer = await send(request, sent, **more)  # type: ignore[arg-type]
        return answer["body"]


async def listen(url: str, **more: object) -> list[object]:
    async with asyncio.timeout(LIMIT):
        connection = await open_websocket(url, {"Authorization": "Bearer x"}, **more)  # type: ignore[arg-type]
        received = [await connection.receive(), await connection.receive()]
        await connection.close()
    return received


MESSAGES = [{"n": 1}, Closed(1000, "", "server")]


def with_user(address: str) -> str:
    return f"http://{ENCODED}@{address}"


async def test_a_request_goes_through_the_proxy_though_its_host_is_this_machine(raw: Raw) -> None:
    proxy = Proxy()
    origin = await raw(serve_http)

    assert await get(f"http://{origin}/a", proxy=f"http://{await raw(proxy)}") == {"ok": True}
    assert [head.split(b"\r\n")[0] for head in proxy.asked] == [f"POST http://{origin}/a HTTP/1.1".encode()]


async def test_a_request_over_tls_goes_through_a_tunnel(raw: Raw, tls: ssl.SSLContext, ca: Path) -> None:
    proxy = Proxy()
    origin = await raw(serve_http, ssl=tls)

    assert await get(f"https://{origin}/a", proxy=f"http://{await raw(proxy)}", ca=ca) == {"ok": True}
    assert proxy.asked[0].startswith(f"CONNECT {origin} ".encode())
    assert b"Bearer" not in proxy.asked[0], "the target's headers are none of the proxy's business"


async def test_the_last_byte_of_the_tunnels_own_request_is_not_that_of_ours(
    raw: Raw, tls: ssl.SSLContext, ca: Path
) -> None:
    read: list[str] = []

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        read.append("read")
        await serve_http(reader, writer)

    proxy = Proxy()
    origin = await raw(slow, ssl=tls)
    await get(f"https://{origin}/a", lambda: read.append("sent"), proxy=f"http://{await raw(proxy)}", ca=ca)

    assert read.count("sent") == 1
    assert len(proxy.asked) == 1


async def test_a_socket_goes_through_a_tunnel(raw: Raw, sockets: Raw) -> None:
    proxy = Proxy()
    url = await sockets(serve_socket)

    assert await listen(f"{url}/ws", proxy=f"http://{await raw(proxy)}") == MESSAGES
    assert proxy.asked[0].startswith(f"CONNECT {url.removeprefix('ws://')} ".encode())
    assert b"Bearer" not in proxy.asked[0]


async def test_a_socket_over_tls_goes_through_a_tunnel(raw: Raw, sockets: Raw, tls: ssl.SSLContext, ca: Path) -> None:
    proxy = Proxy()
    url = (await sockets(serve_socket, ssl=tls)).replace("ws:", "wss:")

    assert await listen(url, proxy=f"http://{await raw(proxy)}", ca=ca) == MESSAGES
    assert len(proxy.asked) == 1


async def test_a_proxy_that_speaks_tls_itself_is_trusted_as_the_target_is(
    raw: Raw, sockets: Raw, tls: ssl.SSLContext, ca: Path
) -> None:
    proxy = Proxy()
    address = f"https://{await raw(proxy, ssl=tls)}"

    assert await get(f"http://{await raw(serve_http)}/", proxy=address, ca=ca) == {"ok": True}
    assert await listen(await sockets(serve_socket), proxy=address, ca=ca) == MESSAGES
    assert len(proxy.asked) == 2


async def test_the_proxy_is_given_its_credentials(raw: Raw, sockets: Raw, tls: ssl.SSLContext, ca: Path) -> None:
    proxy = Proxy(credentials=True)
    address = with_user(await raw(proxy))

    assert await get(f"http://{await raw(serve_http)}/", proxy=address) == {"ok": True}
    assert await get(f"https://{await raw(serve_http, ssl=tls)}/", proxy=address, ca=ca) == {"ok": True}
    assert await listen(await sockets(serve_socket), proxy=address) == MESSAGES
    assert len(proxy.asked) == 3


@pytest.mark.parametrize("scheme", ["http", "https", "ws"])
async def test_a_proxy_that_wants_credentials_is_nothing_that_the_target_did(raw: Raw, scheme: str) -> None:
    address = f"http://{await raw(Proxy(credentials=True))}"

    with pytest.raises(HarnessError, match="refused the connection with 407: give it credentials"):
        await (listen if scheme == "ws" else get)(f"{scheme}://127.0.0.1:9/", proxy=address)


@pytest.mark.parametrize("scheme", ["https", "ws"])
async def test_a_proxy_that_does_not_allow_the_tunnel_is_none_either(raw: Raw, scheme: str) -> None:
    address = f"http://{await raw(Proxy(refuses=b'403 Forbidden'))}"

    with pytest.raises(HarnessError, match="with 403: it may not allow this host or port"):
        await (listen if scheme == "ws" else get)(f"{scheme}://127.0.0.1:9/", proxy=address)


async def test_a_target_that_the_proxy_cannot_reach_gives_no_answer(raw: Raw) -> None:
    address = f"http://{await raw(Proxy(refuses=b'502 Bad Gateway'))}"

    with pytest.raises(TransportError, match="the proxy answered 502 Bad Gateway"):
        await get("https://127.0.0.1:9/", proxy=address)
    with pytest.raises(NotOpenedError, match="the proxy answered 502"):
        await listen("ws://127.0.0.1:9/", proxy=address)


async def test_a_proxy_that_is_not_there_is_told_without_its_credentials() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = with_user(f"127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(TransportError, match="the proxy cannot be reached") as http:
        await get("http://127.0.0.1:9/", proxy=address)
    with pytest.raises(NotOpenedError) as upgrade:
        await listen("ws://127.0.0.1:9/", proxy=address)

    assert "hunter2" not in f"{http.value} {upgrade.value}"


async def test_a_proxy_that_speaks_something_else(raw: Raw) -> None:
    async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await reader.read(1)

    address = f"http://{await raw(ssh)}"
    with pytest.raises(TransportError):
        await get("https://127.0.0.1:9/", proxy=address)
    with pytest.raises(NotOpenedError):
        await listen("ws://127.0.0.1:9/", proxy=address)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://me:hunter2@h", "must begin with http://"),
        ("h:3128", "must begin with http://"),
        ("socks5://me:hunter2@h:1", "needs more packages: pip install 'socksio' 'python-socks"),
        ("socks5h://h:1", "http:// needs none"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_told_before_anything_is_sent(
    address: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_module, "find_spec", lambda name: None)
    for attempt in (get("http://127.0.0.1:9/", proxy=address), listen("ws://127.0.0.1:9/", proxy=address)):
        with pytest.raises(HarnessError, match=told) as error:
            await attempt
        assert "hunter2" not in str(error.value)


async def test_a_user_without_a_password_is_told_without_being_repeated() -> None:
    with pytest.raises(HarnessError, match="without password") as error:
        await listen("ws://127.0.0.1:9/", proxy="http://hunter2@127.0.0.1:9")
    assert "hunter2" not in str(error.value)


# --- authorities ------------------------------------------------------------------------------------------------------


async def test_an_authority_of_ones_own_is_trusted(raw: Raw, sockets: Raw, tls: ssl.SSLContext, ca: Path) -> None:
    url = f"https://{await raw(serve_http, ssl=tls)}/"
    socket_url = (await sockets(serve_socket, ssl=tls)).replace("ws:", "wss:")

    assert await get(url, ca=ca) == {"ok": True}
    assert await listen(socket_url, ca=ca) == MESSAGES
    with pytest.raises(TransportError, match="certificate verify failed"):
        await get(url)
    with pytest.raises(NotOpenedError, match="certificate verify failed"):
        await listen(socket_url)


async def test_with_an_authority_of_ones_own_no_other_is_trusted(raw: Raw, tls: ssl.SSLContext, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with pytest.raises(TransportError, match="certificate verify failed"):
        await get(f"https://{await raw(serve_http, ssl=tls)}/", ca=other)


async def test_the_host_is_still_compared(raw: Raw, tls: ssl.SSLContext, ca: Path) -> None:
    origin = (await raw(serve_http, ssl=tls)).replace("127.0.0.1", "localhost")
    with pytest.raises(TransportError, match=r"mismatch|not valid"):
        await get(f"https://{origin}/", ca=ca)


@pytest.fixture
def bundle(ca: Path) -> Path:
    ca.write_bytes(trustme.CA().cert_pem.bytes() + b"\r\n# ours\r\n" + ca.read_bytes())
    return ca


async def test_a_bundle_may_hold_several(raw: Raw, tls: ssl.SSLContext, bundle: Path) -> None:
    assert await get(f"https://{await raw(serve_http, ssl=tls)}/", ca=bundle) == {"ok": True}


@pytest.mark.parametrize("content", [b"", b"no pem", b"-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"])
async def test_a_file_without_certificates_is_told(content: bytes, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_bytes(content)
    for attempt in (get("http://127.0.0.1:9/", ca=broken), listen("ws://127.0.0.1:9/", ca=broken)):
        with pytest.raises(HarnessError, match=r"broken\.pem holds no certificate that can be used; it must be PEM"):
            await attempt


@pytest.mark.parametrize("name", ["missing.pem", "a\0b", "."])
async def test_a_file_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"cannot be read|holds no certificate"):
        await get("http://127.0.0.1:9/", ca=tmp_path / name)


async def test_the_authorities_of_the_environment_count_where_the_target_names_none(
    raw: Raw, tls: ssl.SSLContext, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    verified_context.cache_clear()
    try:
        assert await get(f"https://{await raw(serve_http, ssl=tls)}/") == {"ok": True}
    finally:
        verified_context.cache_clear()
