from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

from harness.contract.problems import ContractError
from harness.contract.source import MAX_BYTES, MAX_DEPTH, Mapping, kind_of, parse, place, plain, read_document

if TYPE_CHECKING:
    from pathlib import Path

    from harness.trace.events import Json


def told(text: str) -> list[str]:
    with pytest.raises(ContractError) as caught:
        parse(text, "f.yaml")
    return [f"{one.span.line}:{one.span.column}: {one.message}" for one in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("Yes", "Yes"), ("y", "y"), ("1:30", "1:30"), ("2025-11-04", "2025-11-04"),
        ("0o17", 15), ("017", 17), ("0x1F", 31), ("-3", -3), ("+3", 3), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-.inf", -math.inf), (".", "."), ("1e", "1e"),
        ("~", None), ("null", None), ("", None), ("true", True), ("FALSE", False), ("tRue", "tRue"),
        ("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("!!int '7'", 7), ("=", "="), ("<<", "<<"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_the_core_schema(text: str, value: Json) -> None:
    found = plain(parse(f"a: {text}", "f.yaml"))["a"]
    assert (found, type(found)) == (value, type(value))


def test_nan_is_a_number() -> None:
    assert math.isnan(plain(parse(".nan", "f.yaml")))


def test_keys_are_text() -> None:
    assert plain(parse("{1: a, ~: b, true: c, '': d}", "f.yaml")) == {"1": "a", "~": "b", "true": "c", "": "d"}


def test_every_node_knows_its_place() -> None:
    root = parse("a: 1\nlist:\n  - 'two words'\n  - {k: v}\n", "f.yaml")
    assert isinstance(root, Mapping)
    key_span, node = root.entries["list"]
    assert (key_span.line, key_span.column, key_span.length) == (2, 1, 4)
    first, second = node.items
    assert (first.span.line, first.span.column, first.span.length, first.plain) == (3, 5, 11, False)
    assert str(place(second.entries["k"][1].span)) == "f.yaml:4"


def test_anchors_are_written_out_where_they_are_used() -> None:
    assert plain(parse("a: &x {b: 1}\nc: [*x, *x]", "f.yaml")) == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(f"\ufeffa: 1{newline}b:{newline}  - 2{newline}".encode())
    root = read_document(path, "f.yaml")
    assert plain(root) == {"a": 1, "b": [2]}
    assert root.entries["b"][0].line == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: this file is empty"),
        ("# nothing\n", "1:1: this file is empty"),
        ("a: 1\nb: 2\na: 3", "3:1: the key 'a' stands twice"),
        ("a: [1\n", "2:1: this is no YAML: expected ',' or ']', but got '<stream end>'"),
        ("a:\n\tb: 1", "2:1: this is no YAML: a line cannot begin with a tab"),
        ("a: 1\n---\nb: 2", "2:1: this is no YAML: a second document begins here"),
        ("a: b: c", "1:5: this is no YAML: this ':' makes what stands before it a key, and no key can stand here"),
        ("a: x\0", "1:5: a character that YAML does not allow: U+0000"),
        ('a: "\\UFFFFFFFF"', "1:7: this is no YAML: an escape that stands for no character"),
        ('a: "\\ud800"', "1:4: an escape in this text is half of a surrogate pair and stands for no character"),
        ("a: !!int x", "1:4: 'x' is no int, as its tag says"),
        ("a: !!bool 1", "1:4: '1' is no bool, as its tag says"),
        ("a: !mine x", "1:4: the tag !mine is not known here"),
        ("a: !!set {b}", "1:4: the tag !!set is not known here"),
        ("a: " + "9" * 301, "1:4: a number of over 300 digits"),
        ("a: 0x" + "f" * 5000, "1:4: a number of over 300 digits"),
        ("? [1]\n: 2", "1:3: a key must be text"),
        ("a: &x {b: 1}\nc: {<<: *x}", "2:5: merge keys are not part of YAML 1.2"),
        ("a: &x [*x]", "1:4: an alias in here stands for what it is part of, without end"),
    ],
)
def test_what_is_no_contract_language_is_told_with_its_place(text: str, problem: str) -> None:
    assert told(text) == [problem]


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        (
            "a:\n  b:\n   c: {d: 1}\n    e: {f: 1}\n",
            "4:5: this is no YAML: this line is indented by 4, the block around it by 3",
            "that block begins in line 3",
        ),
        (
            "a:\n    b: 1\n  c: 2\n",
            "3:3: this is no YAML: this line is indented by 2, the block around it by 0",
            "that block begins in line 1",
        ),
        (
            "a:\n  b: {c: 1\n  d: {e: 1}\n",
            "3:4: this is no YAML: expected ',' or '}', but got ':'",
            "is what opens in line 2 closed?",
        ),
    ],
)
def test_where_a_block_or_a_bracket_began_is_told(text: str, problem: str, hint: str) -> None:
    assert told(text) == [problem]
    with pytest.raises(ContractError, match=re.escape(hint)):
        parse(text, "f.yaml")


def test_both_places_of_a_key_that_stands_twice_are_told() -> None:
    with pytest.raises(ContractError, match="it stands in line 1 already"):
        parse("a: 1\nb: 2\na: 3", "f.yaml")


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert told("\n".join(lines)) == ["1:37: this file has over 100,000 values, aliases written out"]


@pytest.mark.parametrize(
    "text", ["[" * 5000, "{a: " * 5000, "\n".join(" " * n + "a:" for n in range(500)), "- " * 5000]
)
def test_deep_nesting_is_refused(text: str) -> None:
    (problem,) = told(text)
    assert problem.endswith(f"more than {MAX_DEPTH} values inside each other")


def test_deep_nesting_by_aliases_is_refused() -> None:
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300))]
    (problem,) = told("\n".join(lines))
    assert problem.endswith("more than 100 values inside each other, aliases written out")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "no.yaml", "No such file"), (tmp_path, "directory"), (tmp_path / "a\0b", "null")):
        with pytest.raises(ContractError, match=f"cannot be read: .*{why}"):
            read_document(path, "f.yaml")
    (tmp_path / "big.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ContractError, match="over 4,000,000 bytes"):
        read_document(tmp_path / "big.yaml", "big.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(ContractError, match=r"latin\.yaml:2:4: this file is not UTF-8"):
        read_document(tmp_path / "latin.yaml", "latin.yaml")
    (tmp_path / "marked.yaml").write_bytes(b"\xef\xbb\xbfa: \xe9\n")
    with pytest.raises(ContractError, match=r"marked\.yaml:1:4: this file is not UTF-8"):
        read_document(tmp_path / "marked.yaml", "marked.yaml")


def test_a_value_is_shown_in_short() -> None:
    assert kind_of(parse("x" * 500, "f.yaml")).endswith("x...")
    assert [kind_of(parse(text, "f.yaml")) for text in ("{}", "[]", "~", "'a'")] == [
        "a map",
        "a list",
        "nothing",
        "'a'",
    ]
