"""`json_schema`: also the canary that says whether Schemathesis' generator still is what it was."""

from __future__ import annotations

import importlib
import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonschema_rs
import pytest
from hypothesis import Phase, find, settings

from harness.inputs import registry, schema_values

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

KIND = registry()["json_schema"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "lines": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"$ref": "#/$defs/line"}},
        "note": {"type": "string", "pattern": "^[a-z]{2,5}$"},
    },
    "required": ["id", "lines"],
    "additionalProperties": False,
    "$defs": {"line": {"enum": ["tea", "coffee", 3]}},
}


def test_values_are_as_the_schema_wants_them(drawn: Drawn) -> None:
    validator = jsonschema_rs.Draft202012Validator(ORDER)
    values = [KIND.build(spec) for spec in drawn("json_schema", ORDER, 40)]
    assert all(validator.is_valid(value) for value in values)
    assert all(str(uuid.UUID(value["id"])) == value["id"] for value in values)
    assert {len(value["lines"]) for value in values} == {1, 2, 3}
    assert {"note" in value for value in values} == {True, False}


def test_the_simplest_has_only_what_is_required() -> None:
    simplest = find(KIND.strategy(ORDER), lambda _: True, settings=QUIET)
    assert {**simplest, "id": ""} == {"id": "", "lines": [3]}


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (3, "json_schema must be a JSON Schema, a mapping, got 3"),
        ({"type": "objekt"}, "json_schema is no JSON Schema: "),
        ({"type": "integer", "minimum": 3, "maximum": 1}, "json_schema allows no value at all"),
        ({"type": "string", "pattern": "("}, "json_schema is no "),
        ({"$ref": "#/$defs/nothing"}, "json_schema is no "),
    ],
)
def test_what_is_wrong_is_told(schema: object, problem: str) -> None:
    told = KIND.check(schema) or ""
    assert told.startswith(problem)
    assert "API operation" not in told


def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", lacking)
    schema_values._strategy.cache_clear()
    assert "pip install 'after202[fuzz]'" in (KIND.check({}) or "")
