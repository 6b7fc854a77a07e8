"""Secrets: taken from the environment, sent to the target, told to nobody."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus, urlsplit

from harness.contract.fields import is_token
from harness.errors import HarnessError
from harness.targets.masking import MASK, SECRET_HEADERS, SHORTEST_PART, forms, looks_secret, masked, parameters
from harness.trace.events import NotJson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.trace.events import Json

SHORTEST_TEXT = 8
SHORTEST_NUMBER = 6
_FROM_ENVIRONMENT = re.compile(r"\$\{env\.([A-Za-z_]\w*)\}", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110 5.5
_NEXT_COOKIE = re.compile(r",(?=[^;,=]+=)")


class Secrets:
    """Every secret value of a run; whatever is printed or stored goes through `redact` first."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: set[str] = set()
        self._wanted: list[str] | None = []

    def add(self, value: str) -> None:
        """Keep `value` out of everything that is printed or stored, also as it looks in JSON, in URLs and in HTML."""
        if value:
            self._values.add(value)
            self._forms |= forms(value)
            self._wanted = None

    def add_answer(self, value: Json) -> None:
        """Keep out what a secret answer's body holds: every longer text and number in it.

        Short ones ("ok", 200) stay, so that they are not masked everywhere, unless they are called like a secret.
        """
        self._add_inside(value, secret=False)

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Keep out the credentials that an answer's headers give: cookies, and the headers that always carry some."""
        for name, value in headers.items():
            if name.lower() == "set-cookie":  # RFC 6265 4.1.1; several of them may be joined by commas
                for cookie in _NEXT_COOKIE.split(value):
                    self._add_part(cookie.partition(";")[0].partition("=")[2])
            elif name.lower() in SECRET_HEADERS:
                self.add_header(name, value)

    def add_url(self, url: str) -> None:
        """Keep out the values of those parameters in `url` that are called like a secret: `token`, `ticket`, `key`."""
        for value in parameters(url):
            self._add_part(value)
            self._add_part(unquote_plus(value))

    def add_user(self, url: str) -> None:
        """Keep out the user and the password in `url`, also as a proxy is told of them (RFC 7617).

        Raises:
            ValueError: it is no address.
        """
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.password is not None:
            for value in (parts.password, password, base64.b64encode(f"{user}:{password}".encode()).decode()):
                self.add(value)
        self._add_part(user)

    def _add_inside(self, value: Json, *, secret: bool) -> None:
        match value:
            case str():
                if len(value) >= (SHORTEST_PART if secret else SHORTEST_TEXT):
                    self.add(value)
                    self._add_part(value.strip())
                self.add_url(value)
            case bool() | None:
                pass
            case int() | float():
                text = str(value)
                if sum(map(str.isdigit, text)) >= (SHORTEST_PART if secret else SHORTEST_NUMBER):
                    self.add(text)
            case dict():
                for key, item in value.items():
                    self._add_inside(item, secret=secret or looks_secret(key))
            case list() | tuple():
                for item in value:
                    self._add_inside(item, secret=secret)

    def _add_part(self, value: str) -> None:
        """A secret that was cut out of something, where it is too long to be a word like any other."""
        if len(value) >= SHORTEST_PART:
            self.add(value)

    def expand(self, text: str, environment: Mapping[str, str]) -> str:
        """`text` with each `${env.NAME}` replaced; the values are secrets from now on.

        Raises:
            HarnessError: a variable is not set, or empty.
        """
        for _, name in variables(text):
            value = environment.get(name, "")
            if not value:
                raise HarnessError(not_set(name))
            self.add(value)
        return with_variables(text, environment)

    def header(self, line: str, environment: Mapping[str, str]) -> tuple[str, str]:
        """Name and value of a header written as `Name: value`.

        Raises:
            HarnessError: it is no header, or a variable in it is not set.
        """
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or not is_token(name):
            raise HarnessError("--header takes NAME: VALUE, for example --header 'Authorization: Bearer ${env.TOKEN}'")
        value = self.expand(value.strip(), environment).strip(" ")
        problem = header_problem(name, value)
        if problem:
            raise HarnessError(problem)
        self.add_header(name, value)
        return name, value

    def add_header(self, name: str, value: str) -> None:
        """Keep out what a header holds, if it is one of those that always carry credentials; also what stands inside.

        That is each cookie, and what Basic (RFC 7617) encodes.
        """
        if name.lower() in SECRET_HEADERS:
            self.add(value)
            self._add_part(value.rpartition(" ")[2])
        if name.lower() == "cookie":
            for cookie in value.split(";"):
                self._add_part(cookie.partition("=")[2].strip())
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            self._add_basic(rest)

    def _add_basic(self, encoded: str) -> None:
        try:
            decoded = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            return
        self.add(decoded)
        self.add(decoded.partition(":")[2])

    def redact(self, text: str) -> str:
        """`text` with every secret masked."""
        if self._wanted is None:
            self._wanted = sorted(self._forms, key=len)
        return masked(text, self._values, self._wanted)

    def redact_json(self, value: Json | NotJson) -> Json:
        """`value` with every secret masked, in keys too; a frame that is no JSON becomes {"notJson": text}."""
        match value:
            case str():
                return self.redact(value)
            case dict():
                return {self.redact(str(key)): self._redact_item(str(key), item) for key, item in value.items()}
            case list() | tuple():
                return [self.redact_json(item) for item in value]
            case NotJson(frame):
                return {"notJson": self.redact(frame if isinstance(frame, str) else frame.hex())}
            case bytes():
                return {"bytes": len(value)}
            case int() | float() if not isinstance(value, bool) and MASK in self.redact(str(value)):
                return MASK
            case _:
                return value

    def _redact_item(self, key: str, value: Json) -> Json:
        secret = key.lower() in SECRET_HEADERS and isinstance(value, str) and value
        return MASK if secret else self.redact_json(value)


def variables(text: str) -> list[tuple[int, str]]:
    """Where each `${env.NAME}` stands in `text`, 0-based, and its NAME."""
    return [(found.start(), found.group(1)) for found in _FROM_ENVIRONMENT.finditer(text)]


def with_variables(text: str, environment: Mapping[str, str]) -> str:
    """`text` with each `${env.NAME}` replaced; all of them must be set."""
    return _FROM_ENVIRONMENT.sub(lambda found: environment[found.group(1)], text)


def not_set(name: str) -> str:
    """What is told of an environment variable that is needed and missing."""
    return f"the environment variable {name} is not set (or empty): export it first"


def header_problem(name: str, value: str) -> str:
    """What is wrong with a header, without its value; empty if nothing is."""
    if not is_token(name):
        return f"{name!r} is no name of a header"
    return (
        ""
        if _HEADER_VALUE.fullmatch(value)
        else f"the value of the header {name} has a character that a header cannot carry"
    )
