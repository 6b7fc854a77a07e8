from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.inputs.plugins import third_party

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.inputs import Json

FOLDER = Path(__file__).parents[2] / "fixtures" / "stock_inputs"
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
CONTRACT = """
language: 1
contract: shop
inputs: {shelf: {stock: {kinds: KINDS}}}
request: {method: POST, path: /, json: "${shelf.lines}"}
cases:
  refuses: {refused: {status: 400, within: 1s}}
"""


def installed(folder: Path = FOLDER) -> list[EntryPoint]:
    return [point for package in distributions(path=[str(folder)]) for point in package.entry_points]


def test_an_input_type_of_another_package_is_one_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    (kind,) = third_party(["integer"], installed()).values()
    assert kind.name == "stock"
    assert kind.check({"kinds": 2}) is None
    assert kind.check({"kinds": 20}) == "kinds must be 1 to 9, got 20"
    spec = find(kind.strategy({"kinds": 2}), lambda spec: len(spec) == 2, settings=QUIET)
    assert kind.build(spec) == {"lines": [{"goods": "tea", "count": 0}] * 2, "total": 0}
    assert kind.describe(spec) == "2 kinds of goods"
    assert kind.value_schema({"kinds": 2}) == {}


@pytest.mark.parametrize(
    ("kinds", "path", "status", "told"),
    [
        ("2", FOLDER, 0, "shop"),
        ("20", FOLDER, 2, "shop.contract.yaml:4:33: kinds must be 1 to 9, got 20"),
        ("2", Path(), 2, "unknown input type 'stock'"),
    ],
)
def test_the_command_knows_what_is_installed(kinds: str, path: Path, status: int, told: str, tmp_path: Path) -> None:
    contract = tmp_path / "shop.contract.yaml"
    contract.write_text(CONTRACT.replace("KINDS", kinds), "utf-8")
    command = [sys.executable, "-m", "harness", "run", "--dry-run", "--examples", "1", str(contract)]
    environment = {**os.environ, "PYTHONPATH": str(path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert told in done.stdout + done.stderr


class Stock:
    name = "stock"

    def check(self, parameters: Json) -> str | None:
        return parameters["text"]

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        return st.just(parameters["value"])

    def build(self, spec: Json) -> Json:
        return spec["value"]

    def describe(self, spec: Json) -> str:
        return spec["told"]

    def value_schema(self, parameters: Json) -> Json:
        return parameters["schema"]


def point(value: str, name: str = "stock") -> EntryPoint:
    return EntryPoint(name, value, "harness.inputs")


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (None, "cannot be loaded: AttributeError: "),
        (type("Dies", (), {"__init__": lambda self: 1 / 0}), "cannot be loaded: ZeroDivisionError: "),
        (SimpleNamespace(name="stock", check=len, strategy=len), "has no build and no describe"),
        (type("Other", (Stock,), {"name": "stocks"}), "calls itself 'stocks'"),
        (
            type("Newer", (Stock,), {"api_version": 2}),
            "is written for version 2 of the interface, this harness has version 1",
        ),
    ],
)
def test_a_broken_package_is_named_by_whoever_uses_it(
    kind: object, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind is not None:
        monkeypatch.setattr(sys.modules[__name__], "Found", kind, raising=False)
        monkeypatch.setitem(sys.modules, "found", sys.modules[__name__])
    else:
        monkeypatch.setitem(sys.modules, "found", SimpleNamespace())
    (broken,) = third_party([], [point("found:Found")]).values()
    told = broken.check(None)
    assert told is not None
    assert told.startswith(f"the input type 'stock' of the package without a name (found:Found) {problem}")
    for call in (broken.strategy, broken.build):
        with pytest.raises(HarnessError, match="the input type 'stock'"):
            call(None)
    assert broken.describe([1]) == "[1]"
    assert broken.value_schema(None) == {}


def test_what_a_package_raises_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "found", SimpleNamespace(Found=Stock()))
    (kind,) = third_party([], [point("found:Found")]).values()
    name = r"the input type 'stock' of the package without a name \(found:Found\) could not "
    told = kind.check({})
    assert told is not None
    assert told.endswith("could not check its parameters: KeyError: 'text'")
    assert (kind.check({"text": 3}) or "").endswith("it gave neither None nor a text")
    for call, doing in (
        (kind.strategy, "make its strategy"),
        (kind.build, "build"),
        (kind.describe, "describe"),
        (kind.value_schema, "say what its values look like"),
    ):
        with pytest.raises(HarnessError, match=name + doing):
            call({})
    assert kind.build({"value": 5}) == 5
    assert kind.value_schema({"schema": {"type": "null"}}) == {"type": "null"}


def test_a_name_is_claimed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match=r"'integer' of the package .* is one of the harness itself already"):
        third_party(["integer"], [point("found:Found", "integer")])
    monkeypatch.setitem(sys.modules, "found", SimpleNamespace(Found=Stock(), Other=Stock()))
    with pytest.raises(HarnessError, match=r"\(found:Other\) is one of the package without a name \(found:Found\)"):
        third_party([], [point("found:Found"), point("found:Other")])


def test_other_entry_points_are_left_alone() -> None:
    assert third_party([], [EntryPoint("stock", "nowhere:Nothing", "console_scripts")]) == {}
