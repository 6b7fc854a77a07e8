"""What a curl command sends, as the body of a contract's request."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.authoring.curl import Curl, File, FormPart
    from harness.trace.events import Json

MOST_TEXT = 64 * 1024
"""How many bytes of a file a contract may hold."""
FORM_TYPE = "application/x-www-form-urlencoded"


def read_body(
    curl: Curl, headers: dict[str, str], read: Callable[[str], bytes], option: str, notes: list[str]
) -> dict[str, Json]:
    """The body as a part of the request's tree.

    Args:
        curl: the command.
        headers: of the request; a content type that the contract would send by itself is taken out, one that curl would
            send is put in.
        read: gives the content of a file.
        option: where the command was written, for what is wrong.
        notes: is told what was changed.

    Raises:
        HarnessError: a file cannot be in a contract.
    """
    if curl.form:
        _drop(headers, "content-type")
        return {"multipart": {name: _part(part, read, option) for name, part in curl.form.items()}}
    if not curl.data:
        return {}
    text = "&".join(_content(piece, read, option) for piece in curl.data)
    content_type = next((value for key, value in headers.items() if key.lower() == "content-type"), "")
    is_json, value = _json(text)
    if is_json and ("json" in content_type.lower() or (not content_type and isinstance(value, dict | list))):
        if not content_type:
            notes.append("sent as application/json, which the body is; curl alone would have called it a form")
        if content_type.lower() in ("application/json", "application/json; charset=utf-8"):
            _drop(headers, "content-type")
        return {"json": value}
    if not content_type:
        headers["content-type"] = FORM_TYPE
    found = pairs(text) if headers.get("content-type", content_type).startswith(FORM_TYPE) else None
    return {"raw": text} if found is None or None in found.values() else {"pairs": found}


def _drop(headers: dict[str, str], name: str) -> None:
    for key in [key for key in headers if key.lower() == name]:
        del headers[key]


def _part(part: FormPart, read: Callable[[str], bytes], option: str) -> Json:
    content = _content(part.content, read, option)
    if part.filename is None and part.content_type is None:
        return content
    named = {"filename": part.filename, "content": content, "content_type": part.content_type}
    return {key: value for key, value in named.items() if value is not None}


def _content(content: str | File, read: Callable[[str], bytes], option: str) -> str:
    if isinstance(content, str):
        return content
    raw = read(content.path)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HarnessError(
            f"{option}: {content.path} is no text, and a contract holds only text: use a small text file for the first "
            "contract, then write an input type such as shelf_photos or csv_file in its place"
        ) from error
    if len(raw) > MOST_TEXT:
        raise HarnessError(f"{option}: {content.path} has {len(raw)} bytes; give a file of {MOST_TEXT} at most")
    text = text.replace("${", "$${")  # what stands in a file is no template
    return re.sub(r"[\r\n]", "", text) if content.lines else text


def _json(text: str) -> tuple[bool, Json]:
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def pairs(text: str) -> dict[str, Json] | None:
    """The pairs of a query or a urlencoded body, values as they are written; None if a name stands twice."""
    found: dict[str, Json] = {}
    for piece in text.split("&") if text else ():
        key, equals, value = piece.partition("=")
        if key in found or not key:
            return None
        found[key] = value if equals else None
    return found
