from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness.inputs
from harness.errors import HarnessError
from harness.inputs import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

PARAMETERS = {
    "shelf_photos": {"malformed": "some", "looks": "any"},
    "csv_file": {"columns": ["name", "email"], "properties": ["windows-1252", "long-cells", "blank-lines", "padding"]},
    "csv_books": {"rows": "1..15"},
    "choice": [{"a": [1, None]}, "b", 2.5],
    "constant": {"a": [1, None]},
    "integer": "-5..5",
    "number": "-0.5..2.25",
    "text": None,
    "uuid": "drawn",
    "json_schema": {"type": "object", "properties": {"a": {"type": "array"}, "b": {"type": "string"}}},
    "file": str(Path(__file__)),
    "broken_json": {"of": {"a": [1, "b"]}},
    "list": {"of": {"integer": "1..3"}},
    "where": {"type": {"integer": "1..9"}, "where": "value > 3"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WORDS = (
    "of at ways type where range decimals unique having export size photos books unreadable looks malformed "
    "duplicates rows form defects columns"
)
KEYS = [*WORDS.split(), "properties", "length"]


def test_names_every_built_in_type() -> None:
    assert {name: kind.name for name, kind in registry().items()} == {name: name for name in PARAMETERS}


def test_exports_are_exact() -> None:
    assert harness.inputs.__all__ == ["InputType", "Json", "Registry", "registry"]


def test_importing_the_room_does_not_import_the_libraries_that_draw() -> None:
    code = "import sys, harness.inputs; sys.exit(len({'PIL', 'zxingcpp', 'schemathesis'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_spec_survives_json_and_rebuilds_the_same_value(name: str, drawn: Drawn) -> None:
    kind = registry()[name]
    for spec in drawn(name, PARAMETERS[name], 60):
        again = json.loads(json.dumps(spec))
        assert again == spec
        assert json.dumps(again) == json.dumps(spec)
        before = kind.build(spec)
        assert kind.build(again) == before
        assert json.dumps(again) == json.dumps(spec), "building changed the spec"
        assert kind.describe(spec)


@pytest.mark.parametrize("name", PARAMETERS)
def test_check_answers_any_json(name: str) -> None:
    kind = registry()[name]

    @settings(max_examples=100, derandomize=True, database=None, deadline=None)
    @given(JSON | st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from(["some", "unusable", [], "1..3"])))
    def answers(parameters: object) -> None:
        answer = kind.check(parameters)
        if answer is None:
            kind.strategy(parameters)
        else:
            assert answer
            assert "\n" not in answer
            assert len(answer) < 600

    answers()


@pytest.mark.parametrize("name", ["shelf_photos", "csv_file", "csv_books", "broken_json", "list", "where"])
@pytest.mark.parametrize("spec", [None, [3], 3, {}, {"photos": [{}], "labels": [0]}, {"header": "no such service"}])
def test_a_foreign_spec_is_an_error_that_names_the_type(name: str, spec: object) -> None:
    with pytest.raises(HarnessError, match=f"is no spec of the input type '{name}'"):
        registry()[name].build(spec)
