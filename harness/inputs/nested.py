"""Input types made of others: `list`, and what `where` beside any type leaves of it.

A contract writes `{integer: 1..9, where: "n % 2 == 0"}` for an input `n`. That is read as the input type `where` with
`{type: {integer: 1..9}, name: n, where: ...}`; nobody writes this longer form, but it would do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.expressions.cel import Environment, EvaluationError, Expression, ExpressionError
from harness.inputs.lazily import st
from harness.inputs.parameters import ParameterError, Range, meant, problem, read_mapping, read_range, shown
from harness.inputs.schemas import list_of
from harness.inputs.specs import counted, rebuild
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import InputType, Json, Registry

LENGTHS = Range(0, 1_000)
ANY_NAME = "value"
"""By this name every condition knows what it is about."""


class _Use(NamedTuple):
    """One input type with its parameters."""

    kind: InputType
    parameters: Json

    @classmethod
    def read(cls, value: Json, what: str, registry: Registry) -> _Use:
        """The input type that `value` names, such as `{integer: 1..5}`, with `where` beside it or not.

        Raises:
            ParameterError: it is none, or its parameters are wrong.
        """
        if not isinstance(value, dict) or not {*value} - {"where"} or len({*value} - {"where"}) > 1:
            raise ParameterError(f"{what} must be one input type such as {{integer: 1..5}}, got {shown(value)}")
        (name,) = {*value} - {"where"}
        parameters = value[name]
        if "where" in value:
            name, parameters = "where", {"type": {name: parameters}, "where": value["where"]}
        if name not in registry:
            raise ParameterError(f"{what} has the unknown input type {shown(name)}{meant(name, list(registry))}")
        wrong = registry[name].check(parameters)
        if wrong is not None:
            raise ParameterError(f"{what}: {wrong}")
        return cls(registry[name], parameters)

    def strategy(self) -> SearchStrategy[Json]:
        """Draws specs, each with the name of its type: whoever builds knows no parameters."""
        return self.kind.strategy(self.parameters).map(lambda spec: {self.kind.name: spec})

    def value_schema(self) -> Json:
        """What values look like, as far as the type says."""
        tells = getattr(self.kind, "value_schema", None)
        return tells(self.parameters) if tells is not None else {}


class List:
    """A list of drawn values. `{list: {of: {integer: 1..5}, length: 0..3, unique: true}}`."""

    name = "list"

    def __init__(self, types: Callable[[], Registry]) -> None:
        self._types = types

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(self._read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the shortest list of the simplest values."""
        use, length, unique = self._read(parameters)
        by = repr if unique else None
        return st.lists(use.strategy(), min_size=length.low, max_size=length.high, unique_by=by)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The list of the values."""
        return rebuild(self.name, lambda specs: [_build(one, self._types()) for one in _a_list(specs)], spec)

    def describe(self, spec: Json) -> str:
        """`2 values`."""
        return counted(len(spec), "value")

    def located(self, parameters: Json, folder: Path) -> Json:
        """See `harness.inputs.disk`."""
        return _located(parameters, "of", folder, self._types())

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        use, length, _ = self._read(parameters)
        return {**list_of(use.value_schema()), "minItems": length.low, "maxItems": length.high}

    def _read(self, parameters: Json) -> tuple[_Use, Range, bool]:
        given = read_mapping(parameters, ["of", "length", "unique"])
        unique = given.get("unique", False)
        if not isinstance(unique, bool):
            raise ParameterError(f"unique must be true or false, got {shown(unique)}")
        length = read_range(given.get("length", "0..5"), "length", within=LENGTHS)
        return _Use.read(given.get("of"), "of", self._types()), length, unique


class Where:
    """Those values of another type for which an expression holds; it knows them as `value` and by the input's name."""

    name = "where"

    def __init__(self, types: Callable[[], Registry]) -> None:
        self._types = types

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(self._read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the simplest value for which the expression holds.

        Drawing from it raises `HarnessError` if the expression has no value.
        """
        use, condition = self._read(parameters)
        return use.strategy().filter(_Holds(use.kind, condition, given_name(parameters)))

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The value."""
        return rebuild(self.name, lambda one: _build(one, self._types()), spec)

    def describe(self, spec: Json) -> str:
        """As its type does."""
        ((name, inner),) = spec.items()
        return self._types()[name].describe(inner)

    def located(self, parameters: Json, folder: Path) -> Json:
        """See `harness.inputs.disk`."""
        return _located(parameters, "type", folder, self._types())

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return self._read(parameters)[0].value_schema()

    def _read(self, parameters: Json) -> tuple[_Use, Expression]:
        given = read_mapping(parameters, ["type", "where", "name"])
        use = _Use.read(given.get("type"), "where", self._types())
        source, name = given.get("where"), given_name(given)
        if not isinstance(source, str):
            raise ParameterError(f"where must be an expression over {name!r}, got {shown(source)}")
        try:
            expression = Environment({name, ANY_NAME}).compile(source)
        except ExpressionError as error:
            known = "" if error.unknown is None else f"; known: {', '.join(dict.fromkeys([name, ANY_NAME]))}"
            raise ParameterError(f"where {shown(source)}: {error.problem}{known}") from error
        if not expression.may_be_bool:
            raise ParameterError(f"where {shown(source)} is neither true nor false")
        return use, expression


class _Holds:
    """Whether an expression holds for what is built from a spec."""

    def __init__(self, kind: InputType, expression: Expression, name: str) -> None:
        self._kind = kind
        self._expression = expression
        self._name = name

    def __call__(self, spec: Json) -> bool:
        value = self._kind.build(spec[self._kind.name])
        try:
            return self._expression.holds({ANY_NAME: value, self._name: value})
        except EvaluationError as error:
            raise HarnessError(f"where {self._expression.source!r} of the input {self._name!r}: {error}") from error


def given_name(parameters: Json) -> str:
    """The name of the input that the parameters of `where` are about."""
    name = parameters.get("name", ANY_NAME)
    return name if isinstance(name, str) and name.isidentifier() else ANY_NAME


def _build(spec: Json, registry: Registry) -> Any:  # noqa: ANN401
    ((name, inner),) = spec.items()
    return registry[name].build(inner)


def _a_list(spec: Json) -> list[Json]:
    if not isinstance(spec, list):
        raise TypeError("a list is expected")
    return spec


def _located(parameters: Json, key: str, folder: Path, registry: Registry) -> Json:
    """The parameters with the type under `key` told in which folder its contract lies, if it asks for that."""
    if not isinstance(parameters, dict) or not isinstance(parameters.get(key), dict):
        return parameters
    inner = {name: located(registry.get(name), value, folder) for name, value in parameters[key].items()}
    return {**parameters, key: inner}


def located(kind: InputType | None, parameters: Json, folder: Path) -> Json:
    """The parameters, with paths in them made relative to the working folder if the type has paths."""
    tell = getattr(kind, "located", None)
    return parameters if tell is None else tell(parameters, folder)
