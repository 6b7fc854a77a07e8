from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.contract.loading import bundled_contracts, read
from harness.contract.model import Case
from harness.errors import HarnessError
from harness.expressions.cel import Expression
from harness.expressions.schema import Schema
from harness.inputs import registry
from harness.listing import ListOptions, as_json, list_contracts, read_all
from harness.trace.verdicts import Place

ROOT = Path(__file__).parents[2]
DIALECTS = sorted(path for path in ROOT.glob("tests/**/*.contract.yaml") if "golden" not in path.parts)
CONTRACT = """\
language: 1
contract: reports
title: Reports
inputs: {pages: {integer: 1..20}, on: {constant: {"off": null, n: [~, "1:30", "0o17", 1e3]}}}
request: {method: POST, path: /reports, json: {pages: "${pages}", none: "${null}", of: "${on}", yes: "true"}}
accepted: {status: 202, within: 2s}
refusals: {within: 2s}
socket:
  connect: /progress
  within: 2s
  messages: {page: {type: page}, done: {type: done}}
  order: [{repeat: page}, done, close: 1000]
always: {counted: {for: page, expect: 'msg.n > 0 && msg.text != "it''s: #1"', group: numbers, level: should}}
at_end: {all: {expect: last.done.pages == pages, group: numbers}}
cases:
  works: {}
  short: {inputs: {pages: {integer: 1..2}}, always: null}
  refused: {request: {json: {pages: -1, of: null}}, inputs: {pages: null, on: null}, refused: {status: [400, 422]}}
"""
CONTRACT = CONTRACT.replace(
    "refused: {request: {json: {pages: -1, of: null}}", "refused: {request: {json: {pages: -1, of: null}}"
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.contract.yaml").write_text(CONTRACT, "utf-8")
    return Path("c.contract.yaml")


def same(value: Any) -> Any:  # noqa: ANN401 - whatever a case is made of
    """A case without its places, as something that can be compared."""
    match value:
        case Place():
            return None
        case Expression():
            return value.source
        case Schema():
            return "schema"
        case dict():
            return {key: same(item) for key, item in value.items()}
        case tuple() if hasattr(value, "_fields"):
            ours = [name for name in value._fields if name not in ("file", "span", "reference")]
            return {name: same(getattr(value, name)) for name in ours}
        case tuple() | list():
            return [same(item) for item in value]
        case _ if hasattr(value, "parts"):
            return same(value.parts)
    return repr(value)


@pytest.mark.parametrize("source", [*bundled_contracts(), *DIALECTS, None], ids=lambda path: getattr(path, "name", ""))
def test_a_resolved_case_is_read_as_the_same_case(
    source: Path | None, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = source or path
    beside = path.resolve().parent / "beside"
    shutil.copytree(file.resolve().parent, beside, ignore=shutil.ignore_patterns("beside", "*.ndjson", "*.py"))
    cases = read(file, registry()).contract.cases
    for case in (cases[0], cases[len(cases) // 2], cases[-1]):
        assert list_contracts(ListOptions((file,), resolved=case.full_name)) == 0
        written = beside / "resolved.contract.yaml"
        written.write_text(capsys.readouterr().out, "utf-8")
        loaded = read(written, registry())
        assert [problem.message for problem in loaded.problems] == []
        (again,) = loaded.contract.cases
        assert isinstance(again, Case)
        assert same(again) == same(case)


def test_the_list_has_every_name(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_contracts(ListOptions((path,))) == 0
    told = capsys.readouterr().out.splitlines()

    assert told[0] == "reports  Reports  c.contract.yaml"
    assert told[1:5] == ["  cases", "    works", "    short", f"    {'refused':<48}  refused with 400 or 422"]
    assert f"    {'always/counted':<48}  group numbers, should, not in short" in told
    assert f"    {'at_end/all':<48}  group numbers" in told
    assert "    refused/status" in told
    assert told[-2:] == ["  groups", f"    {'numbers':<48}  always/counted, at_end/all"]


def test_json_has_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_contracts(ListOptions((path,), as_json=True)) == 0
    told = json.loads(capsys.readouterr().out)

    (contract,) = told["contracts"]
    assert told["version"] == 1
    assert contract == as_json(read_all([path])[0].contract)
    assert contract["cases"][2] == {"name": "refused", "full_name": "reports/refused", "refused": True}
    (counted,) = [clause for clause in contract["clauses"] if clause["name"] == "always/counted"]
    assert counted == {
        "name": "always/counted", "full_name": "reports/always/counted", "level": "should", "groups": ["numbers"],
        "cases": ["works"],
    }  # fmt: skip
    assert contract["groups"] == {"numbers": ["always/counted", "at_end/all"]}


def test_a_case_is_found_by_its_name_or_told_apart(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.contract.yaml"
    other.write_text(CONTRACT.replace("contract: reports", "contract: others"), "utf-8")

    with pytest.raises(HarnessError, match=r"no case is called 'wroks'; here: .*Did you mean 'works'"):
        list_contracts(ListOptions((path,), resolved="wroks"))
    with pytest.raises(HarnessError, match=r"there are reports/works and others/works; say which"):
        list_contracts(ListOptions((path, other), resolved="works"))
    assert list_contracts(ListOptions((path, other), resolved="others/works", as_json=True)) == 0


def test_a_contract_that_is_wrong_is_not_listed(path: Path) -> None:
    path.write_text(CONTRACT.replace("last.done.pages == pages", "last.done.pages == pages.count"), "utf-8")

    with pytest.raises(HarnessError, match="there is no 'count' in a number"):
        list_contracts(ListOptions((path,)))


def test_a_reference_that_another_folder_has_is_written_from_this_one(
    tmp_path: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "schemas.yaml").write_text("id: {type: object}\n", "utf-8")
    base = CONTRACT.replace("within: 2s}\nrefusals", 'within: 2s, schema: {$ref: "schemas.yaml#/id"}}\nrefusals')
    (tmp_path / "shared" / "base.yaml").write_text(base, "utf-8")
    path.write_text("language: 1\ncontract: own\nbased_on: shared/base.yaml\ncases: {works: {}}\n", "utf-8")

    assert list_contracts(ListOptions((path,), resolved="works", as_json=True)) == 0
    assert json.loads(capsys.readouterr().out)["accepted"]["schema"] == {"$ref": "shared/schemas.yaml#/id"}
