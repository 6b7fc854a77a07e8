"""The input type `shelf_photos`: photos of shelves, and which books are to be seen on them.

A spec: `{"photos": [{"books": [{"book": 0, "confident": true}]}, {"unreadable": "text"}], "labels": [0, 1]}`.
`book` is a place in the catalogue; `labels` are the client's own numbers for the photos. Besides `books` a photo may
have a `look` (see `shelf_looks`), a `size` in bytes, or `truncated`, the percent of its bytes that are left.

Its value: `images`, what a client sends, `[{"index": label, "data": base64 text}]`; `photos`, the truth about each:

- `readable`: whether it is a whole picture, so that its books can be found;
- `ends`: `complete`, `error`, or `either` (where it is truncated);
- `malformed`: what is wrong with it, or None;
- `look`: the names of what differs from the plainest;
- `bytes`: the length of the decoded data, 0 where it does not decode;
- `books`: what is on it; of a truncated one, what may still be seen;

`books`, what an exact recogniser ends with once duplicates are removed, truncated photos left out; and `exact`,
whether no photo is truncated. A book is `{"isbn": text or None, "title": text, "author": text, "confident": bool}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.inputs.catalogue import BOOKS
from harness.inputs.parameters import problem
from harness.inputs.schemas import BOOLEAN, COUNT, TEXT, TEXT_OR_NULL, fields, list_of
from harness.inputs.shelf_drawing import Spine
from harness.inputs.shelf_files import NOT_BASE64, cut, no_photo, photo_text
from harness.inputs.shelf_looks import LOOKS
from harness.inputs.shelf_parameters import MALFORMED, read
from harness.inputs.specs import counted, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json


class ShelfPhotos:
    """Photos of book shelves. `{shelf_photos: {photos: 1..5, books: 0..4, looks: any}}`."""

    name = "shelf_photos"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        return problem(read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: the fewest photos, the fewest books, the first of the catalogue, plain."""
        from harness.inputs.shelf_strategy import shelves  # nothing for who only reads contracts

        return shelves(read(parameters))

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`images`, `photos`, `books` and `exact`, as this module's docstring says."""
        return rebuild(self.name, _build, spec)

    def describe(self, spec: Json) -> str:
        """`2 photos (1 unreadable; turned), 3 books`."""
        photos = spec["photos"]
        wrong = [kind for photo in photos for kind in ("unreadable", "truncated") if kind in photo]
        told = [f"{wrong.count(kind)} {kind}" for kind in dict.fromkeys(sorted(wrong, reverse=True))]
        looks = sorted({name for photo in photos for name in photo.get("look", ())})
        longest = max((photo.get("size", 0) for photo in photos), default=0)
        size = [f"up to {longest:,} bytes"] if longest else []
        notes = "; ".join(", ".join(part) for part in (told, looks, size) if part)
        books = sum(len(photo.get("books", [])) for photo in photos)
        return f"{counted(len(photos), 'photo')}{f' ({notes})' if notes else ''}, {counted(books, 'book')}"

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        book = fields(isbn=TEXT_OR_NULL, title=TEXT, author=TEXT, confident=BOOLEAN)
        image = fields(index={"type": "number"}, data=TEXT)
        photo = fields(
            readable=BOOLEAN,
            ends={"enum": ["complete", "error", "either"]},
            malformed={"enum": [None, *MALFORMED]},
            look=list_of({"enum": list(LOOKS)}),
            bytes=COUNT,
            books=list_of(book),
        )
        return fields(images=list_of(image), photos=list_of(photo), books=list_of(book), exact=BOOLEAN)


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


def _build(spec: Json) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    truths: list[dict[str, Any]] = []
    for label, photo in zip(spec["labels"], spec["photos"], strict=True):
        data, truth = _one(photo)
        images.append({"index": label, "data": data})
        truths.append(truth)
    found = [dict(book) for truth in truths if truth["readable"] for book in truth["books"]]
    exact = all(truth["ends"] != "either" for truth in truths)
    return {"images": images, "photos": truths, "books": distinct(found), "exact": exact}


def _one(photo: Json) -> tuple[str, dict[str, Any]]:
    """The `data` of a photo, and the truth about it."""
    look = photo.get("look", {})
    if "unreadable" in photo:
        data, malformed, ends = no_photo(photo["unreadable"]), photo["unreadable"], "error"
    else:
        spines = tuple(_seen(planted) for planted in photo["books"])
        if "truncated" in photo:
            data, malformed, ends = cut(spines, photo["truncated"]), "truncated", "either"
        else:
            data, malformed, ends = photo_text(spines, look, photo.get("size")), None, "complete"
    return data, {
        "readable": malformed is None,
        "ends": ends,
        "malformed": malformed,
        "look": sorted(look),
        "bytes": 0 if malformed in NOT_BASE64 else _decoded_size(data),
        "books": [_seen(planted)._asdict() for planted in photo.get("books", ())],
    }


def _decoded_size(data: str) -> int:
    """How many bytes the base64 text is, line breaks and missing padding tolerated."""
    return (len(data) - data.count("\r") - data.count("\n") - data.count("=")) * 3 // 4


def _seen(planted: Json) -> Spine:
    title, author, isbn = BOOKS[planted["book"]]
    return Spine(title, author, isbn, planted["confident"])
