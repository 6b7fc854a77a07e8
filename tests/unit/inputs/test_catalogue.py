from __future__ import annotations

import unicodedata

from PIL import ImageFont

from harness.inputs.catalogue import BOOKS, TWINS
from harness.inputs.shelf_drawing import FONT


def test_books_differ_and_some_have_no_isbn() -> None:
    assert len(BOOKS) >= 60
    assert len(set(BOOKS)) == len(BOOKS)
    assert any(each.isbn is None for each in BOOKS[TWINS:])
    assert sum(not f"{each.title}{each.author}".isascii() for each in BOOKS) > 15


def test_isbns_are_valid_and_of_no_real_book() -> None:
    for each in BOOKS:
        if each.isbn is not None:
            assert each.isbn.startswith("9799")
            assert len(each.isbn) == 13
            assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(each.isbn)) % 10 == 0


def test_a_code_can_say_every_title() -> None:
    for each in BOOKS:
        text = f"{each.title}{each.author}"
        assert text.isprintable()
        assert "|" not in text
        assert text == unicodedata.normalize("NFC", text)
        assert each.title == each.title.strip()


def test_the_font_has_every_letter() -> None:
    font = ImageFont.truetype(FONT, 24, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask("\ufffe"))
    letters = {letter for each in BOOKS for letter in each.title + each.author} - {" "}
    assert len(letters) > 100
    assert [letter for letter in sorted(letters) if bytes(font.getmask(letter)) == missing] == []
    assert bytes(font.getmask("漢")) == missing, "the comparison finds what it is for"
