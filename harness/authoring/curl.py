"""Reading a curl command line: the request that it would make, and nothing is sent or opened.

The options are those that people use and that browsers write with "Copy as cURL", for bash and for Windows.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote

from harness.contract.problems import did_you_mean
from harness.errors import HarnessError

_ALIASES = {
    "-X": "--request", "-H": "--header", "-d": "--data", "--data-ascii": "--data", "-F": "--form", "-u": "--user",
    "-b": "--cookie", "-G": "--get", "-k": "--insecure", "-I": "--head", "-A": "--user-agent", "-e": "--referer",
    "-m": "--max-time", "-o": "--output", "-w": "--write-out", "-s": "--silent", "-S": "--show-error",
    "-i": "--include", "-v": "--verbose", "-L": "--location", "-f": "--fail", "-#": "--progress-bar",
    "-N": "--no-buffer",
}  # fmt: skip
_TAKING = frozenset({
    "--request", "--header", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "--form",
    "--form-string", "--user", "--cookie", "--url", "--user-agent", "--referer", "--max-time", "--connect-timeout",
    "--output", "--write-out", "--retry",
})  # fmt: skip
_FLAGS = frozenset({
    "--get", "--insecure", "--head", "--silent", "--show-error", "--include", "--verbose", "--location", "--fail",
    "--compressed", "--progress-bar", "--no-buffer", "--http1.1", "--http2", "--globoff", "--fail-with-body",
})  # fmt: skip
_BODIES = ("--data", "--data-raw", "--data-binary", "--data-urlencode", "--json")
_BROWSER_ONLY = re.compile(
    r"user-agent|sec-.*|accept-encoding|accept-language|origin|referer|priority|dnt|pragma|cache-control|te|"
    r"connection|content-length|host|upgrade-insecure-requests|:.*",
    re.I,
)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_PROGRAM = re.compile(r"(?!localhost$)[A-Za-z][\w-]*|[./~].*|\w+=.*|.*\.exe")
"""What an address does not look like that stands in the place of `curl`."""
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """What `@PATH` stands for: a file that is still to be read; `lines` if curl would take its line ends out."""

    path: str
    lines: bool = False


Content: TypeAlias = str | File


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part of a multipart form."""

    content: Content
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Curl:
    """One request as a curl command line has it.

    Attributes:
        method: as it will be sent.
        url: as written, query included.
        headers: names as written, in order; those that only a browser sends are gone.
        data: the pieces of the body, to be joined with `&`; none for no body.
        form: the parts of a multipart form by name.
        user: `NAME:PASSWORD` of -u; empty if there is none.
        dropped: the names of the headers that are gone.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    data: tuple[Content, ...] = ()
    form: dict[str, FormPart] = field(default_factory=dict)
    user: str = ""
    dropped: tuple[str, ...] = ()


def parse(command: str, option: str = "--from-curl") -> Curl:
    """Read a curl command line.

    Args:
        command: as a shell would be given it; `curl` itself may be missing.
        option: where it was written, for what is wrong.

    Raises:
        HarnessError: it is none, or has an option that is not known. No value of it is repeated in the text.
    """
    words = _words(command, option)
    if words and re.fullmatch(r"(.*[\\/])?curl(\.exe)?", words[0]):
        words = words[1:]
    elif words and _PROGRAM.fullmatch(words[0]):
        raise HarnessError(f"{option}: this is no curl command, it begins with another program's name: begin with curl")
    reading = _Reading(option)
    while words:
        words = reading.take(words)
    return reading.finish()


class _Reading:
    """The options so far."""

    def __init__(self, option: str) -> None:
        self._where = option
        self._values: dict[str, list[str]] = {}
        self._data: list[tuple[str, str]] = []
        self._urls: list[str] = []

    def take(self, words: list[str]) -> list[str]:
        """Take one option or address; gives the words that are left."""
        word, rest = words[0], words[1:]
        if word == "-" or not word.startswith("-"):
            self._urls.append(word)
            return rest
        if word == "--":
            self._urls += rest
            return []
        name, value, rest = self._split(word, rest)
        if name in _FLAGS:
            self._values.setdefault(name, []).append("")
            return rest
        if value is None:
            if not rest:
                raise HarnessError(f"{self._where}: {name} has no value; is a quote missing?")
            value, rest = rest[0], rest[1:]
        self._values.setdefault(name, []).append(value)
        if name in _BODIES:
            self._data.append((name, value))
        return rest

    def _split(self, word: str, rest: list[str]) -> tuple[str, str | None, list[str]]:
        """The option's long name, the value that is glued to it, and the words left (`-sSL` is three options)."""
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            return self._known(name), value if equals else None, rest
        name = self._known(word[:2])
        glued = word[2:]
        if not glued:
            return name, None, rest
        if name in _FLAGS:
            return name, None, [f"-{glued}", *rest]
        return name, glued, rest

    def _known(self, name: str) -> str:
        long = _ALIASES.get(name, name)
        if long in _TAKING or long in _FLAGS:
            return long
        known = sorted(_TAKING | _FLAGS)
        raise HarnessError(f"{self._where}: curl's {name} is not known here; {did_you_mean(name, known)}")

    def finish(self) -> Curl:
        if "--insecure" in self._values:
            raise HarnessError(
                f"{self._where}: -k is refused, certificates are always verified: leave it out, and name a private "
                "authority's certificate with SSL_CERT_FILE"
            )
        urls = self._values.get("--url", []) + self._urls
        if len(urls) != 1:
            found = "no address" if not urls else f"{len(urls)} addresses"
            raise HarnessError(f"{self._where} needs one address; found {found} (is the whole command between quotes?)")
        headers, dropped = self._headers()
        data = tuple(self._piece(name, value) for name, value in self._data)
        form = dict(self._form())
        if data and form:
            raise HarnessError(f"{self._where}: a request has one body: -d or -F")
        url = urls[0]
        if "--get" in self._values:
            url, data = self._with_query(url, data), ()
        method = (self._values.get("--request") or [self._default(bool(data or form))])[-1].upper()
        user = self._values.get("--user", [""])[-1]
        return Curl(method, url, headers, data, form, user, dropped)

    def _default(self, has_body: bool) -> str:
        return "HEAD" if "--head" in self._values else "POST" if has_body else "GET"

    def _headers(self) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        kept: dict[str, tuple[str, str]] = {}
        dropped: list[str] = []
        for line in self._values.get("--header", []):
            name, colon, value = line.partition(":")
            name = name.strip() or f":{value.partition(':')[0]}"
            if not colon and not line.endswith(";"):
                raise HarnessError(f"{self._where}: -H takes 'Name: value'; one of them has no colon")
            if _BROWSER_ONLY.fullmatch(name) or (name.lower() == "accept" and "*/*" in value):
                dropped.append(name.lower())
            elif value.strip():
                kept[name.lower()] = (name, value.strip())
        for cookie in self._values.get("--cookie", []):
            if "=" not in cookie:
                raise HarnessError(f"{self._where}: -b with a file is not known here; give 'name=value'")
            kept["cookie"] = ("Cookie", cookie)
        if "--json" in self._values:
            kept.setdefault("content-type", ("content-type", "application/json"))
        return tuple(kept.values()), tuple(dict.fromkeys(dropped))

    def _piece(self, name: str, value: str) -> Content:
        if name == "--data-urlencode":
            key, equals, text = value.partition("=")
            if "@" in key or not equals:
                raise HarnessError(f"{self._where}: --data-urlencode takes NAME=TEXT here")
            return f"{key}={quote(text, safe='')}" if key else quote(text, safe="")
        if value.startswith("@") and name != "--data-raw":
            return File(value[1:], lines=name == "--data")
        return value

    def _with_query(self, url: str, data: tuple[Content, ...]) -> str:
        texts = [piece for piece in data if isinstance(piece, str)]
        if len(texts) != len(data):
            raise HarnessError(f"{self._where}: -G with a file is not known here; write the query into the address")
        return f"{url}{'&' if '?' in url else '?'}{'&'.join(texts)}" if texts else url

    def _form(self) -> list[tuple[str, FormPart]]:
        parts = []
        for option in ("--form", "--form-string"):
            for text in self._values.get(option, []):
                name, equals, value = text.partition("=")
                if not equals:
                    raise HarnessError(f"{self._where}: -F takes NAME=VALUE or NAME=@FILE")
                literal = option == "--form-string"
                parts.append((name, FormPart(value) if literal else _form_part(value)))
        return parts


