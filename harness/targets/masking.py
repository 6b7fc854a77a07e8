"""Masking secrets in a text, however they are written there.

A text is searched as it stands and as it reads once the escapes of JSON and Python, of URLs and of HTML are undone, in
any order and inside each other; what is found there is masked where it came from. Besides the values that are known
to be secret, some are masked for where they stand: in URLs the parameters called token, key and the like and the
password of a user, and the headers that carry credentials.

The work is proportional to the length of the text: every search is for a fixed text or by a pattern that never looks
twice at the same place.
"""

from __future__ import annotations

import base64
import html
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MASK = "[secret]"
SHORTEST_PART = 4
SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token"}
)
_DEPTH = 3
_SHORTEST_ENCODED = 8
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    {
        "token",
        "ticket",
        "sig",
        "signature",
        "key",
        "auth",
        "session",
        "password",
        "passwd",
        "secret",
        "credential",
        "jwt",
    }
)
_SECRET_ENDS = ("token", "ticket", "signature", "apikey", "sessionid", "password", "secret")
_PARAMETER = re.compile(r"[?&;#]([\w.~-]{1,64})=([^\s&;#\"'<>\\]+)")
_USER = re.compile(r"://[^\s/@:?#\"'<>]*:([^\s/@?#\"'<>]+)@")
_HEADER = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(SECRET_HEADERS))})[\"']?[ \t]*[:=][ \t]*"
    r"(?:\"([^\"\n]+)|'([^'\n]+)|((?:(?:bearer|basic|digest|token)[ ])?[^\s\"',;}\]]+))",
    re.IGNORECASE,
)
_BACKSLASH = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))",
    re.DOTALL,
)
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_PERCENT = re.compile(
    r"%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-4](?:%[89ab][0-9a-f]){3}",
    re.IGNORECASE,
)
_TELLING = re.compile(r"[=:]|\.\.\.")
"""What stands in every text that holds a secret without being as long as one."""
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


def looks_secret(name: str) -> bool:
    """Whether a parameter, field or key of this name most likely holds a secret: `token`, `X-Amz-Signature`, `code`."""
    words = {word.lower().removesuffix("s") for word in _WORD.findall(name)}
    return bool(words & _SECRET_WORDS) or name.lower() == "code" or name.lower().endswith(_SECRET_ENDS)


def parameters(url: str) -> Iterator[str]:
    """The values, as they are written, of those parameters in `url` that most likely hold a secret."""
    return (url[start:end] for start, end in _parameters(url))


