from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.contract.editing import language_schema
from harness.contract.lint import Level
from harness.contract.loading import SUFFIX, bundled_contracts
from harness.contract.source import plain, read_document
from harness.exporting import schema_text
from harness.linting import CLEAN, WRONG, LintOptions, as_text, lint, lint_contracts

ROOT = Path(__file__).parents[2]
EVERYWHERE = sorted(path for path in ROOT.glob(f"tests/**/*{SUFFIX}") if "golden" not in path.parts)
WRONG_CONTRACT = """\
language: 1
contract: wrong
inputs: {pages: {integer: 1..20}, paper: {choice: [a4]}}
request: {method: POST, path: "/reports/${pages.count}"}
accepted: {status: 202, within: 2s}
cases: {works: {}}
"""


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("wrong.contract.yaml")
    path.write_text(WRONG_CONTRACT, "utf-8")
    return path


@pytest.mark.parametrize("path", [*bundled_contracts(), *EVERYWHERE], ids=lambda path: path.name)
def test_nothing_is_found_in_contracts_that_are_right(path: Path) -> None:
    assert as_text(lint([path])).startswith("nothing is wrong with 1 contract, ")
    errors = jsonschema_rs.Draft202012Validator(language_schema()).iter_errors(plain(read_document(path, "x")))
    assert [error.message for error in errors] == []


def test_errors_and_warnings_are_told_and_counted(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_contracts(LintOptions((wrong,))) == WRONG
    told = capsys.readouterr().out

    assert told.startswith("wrong.contract.yaml:3:35: warning: nothing uses the input 'paper'\n")
    assert "wrong.contract.yaml:4:49: there is no 'count' in a number\n" in told
    assert told.endswith("\n\n1 error, 1 warning\n")


@pytest.mark.parametrize(("strict", "status"), [(False, CLEAN), (True, WRONG)])
def test_warnings_fail_only_if_they_are_asked_to(wrong: Path, strict: bool, status: int) -> None:
    wrong.write_text(WRONG_CONTRACT.replace("pages.count", "pages"), "utf-8")

    assert [finding.level for finding in lint([wrong]).findings] == [Level.WARNING]
    assert lint_contracts(LintOptions((wrong,), strict=strict)) == status


def test_json_has_each_finding_with_its_place(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_contracts(LintOptions((wrong,), as_json=True)) == WRONG
    told = json.loads(capsys.readouterr().out)

    assert told["version"] == 1
    assert told["contracts"] == [{"name": "wrong", "file": "wrong.contract.yaml", "cases": 1}]
    assert told["findings"][1] == {
        "level": "error", "check": "unknown-field", "file": "wrong.contract.yaml", "line": 4, "column": 49, "length": 5,
        "message": "there is no 'count' in a number", "hint": "",
    }  # fmt: skip
    assert told["findings"][0]["hint"] == "leave it out"


def test_all_files_are_looked_at_whatever_is_wrong_with_one(wrong: Path, tmp_path: Path) -> None:
    broken, same = tmp_path / "broken.contract.yaml", tmp_path / "same.contract.yaml"
    broken.write_text("contract: [", "utf-8")
    same.write_text(WRONG_CONTRACT, "utf-8")
    third = tmp_path / "third.contract.yaml"
    third.write_text(WRONG_CONTRACT, "utf-8")
    linted = lint([broken, tmp_path / "missing.contract.yaml", wrong, same, third, wrong])
    told = [(finding.problem.span.document.file, finding.problem.message) for finding in linted.findings]

    assert [message for file, message in told if file == "broken.contract.yaml"]
    assert ("missing.contract.yaml", "this file cannot be read: No such file or directory") in told
    assert ("same.contract.yaml", "wrong.contract.yaml is called 'wrong' too") in told
    assert [message for file, message in told if file == "third.contract.yaml" and "called" in message] == [
        "wrong.contract.yaml is called 'wrong' too"
    ]
    assert len([1 for file, _ in told if file == "wrong.contract.yaml"]) == 2


def test_the_command_line_has_it(wrong: Path) -> None:
    def status(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [*arguments, str(wrong)])
        return result.exit_code, result.stdout

    assert status("lint") == (WRONG, as_text(lint([wrong])))
    assert json.loads(status("lint", "--json")[1])["findings"]
    wrong.write_text(WRONG_CONTRACT.replace("pages.count", "pages"), "utf-8")
    assert status("lint")[0] == CLEAN
    assert status("lint", "--strict")[0] == WRONG
    assert status("list")[1].startswith("wrong  wrong  wrong.contract.yaml\n")
    assert status("list", "--resolved", "works")[1].startswith("# wrong/works")
    assert CliRunner().invoke(app, ["export", "schema"]).stdout == schema_text()
