from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import zxingcpp
from hypothesis import Phase, find, settings
from PIL import Image, UnidentifiedImageError

from harness.inputs import registry
from harness.inputs.catalogue import BOOKS, TWINS
from harness.inputs.shelf_photos import UNREADABLE, distinct

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

SHELF = registry()["shelf_photos"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])


def decoded(image: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(image["data"], validate=True)))


def codes(books: list[dict[str, Any]]) -> list[str]:
    return sorted(
        f"book{'' if book['confident'] else '~'}:{book['isbn'] or '-'}|{book['title']}|{book['author']}"
        for book in books
    )


def book(title: str, author: str, isbn: str | None, *, confident: bool = True) -> dict[str, Any]:
    return {"title": title, "author": author, "isbn": isbn, "confident": confident}


def planted(*numbers: int, confident: bool = True) -> dict[str, Any]:
    return {"books": [{"book": number, "confident": confident} for number in numbers]}


def test_every_photo_is_read_back_exactly(drawn: Drawn) -> None:
    photos = 0
    for spec in drawn("shelf_photos", {"books": "0..9"}, 120):
        value = SHELF.build(spec)
        assert len(value["images"]) == len(value["photos"]) == len(spec["photos"])
        for image, truth in zip(value["images"], value["photos"], strict=True):
            read = [code.text for code in zxingcpp.read_barcodes(decoded(image))]
            assert sorted(read) == codes(truth["books"])
            photos += 1
    assert photos > 250


def test_every_book_of_the_catalogue_can_be_drawn_and_read() -> None:
    for confident in (True, False):
        for start in range(0, len(BOOKS), 20):
            numbers = range(start, min(start + 20, len(BOOKS)))
            value = SHELF.build({"photos": [planted(*numbers, confident=confident)], "labels": [0]})
            read = [code.text for code in zxingcpp.read_barcodes(decoded(value["images"][0]))]
            assert sorted(read) == codes([book(*BOOKS[number], confident=confident) for number in numbers])


def test_copies_of_a_book_are_each_on_the_photo() -> None:
    value = SHELF.build({"photos": [planted(*[0] * 20)], "labels": [0]})
    assert len(zxingcpp.read_barcodes(decoded(value["images"][0]))) == 20
    assert len(value["photos"][0]["books"]) == 20
    assert len(value["books"]) == 1


def test_codes_are_large_enough_to_survive_a_camera() -> None:
    value = SHELF.build({"photos": [planted(0)], "labels": [0]})
    (code,) = zxingcpp.read_barcodes(decoded(value["images"][0]))
    assert code.position.top_right.x - code.position.top_left.x > 4 * 25  # a code of this much text has 29 modules


def test_photos_are_jpegs_with_something_to_read_beside_the_code() -> None:
    value = SHELF.build({"photos": [planted(0)], "labels": [0]})
    photo = decoded(value["images"][0])
    assert photo.format == "JPEG"
    upper = photo.convert("L").crop((20, 60, 170, 260))  # the lettering, in a pale colour on dark cloth
    assert sum(pixel > 200 for pixel in upper.tobytes()) > 200


def test_builds_what_the_spec_says() -> None:
    spec = {"photos": [planted(0, 2), {"unreadable": "text"}, planted()], "labels": [7, -1, 0.5]}
    value = SHELF.build(spec)
    first, third = book(*BOOKS[0]), book(*BOOKS[2])
    assert [image["index"] for image in value["images"]] == [7, -1, 0.5]
    assert value["photos"] == [
        {"readable": True, "books": [first, third]},
        {"readable": False, "books": []},
        {"readable": True, "books": []},
    ]
    assert value["books"] == [first, third]
    assert SHELF.describe(spec) == "3 photos (1 unreadable), 2 books"
    assert SHELF.describe({"photos": [planted()], "labels": [0]}) == "1 photo, 0 books"