def forms(value: str) -> frozenset[str]:
    """What to look for so that `value` is found: itself, and what it is in hexadecimal and inside base64."""
    raw = value.encode("utf-8", "surrogatepass")
    found = {value, raw.hex(), raw.hex().upper()}
    for shift in range(3):
        inside = base64.b64encode(bytes(shift) + raw)[(shift * 4 + 2) // 3 : (shift + len(raw)) * 8 // 6].decode()
        if len(inside) >= _SHORTEST_ENCODED:
            found |= {inside, inside.replace("+", "-").replace("/", "_")}
    return frozenset(map(_comparable, found))


def masked(text: str, values: Iterable[str], wanted: Sequence[str]) -> str:
    """`text` with its secrets masked.

    Args:
        text: what is to be printed or stored.
        values: the secrets; beginnings and ends of them are masked too where a message was cut.
        wanted: the `forms` of all of them, the shortest first.
    """
    if (not wanted or len(text) < len(wanted[0])) and not _TELLING.search(text):
        return text  # as most texts of a trace: nothing fits in
    spans = sorted(view.origin(start, end) for view in _views(text) for start, end in _found(view.text, values, wanted))
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in _merged(spans):
        pieces += (text[at:start], MASK)
        at = end
    return "".join([*pieces, text[at:]])


@dataclass(frozen=True, slots=True)
class _View:
    """A text with one layer of escapes undone.

    Attributes:
        text: how it reads.
        places: of the characters in it that were escapes, in order.
        longer: by how many characters in all the first 0, 1, ... of these were longer.
        parent: what the escapes stood in.
        depth: how many layers are undone.
    """

    text: str
    places: list[int]
    longer: list[int]
    parent: _View | None = None
    depth: int = 0

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of this text stands in the text it all began with."""
        view: _View | None = self
        while view is not None:
            start += view.longer[bisect_left(view.places, start)]
            end += view.longer[bisect_left(view.places, end)]
            view = view.parent
        return start, end


def _views(text: str) -> Iterator[_View]:
    views, seen = [_View(text, [], [0])], {text}
    for view in views:
        yield view
        for mark, pattern, meaning in _UNDO if view.depth < _DEPTH else ():
            if mark not in view.text:
                continue
            inner = _undone(view, pattern, meaning)
            if inner is not None and inner.text not in seen:
                seen.add(inner.text)
                views.append(inner)


def _undone(view: _View, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]) -> _View | None:
    pieces: list[str] = []
    places: list[int] = []
    longer, at = [0], 0
    for found in pattern.finditer(view.text):
        character = meaning(found)
        if len(character) != 1:
            continue
        start, end = found.span()
        pieces += (view.text[at:start], character)
        places.append(start - longer[-1])
        longer.append(longer[-1] + end - start - 1)
        at = end
    if not places:
        return None
    return _View("".join([*pieces, view.text[at:]]), places, longer, view, view.depth + 1)


def _backslash(found: re.Match[str]) -> str:
    high, low, *codes, single = found.groups()
    if high:
        return bytes.fromhex(high + low).decode("utf-16-be", "replace")
    if single:
        return _SINGLE.get(single, "")
    code = int(next(filter(None, codes)), 16)
    return chr(code) if code < 0x110000 else ""


def _percent(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found.group().replace("%", "")).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # longer than need be, or beyond Unicode
        return ""


_UNDO: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("\\", _BACKSLASH, _backslash),
    ("%", _PERCENT, _percent),
    ("&", _ENTITY, lambda found: html.unescape(found.group())),
)


def _comparable(text: str) -> str:
    """A form writes a space as a plus."""
    return text.replace("+", " ")


def _found(text: str, values: Iterable[str], wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where in `text` something secret stands."""
    comparable = _comparable(text)
    for form in wanted:
        if len(form) > len(text):
            break
        yield from ((at, at + len(form)) for at in _occurrences(comparable, form))
    if "..." in text:
        for value in values:
            if len(value) > SHORTEST_PART:
                yield from _beginnings(comparable, _comparable(value))
                yield from _ends(comparable, _comparable(value))
    if "=" in text or ":" in text:
        yield from _parameters(text)
        yield from (found.span(1) for found in _USER.finditer(text))
        yield from _headers(text)


def _occurrences(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _beginnings(text: str, value: str) -> Iterator[tuple[int, int]]:
    """A message may have cut a secret off: its beginning before three dots."""
    start = text.find(value[:SHORTEST_PART])
    while start >= 0:
        end, length = start + SHORTEST_PART, SHORTEST_PART
        while length < len(value) and text.startswith(value[length], end):
            end, length = end + 1, length + 1
        if text.startswith(("...", "'...", '"...', " ... "), end):
            yield start, end
        start = text.find(value[:SHORTEST_PART], start + 1)


def _ends(text: str, value: str) -> Iterator[tuple[int, int]]:
    """The end of a secret, behind the dots of a message from which the middle was cut."""
    for last in _occurrences(text, value[-SHORTEST_PART:]):
        start, length = last, SHORTEST_PART
        while length < len(value) and text.startswith(value[-length - 1], start - 1):
            start, length = start - 1, length + 1
        if text.endswith(" ... ", 0, start):
            yield start, last + SHORTEST_PART


def _parameters(text: str) -> Iterator[tuple[int, int]]:
    for found in _PARAMETER.finditer(text):
        if looks_secret(found.group(1)) and not _is_template(found.group(2)):
            yield found.span(2)


def _headers(text: str) -> Iterator[tuple[int, int]]:
    for found in _HEADER.finditer(text):
        group = found.lastindex or 0
        if not _is_template(found.group(group)):
            yield found.span(group)


def _is_template(value: str) -> bool:
    return "${" in value


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that overlap made one; `spans` are in order."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current is None or start >= current[1]:
            if current is not None:
                yield current
            current = (start, end)
        else:
            current = (current[0], max(current[1], end))
    if current is not None:
        yield current
