from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from harness.inputs import registry
from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_photos import distinct
from tests.unit.inputs.shelves import book, codes, content, opened, planted, told

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

SHELF = registry()["shelf_photos"]


def built(*photos: dict[str, Any]) -> dict[str, Any]:
    value = SHELF.build({"photos": list(photos), "labels": list(range(len(photos)))})
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("parameters", [{"books": "0..9"}, {"looks": "any"}, {"malformed": "some", "looks": "any"}])
def test_every_photo_is_read_back_exactly(parameters: object, drawn: Drawn) -> None:
    photos = 0
    for spec in drawn("shelf_photos", parameters, 60):
        value = SHELF.build(spec)
        assert len(value["images"]) == len(value["photos"]) == len(spec["photos"])
        for image, truth in zip(value["images"], value["photos"], strict=True):
            if truth["readable"]:
                assert codes(opened(image["data"])) == told(truth["books"])
                photos += 1
    assert photos > 60


def test_copies_of_a_book_are_each_on_the_photo() -> None:
    value = built(planted(*[0] * 20))
    assert len(codes(opened(value["images"][0]["data"]))) == 20
    assert len(value["photos"][0]["books"]) == 20
    assert len(value["books"]) == 1


def test_builds_what_the_spec_says() -> None:
    spec = {
        "photos": [planted(0, 2, look={"dark": 60}), {"unreadable": "text"}, planted(), planted(7, truncated=50)],
        "labels": [7, -1, 0.5, 7],
    }
    value = SHELF.build(spec)
    first, third = book(*BOOKS[0]), book(*BOOKS[2])
    whole = {"readable": True, "ends": "complete", "malformed": None}
    sizes = [len(content(image["data"])) for image in value["images"]]
    assert [image["index"] for image in value["images"]] == [7, -1, 0.5, 7]
    assert value["photos"] == [
        {**whole, "look": ["dark"], "bytes": sizes[0], "books": [first, third]},
        {"readable": False, "ends": "error", "malformed": "text", "look": [], "bytes": sizes[1], "books": []},
        {**whole, "look": [], "bytes": sizes[2], "books": []},
        {"readable": False, "ends": "either", "malformed": "truncated", "look": [], "bytes": sizes[3],
         "books": [book(*BOOKS[7])]},
    ]  # fmt: skip
    assert value["books"] == [first, third], "nothing of a truncated photo is sure"
    assert value["exact"] is False
    assert built(planted(7), {"unreadable": "pdf"})["exact"] is True


def test_the_number_of_bytes_is_told_whatever_the_text() -> None:
    looks: list[dict[str, Any]] = [
        {},
        {"line-breaks": True},
        {"unpadded": True},
        {"unpadded": True, "line-breaks": True},
    ]
    for value in (built(planted(*range(count), look=look)) for count in range(3) for look in looks):
        assert value["photos"][0]["bytes"] == len(content(value["images"][0]["data"]))
    assert built(planted(size=10_000_001))["photos"][0]["bytes"] == 10_000_001
    for kind in ("bad-base64", "data-url"):
        assert built({"unreadable": kind})["photos"][0]["bytes"] == 0


def test_describes() -> None:
    def described(*photos: dict[str, Any]) -> str:
        return SHELF.describe({"photos": photos, "labels": []})

    assert described(planted()) == "1 photo, 0 books"
    assert described(planted(1), planted(2, look={"turned": 3, "dark": 60}), planted(look={"dark": 30})) == (
        "3 photos (dark, turned), 2 books"
    )
    assert described({"unreadable": "pdf"}, planted(3, truncated=50), {"unreadable": "text"}, planted(4)) == (
        "4 photos (2 unreadable, 1 truncated), 2 books"
    )
    assert described(planted(4, size=9_999_999, look={"png": True}), {"unreadable": "pdf"}) == (
        "2 photos (1 unreadable; png; up to 9,999,999 bytes), 1 book"
    )


def test_distinct_books() -> None:
    with_isbn, without = book("T", "A", "1"), book("T", "A", None)
    assert distinct([with_isbn, without, with_isbn, without]) == [with_isbn, without]
    assert distinct([with_isbn, book("Other", "B", "1")]) == [with_isbn], "the first on a tie"
    surer = book("Other", "B", "1")
    assert distinct([book("T", "A", "1", confident=False), without, surer]) == [surer, without]
    assert distinct([surer, book("T", "A", "1", confident=False)]) == [surer]
    assert len(distinct([without, book("t", "A", None), book("T", "B", None), book("T", "A", "2")])) == 4
