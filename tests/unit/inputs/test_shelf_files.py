"""What files photos are, and in what text they are sent, asked of Pillow and base64."""

from __future__ import annotations

import io

import pytest
from PIL import Image, UnidentifiedImageError

from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_drawing import Spine
from harness.inputs.shelf_files import NOT_BASE64, UNREADABLE, cut, no_photo, photo, photo_text
from harness.inputs.shelf_looks import Look
from tests.unit.inputs.shelves import codes, content, opened, strictly_decoded, told

SPINES = tuple(Spine(*BOOKS[number], True) for number in (0, 64, 88))
TOLD = told([spine._asdict() for spine in SPINES])


@pytest.mark.parametrize(
    ("look", "form", "mode"),
    [
        ({}, "JPEG", "RGB"),
        ({"progressive": True}, "JPEG", "RGB"),
        ({"greyscale": True}, "JPEG", "L"),
        ({"cmyk": True}, "JPEG", "CMYK"),
        ({"png": True}, "PNG", "RGB"),
    ],
)
def test_files(look: Look, form: str, mode: str) -> None:
    picture = Image.open(io.BytesIO(photo(SPINES, look)))
    assert (picture.format, picture.mode) == (form, mode)
    assert bool(picture.info.get("progressive")) == ("progressive" in look)
    assert codes(picture) == TOLD


def test_colours_survive_cmyk() -> None:
    plain, cmyk = (Image.open(io.BytesIO(photo(SPINES, look))).convert("RGB") for look in ({}, {"cmyk": True}))
    for place in ((5, 5), (30, 30)):
        one, other = plain.getpixel(place), cmyk.getpixel(place)
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


def test_quality() -> None:
    lengths = [len(photo(SPINES, {"quality": quality})) for quality in (40, 60, 95)]
    assert lengths == sorted(lengths)
    assert lengths[0] < len(photo(SPINES, {})) < lengths[2]


@pytest.mark.parametrize("form", [{}, {"png": True}])
def test_the_orientation_is_in_the_file(form: Look) -> None:
    assert Image.open(io.BytesIO(photo(SPINES, {**form, "exif": 6}))).getexif()[0x0112] == 6
    assert 0x0112 not in Image.open(io.BytesIO(photo(SPINES, form))).getexif()


@pytest.mark.parametrize("size", [3_000_000, 9_999_999, 10_000_000, 10_000_001])
@pytest.mark.parametrize("look", [{}, {"exif": 3, "cmyk": True}])
def test_a_padded_photo_has_exactly_its_size_and_shows_the_same(size: int, look: Look) -> None:
    padded = photo(SPINES, look, size)
    assert len(padded) == size
    picture = Image.open(io.BytesIO(padded))
    picture.load()
    assert codes(picture) == TOLD
    assert picture.tobytes() == Image.open(io.BytesIO(photo(SPINES, look))).tobytes()


def test_padding_has_every_remainder() -> None:
    for size in range(2_000_000, 2_000_000 + 40):
        assert len(photo((), {}, size)) == size


def test_line_breaks() -> None:
    text = photo_text(SPINES, {"line-breaks": True})
    assert {len(line) for line in text.split("\r\n")[:-1]} == {76}
    assert content(text) == photo(SPINES, {})
    with pytest.raises(ValueError, match="base64"):
        strictly_decoded(text)


@pytest.mark.parametrize("count", range(4))
@pytest.mark.parametrize("look", [{}, {"dark": 60}, {"exif": 8}])
def test_padding_is_really_missing(count: int, look: Look) -> None:
    text = photo_text(SPINES[:count], {**look, "unpadded": True})
    assert "=" not in text
    assert len(text) % 4 != 0
    assert codes(opened(text)) == told([spine._asdict() for spine in SPINES[:count]])


def test_plain_text_is_standard_base64() -> None:
    assert strictly_decoded(photo_text(SPINES, {})) == photo(SPINES, {})


@pytest.mark.parametrize("percent", [20, 50, 90])
def test_a_truncated_photo_begins_as_one_and_ends_too_early(percent: int) -> None:
    whole, cut_off = photo(SPINES, {}), strictly_decoded(cut(SPINES, percent))
    assert whole.startswith(cut_off)
    assert len(cut_off) == len(whole) * percent // 100
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(cut_off)).load()


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_is_no_image_however_lenient_the_decoder(kind: str) -> None:
    data = no_photo(kind)
    assert data
    if kind in NOT_BASE64:
        with pytest.raises(ValueError, match="base64"):
            content(data)
    lenient = "".join(letter for letter in data if letter.isalnum() or letter in "+/")
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(content(lenient[: len(lenient) // 4 * 4])))