def _form_part(value: str) -> FormPart:
    """`TEXT`, `@FILE` or `<FILE`, with `;type=` and `;filename=` behind it."""
    content, *settings = value.split(";") if value[:1] in "@<" else re.split(r";(?=type=|filename=)", value)
    named = dict(setting.strip().partition("=")[::2] for setting in settings)
    filename, content_type = named.get("filename"), named.get("type")
    if content[:1] == "@":
        path = content[1:].strip('"')
        return FormPart(File(path), filename or re.split(r"[\\/]", path)[-1], content_type)
    if content[:1] == "<":
        return FormPart(File(content[1:].strip('"')), filename, content_type)
    return FormPart(content, filename, content_type)


def _words(command: str, option: str) -> list[str]:
    text = command.replace("\r\n", "\n").strip()
    if re.search(r"\^[\"\n]", text):  # as Windows' command line has it
        text = re.sub(r"\^(.)", lambda found: " " if found.group(1) == "\n" else found.group(1), text, flags=re.DOTALL)
    text = re.sub(r"\\\n", " ", text)
    text = _ANSI.sub(lambda found: shlex.quote(_ESCAPE.sub(_unescaped, found.group(1))), text)
    try:
        return shlex.split(text)
    except ValueError as error:
        told = str(error).lower()
        raise HarnessError(f"{option}: the curl command cannot be read: {told}; put it between quotes") from error


def _unescaped(found: re.Match[str]) -> str:
    text = found.group(1)
    if text[0] in "uUx" and len(text) > 1:
        return chr(int(text[1:], 16))
    return _ESCAPES.get(text, text)
