"""The input type `shelf_photos`: photos of shelves, and which books are to be seen on them.

A spec: `{"photos": [{"books": [{"book": 0, "confident": true}]}, {"unreadable": "text"}], "labels": [0, 1]}`.
`book` is a place in the catalogue; `labels` are the client's own numbers for the photos.

Its value: `images`, what a client sends, `[{"index": label, "data": base64 text}]`; `photos`, the truth about
each, `[{"readable": bool, "books": [...]}]`; and `books`, what an exact recogniser ends with once duplicates are
removed. A book is `{"isbn": text or None, "title": text, "author": text, "confident": bool}`.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from harness.inputs.catalogue import BOOKS, TWINS
from harness.inputs.parameters import (
    ParameterError,
    Range,
    problem,
    read_mapping,
    read_name,
    read_range,
)
from harness.inputs.schemas import BOOLEAN, TEXT, TEXT_OR_NULL, fields, list_of
from harness.inputs.shelf_drawing import Spine, photo_base64
from harness.inputs.specs import counted, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

PHOTOS = Range(0, 20)
"""How many photos a contract may ask for."""

BOOKS_A_PHOTO = Range(0, 20)
"""How many books a photo may be asked to show."""

UNREADABLE = ("text", "bad-base64", "data-url", "noise", "pdf")
"""Things that are no photo. `data-url` is a photo, but with a prefix that is not base64."""


class _Parameters(NamedTuple):
    photos: Range
    books: Range
    unreadable: bool


class ShelfPhotos:
    """Photos of book shelves. `{shelf_photos: {photos: 1..5, books: 0..4, unreadable: never}}`."""

    name = "shelf_photos"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(_read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the fewest photos, the fewest books, the first of the catalogue."""
        return _shelves(_read(parameters))

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`images`, `photos` and `books`, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`2 photos (1 unreadable), 3 books`."""
        photos = spec["photos"]
        unreadable = sum("unreadable" in photo for photo in photos)
        told = f" ({unreadable} unreadable)" if unreadable else ""
        books = sum(len(photo.get("books", [])) for photo in photos)
        return f"{counted(len(photos), 'photo')}{told}, {counted(books, 'book')}"

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        book = fields(isbn=TEXT_OR_NULL, title=TEXT, author=TEXT, confident=BOOLEAN)
        image = fields(index={"type": "number"}, data=TEXT)
        photo = fields(readable=BOOLEAN, books=list_of(book))
        return fields(images=list_of(image), photos=list_of(photo), books=list_of(book))


def distinct(books: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The books without duplicates, each where its first copy stood.

    Books are the same by ISBN, or by exact title and author where neither has one. Of duplicates the more confident
    is kept, the first on a tie.
    """
    kept: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for book in books:
        key = (book["isbn"],) if book["isbn"] else (None, book["title"], book["author"])
        if key not in kept or (book["confident"] and not kept[key]["confident"]):
            kept[key] = book
    return list(kept.values())


def _read(parameters: Json) -> _Parameters:
    given = read_mapping(parameters, _Parameters._fields)
    photos = read_range(given.get("photos", "1..5"), "photos", within=PHOTOS)
    books = read_range(given.get("books", "0..4"), "books", within=BOOKS_A_PHOTO)
    some = read_name(given.get("unreadable", "never"), "unreadable", ["never", "some"]) == "some"
    if some and photos.low == 0:
        raise ParameterError(f"unreadable: some needs at least 1 photo, but photos is {photos}")
    return _Parameters(photos, books, some)


@st.composite
def _shelves(draw: DrawFn, wanted: _Parameters) -> Json:
    readable = st.fixed_dictionaries(
        {"books": st.lists(_planted(), min_size=wanted.books.low, max_size=wanted.books.high)}
    )
    unreadable = st.fixed_dictionaries({"unreadable": st.sampled_from(UNREADABLE)})
    photos = draw(
        st.lists(
            readable | unreadable if wanted.unreadable else readable,
            min_size=wanted.photos.low,
            max_size=wanted.photos.high,
        )
    )
    if wanted.unreadable and not any("unreadable" in photo for photo in photos):
        photos[draw(st.integers(0, len(photos) - 1))] = draw(unreadable)
    return {"photos": photos, "labels": draw(_labels(len(photos)))}


def _planted() -> SearchStrategy[Json]:
    """A book on a spine: often one of the twins, so that duplicates within and across photos are common."""
    book = st.integers(0, TWINS - 1) | st.integers(0, len(BOOKS) - 1)
    return st.fixed_dictionaries({"book": book, "confident": st.sampled_from([True, True, False])})


def _labels(count: int) -> SearchStrategy[list[float]]:
    """The client's numbers for its photos: 0, 1, 2, ..., or any, equal ones too."""
    number = st.one_of(st.integers(0, 4), st.integers(-(2**31), 2**31), st.sampled_from([0.5, -1.25, 1e9 + 0.5]))
    return st.one_of(st.just(count).map(lambda n: list(range(n))), st.lists(number, min_size=count, max_size=count))


def _build(spec: Json) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    truths: list[dict[str, Any]] = []
    for label, photo in zip(spec["labels"], spec["photos"], strict=True):
        if "unreadable" in photo:
            data = _no_photo(photo["unreadable"])
            truths.append({"readable": False, "books": []})
        else:
            spines = tuple(_seen(planted) for planted in photo["books"])
            data = photo_base64(spines)
            truths.append({"readable": True, "books": [spine._asdict() for spine in spines]})
        images.append({"index": label, "data": data})
    found = [dict(book) for truth in truths for book in truth["books"]]
    return {"images": images, "photos": truths, "books": distinct(found)}


def _seen(planted: Json) -> Spine:
    title, author, isbn = BOOKS[planted["book"]]
    return Spine(title, author, isbn, planted["confident"])


def _no_photo(kind: str) -> str:
    """The `data` of an image that does not decode to one, whichever way a decoder is lenient."""
    if kind == "bad-base64":
        return "!!! this is not base64 !!!"
    if kind == "data-url":
        return "data:image/jpeg;base64," + photo_base64(())
    content = {
        "text": b"This is a text and no picture of a shelf.",
        "noise": bytes(n * 89 % 251 + 1 for n in range(600)),
        "pdf": b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
    }
    return base64.b64encode(content[kind]).decode("ascii")
