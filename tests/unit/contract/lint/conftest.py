from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.lint import findings
from harness.contract.loading import read
from harness.inputs import registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTRACT = """\
language: 1
contract: reports
inputs:
  job: {fresh: uuid}
  pages: {integer: 1..20}
  table: {csv_file: {columns: [name, email]}}
  paper: {choice: [null, {width: 10}, a4]}
request: {method: POST, path: "/reports/${job}", json: {pages: "${pages}", rows: "${table.rows}", paper: "${paper}"}}
accepted: {status: 202, within: 2s}
socket:
  connect: /reports/${job}/progress
  within: 2s
  sends: {ready: {json: {type: ready}}}
  messages: {ack: {type: ack}, page: {type: page}, done: {type: done}, failed: {type: failed}}
  anytime: [ack]
  order: [{for_each: {i: pages}, body: [page: {number: "${i}"}]}, done, close: 1000]
cases:
  works: {}
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What lint finds in the contract with `changes` in it and `more` behind it: `check line: message`."""

    def lint(more: str = "", **changes: str) -> list[str]:
        monkeypatch.chdir(tmp_path)
        text = CONTRACT
        for old, new in changes.items():
            assert CONTRACTS_PIECES[old] in text
            text = text.replace(CONTRACTS_PIECES[old], new)
        (tmp_path / "c.contract.yaml").write_text(text + more, "utf-8")
        types = registry()
        told = findings(read(tmp_path / "c.contract.yaml", types), types)
        return [f"{one.check} {one.problem.span.line}: {one.problem.message}" for one in told]

    return lint


CONTRACTS_PIECES = {
    "order": '[{for_each: {i: pages}, body: [page: {number: "${i}"}]}, done, close: 1000]',
    "messages": "{ack: {type: ack}, page: {type: page}, done: {type: done}, failed: {type: failed}}",
    "cases": "cases:\n  works: {}\n",
    "accepted": "{status: 202, within: 2s}",
    "ready": "{json: {type: ready}}",
}
