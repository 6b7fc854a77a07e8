"""JSON a line: what the readers of traces share. Whatever is wrong is told with its file and line."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.trace.events import Json

LATEST = 1e11
"""Seconds beyond which an instant is a mistake: most likely milliseconds since 1970."""
MOST_CONNECTIONS = 1000
"""How many connections of one job a trace can have: each is judged by monitors of its own."""
_ABSENT = object()


class TraceError(HarnessError):
    """A trace that cannot be read; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One object of a file.

    Attributes:
        file: as the user knows it.
        number: 1-based.
        fields: what stands in it.
    """

    file: str
    number: int
    fields: dict[str, Json]

    def wrong(self, problem: str) -> TraceError:
        """An error at this line, to be raised."""
        return TraceError(f"{self.file}:{self.number}: {problem}")

    def need(self, name: str) -> Json:
        """The value of `name`.

        Raises:
            TraceError: there is none.
        """
        value = self.fields.get(name, _ABSENT)
        if value is _ABSENT:
            raise self.wrong(f"{name!r} is missing")
        return value

    def text(self, name: str) -> str:
        """The text of `name`.

        Raises:
            TraceError: there is none, or it is no text.
        """
        value = self.need(name)
        if not isinstance(value, str):
            raise self.wrong(f"{name!r} must be a text, not {_shown(value)}")
        return value

    def object(self, name: str) -> dict[str, Json]:
        """The object of `name`.

        Raises:
            TraceError: there is none, or it is no object.
        """
        value = self.need(name)
        if not isinstance(value, dict):
            raise self.wrong(f"{name!r} must be an object, not {_shown(value)}")
        return value

    def whole(self, name: str) -> int:
        """The whole number of `name`.

        Raises:
            TraceError: there is none, or it is no whole number.
        """
        value = self.need(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(f"{name!r} must be a whole number, not {_shown(value)}")
        return value

    def connection(self) -> int:
        """The number of the connection; 0 if none is given.

        Raises:
            TraceError: it is no number from 0 to `MOST_CONNECTIONS` - 1.
        """
        number = self.whole("connection") if "connection" in self.fields else 0
        if not 0 <= number < MOST_CONNECTIONS:
            raise self.wrong(f"'connection' must be a number from 0 to {MOST_CONNECTIONS - 1}, not {_shown(number)}")
        return number

    def instant(self, name: str) -> float:
        """The seconds of `name`.

        Raises:
            TraceError: there are none, or they are no instant.
        """
        return self.seconds(self.need(name), name)

    def seconds(self, value: Json, name: str) -> float:
        """`value` as seconds.

        Raises:
            TraceError: it is no instant.
        """
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LATEST:
            raise self.wrong(f"{name!r} must be a number of seconds, not {_shown(value)}")
        return float(value)


def read_lines(text: str, file: str) -> list[Line]:
    """The objects of a file, one a line; empty lines count but say nothing.

    Raises:
        TraceError: the file is empty, or a line is no JSON object.
    """
    lines = [
        Line(file, number, _object(source, file, number))
        for number, source in enumerate(text.removeprefix("\ufeff").split("\n"), 1)
        if source.strip()
    ]
    if not lines:
        raise TraceError(f"{file}:1: the file is empty; a trace has at least a line an event")
    return lines


def parse(text: str) -> Json:
    """The JSON value of `text`.

    Raises:
        ValueError: it is none (RFC 8259: no NaN, no Infinity), or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def written(value: Json) -> str:
    """`value` as JSON on one line, in ASCII; `parse` gives the same again, numbers too large for a float included."""
    text = json.dumps(value)
    if "Infinity" not in text:
        return text
    return "".join(_chunk(chunk) for chunk in json.JSONEncoder().iterencode(value))


def _chunk(chunk: str) -> str:
    """JSON has no word for a number that is too large; one that is, such as 1e999, it has."""
    return chunk.removesuffix("Infinity") + "1e999" if chunk.endswith("Infinity") else chunk


def _object(source: str, file: str, number: int) -> dict[str, Json]:
    try:
        value = parse(source)
    except ValueError as error:
        column = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        told = error.msg if isinstance(error, json.JSONDecodeError) else error
        raise TraceError(f"{file}:{number}: this line is damaged, or no JSON: {told}{column}") from error
    if not isinstance(value, dict):
        raise TraceError(f"{file}:{number}: a line of a trace is a JSON object, not {_shown(value)}")
    return value


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _shown(value: Json) -> str:
    if isinstance(value, float) and math.isinf(value):
        return "a number too large"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LATEST:
        return "a number so large (are these milliseconds?)"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
