from __future__ import annotations

import pytest

from harness.inputs import registry
from harness.inputs.catalogue import BOOKS
from harness.inputs.parameters import Range
from harness.inputs.shelf_drawing import Spine
from harness.inputs.shelf_files import UNREADABLE, photo
from harness.inputs.shelf_looks import LOOKS
from harness.inputs.shelf_parameters import HEAVY, MALFORMED, PADDABLE, SIZES, read

SHELF = registry()["shelf_photos"]


def test_nothing_said_is_one_to_five_plain_photos() -> None:
    wanted = read(None)
    assert (wanted.photos, wanted.books, wanted.size) == (Range(1, 5), Range(0, 4), None)
    assert (wanted.looks, wanted.malformed, wanted.duplicates) == ((), (), "by-chance")
    assert sorted(wanted.titles) == list(range(len(BOOKS)))


def test_names_stand_for_lists() -> None:
    assert read({"looks": "any"}).looks == tuple(LOOKS)
    assert read({"looks": "any", "size": 3_000_000}).looks == PADDABLE
    assert read({"looks": ["dark", "turned"]}).looks == ("turned", "dark")
    assert read({"malformed": "some"}).malformed == MALFORMED
    assert read({"malformed": "never"}).malformed == ()
    assert read({"malformed": ["truncated"]}).malformed == ("truncated",)
    assert read({"unreadable": "some"}).malformed == UNREADABLE
    assert read({"size": "9999000..10000000"}).size == Range(9_999_000, 10_000_000)


def test_titles() -> None:
    ascii_, other = (read({"titles": titles}).titles for titles in ("ascii", "non-ascii"))
    assert sorted((*ascii_, *other)) == list(range(len(BOOKS)))
    assert ascii_[0] == 0
    assert {each.title for each in (BOOKS[place] for place in other)} >= {"Les Misérables", "Война и мир", "Οδύσσεια"}
    assert all(BOOKS[place].title.isascii() for place in ascii_)


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"look": "any"}, "unknown parameter 'look'; known: photos, books, titles, duplicates, looks, malformed, "
                          "unreadable, size. Did you mean 'looks'?"),
        ({"looks": "all"}, "looks must be plain, any, or a list of names out of turned, blurred, noisy, dark, large, "
                           "tiny, quality, progressive, greyscale, cmyk, png, exif, line-breaks, unpadded, got 'all'"),
        ({"looks": ["blured"]}, "looks has the unknown name 'blured'; known: turned, blurred, noisy, dark, large, "
                                "tiny, quality, progressive, greyscale, cmyk, png, exif, line-breaks, unpadded. "
                                "Did you mean 'blurred'?"),
        ({"looks": ["dark", "png"], "size": 3_000_000}, "looks has png, which does not go with size; leave out one of "
                                                        "the two"),
        ({"malformed": "truncated"}, "malformed must be never, some, or a list of names out of text, bad-base64, "
                                     "data-url, noise, pdf, empty-jpeg, truncated, got 'truncated'"),
        ({"malformed": [], "unreadable": "some"}, "unreadable: some stands beside malformed, which says the same in "
                                                  "more detail; keep one"),
        ({"photos": "0..2", "unreadable": "some"}, "unreadable and malformed photos need at least 1 photo, but photos "
                                                   "is 0..2"),
        ({"duplicates": "some", "malformed": "some"}, "duplicates: some does not go with malformed or unreadable "
                                                      "photos; use two cases"),
        ({"duplicates": "some", "books": "0..1"}, "duplicates: some needs room for 2 books, but photos is 1..5 and "
                                                  "books is 0..1; try photos: 1..5 and books: 0..4"),
        ({"duplicates": "never", "photos": 20, "books": 20}, "duplicates: never has 89 different books, but photos is "
                                                             "20 and books is 20, up to 400"),
        ({"size": 2_999_999}, "size is 2999999, it must lie within 3000000..20000000"),
        ({"titles": "latin"}, "titles must be any, ascii or non-ascii, got 'latin'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(parameters: object, answer: str) -> None:
    assert SHELF.check(parameters) == answer


@pytest.mark.parametrize("look", PADDABLE)
def test_every_photo_that_may_be_padded_is_shorter_than_the_least_size(look: str) -> None:
    if look == "tiny":
        return  # one pixel
    full = tuple(Spine(*BOOKS[place], True) for place in (88, 89, 67, 68) * 5)
    others = {"turned": 10, "quality": 95} if look not in ("turned", "quality", *HEAVY) else {}
    if look in ("progressive", "greyscale", "cmyk"):
        others = {"turned": 10}
    assert len(photo(full, {**others, look: LOOKS[look][0]})) < SIZES.low - 6
