from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.reporting.words import cut_end, cut_middle, encodable, harmless, listed, one_line, wrapped


@pytest.mark.parametrize(
    ("most", "end", "middle"),
    [
        (9, "abcdefghi", "abcdefghi"),
        (8, "abcde...", "abc...hi"),
        (5, "ab...", "a...i"),
        (4, "a...", "abcd"),
        (0, "...", ""),
    ],
)
def test_what_is_cut(most: int, end: str, middle: str) -> None:
    assert cut_end("abcdefghi", most) == end
    assert cut_middle("abcdefghi", most) == middle


@given(st.text(st.sampled_from("ab 本😀é"), max_size=30), st.integers(3, 40))
def test_nothing_is_wider_than_it_may_be(text: str, most: int) -> None:
    for cut in (cut_end(text, most), cut_middle(text, most)):
        assert cell_len(cut) <= most
        assert (cut == text) == (cell_len(text) <= most)


@given(st.text(st.sampled_from("abc 本"), max_size=60), st.integers(1, 40))
def test_a_wrapped_line_keeps_its_words(text: str, width: int) -> None:
    pieces = wrapped(text, width, "    ")
    assert " ".join(pieces).split() == text.split()
    for piece in pieces:
        assert cell_len(piece) <= width or len(piece.split()) == 1
    assert all(piece.startswith("    ") for piece in pieces[1:])


def test_a_line_that_fits_is_left_as_it_is() -> None:
    assert wrapped("  FAILED   x   y", 16, "    ") == ["  FAILED   x   y"]
    assert wrapped("  FAILED   x   y", 15, "    ") == ["  FAILED   x", "    y"]
    assert wrapped("", 10, "    ") == [""]


def test_what_moves_a_cursor_is_escaped() -> None:
    assert harmless("a\x1b[2J\nb\u202e\ud800") == "a\\x1b[2J\nb\\u202e\\ud800"
    assert one_line("a\r\nb") == "a\\r\\nb"
    assert encodable("ü本", "cp1252") == "ü\\u672c"


def test_a_long_list_says_that_there_is_more() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(9)]) == "0, 1, 2, 3, 4, 5, 6, 7 and more"
