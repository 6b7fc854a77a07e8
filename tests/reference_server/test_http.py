"""Every row of the table of requests, and the envelope around every answer."""

import asyncio
import base64
import functools
import json
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.reference_server.client import Client
from tests.reference_server.shelf import request

BATCH = "/api/scan-bookshelf/batch"
CANCEL = "/api/scan-bookshelf/cancel"
CSV = "/api/import/csv-gemini"
IMAGE = {"index": 0, "data": "AAAA"}


@functools.cache
def described(url: str) -> dict[str, Any]:
    paths = httpx.get(f"{url}/openapi.json", trust_env=False).json()["paths"]
    assert isinstance(paths, dict)
    return paths


def check(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A refusal: its form, its code, and that `/openapi.json` told of it."""
    assert answer.status_code == status, answer.text
    if status < 500:  # what is the server's own failure belongs to no operation
        check_described(answer, code)
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["data"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["metadata"]["timestamp"])
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    error = body["error"]
    assert isinstance(error, dict)
    return error


def check_described(answer: httpx.Response, code: str) -> None:
    url = answer.request.url
    operation = described(f"{url.scheme}://{url.host}:{url.port}").get(url.path, {}).get(answer.request.method.lower())
    if operation is not None:
        schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        assert code in schema["properties"]["error"]["properties"]["code"]["enum"]


async def test_everything_that_is_served_is_described(fast: Client) -> None:
    paths = described(fast.url)
    assert {(method, path) for path, methods in paths.items() for method in methods} == {
        ("post", BATCH),
        ("post", CANCEL),
        ("post", CSV),
        ("get", "/ws/progress"),
        ("get", "/health"),
        ("get", "/openapi.json"),
        ("post", "/test/do/init-batch"),
        ("post", "/test/do/update-photo"),
        ("post", "/test/do/complete-batch"),
        ("post", "/test/do/cancel-batch"),
        ("get", "/test/do/get-state"),
        ("get", "/test/do/is-canceled"),
    }
    batch = paths[BATCH]["post"]
    assert set(batch["responses"]) == {"202", "400", "409", "413", "429"}
    accepted = batch["responses"]["202"]["content"]["application/json"]["schema"]["properties"]["data"]
    assert set(accepted["properties"]) == {"jobId", "totalPhotos", "status"}
    schemas = (await fast.http.get("/openapi.json")).json()["components"]["schemas"]
    assert schemas["ScanRequest"]["properties"]["images"]["maxItems"] == 5
    assert schemas["ScanRequest"]["required"] == ["jobId", "images"]


async def test_a_batch_is_accepted(fast: Client) -> None:
    answer = await fast.http.post(BATCH, json=request("accepted", [b"x", b"y"]))
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["data"] == {"jobId": "accepted", "totalPhotos": 2, "status": "processing"}
    assert set(answer.json()) == {"data", "metadata"}


@pytest.mark.parametrize("job_id", ["\ud800", "nul\0", "Ünï \U0001f4da", " padded ", "a" * 100_000])
async def test_any_text_that_is_not_blank_is_a_job_id(fast: Client, job_id: str) -> None:
    answer = await fast.http.post(BATCH, content=json.dumps({"jobId": job_id, "images": [IMAGE]}))
    assert answer.status_code == 202
    assert answer.json()["data"]["jobId"] == job_id
    check(await fast.http.post(BATCH, content=json.dumps({"jobId": job_id, "images": [IMAGE]})), 409, "E_JOB_EXISTS")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"jobId": "x", "images": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"jobId": "x", "images": [{"index": NaN, "data": "AAAA"}]}',
        b'{"jobId": "x", "images": [{"index": ' + b"9" * 5000 + b', "data": "AAAA"}]}',
        b'{"images": [{"index": 0, "data": "AAAA"}]}',
        b'{"jobId": 7, "images": [{"index": 0, "data": "AAAA"}]}',
        b'{"jobId": " \\t ", "images": [{"index": 0, "data": "AAAA"}]}',
        b'{"jobId": "x"}',
        b'{"jobId": "x", "images": {}}',
        b'{"jobId": "x", "images": null}',
    ],
)
async def test_a_batch_that_is_no_valid_request(fast: Client, body: bytes) -> None:
    check(await fast.http.post(BATCH, content=body), 400, "E_INVALID_REQUEST")


@pytest.mark.parametrize(
    "images",
    [
        [],
        [IMAGE] * 6,
        [None],
        ["AAAA"],
        [{"data": "AAAA"}],
        [{"index": "0", "data": "AAAA"}],
        [{"index": True, "data": "AAAA"}],
        [{"index": None, "data": "AAAA"}],
        [{"index": 0}],
        [{"index": 0, "data": ""}],
        [{"index": 0, "data": 7}],
        [IMAGE, {"index": 1, "data": None}],
    ],
)
async def test_a_batch_with_invalid_images(fast: Client, images: object) -> None:
    check(await fast.http.post(BATCH, json={"jobId": "refused", "images": images}), 400, "E_INVALID_IMAGES")
    check(await fast.http.post(CANCEL, json={"jobId": "refused"}), 404, "E_NOT_FOUND")


@pytest.mark.parametrize("index", [-1, 1.5, 1e300, 7])
async def test_an_index_may_be_any_number(fast: Client, index: float) -> None:
    body = {"jobId": secrets.token_hex(), "images": [{"index": index, "data": "AAAA"}]}
    assert (await fast.http.post(BATCH, json=body)).status_code == 202


async def test_an_image_may_have_ten_million_bytes_and_no_more(fast: Client) -> None:
    largest = base64.b64encode(bytes(10_000_000)).decode()
    assert (await fast.http.post(BATCH, json=request("largest", [largest]))).status_code == 202
    check(await fast.http.post(BATCH, json=request("larger", [bytes(10_000_001)])), 413, "E_INVALID_IMAGES")
    check(await fast.http.post(CANCEL, json={"jobId": "larger"}), 404, "E_NOT_FOUND")


async def test_a_body_over_its_limit_is_refused_while_it_is_read(fast: Client) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent <= 71_000_000:
            sent += 1_000_000
            yield b" " * 1_000_000

    check(await fast.http.post(BATCH, content=endless()), 413, "E_INVALID_IMAGES")


async def test_an_announced_length_over_the_limit_is_refused_before_the_body(fast: Client) -> None:
    host, port = fast.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {BATCH} HTTP/1.1\r\nHost: x\r\nContent-Length: 70000001\r\n\r\n".encode())
    async with asyncio.timeout(20):
        assert await reader.readline() == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    writer.close()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"jobId": ""}', b'{"jobId": null}'])
async def test_a_cancel_that_is_no_valid_request(fast: Client, body: bytes) -> None:
    check(await fast.http.post(CANCEL, content=body), 400, "E_INVALID_REQUEST")


async def test_a_cancel_of_an_unknown_job(fast: Client) -> None:
    check(await fast.http.post(CANCEL, json={"jobId": "nobody"}), 404, "E_NOT_FOUND")


@pytest.mark.parametrize(
    "arguments",
    [
        {"content": b"title,author\na,b\n", "headers": {"content-type": "text/csv"}},
        {"json": {"file": "x"}},
        {"data": {"file": "x"}},
        {"files": {"other": ("books.csv", b"x")}},
        {"files": {"file": (None, b"x")}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"--b\r\n\r\nx\r\n--b--", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"--\r\n\r\n", "headers": {"content-type": "multipart/form-data; boundary="}},
        {"content": b"", "headers": {"content-type": "multipart/form-data; boundary=" + "b" * 300}},
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--b--',
            "headers": {"content-type": "multipart/form-data; charset=idna; boundary=b"},
        },
        {"content": b"--b\r\n\xff: \0", "headers": {"content-type": "multipart/form-data; charset=no; boundary=b"}},
    ],
)
async def test_an_import_without_a_file(fast: Client, arguments: dict[str, Any]) -> None:
    check(await fast.http.post(CSV, **arguments), 400, "E_MISSING_FILE")


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 12 * 1024 * 1024])
async def test_an_import_of_too_large_a_file(fast: Client, size: int) -> None:
    answer = await fast.http.post(CSV, files={"file": ("books.csv", b"x" * size)})
    assert check(answer, 413, "E_FILE_TOO_LARGE")["details"]["suggestion"]


async def test_an_import_takes_the_file_among_other_fields(fast: Client) -> None:
    files = [
        ("file", (None, b"no file")),
        ("note", (None, b"x" * 2_000_000)),
        ("file", ("b.csv", b"title,author\na,b")),
    ]
    answer = await fast.http.post(CSV, files=files)
    assert answer.status_code == 202
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.json()["data"]["jobId"])
    assert (await fast.story(answer.json()["data"]["jobId"])).kinds[-1] == "complete"


async def test_health(fast: Client) -> None:
    answer = await fast.http.get("/health")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["status"] == "ok"
    assert set(body["jobs"]) == {"accepted", "running"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/health/", "/api", "/nope?jobId=x", "/ws/progress/x", "/%00%ff", "/health%0A"])
async def test_any_other_path(fast: Client, method: str, path: str) -> None:
    check(await fast.http.request(method, path), 404, "E_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "allowed"), [(BATCH, "POST"), (CANCEL, "POST"), (CSV, "POST"), ("/health", "GET"), ("/ws/progress", "GET")]
)
async def test_another_method(fast: Client, path: str, allowed: str) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {allowed}:
        answer = await fast.http.request(method, path)
        check(answer, 405, "E_METHOD_NOT_ALLOWED")
        assert allowed in answer.headers["allow"]


async def test_the_socket_without_an_upgrade(fast: Client) -> None:
    check(await fast.http.get("/ws/progress", params={"jobId": "x"}), 426, "E_UPGRADE_REQUIRED")
    check(await fast.http.get("/ws/progress"), 400, "E_INVALID_REQUEST")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ws/progress", 400, "E_INVALID_REQUEST"),
        ("/ws/progress?jobId=", 400, "E_INVALID_REQUEST"),
        ("/ws/other?jobId=x", 404, "E_NOT_FOUND"),
        ("/health", 404, "E_NOT_FOUND"),
        (BATCH, 404, "E_NOT_FOUND"),
        ("/a%0Ab", 404, "E_NOT_FOUND"),
    ],
)
async def test_an_upgrade_that_is_refused(fast: Client, path: str, status: int, code: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(fast.url.replace("http", "ws", 1) + path, proxy=None)
    response = refused.value.response
    check(
        httpx.Response(
            response.status_code,
            headers=response.headers.raw_items(),
            content=bytes(response.body),
            request=httpx.Request("UPGRADE", fast.url + path),  # which is not what is described there
        ),
        status,
        code,
    )


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/ws/progress?jobId=x", {}, 426),
        ("GET", "/ws/progress?jobId=x", {"sec-websocket-version": "12"}, 426),
        ("GET", "/ws/progress?jobId=x", {"sec-websocket-version": "13", "sec-websocket-key": "short"}, 426),
        ("GET", "/ws/progress?jobId=" + "x" * 20_000, {"sec-websocket-version": "13"}, 426),
        ("POST", "/ws/progress?jobId=x", {}, 405),
        ("POST", CANCEL, {}, 400),
        ("GET", "/nope", {}, 404),
    ],
)
async def test_what_offers_an_upgrade_but_is_no_handshake_is_an_ordinary_request(
    fast: Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    upgrade = {"connection": "Upgrade", "upgrade": "websocket"}
    answer = await fast.http.request(method, path, headers=upgrade | headers)
    check(answer, status, answer.json()["error"]["code"])


async def test_a_request_that_offers_another_upgrade_is_answered(fast: Client) -> None:
    headers = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": ""}
    for _ in range(2):
        assert (await fast.http.get("/health", headers=headers)).status_code == 200
