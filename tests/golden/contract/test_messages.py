"""The exact text that people read when a contract is wrong. `UPDATE_GOLDEN=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.contract.loading import SUFFIX, load
from harness.contract.problems import ContractError

if TYPE_CHECKING:
    from harness.trace.events import Json

HERE = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(SUFFIX) for path in HERE.glob(f"*{SUFFIX}"))


class Choice:
    def check(self, parameters: Json) -> str | None:
        return None


def test_there_is_something_to_read() -> None:
    assert NAMES == ["duplicates", "mistakes", "newer", "syntax"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_reads_as_it_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    with pytest.raises(ContractError) as caught:
        load(Path(f"{name}{SUFFIX}"), {"choice": Choice()})
    told = str(caught.value).replace(str(HERE), "HERE") + "\n"
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
