from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.loading import load
from harness.contract.problems import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.contract.model import Contract
    from harness.trace.events import Json

MINIMAL = """\
language: 1
contract: ticks
inputs: {count: {choice: [3]}, job_id: {fresh: uuid}}
request: {method: POST, path: /jobs, json: {id: "${job_id}"}}
accepted: {status: 202, within: 2s}
refusals: {within: 1s, body: {error: {code: E_BAD}}}
socket:
  connect: /ws?job=${job_id}
  within: 2s
  sends:
    ready: {json: {type: ready}}
  messages:
    started: {type: started}
    tick: {type: tick}
    done: {type: done}
    failed: {type: failed}
  order: [started, {for_each: {i: count}, body: [{tick: {number: "${i}"}}]}, done, close: 1000]
deadlines:
  news: {from: [accepted, ready], to: started, within: 5s}
always:
  same-job: {for: [started, tick], expect: msg.id == job_id}
at_end:
  all-ticks: size(all.tick) == count
cases:
  works: {}
"""


class AnyParameters:
    def check(self, parameters: Json) -> str | None:
        return "no parameters fit here" if parameters == "wrong" else None


@pytest.fixture
def minimal() -> str:
    """A small contract that is right."""
    return MINIMAL


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Contract]:
    """Loads a contract's text; further files stand beside it."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str | bytes, **files: str) -> Contract:
        for name, content in files.items():
            (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
        path = tmp_path / "c.contract.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        types = ("choice", "shelf_photos", "csv_books")
        return load(path, dict.fromkeys(types, AnyParameters()))

    return load_text


@pytest.fixture
def problems(read: Callable[..., Contract]) -> Callable[..., list[str]]:
    """What is wrong with a contract's text: `line:column: message`, with the hint behind a bar."""

    def load_wrong(text: str | bytes, **files: str) -> list[str]:
        with pytest.raises(ContractError) as caught:
            read(text, **files)
        return [
            f"{problem.span.line}:{problem.span.column}: {problem.message}{' | ' if problem.hint else ''}{problem.hint}"
            for problem in caught.value.problems
        ]

    return load_wrong
