"""One HTTP request and its answer.

Every request has a connection of its own: a kept-alive one may be closed by the server in the moment it is used
again, and a POST must not be sent twice. Redirects are not followed and proxies of the environment not used, so
that nothing goes where the target's headers do not belong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from harness.transport.tls import verified_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.trace.events import Json

CONNECT_TIMEOUT = 10.0
MAX_BODY = 16 * 1024 * 1024
MAX_DEPTH = 100
_LAST_BYTE = frozenset({"http11.send_request_body.complete", "http2.send_request_body.complete"})


class TransportError(Exception):
    """No answer came: refused, reset, cut off, or not HTTP. Its text says which."""


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


async def send(request: HttpRequest, on_sent: Callable[[], None], *, body_too: bool = True) -> dict[str, Json]:
    """Send `request` and read its whole answer, up to `MAX_BODY` bytes of it.

    It waits as long as the server does; cancel it to give up.

    Args:
        request: what to send.
        on_sent: called when the request's last byte has been written.
        body_too: whether to wait for the answer's body; if not, it is empty.

    Returns:
        `status`, `headers` (names in lower case) and `body` (JSON if it is any, else text).

    Raises:
        TransportError: no answer came.
    """

    async def trace(name: str, _info: Mapping[str, Any]) -> None:
        if name in _LAST_BYTE:
            on_sent()

    files = None
    if request.form is not None:
        files = {name: (part.filename, part.content, part.content_type) for name, part in request.form.items()}
    try:
        timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT)
        async with (
            httpx.AsyncClient(verify=verified_context(), trust_env=False, timeout=timeout) as client,
            client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.content,
                files=files,
                extensions={"trace": trace},
            ) as response,
        ):
            body = await _read(response) if body_too else ""
            return {
                "status": response.status_code,
                "headers": {name.lower(): value for name, value in response.headers.items()},
                "body": parse_json(body, body),
            }
    except (
        httpx.HTTPError,
        httpx.InvalidURL,
        ValueError,
        ExceptionGroup,
    ) as error:  # ValueError: an address or header that is none
        raise TransportError(_told(error)) from error


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


def _told(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {CONNECT_TIMEOUT:.0f} s"
    text = str(error) or type(error).__name__
    cause = error.__cause__ or error.__context__
    if text.startswith("All connection attempts failed"):
        return "connection refused, or no such host"
    return text if cause is None or str(cause) in text else f"{text} ({cause})"
