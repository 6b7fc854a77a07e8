from __future__ import annotations

import pytest

from harness.contract.locating import beginning, piece
from harness.contract.source import Mapping, Scalar, parse

PIECE = "nn.x"


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("a == nn.x", 1, 9),
        ("'a == nn.x'", 1, 10),
        ("'\"it''s\" == nn.x'", 1, 16),
        ('"\\"a\\" == \\u00e9 + nn.x"', 1, 23),
        ('"a \\\n   == nn.x"', 2, 7),
        (">-\n  a ==\n  nn.x", 3, 3),
        ("> # folded\n  a\n\n    == nn.x  ", 4, 8),
        ("|2-\n    a ==\n  b  || nn.x", 3, 9),
        ("a ==\n    nn.x", 2, 5),
    ],
)
def test_a_piece_is_found_however_the_text_is_written(written: str, line: int, column: int) -> None:
    document = parse(f"k: {written}\n", "f")
    assert isinstance(document, Mapping)
    node = document.entries["k"][1]
    assert isinstance(node, Scalar)
    text = str(node.value)
    found = piece(node.span.document, *beginning(node.span), text, text.index(PIECE), len(PIECE))

    assert found is not None
    assert (found.line, found.column, found.length) == (line, column, len(PIECE))


def test_what_is_missing_at_the_end_stands_behind_the_last_character() -> None:
    node = parse(">-\n  a\n  ==\n", "f")
    assert isinstance(node, Scalar)
    found = piece(node.span.document, *beginning(node.span), "a ==", 4, 1)

    assert found is not None
    assert (found.line, found.column, found.length) == (3, 5, 1)


def test_what_does_not_stand_there_is_not_found() -> None:
    document = parse("a == b", "f").span.document

    assert piece(document, 1, 1, "a == c", 5, 1) is None
    assert piece(document, 1, 1, "a == b && d", 10, 1) is None
    assert piece(document, 7, 1, "a", 0, 1) is None
