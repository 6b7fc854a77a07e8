"""Input types that other packages bring, through the entry point group `harness.inputs`.

The entry point's name is the input type's; it leads to a class, made without arguments, or to an object that has the
members of `harness.inputs.InputType`. A package that is broken does not break a contract that has no use for it: its
input type stays in the registry, and what is wrong with it is what `check` says.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.inputs.parameters import shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import InputType, Json, Registry

GROUP = "harness.inputs"
API_VERSION = 1
"""Of what an input type must have; one of another version says so with `api_version`, and is refused."""

_MEMBERS = ("check", "strategy", "build", "describe")


class ThirdParty:
    """An input type of another package. What it raises is told with the names of the type and of the package."""

    def __init__(self, name: str, origin: str, kind: InputType) -> None:
        self.name = name
        self._origin = origin
        self._kind = kind

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        try:
            answer = self._kind.check(parameters)
        except Exception as error:  # noqa: BLE001 - anybody's code
            return str(self._failed("check its parameters", error))
        return answer if answer is None or isinstance(answer, str) else str(self._failed("check its parameters", None))

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        try:
            return self._kind.strategy(parameters)
        except Exception as error:
            raise self._failed("make its strategy", error) from error

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """See `InputType`."""
        try:
            return self._kind.build(spec)
        except Exception as error:
            raise self._failed(f"build {shown(spec)}", error) from error

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        try:
            return str(self._kind.describe(spec))
        except Exception as error:
            raise self._failed(f"describe {shown(spec)}", error) from error

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`; anything, if the type does not say."""
        tells = getattr(self._kind, "value_schema", None)
        if tells is None:
            return {}
        try:
            return tells(parameters)
        except Exception as error:
            raise self._failed("say what its values look like", error) from error

    def _failed(self, doing: str, error: Exception | None) -> HarnessError:
        why = "it gave neither None nor a text" if error is None else f"{type(error).__name__}: {error}"
        return HarnessError(f"the input type {self.name!r} of {self._origin} could not {doing}: {why}")


class Broken:
    """Stands for an input type that could not be loaded: whoever uses it is told why."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self._problem = problem

    def check(self, parameters: Json) -> str | None:
        """What is wrong with the type, whatever the parameters."""
        return self._problem

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """Raises `HarnessError`."""
        raise HarnessError(self._problem)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """Raises `HarnessError`."""
        raise HarnessError(self._problem)

    def describe(self, spec: Json) -> str:
        """The spec: there is nobody to say more."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """Anything."""
        return {}


def third_party(taken: Iterable[str], found: Iterable[EntryPoint] | None = None) -> Registry:
    """The input types of other packages, by name.

    Args:
        taken: names that are taken already; a package that claims one of them is an error, and so are two that claim
            the same.
        found: the entry points; those of all that is installed if it is left out.

    Raises:
        HarnessError: a name is claimed twice.
    """
    points = entry_points(group=GROUP) if found is None else [point for point in found if point.group == GROUP]
    owners = dict.fromkeys(taken, "the harness itself")
    types: dict[str, InputType] = {}
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        origin = _origin(point)
        if point.name in owners:
            raise HarnessError(
                f"the input type {point.name!r} of {origin} is one of {owners[point.name]} already; "
                "give it another name, or uninstall one of the packages"
            )
        owners[point.name] = origin
        types[point.name] = _loaded(point, origin)
    return types


def _loaded(point: EntryPoint, origin: str) -> InputType:
    try:
        kind = point.load()
        kind = kind() if isinstance(kind, type) else kind
    except Exception as error:  # noqa: BLE001 - anybody's code
        told = f"{type(error).__name__}: {error}"
        return Broken(point.name, f"the input type {point.name!r} of {origin} cannot be loaded: {told}")
    version = getattr(kind, "api_version", API_VERSION)
    lacks = [member for member in _MEMBERS if not callable(getattr(kind, member, None))]
    problem = ""
    if version != API_VERSION:
        problem = f"is written for version {shown(version)} of the interface, this harness has version {API_VERSION}"
    elif lacks:
        problem = f"has no {' and no '.join(lacks)}"
    elif getattr(kind, "name", None) != point.name:
        problem = f"calls itself {shown(getattr(kind, 'name', None))}"
    if problem:
        return Broken(point.name, f"the input type {point.name!r} of {origin} {problem}")
    return ThirdParty(point.name, origin, kind)


def _origin(point: EntryPoint) -> str:
    """`the package acme 1.0 (acme.inputs:Stock)`."""
    package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "without a name"
    return f"the package {package} ({point.value})"
