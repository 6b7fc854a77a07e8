"""What an input type is: how a contract's `inputs` become values to send, and the truth about them.

An input is drawn in two steps. Hypothesis draws a *spec*, small plain JSON that says everything about the
input (which books, which defect, which seed); `build` makes the real thing from it (JPEG bytes, a CSV file) and
always makes the same. Specs are what is shrunk, compared, printed and stored in a replay file; built values are
what expressions in the contract see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

Json: TypeAlias = Any
"""Plain JSON: None, bool, int, float, str, list, dict with str keys."""


class InputType(Protocol):
    """A kind of generated input that contracts name, such as `shelf_photos`."""

    @property
    def name(self) -> str:
        """The name that contracts use."""

    def check(self, parameters: Json) -> str | None:
        """What is wrong with `parameters` as a contract wrote them, in one sentence; None if nothing is.

        If it begins with the name of a parameter, it is told at the place of that one.
        """

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """Draws specs. `parameters` have passed `check`. The simplest spec is the one Hypothesis shrinks to."""

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The value that expressions see: JSON, and bytes where the input is binary. Same spec, same value."""

    def describe(self, spec: Json) -> str:
        """The spec in a few words for a report: '2 photos, 3 books'."""

    def value_schema(self, parameters: Json) -> Json:
        """A JSON Schema (2020-12) that every value has which is built with `parameters`; they have passed `check`.

        By it `harness lint` knows which fields expressions can ask for: those of `properties`, and no others where
        `additionalProperties` is false. Bytes are `{"format": "binary"}`. See `harness.inputs.schemas`. An input type
        may lack this method: then its fields are not checked.
        """


Registry: TypeAlias = "Mapping[str, InputType]"
"""Input types by name."""
