"""Request bodies, read within limits and refused as the client's mistake whatever they contain."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any, NoReturn

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from reference_server.answers import Refusal

MAX_FILE_BYTES = 10 * 1024 * 1024
_FORM_OVERHEAD_BYTES = 1024 * 1024


async def read_json_object(request: Request, max_bytes: int, too_large: Refusal) -> dict[str, Any]:
    """The JSON object that is the body of `request`.

    Raises:
        Refusal: `too_large` if there are more than `max_bytes`, else 400 if it is no JSON object.
    """
    body = bytearray()
    async for chunk in _within(request, max_bytes, too_large):
        body += chunk
    value = await asyncio.to_thread(_parse, bytes(body))
    if not isinstance(value, dict):
        raise _invalid("the body is not a JSON object")
    return value


def job_id_of(body: dict[str, Any]) -> str:
    """The `jobId` of a body.

    Raises:
        Refusal: 400 if it has none, or one that is no text or blank.
    """
    job_id = body.get("jobId")
    if not isinstance(job_id, str) or not job_id.strip():
        raise _invalid("'jobId' must be a non-blank string")
    return job_id


async def read_upload(request: Request, field: str) -> bytes:
    """The file in field `field` of a multipart form; a part without a filename is no file.

    Raises:
        Refusal: 400 if there is no such file, 413 if it has more than `MAX_FILE_BYTES`.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _missing(field, "the body is not multipart/form-data")
    limit = MAX_FILE_BYTES + _FORM_OVERHEAD_BYTES
    parser = MultiPartParser(
        request.headers, _within(request, limit, _file_too_large()), max_part_size=limit, max_fields=10_000
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _missing(field, f"the multipart body cannot be read: {error.message}") from error
    except UnicodeError as error:  # the charset parameter may name any of Python's codecs
        raise _missing(field, "the multipart body is not in the charset it names") from error
    try:
        return await _file_in(form.getlist(field), field)
    finally:
        await form.close()


async def _file_in(values: list[UploadFile | str], field: str) -> bytes:
    file = next((value for value in values if isinstance(value, UploadFile) and value.filename), None)
    if file is None:
        raise _missing(field, "the form has no such file")
    content = await file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _file_too_large()
    return content


async def _within(request: Request, max_bytes: int, too_large: Refusal) -> AsyncGenerator[bytes, None]:
    """The chunks of the body, ended by `too_large` as soon as they are, or announce to be, more than `max_bytes`."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > max_bytes:
            raise too_large
        yield chunk


def _parse(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(body, parse_constant=_no_constant)
    except RecursionError as error:
        raise _invalid("the body is not JSON: it is nested too deeply") from error
    except ValueError as error:
        raise _invalid(f"the body is not JSON: {error}") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _invalid(message: str) -> Refusal:
    return Refusal(400, "E_INVALID_REQUEST", message)


def _missing(field: str, why: str) -> Refusal:
    return Refusal(400, "E_MISSING_FILE", f"{why}; send a multipart form with the CSV as file field {field!r}")


def _file_too_large() -> Refusal:
    return Refusal(
        413,
        "E_FILE_TOO_LARGE",
        f"the file is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB",
        details={"suggestion": "Split the file into smaller ones, each with the header line, and import them in turn."},
    )
