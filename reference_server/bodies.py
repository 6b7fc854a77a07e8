"""Request bodies, read within limits and refused as the client's mistake whatever they contain.

A body is refused as soon as it is, or announces to be, over its limit. What is large is not held in memory: it waits in
a file, under a name of our own, until another process has read it.
"""

import contextlib
import functools
import json
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from reference_server.answers import Refusal
from reference_server.shapes import refusal_of
from reference_server.workshop import HEAVY_BYTES, Workshop

MAX_BODY_BYTES = 70_000_000
MAX_FILE_BYTES = 10 * 1024 * 1024
_FORM_OVERHEAD_BYTES = 1024 * 1024

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")


class Intake:
    """Where bodies come in: `folder` holds the large ones for as long as they are read.

    Set `folder` before the first request.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.folder = Path()
        self._workshop = workshop

    async def read_json(
        self, request: Request, model: type[Model], finish: Callable[[Model], T], code_of_too_large: str
    ) -> T:
        """What `finish` makes of the body, once it is known to be a `model`; a function of a module, as it may be slow.

        Raises:
            Refusal: 413 if there are more than `MAX_BODY_BYTES`, 400 if it is no such JSON object, or what `finish`
                raises.
        """
        too_large = Refusal(413, code_of_too_large, f"the body is larger than {MAX_BODY_BYTES:,} bytes")
        async with self._received(request, too_large) as body:
            if isinstance(body, Path):
                read = functools.partial(_read_file, model=model, finish=finish)
                return await self._workshop.do(read, body, heavy=True)
            return _read(body, model, finish)

    @contextlib.asynccontextmanager
    async def _received(self, request: Request, too_large: Refusal) -> AsyncIterator[bytes | Path]:
        """The body: bytes, or a file if it is large."""
        head = bytearray()
        chunks = _within(request, MAX_BODY_BYTES, too_large)
        async for chunk in chunks:
            head += chunk
            if len(head) > HEAVY_BYTES:
                break
        else:
            yield bytes(head)
            return
        number, name = tempfile.mkstemp(dir=self.folder)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(head)
                async for chunk in chunks:
                    file.write(chunk)  # to the system's memory, microseconds
            yield Path(name)
        finally:
            os.unlink(name)  # microseconds


async def read_upload(request: Request, field: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The file in field `field` of a multipart form; a part without a filename is no file.

    Raises:
        Refusal: 400 if there is no such file, 413 if it has more than `max_bytes`.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _missing(field, "the body is not multipart/form-data")
    parser = _Form(request, field, max_bytes)
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


class _Form(MultiPartParser):
    """A form whose one file has a limit of its own, held while it is read."""

    def __init__(self, request: Request, field: str, max_bytes: int) -> None:
        limit = max_bytes + _FORM_OVERHEAD_BYTES
        stream = _within(request, limit, _file_too_large())
        super().__init__(request.headers, stream, max_part_size=limit, max_fields=10_000)
        self._field = field
        self._max_bytes = max_bytes
        self._part_bytes = 0

    def on_part_begin(self) -> None:
        """A part begins."""
        super().on_part_begin()
        self._part_bytes = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """A piece of a part."""
        super().on_part_data(data, start, end)
        part = self._current_part
        if part.file is not None and part.field_name == self._field:
            self._part_bytes += end - start
            if self._part_bytes > self._max_bytes:
                raise _file_too_large()


async def _file_in(values: list[UploadFile | str], field: str) -> bytes:
    file = next((value for value in values if isinstance(value, UploadFile) and value.filename), None)
    if file is None:
        raise _missing(field, "the form has no such file")
    return await file.read()


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


def _read_file(path: Path, *, model: type[Model], finish: Callable[[Model], T]) -> T:
    return _read(path.read_bytes(), model, finish)


def _read(body: bytes, model: type[Model], finish: Callable[[Model], T]) -> T:
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError as error:
        raise _invalid("the body is not JSON: it is nested too deeply") from error
    except ValueError as error:
        raise _invalid(f"the body is not JSON: {error}") from error
    try:
        return finish(model.model_validate(value))
    except ValidationError as error:
        raise refusal_of(error) from error


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
