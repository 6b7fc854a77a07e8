from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import Phase, find, settings

from harness.contract.loading import load
from harness.contract.model import Case
from harness.contract.problems import ContractError
from harness.errors import HarnessError
from harness.inputs import InputType, registry
from harness.runner.drawing import case_strategy, draw
from harness.runner.judging import build_inputs
from harness.runner.results import Example

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
LIST, WHERE = registry()["list"], registry()["where"]
EVEN = {"type": {"integer": "1..9"}, "name": "n", "where": "n % 2 == 0 && value > 2"}


def test_a_list_has_the_length_asked_for_and_values_of_its_type(drawn: Drawn) -> None:
    values = [LIST.build(spec) for spec in drawn("list", {"of": {"integer": "1..3"}, "length": "1..3"}, 60)]
    assert {len(value) for value in values} == {1, 2, 3}
    assert {number for value in values for number in value} == {1, 2, 3}
    assert any(len(set(value)) < len(value) for value in values)


def test_a_list_may_want_different_values(drawn: Drawn) -> None:
    parameters = {"of": {"choice": ["a", {"b": 1}, None]}, "length": "3", "unique": True}
    for spec in drawn("list", parameters, 10):
        assert sorted(map(repr, LIST.build(spec))) == sorted(map(repr, ["a", {"b": 1}, None]))
        assert LIST.describe(spec) == "3 values"


def test_lists_of_lists_of_what_fulfils_a_condition(drawn: Drawn) -> None:
    inner = {"list": {"of": {"integer": "0..9", "where": "value > 6"}, "length": "1..2"}}
    values = [LIST.build(spec) for spec in drawn("list", {"of": inner, "length": "1..2"}, 30)]
    assert {number for value in values for row in value for number in row} == {7, 8, 9}


def test_where_leaves_what_fulfils_it(drawn: Drawn) -> None:
    assert {WHERE.build(spec) for spec in drawn("where", EVEN, 60)} == {4, 6, 8}


def test_the_simplest_is_the_simplest_of_those_that_are_left() -> None:
    assert WHERE.build(find(WHERE.strategy(EVEN), lambda _: True, settings=QUIET)) == 4
    assert LIST.build(find(LIST.strategy({"of": {"integer": "2..5"}}), lambda _: True, settings=QUIET)) == []


def test_a_condition_sees_what_is_built(drawn: Drawn) -> None:
    parameters = {"type": {"csv_file": {"columns": ["a"]}}, "where": "size(value.rows) == 2"}
    for spec in drawn("where", parameters, 10):
        assert len(WHERE.build(spec)["rows"]) == 2
        assert WHERE.describe(spec).startswith("2 rows")


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("n > 10", "no value of the inputs fulfils every `where`"),
        ("n.size > 10", "where 'n.size > 10' of the input 'n': it asks for a field of what is no object"),
    ],
)
def test_a_condition_that_never_holds_is_an_error_and_no_endless_search(where: str, problem: str) -> None:
    strategy = WHERE.strategy({**EVEN, "where": where})
    with pytest.raises(HarnessError) as raised:
        draw(strategy, 50, 1)
    assert str(raised.value).startswith(problem)


def test_a_condition_that_next_to_never_holds_is_an_error_too() -> None:
    strategy = WHERE.strategy({"type": {"integer": "1..1000000000"}, "name": "n", "where": "n == 123456789"})
    with pytest.raises(HarnessError, match="no value of the inputs fulfils"):
        draw(strategy, 50, 1)


@pytest.mark.parametrize(
    ("kind", "parameters", "problem"),
    [
        (LIST, None, "of must be one input type such as {integer: 1..5}, got None"),
        (LIST, {"of": {"integr": 1}}, "of has the unknown input type 'integr'. Did you mean 'integer'?"),
        (LIST, {"of": {"integer": "5..1"}}, "of: integer is 5..1, a range without numbers; did you mean 1..5?"),
        (LIST, {"of": {"integer": 1, "text": None}}, "of must be one input type such as {integer: 1..5}, got {"),
        (LIST, {"of": {"integer": 1}, "unique": 1}, "unique must be true or false, got 1"),
        (LIST, {"of": {"integer": 1, "where": 3}}, "of: where must be an expression over 'value', got 3"),
        (WHERE, {**EVEN, "where": "m > 1"}, "where 'm > 1': nothing here is called 'm'; known: n, value"),
        (WHERE, {**EVEN, "where": "n +"}, "where 'n +': "),
        (WHERE, {**EVEN, "where": "'a' + 'b'"}, "where \"'a' + 'b'\" is neither true nor false"),
    ],
)
def test_what_is_wrong_is_told(kind: InputType, parameters: object, problem: str) -> None:
    assert (kind.check(parameters) or "").startswith(problem)


def test_values_are_as_their_schema_says() -> None:
    assert LIST.value_schema({"of": {"integer": "1..3"}, "length": 2}) == {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 3},
        "minItems": 2,
        "maxItems": 2,
    }
    assert WHERE.value_schema(EVEN) == {"type": "integer", "minimum": 1, "maximum": 9}


CONTRACT = """
language: 1
contract: numbers
inputs: INPUTS
request: {method: POST, path: "/"}
cases:
  refuses: {refused: {status: 400, within: 1s}}
"""


def read(tmp_path: Path, inputs: str) -> Case:
    path = tmp_path / "numbers.contract.yaml"
    path.write_text(CONTRACT.replace("INPUTS", inputs), "utf-8")
    (case,) = load(path, registry()).cases
    return case


def values(case: Case) -> list[dict[str, Any]]:
    return [build_inputs(Example(case, spec), registry()) for spec in draw(case_strategy(case, registry()), 20, 1)]


def test_a_contract_says_where_beside_the_type(tmp_path: Path) -> None:
    case = read(tmp_path, '{n: {integer: 1..9, where: "n % 4 == 0"}}')
    assert {each["n"] for each in values(case)} == {4, 8}


def test_a_contract_names_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "a.bin").write_bytes(b"\0a")
    (tmp_path / "b.bin").write_bytes(b"b")
    case = read(tmp_path, '{f: {file: [samples/a.bin, b.bin], where: "f.size > 1"}, l: {list: {of: {file: b.bin}}}}')
    drawn = values(case)
    assert {each["f"]["content"] for each in drawn} == {b"\0a"}
    assert {file["filename"] for each in drawn for file in each["l"]} == {"b.bin"}


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ('{n: {integer: 1..9, where: "m > 1"}}', "where 'm > 1': nothing here is called 'm'; known: n, value"),
        ("{n: {integr: 1..9, where: value}}", "unknown input type 'integr'"),
        ("{n: {where: value}}", "expected a mapping with type, where or name, got 'value'"),
        ("{n: {file: nowhere.csv}}", "there is no file"),
    ],
)
def test_a_contract_that_is_wrong_is_told_where(tmp_path: Path, inputs: str, problem: str) -> None:
    with pytest.raises(ContractError) as raised:
        read(tmp_path, inputs)
    assert problem in str(raised.value)
