from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.contract.compose import compose
from harness.contract.problems import ContractError, Document
from harness.contract.quick import UnusualError, read_quickly
from harness.contract.source import MAX_NODES, Mapping, Node, Scalar, Sequence, parse

ROOT = Path(__file__).parents[3]
CONTRACTS = sorted([*(ROOT / "contracts").glob("*.yaml"), *(ROOT / "tests" / "golden").glob("**/*.yaml")])
TEXTS = [
    "a: 'x\ty'\n",
    "- |\n  a\n  b\n- >-\n  c\n",
    '{a: "\\u00e9", b: [é, 1.5, ~]}',
    "é: é # ü\n? a\n: b\n",
    "&x a: *x",
    "a: &x [1, {b: c}]\nd: *x\ne: [*x, &y z, *y]\n",
    "[0o17, 0x1F, +1, -1.5e3, .inf, True, NULL, 1:30, on, 'null', \"1\", ]",
    "a:\nb: ''\n",
    "'<<': a",
]
UNUSUAL = [
    "", "# nothing", "a: [", "&x a: 1\n&x b: 2", "a: *x", "&x a: *x", "a: &x [*x]", "a: 1\na: 2", "? [a]\n: b", "<<: a",
    "!!str a: b", "a: !!int '1'", "a: !x b", "[" * 100 + "]" * 100, "a\n---\nb", "1" * 301, '{a: "\\ud800"}', "\x07",
]  # fmt: skip


def parts(node: Node) -> object:
    """Everything that a node has."""
    match node:
        case Scalar(value, span, plain):
            return type(value), repr(value), span, plain
        case Sequence(items, span):
            return [parts(item) for item in items], span
        case Mapping(entries, span):
            return {key: (place, parts(value)) for key, (place, value) in entries.items()}, span


def without_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """What is read, or what is said to be wrong."""
    with monkeypatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", False)
        return read(text)


def read(text: str) -> object:
    try:
        return parts(parse.__wrapped__(text, "f"))
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


@pytest.mark.parametrize("path", CONTRACTS[:8], ids=lambda path: path.name)
def test_what_is_right_is_read_quickly(path: Path) -> None:
    assert isinstance(read_quickly(path.read_text("utf-8"), Document("f", ()), MAX_NODES), Mapping)


@pytest.mark.parametrize("text", UNUSUAL)
def test_what_is_unusual_must_be_read_exactly(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusualError):
        read_quickly(text, Document("f", ()), MAX_NODES)
    assert read(text) == without_libyaml(text, monkeypatch)


def test_values_are_counted_with_aliases_written_out() -> None:
    text = "a: &x [1, 2]\nb: *x\n"
    assert isinstance(read_quickly(text, Document("f", ()), 7), Mapping)
    with pytest.raises(UnusualError):
        read_quickly(text, Document("f", ()), 6)


def test_an_empty_text_has_no_root() -> None:
    assert compose("# nothing\n", Document("f", ())) is None
