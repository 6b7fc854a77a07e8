"""Places in a JSON value, written as `images[0].data`; `images[].data` is that place in every image."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.inputs.parameters import ParameterError, shown

if TYPE_CHECKING:
    from harness.inputs.base import Json

Path: TypeAlias = "tuple[str | int, ...]"

_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[([0-9]{0,6})\]")


def read_path(text: Json, value: Json) -> list[Path]:
    """The places in `value` that `text` names.

    Raises:
        ParameterError: `text` is no path, or `value` has no such place.
    """
    if not isinstance(text, str) or not text or _STEP.sub("", text):
        raise ParameterError(f"at must name places such as user.name or items[0].id, got {shown(text)}")
    found: list[tuple[Path, Json]] = [((), value)]
    for key, index in _STEP.findall(text):
        found = [step for path, inner in found for step in _steps(path, inner, key, index)]
    if not found:
        raise ParameterError(f"at names {shown(text)}, which is not in of")
    return [path for path, _ in found]


def places(value: Json) -> list[Path]:
    """Every place in a value but the whole, outer ones first."""
    found: list[Path] = []
    waiting: list[tuple[Path, Json]] = [((), value)]
    while waiting:
        path, inner = waiting.pop(0)
        found.append(path)
        entries = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        waiting += [((*path, step), below) for step, below in entries]
    return found[1:]


def written(path: Path) -> str:
    """A place as contracts write it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def at(value: Json, path: Path) -> Any:  # noqa: ANN401
    """What stands at a place."""
    for step in path:
        value = value[step]
    return value


def replaced(value: Json, path: Path, by: Json) -> Json:
    """A copy of the value with something else at a place."""
    if not path:
        return by
    result = copy.deepcopy(value)
    at(result, path[:-1])[path[-1]] = by
    return result


def without(value: Json, path: Path) -> Json:
    """A copy of the value without a place, which must lie in an object or a list."""
    result = copy.deepcopy(value)
    del at(result, path[:-1])[path[-1]]
    return result


def _steps(path: Path, value: Json, key: str, index: str) -> list[tuple[Path, Json]]:
    if key:
        return [((*path, key), value[key])] if isinstance(value, dict) and key in value else []
    if not isinstance(value, list):
        return []
    chosen = range(len(value)) if index == "" else [int(index)]
    return [((*path, place), value[place]) for place in chosen if place < len(value)]
