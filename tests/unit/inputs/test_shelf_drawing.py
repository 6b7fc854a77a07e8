from __future__ import annotations

import zxingcpp

from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_drawing import FONT, Spine, shelf
from tests.unit.inputs.shelves import codes, told


def spines(*numbers: int, confident: bool = True) -> tuple[Spine, ...]:
    return tuple(Spine(*BOOKS[number], confident) for number in numbers)


def test_every_book_of_the_catalogue_can_be_drawn_and_read() -> None:
    for confident in (True, False):
        for start in range(0, len(BOOKS), 20):
            wanted = spines(*range(start, min(start + 20, len(BOOKS))), confident=confident)
            assert codes(shelf(wanted)) == told([spine._asdict() for spine in wanted])


def test_codes_have_four_pixels_a_module() -> None:
    picture = shelf(spines(0)).convert("L")
    (code,) = zxingcpp.read_barcodes(picture)
    left, top = code.position.top_left.x, code.position.top_left.y
    row = picture.crop((left, top, left + 40, top + 1)).tobytes()
    assert next(place for place, level in enumerate(row) if level) == 7 * 4, "a finder pattern is 7 modules wide"


def test_an_empty_shelf_has_no_code() -> None:
    picture = shelf(())
    assert codes(picture) == []
    assert picture.width >= 320


def test_a_ninth_spine_stands_on_another_board() -> None:
    assert shelf(spines(*range(9))).height == 2 * shelf(spines(*range(8))).height
    assert shelf(spines(*range(9))).width == shelf(spines(*range(8))).width


def test_title_and_author_are_lettered_in_full_on_every_spine() -> None:
    """Pale letters keep clear of the edges of the cloth, so none is cut off, and there are enough of them."""
    for number, each in enumerate(BOOKS):
        picture = shelf(spines(number)).convert("L")
        (code,) = zxingcpp.read_barcodes(picture)
        corners = code.position
        cloth = (16, 16, corners.top_right.x + 16, corners.top_left.y - 17)  # up to the code's quiet zone, 4 modules
        letters = picture.crop(cloth).point(lambda level: 255 * (level > 190))
        box = letters.getbbox()
        assert box is not None
        assert sum(letters.tobytes()) // 255 > 25 * len(each.title + each.author), each
        assert box[0] > 0, each
        assert box[1] > 4, each
        assert box[2] < letters.width - 1, each
        assert box[3] < letters.height - 1, each


def test_the_same_spines_are_the_same_picture_and_others_are_not() -> None:
    assert shelf(spines(0, 1)).tobytes() == shelf(spines(0, 1)).tobytes()
    assert shelf(spines(0, 1)).tobytes() != shelf(spines(1, 0)).tobytes()
    assert shelf(spines(0)).tobytes() != shelf(spines(0, confident=False)).tobytes()


def test_the_licence_of_the_font_stands_beside_it() -> None:
    licence = (FONT.parent / "LICENSE-DejaVu.txt").read_text("utf-8")
    assert "Bitstream Vera" in licence
    assert "Permission is hereby granted, free of charge" in licence
