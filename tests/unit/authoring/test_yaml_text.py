from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.authoring.yaml_text import WIDEST, Lines, block, flow, scalar
from harness.contract.source import plain, read_document
from harness.trace.events import Json

AWKWARD = [
    "0o17",
    "1:30",
    "no",
    "a:",
    "'",
    "[x]",
    "{x",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "%",
    "@",
    "`",
    "~",
    "null",
    ".5",
    "1e3",
    "0x1F",
    "?",
    "-",
    "${x}",
    "=",
    "<<",
    "#",
    "true",
    "\x7f",
    "\u2028",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [*AWKWARD, '"', "a\nb", "a #b", "a: b", "- a", " a", "a "]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def read(text: str, folder: Path) -> Json:
    path = folder / "x.yaml"
    path.write_text(text, "utf-8")
    return plain(read_document(path, "x.yaml"))


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(VALUES)
def test_whatever_is_written_reads_back_the_same(tmp_path_factory: Json, value: Json) -> None:
    folder = tmp_path_factory.getbasetemp()
    lines = Lines()
    lines.value(0, "key", value)
    lines.value(
        0, "wide", {"a long enough name for a key that breaks the line": [value, {"more of them": [value] * 4}]}
    )

    assert read(lines.text, folder) == {
        "key": value,
        "wide": {"a long enough name for a key that breaks the line": [value, {"more of them": [value] * 4}]},
    }
    assert read(f"a: {flow(value)}", folder) == {"a": value}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("page", "page"),
        ("1s", "1s"),
        ("on", '"on"'),
        ("${n}", '"${n}"'),
        ("size(x)", "size(x)"),
        ("/a/b", "/a/b"),
        ("n", "n"),
    ],
)
def test_plain_words_stay_plain(value: str, written: str) -> None:
    assert scalar(value) == written


def test_outside_of_brackets_more_is_plain() -> None:
    assert block("Bearer ${env.TOKEN}") == "Bearer ${env.TOKEN}"
    assert block('msg["a"] == 1') == 'msg["a"] == 1'
    assert block("a: b") == '"a: b"'


def test_a_guess_knows_its_line_and_long_remarks_stand_above() -> None:
    lines = Lines()
    lines.add(0, "a: 1", guess="seen")
    lines.add(2, "b: 2", guess="x" * WIDEST, label="the b")
    lines.comment(0, "word " * 40)

    text = lines.text.splitlines()
    assert [(guess.line, guess.what) for guess in lines.guesses] == [(1, "a: 1"), (4, "the b")]
    assert text[1:4] == ["  # guessed:", f"  # {'x' * WIDEST}", "  b: 2"]
    assert all(len(line) <= WIDEST for line in text[4:])
    assert len(text) == 6
