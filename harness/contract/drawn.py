"""What is drawn for an example, as far as a contract knows: of which type, with which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from harness.records import NamedTuple

if TYPE_CHECKING:
    from harness.trace.events import Json


class InputType(Protocol):
    """What a contract must know of an input type: whether it takes these parameters."""

    def check(self, parameters: Json) -> str | None:
        """What is wrong with `parameters`, in one sentence; None if nothing is."""


@runtime_checkable
class DescribesValue(InputType, Protocol):
    """An input type that tells what its values look like; one that does not is an input type all the same."""

    def value_schema(self, parameters: Json) -> Json:
        """A JSON Schema (2020-12) that every value has which is built with `parameters`; they have passed `check`.

        Objects have the fields of `properties`, and no others where `additionalProperties` is false.
        """


InputTypes: TypeAlias = Mapping[str, InputType]
"""Input types by the name that contracts use."""


class InputUse(NamedTuple):
    """A generated input of a case: which type, with which parameters."""

    type_name: str
    parameters: Json