def test_distinct_books() -> None:
    with_isbn, without = book("T", "A", "1"), book("T", "A", None)
    assert distinct([with_isbn, without, with_isbn, without]) == [with_isbn, without]
    assert distinct([with_isbn, book("Other", "B", "1")]) == [with_isbn], "the first on a tie"
    surer = book("Other", "B", "1")
    assert distinct([book("T", "A", "1", confident=False), without, surer]) == [surer, without]
    assert distinct([surer, book("T", "A", "1", confident=False)]) == [surer]
    assert len(distinct([without, book("t", "A", None), book("T", "B", None), book("T", "A", "2")])) == 4


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_is_no_image_however_lenient_the_decoder(kind: str) -> None:
    data = SHELF.build({"photos": [{"unreadable": kind}], "labels": [0]})["images"][0]["data"]
    assert isinstance(data, str)
    assert data
    try:
        lenient = base64.b64decode(data + "==")
    except binascii.Error:
        assert kind == "bad-base64"
        return
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(lenient))


def test_draws_what_the_parameters_say(drawn: Drawn) -> None:
    specs = drawn("shelf_photos", {"photos": "2..4", "books": "1..3"}, 120)
    assert {len(spec["photos"]) for spec in specs} == {2, 3, 4}
    assert {len(photo["books"]) for spec in specs for photo in spec["photos"]} == {1, 2, 3}
    assert all(len(spec["labels"]) == len(spec["photos"]) for spec in specs)
    plain = sum(spec["labels"] == list(range(len(spec["photos"]))) for spec in specs)
    assert 30 < plain < 115
    assert drawn("shelf_photos", {"photos": 0}, 1) == [{"photos": [], "labels": []}]
    assert drawn("shelf_photos", {"photos": 20, "books": 20}, 2)


def test_draws_what_is_hard(drawn: Drawn) -> None:
    values = [SHELF.build(spec) for spec in drawn("shelf_photos", {}, 200)]
    books = [[each for photo in value["photos"] for each in photo["books"]] for value in values]
    assert sum(len(value["books"]) < len(all_) for value, all_ in zip(values, books, strict=True)) > 20, "duplicates"
    assert sum(any(each["isbn"] is None for each in all_) for all_ in books) > 20
    assert sum(any(not each["confident"] for each in all_) for all_ in books) > 20


def test_some_unreadable_is_at_least_one(drawn: Drawn) -> None:
    specs = drawn("shelf_photos", {"unreadable": "some"}, 150)
    kinds = [[photo.get("unreadable") for photo in spec["photos"]] for spec in specs]
    assert all(any(each) for each in kinds)
    assert sum(not all(each) for each in kinds) > 50
    assert {kind for each in kinds for kind in each} == {None, *UNREADABLE}
    assert not any("unreadable" in photo for spec in drawn("shelf_photos", {}, 200) for photo in spec["photos"])


def test_shrinks_to_few_first_sure_and_labelled_in_order() -> None:
    strategy = SHELF.strategy({})
    assert find(strategy, lambda _: True, settings=QUIET) == {"photos": [planted()], "labels": [0]}
    assert find(strategy, lambda spec: len(spec["photos"]) > 2, settings=QUIET) == {
        "photos": [planted()] * 3,
        "labels": [0, 1, 2],
    }
    assert find(strategy, lambda spec: any(photo["books"] for photo in spec["photos"]), settings=QUIET) == {
        "photos": [planted(0)],
        "labels": [0],
    }
    assert find(SHELF.strategy({"unreadable": "some"}), lambda _: True, settings=QUIET) == {
        "photos": [{"unreadable": "text"}],
        "labels": [0],
    }


def test_the_catalogue_can_be_drawn_and_has_valid_isbns() -> None:
    assert len(BOOKS) >= 60
    assert len(set(BOOKS)) == len(BOOKS)
    assert any(each.isbn is None for each in BOOKS[TWINS:])
    for each in BOOKS:
        text = f"{each.title}{each.author}"
        assert text.isascii()
        assert text.isprintable()
        assert "|" not in text
        if each.isbn is not None:
            assert len(each.isbn) == 13
            assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(each.isbn)) % 10 == 0
