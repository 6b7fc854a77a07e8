"""Secrets: taken from the environment, sent to the target, told to nobody."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from harness.errors import HarnessError
from harness.trace.events import NotJson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.trace.events import Json

MASK = "[secret]"
_FROM_ENVIRONMENT = re.compile(r"\$\{env\.([A-Za-z_]\w*)\}")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"})


class Secrets:
    """Every secret value of a run; whatever is printed or stored goes through `redact` first."""

    def __init__(self) -> None:
        self._forms: list[str] = []

    def add(self, value: str) -> None:
        """Keep `value` out of everything that is printed or stored, also as it looks in JSON and in URLs."""
        if not value:
            return
        forms = {
            value,
            json.dumps(value)[1:-1],
            repr(value)[1:-1],
            quote(value),
            quote(value, safe=""),
            quote_plus(value),
        }
        self._forms = sorted({*self._forms, *forms}, key=len, reverse=True)

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
        if not colon or not re.fullmatch(r"[!#$%&'*+.^`|~\w-]+", name):
            raise HarnessError("--header takes NAME: VALUE, for example --header 'Authorization: Bearer ${env.TOKEN}'")
        value = self.expand(value.strip(), environment)
        if re.search(r"[\r\n\0]", value) or not value.isascii():
            raise HarnessError(f"the value of the header {name} has a character that a header cannot carry")
        if name.lower() in _SECRET_HEADERS:
            self.add(value)
            self.add(value.rpartition(" ")[2])
        return name, value

    def redact(self, text: str) -> str:
        """`text` with every secret masked."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

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
            case _:
                return value
