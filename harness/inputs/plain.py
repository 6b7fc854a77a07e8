"""Plain values: a constant, one out of a list, a number, a UUID, a text. The spec is the value itself.

Beside `integer`, numbers with a fraction are drawn as so many hundredths (or thousandths, ...), so that they shrink to
what a person would have written: `0.5`, never `0.5000000000000001`.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from harness.inputs.lazily import st
from harness.inputs.parameters import (
    ParameterError,
    Range,
    problem,
    read_mapping,
    read_range,
    shown,
)
from harness.records import NamedTuple

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json

INTEGERS = Range(-(2**53) + 1, 2**53 - 1)
"""The whole numbers that every JSON reader keeps exactly (RFC 8259 6)."""

DECIMALS = Range(0, 9)
"""How many digits after the point a number may have."""

_NUMBERS = re.compile(r"\s*(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?:\.\.\s*(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*)?")

LENGTHS = Range(0, 500)
"""How long a text may be asked to be, in code points."""


class Constant:
    """Always the same value. `{constant: {size: 3}}`."""

    name = "constant"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`. Any JSON will do."""
        return None

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        return st.just(parameters).map(copy.deepcopy)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The value, a copy of its own."""
        return copy.deepcopy(spec)

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return {"const": parameters}


class Choice:
    """One value out of a list; the first is the simplest. `{choice: [small, medium, large]}`."""

    name = "choice"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read_choices, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        return st.sampled_from(_read_choices(parameters)).map(copy.deepcopy)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The value, a copy of its own."""
        return copy.deepcopy(spec)

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return {"enum": _read_choices(parameters)}


class Integer:
    """A whole number of a range; the one nearest 0 is the simplest. `{integer: 1..5}`."""

    name = "integer"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read_integers, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        wanted = _read_integers(parameters)
        return st.integers(wanted.low, wanted.high)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The number."""
        return spec

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        wanted = _read_integers(parameters)
        return {"type": "integer", "minimum": wanted.low, "maximum": wanted.high}


class Number:
    """A number, with two digits after the point at most. `{number: 0.5..2}` or `{number: {range: 0..1, decimals: 4}}`.

    The nearest to 0 is the simplest, and of the others those without a fraction.
    """

    name = "number"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read_numbers, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        low, high, decimals = _read_numbers(parameters)
        scale = 10**decimals
        least, most = round(low * scale), round(high * scale)
        fine = st.integers(least, most).map(lambda steps: steps / scale)
        whole = Range(-(-least // scale), most // scale)
        return st.integers(*whole).map(float) | fine if whole.low <= whole.high else fine

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The number, with a fraction even if that is 0."""
        return spec

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        low, high, _ = _read_numbers(parameters)
        return {"type": "number", "minimum": low, "maximum": high}


class Uuid:
    """A UUID that is drawn, and so the same when its example is run again. `{uuid: drawn}`.

    One that is new at each execution is `{fresh: uuid}`.
    """

    name = "uuid"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        if parameters == "fresh":
            return "a UUID that is new at each execution is written {fresh: uuid}"
        return None if parameters == "drawn" else f"uuid must be drawn, got {shown(parameters)}"

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Version 4, in lower case."""
        from uuid import UUID  # which looks at the machine as it is imported: nothing for who only reads contracts

        return st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number, version=4)))

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The UUID, as text."""
        return spec

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return {"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}


class Text:
    """Any Unicode text without surrogates; the shortest is the simplest. `{text: {length: 1..20}}`."""

    name = "text"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read_length, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        wanted = _read_length(parameters)
        characters = st.characters(exclude_categories=["Cs"])
        return st.text(characters, min_size=wanted.low, max_size=wanted.high)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The text."""
        return spec

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        wanted = _read_length(parameters)
        return {"type": "string", "minLength": wanted.low, "maxLength": wanted.high}


def _read_choices(parameters: Json) -> list[Json]:
    if not isinstance(parameters, list) or not parameters:
        raise ParameterError(f"choice must be a list with at least one value, got {shown(parameters)}")
    return parameters


def _read_integers(parameters: Json) -> Range:
    return read_range(parameters, "integer", within=INTEGERS)


class _Numbers(NamedTuple):
    low: float
    high: float
    decimals: int


def _read_numbers(parameters: Json) -> _Numbers:
    named = parameters if isinstance(parameters, dict) else {"range": parameters}
    given = read_mapping(named, ["range", "decimals"])
    written = given.get("range")
    match = _NUMBERS.fullmatch(str(written)) if isinstance(written, str | int | float) else None
    if match is None or isinstance(written, bool):
        raise ParameterError(f"number must be one such as 1.5 or a range such as 0.5..2, got {shown(written)}")
    ends = match[1], match[2] or match[1]
    low, high = map(float, ends)
    if low > high:
        raise ParameterError(f"number is {written}, a range without numbers; did you mean {ends[1]}..{ends[0]}?")
    digits = max(len(end.partition(".")[2]) for end in ends)
    decimals = read_range(given.get("decimals", max(2, digits)), "decimals", within=DECIMALS)
    if decimals.low != decimals.high or decimals.low < digits:
        raise ParameterError(f"decimals must be one number, and no less than the {digits} digits of range")
    return _Numbers(low, high, decimals.low)


def _read_length(parameters: Json) -> Range:
    return read_range(read_mapping(parameters, ["length"]).get("length", "0..20"), "length", within=LENGTHS)
