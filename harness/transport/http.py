"""One HTTP request and its answer.

Every request has a connection of its own: a kept-alive one may be closed by the server in the moment it is used
again, and a POST must not be sent twice. The clients are used again, each by one request at a time: they cost more to
make than a connection does, and requests that share one wait for each other. Redirects are not followed and of proxies
only the target's own is used, so that nothing goes where the target's headers do not belong.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import httpx

from harness.transport.proxy import check_not_refused, check_proxy
from harness.transport.tls import verified_context

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from pathlib import Path

    from harness.trace.events import Json

CONNECT_TIMEOUT = 10.0
MAX_BODY = 16 * 1024 * 1024
MAX_DEPTH = 100
PROXY_AUTHENTICATION_REQUIRED = 407
_FIRST_BYTE = "http11.send_request_headers.started"
_LAST_BYTE = "http11.send_request_body.complete"


class TransportError(Exception):
    """No answer came: refused, reset, cut off, or not HTTP. Its text says which."""


class NoAddressError(TransportError):
    """The request's address is none, so nothing was sent."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form (RFC 7578); without a filename it is a plain field."""

    content: bytes
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request ready to be sent; `content` and `form` exclude each other."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Mapping[str, Part] | None = None


async def send(
    request: HttpRequest,
    on_sent: Callable[[], None],
    *,
    body_too: bool = True,
    proxy: str | None = None,
    ca: Path | None = None,
) -> dict[str, Json]:
    """Send `request` and read its whole answer, up to `MAX_BODY` bytes of it.

    It waits as long as the server does; cancel it to give up.

    Args:
        request: what to send.
        on_sent: called when the request's last byte has been written.
        body_too: whether to wait for the answer's body; if not, it is empty.
        proxy: the address of a proxy to send it through, whatever its host is.
        ca: a PEM file of authorities to trust instead of the usual ones.

    Returns:
        `status`, `headers` (names in lower case) and `body` (JSON if it is any, else text).

    Raises:
        NoAddressError: there is no such address.
        TransportError: no answer came.
        HarnessError: the proxy or the PEM file cannot be used.
    """
    files = None
    if request.form is not None:
        files = {name: (part.filename, part.content, part.content_type) for name, part in request.form.items()}
    try:
        async with (
            _free_client(proxy, ca) as client,
            client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.content,
                files=files,
                extensions={"trace": _Sending(on_sent)},
            ) as response,
        ):
            if proxy is not None and response.status_code == PROXY_AUTHENTICATION_REQUIRED:
                check_not_refused(response.status_code)
            body = await _read(response) if body_too else ""
            return {
                "status": response.status_code,
                "headers": {name.lower(): value for name, value in response.headers.items()},
                "body": parse_json(body, body),
            }
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise NoAddressError(str(error)) from error
    except (httpx.HTTPError, ValueError, ExceptionGroup) as error:  # ValueError: a header that is none
        raise TransportError(_told(error, proxied=proxy is not None)) from error


@asynccontextmanager
async def _free_client(proxy: str | None, ca: Path | None) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody else uses while the block runs; one whose request did not end well is not used again."""
    free = _FREE.setdefault(asyncio.get_running_loop(), {}).setdefault((proxy, ca), [])
    client = free.pop() if free else _client(proxy, ca)
    try:
        yield client
    except BaseException:
        await client.aclose()
        raise
    client.cookies.clear()  # one answer's cookies are no part of another request
    free.append(client)


_FREE: WeakKeyDictionary[AbstractEventLoop, dict[tuple[str | None, Path | None], list[httpx.AsyncClient]]]
_FREE = WeakKeyDictionary()


def _client(proxy: str | None, ca: Path | None) -> httpx.AsyncClient:
    context = verified_context(ca)
    through = None
    if proxy is not None:
        check_proxy(proxy)
        through = httpx.Proxy(proxy, ssl_context=context if proxy.lower().startswith("https:") else None)
    timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT)
    limits = httpx.Limits(max_keepalive_connections=0)  # each connection ends with its answer
    return httpx.AsyncClient(verify=context, trust_env=False, timeout=timeout, proxy=through, limits=limits)


class _Sending:
    """Tells when the request's last byte has been written; that of the CONNECT to a proxy is not meant."""

    def __init__(self, on_sent: Callable[[], None]) -> None:
        self._on_sent = on_sent
        self._connecting = False

    async def __call__(self, name: str, info: Mapping[str, Any]) -> None:
        if name == _FIRST_BYTE:
            self._connecting = info["request"].method == b"CONNECT"
        if name == _LAST_BYTE and not self._connecting:
            self._on_sent()


def parse_json(text: str, otherwise: Any) -> Json:  # noqa: ANN401 - whatever the caller wants
    """The JSON value of `text` (RFC 8259: no NaN, no Infinity), or `otherwise` if it is none."""
    try:
        value = _DECODER.decode(text)
        return otherwise if _too_deep(value) else value
    except (ValueError, RecursionError):
        return otherwise


def _too_deep(value: Json) -> bool:
    """Whether those who walk `value` by recursion (expressions, redaction, `repr`) could not."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inner(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inner(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


async def _read(response: httpx.Response) -> str:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return bytes(body[:MAX_BODY]).decode("utf-8", "replace")


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _told(error: Exception, *, proxied: bool) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, httpx.ProxyError):
        return _proxy_told(str(error))
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {CONNECT_TIMEOUT:.0f} s"
    text = str(error) or type(error).__name__
    cause = error.__cause__ or error.__context__
    if text.startswith("All connection attempts failed"):
        return "the proxy cannot be reached" if proxied else "connection refused, or no such host"
    return text if cause is None or str(cause) in text else f"{text} ({cause})"


def _proxy_told(text: str) -> str:
    """What the proxy answered to our CONNECT: the library gives its status and reason as text."""
    status = re.match(r"[1-9][0-9]{2}\b", text)
    if status is not None:
        check_not_refused(int(status.group()))
    return f"the proxy answered {text}"
