from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.contract.compose import compose
from harness.contract.problems import ContractError, Document
from harness.contract.source import parse

ROOT = Path(__file__).parents[3]
CONTRACTS = sorted([*(ROOT / "contracts").glob("*.yaml"), *(ROOT / "tests" / "golden").glob("**/*.yaml")])
TEXTS = [
    "a: 'x\ty'\n",
    "- |\n  a\n  b\n- >-\n  c\n",
    '{a: "\\u00e9", b: [é, 1.5, ~]}',
    "é: é # ü\n? a\n: b\n",
    "&x a: *x",
]


def without_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """What is read, or what is said to be wrong."""
    with monkeypatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        return read(text)


def read(text: str) -> object:
    try:
        return parse(text, "f")
    except ContractError as error:
        return str(error)


@pytest.mark.parametrize("text", [*(path.read_text("utf-8") for path in CONTRACTS), *TEXTS])
def test_libyaml_is_but_faster(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert yaml.__with_libyaml__
    assert read(text) == without_libyaml(text, monkeypatch)


@pytest.mark.parametrize("text", ["a: [", "\x07", "a: \ud800", '"\\UFFFFFFFF"', "[" * 101])
def test_what_is_wrong_is_always_said_alike(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(read(text), str)
    assert read(text) == without_libyaml(text, monkeypatch)


def test_an_empty_text_has_no_root() -> None:
    assert compose("# nothing\n", Document("f", ())) is None
