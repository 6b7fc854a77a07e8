"""Each look, seen by Pillow alone."""

from __future__ import annotations

import itertools

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_drawing import Spine, shelf
from harness.inputs.shelf_looks import LOOKS, Look, group, seen, stored

SPINES = (Spine(*BOOKS[0], True), Spine(*BOOKS[65], False))
PLAIN = shelf(SPINES)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures' levels, out of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def light(picture: Image.Image) -> float:
    return ImageStat.Stat(picture.convert("L")).mean[0]


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_each_strength_of_a_look_differs_from_the_plainest(name: str) -> None:
    values = LOOKS[name]
    assert len(set(values)) == len(values)
    if group(name) == "stored" or name in ("line-breaks", "unpadded"):
        return  # a matter of the file: see test_shelf_files
    made = [stored(seen(PLAIN, {name: value}), {name: value}) for value in values]
    assert len({(picture.size, picture.tobytes()) for picture in [PLAIN, *made]}) == len(values) + 1


def test_the_plainest_look_changes_nothing() -> None:
    assert stored(seen(PLAIN, {}), {}).tobytes() == PLAIN.tobytes()


def test_turned() -> None:
    quarter = seen(PLAIN, {"turned": 90})
    assert quarter.size == (PLAIN.height, PLAIN.width)
    assert quarter.rotate(-90, expand=True).tobytes() == PLAIN.tobytes()
    slightly = seen(PLAIN, {"turned": 10})
    assert slightly.width > PLAIN.width
    assert slightly.getpixel((0, 0)) == PLAIN.getpixel((0, 0)), "the corners are wall"


def test_blurred() -> None:
    edges = [ImageStat.Stat(ImageChops.difference(picture, ImageChops.offset(picture, 1, 0))).mean[0]
             for picture in (PLAIN, seen(PLAIN, {"blurred": 1}), seen(PLAIN, {"blurred": 1.5}))]  # fmt: skip
    assert edges == sorted(edges, reverse=True)
    assert edges[2] < edges[0] * 0.9


def test_noisy() -> None:
    slight, strong = (difference(PLAIN, seen(PLAIN, {"noisy": most})) for most in LOOKS["noisy"])
    assert 3 < slight < strong < 20
    assert seen(PLAIN, {"noisy": 10}).tobytes() == seen(PLAIN, {"noisy": 10}).tobytes()


def test_dark() -> None:
    assert light(seen(PLAIN, {"dark": 60})) == pytest.approx(light(PLAIN) * 0.6, rel=0.03)
    assert light(seen(PLAIN, {"dark": 30})) == pytest.approx(light(PLAIN) * 0.3, rel=0.05)


def test_large_and_tiny() -> None:
    assert seen(PLAIN, {"large": 3}).size == (PLAIN.width * 3, PLAIN.height * 3)
    assert seen(shelf(()), {"tiny": 1}).size == (1, 1)


@pytest.mark.parametrize("orientation", LOOKS["exif"])
def test_a_viewer_that_knows_exif_shows_the_photo_upright(orientation: int) -> None:
    look: Look = {"exif": orientation}
    picture = stored(seen(PLAIN, look), look)
    assert picture.tobytes() != PLAIN.tobytes()
    exif = picture.getexif()
    exif[0x0112] = orientation
    assert ImageOps.exif_transpose(picture).tobytes() == PLAIN.tobytes()


def test_colours() -> None:
    assert stored(PLAIN, {"greyscale": True}).mode == "L"
    assert stored(PLAIN, {"cmyk": True}).mode == "CMYK"


def test_looks_that_exclude_one_another_share_a_group() -> None:
    shared = {frozenset(pair) for pair in itertools.combinations(LOOKS, 2) if group(pair[0]) == group(pair[1])}
    assert frozenset(("png", "cmyk")) in shared, "there is no CMYK in PNG"
    assert frozenset(("large", "tiny")) in shared
    assert frozenset(("turned", "exif")) not in shared
