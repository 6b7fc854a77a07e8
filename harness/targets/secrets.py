"""Secrets: taken from the environment, sent to the target, told to nobody."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.trace.events import NotJson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.trace.events import Json

MASK = "[secret]"
SHORTEST_PART = 4
_FROM_ENVIRONMENT = re.compile(r"\$\{env\.([A-Za-z_]\w*)\}")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"})


class Secrets:
    """Every secret value of a run; whatever is printed or stored goes through `redact` first."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: str) -> None:
        """Keep `value` out of everything that is printed or stored, also as it looks in JSON and in URLs."""
        if not value:
            return
        self._values.add(value)
        longest_first = sorted(self._values, key=len, reverse=True)
        forms = [*map(_any_form, longest_first), *(value.encode().hex() for value in longest_first)]
        # A message may have cut a secret off: its beginning before "...".
        cut = [_beginning(value) for value in longest_first if len(value) > SHORTEST_PART]
        self._pattern = re.compile("|".join(forms + cut))

    def expand(self, text: str, environment: Mapping[str, str]) -> str:
        """`text` with each `${env.NAME}` replaced; the values are secrets from now on.

        Raises:
            HarnessError: a variable is not set, or empty.
        """

        def value_of(found: re.Match[str]) -> str:
            value = environment.get(found.group(1), "")
            if not value:
                raise HarnessError(f"the environment variable {found.group(1)} is not set (or empty): export it first")
            self.add(value)
            return value

        return _FROM_ENVIRONMENT.sub(value_of, text)

    def header(self, line: str, environment: Mapping[str, str]) -> tuple[str, str]:
        """Name and value of a header written as `Name: value`.

        Raises:
            HarnessError: it is no header, or a variable in it is not set.
        """
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or not re.fullmatch(r"[!#$%&'*+.^`|~\w-]+", name, re.ASCII):
            raise HarnessError("--header takes NAME: VALUE, for example --header 'Authorization: Bearer ${env.TOKEN}'")
        value = self.expand(value.strip(), environment).strip(" ")
        if not re.fullmatch(r"[\t\x20-\x7e]*", value):  # RFC 9110 5.5
            raise HarnessError(f"the value of the header {name} has a character that a header cannot carry")
        if name.lower() in _SECRET_HEADERS:
            self.add(value)
            self.add(value.rpartition(" ")[2])
        self._add_parts(name.lower(), value)
        return name, value

    def _add_parts(self, name: str, value: str) -> None:
        """What stands inside a value that is a secret as a whole: cookies, and what Basic (RFC 7617) encodes."""
        if name == "cookie":
            for cookie in value.split(";"):
                self.add(cookie.partition("=")[2].strip())
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                decoded = base64.b64decode(rest, validate=True).decode()
            except (binascii.Error, ValueError):
                return
            self.add(decoded)
            self.add(decoded.partition(":")[2])

    def redact(self, text: str) -> str:
        """`text` with every secret masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def redact_json(self, value: Json | NotJson) -> Json:
        """`value` with every secret masked, in keys too; a frame that is no JSON becomes {"notJson": text}."""
        match value:
            case str():
                return self.redact(value)
            case dict():
                return {self.redact(str(key)): self.redact_json(item) for key, item in value.items()}
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


def _any_form(value: str) -> str:
    """A pattern for `value` as plain text, in JSON (nested too), in Python's `repr` and in URLs."""
    return "".join(_any_form_of(character) for character in value)


def _any_form_of(character: str) -> str:
    url = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    forms = [r"\\*" + re.escape(character) if character in "\"'/" else re.escape(character), f"(?i:{url})"]
    if character == "\\":
        forms[0] = r"\\+"
    elif not character.isascii() or not character.isprintable():
        units = character.encode("utf-16-be", "surrogatepass").hex()
        forms.append("(?i:" + "".join(rf"\\+u{units[at : at + 4]}" for at in range(0, len(units), 4)) + ")")
        forms.append(re.escape(repr(character)[1:-1]))
    elif character == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _beginning(value: str) -> str:
    """A pattern for the beginning of `value`, at least `SHORTEST_PART` characters of it, before three dots."""
    characters = [_any_form_of(character) for character in value]
    rest = ""
    for one in reversed(characters[SHORTEST_PART:]):
        rest = f"(?:{one}{rest})?"
    return "".join(characters[:SHORTEST_PART]) + rest + r"(?=['\"]?\.\.\.| \.\.\. )"
