"""Environments of the CEL library, as few as expressions need.

The first expression that an environment compiles costs several times what the next ones do, for then the library
prepares its own declarations. What an expression means does not depend on names that are not in it, so an environment
serves all expressions with whose names it agrees: those that are declared are so in it, of the same type, and the
others, such as the names of functions and the variables of macros, are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from cel_expr_python import cel

from harness.expressions.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.trace.events import Json

Kind: TypeAlias = "tuple[()] | tuple[str] | tuple[str, Kind]"
"""A type: empty for any, a simple one by its name in JSON Schema, or what a list or an object is of."""
MAX_NAMES = 500
"""Of one environment; where there are more, expressions do not share one."""
MAX_ENVIRONMENTS = 20
MAX_PROGRAMS = 2_000
_SIMPLE = {"integer": cel.Type.INT, "string": cel.Type.STRING, "boolean": cel.Type.BOOL}


def kind_of(schema: Json) -> Kind:
    """Of what type the values are that have this schema; empty where they may be of several."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind == "array":
        return ("array", kind_of(schema.get("items")))
    if kind == "object":
        return ("object", kind_of(schema.get("additionalProperties")))
    return (kind,) if isinstance(kind, str) and kind in _SIMPLE else ()


class Vocabulary:
    """Names with their types, and the library's environment that declares them."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds = kinds
        self._environment = cel.NewEnv(
            variables={name: _type(kind) for name, kind in kinds.items()}, functions=FUNCTIONS
        )

    def compile(self, source: str) -> Any:  # noqa: ANN401 - untyped library
        """The library's expression.

        Raises:
            RuntimeError: it is none, or uses a name that is not declared.
        """
        return self._environment.compile(source)

    def agrees(self, identifiers: Iterable[str], kinds: Mapping[str, Kind]) -> bool:
        """Whether these identifiers mean the same in it as where names have these types."""
        return all(self.kinds.get(name) == kinds.get(name) for name in identifiers)

    def with_names(self, identifiers: Iterable[str], kinds: Mapping[str, Kind]) -> Vocabulary | None:
        """One with these names besides its own that agrees for these identifiers; None if there can be none."""
        grown = {**kinds, **self.kinds}
        agrees = all(grown.get(name) == kinds.get(name) for name in identifiers)
        return Vocabulary(grown) if agrees and len(grown) <= MAX_NAMES else None


class Vocabularies:
    """Those that were needed so far, and what was compiled with them."""

    def __init__(self) -> None:
        self._made: list[Vocabulary] = []
        self._programs: dict[tuple[str, frozenset[tuple[str, Kind]]], Any] = {}

    def compile(self, source: str, identifiers: frozenset[str], kinds: Mapping[str, Kind]) -> Any:  # noqa: ANN401
        """The library's expression, where names have these types; the same one for the same types of its identifiers.

        Raises:
            RuntimeError: it is none, or uses a name that is not declared.
        """
        key = source, frozenset((name, kinds[name]) for name in identifiers if name in kinds)
        if key not in self._programs:
            if len(self._programs) >= MAX_PROGRAMS:
                self._programs.clear()
            self._programs[key] = self.find(identifiers, kinds).compile(source)
        return self._programs[key]

    def find(self, identifiers: frozenset[str], kinds: Mapping[str, Kind]) -> Vocabulary:
        """One that agrees with these types for these identifiers; made, if there is none yet."""
        if len(kinds) > MAX_NAMES:
            kinds = {name: kinds[name] for name in identifiers if name in kinds}
        for made in self._made:
            if made.agrees(identifiers, kinds):
                return made
        for number, made in enumerate(self._made):
            grown = made.with_names(identifiers, kinds)
            if grown is not None:
                self._made[number] = grown
                return grown
        self._made = [Vocabulary(kinds), *self._made[: MAX_ENVIRONMENTS - 1]]
        return self._made[0]


def _type(kind: Kind) -> Any:  # noqa: ANN401 - untyped library
    match kind:
        case ("array", inner):
            return cel.Type.List(_type(inner))
        case ("object", inner):
            return cel.Type.Map(cel.Type.STRING, _type(inner))
        case (simple,):
            return _SIMPLE[simple]
        case _:
            return cel.Type.DYN
