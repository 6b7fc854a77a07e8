"""Plain values: one out of a list, a whole number, a text. The spec is the value itself."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from harness.inputs.parameters import (
    ParameterError,
    Range,
    problem,
    read_mapping,
    read_range,
    shown,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json

INTEGERS = Range(-(2**53) + 1, 2**53 - 1)
"""The whole numbers that every JSON reader keeps exactly (RFC 8259 6)."""

LENGTHS = Range(0, 500)
"""How long a text may be asked to be, in code points."""


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


def _read_length(parameters: Json) -> Range:
    return read_range(read_mapping(parameters, ["length"]).get("length", "0..20"), "length", within=LENGTHS)
