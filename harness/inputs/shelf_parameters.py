"""What a contract may say of `shelf_photos`, read and checked."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from harness.inputs.catalogue import BOOKS, Book
from harness.inputs.parameters import ParameterError, Range, read_mapping, read_name, read_names, read_range
from harness.inputs.shelf_files import UNREADABLE
from harness.inputs.shelf_looks import LOOKS
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.inputs.base import Json

PHOTOS = Range(0, 20)
"""How many photos a contract may ask for."""

BOOKS_A_PHOTO = Range(0, 20)
"""How many books a photo may be asked to show."""

SIZES = Range(3_000_000, 20_000_000)
"""How long a photo's file may be asked to be, in bytes. Every photo of `PADDABLE` looks is shorter than the least."""

MALFORMED = (*UNREADABLE, "truncated")
"""What may be wrong with a photo. All but `truncated` must end in an error; that one may end either way."""

HEAVY = ("noisy", "large", "png")
"""Looks that do not go with a size: their files may be long already, or are none that can be padded."""

PADDABLE = tuple(name for name in LOOKS if name not in HEAVY)
"""Looks that go with a size."""

_KNOWN = ("photos", "books", "titles", "duplicates", "looks", "malformed", "unreadable", "size")


class Parameters(NamedTuple):
    """What is to be drawn."""

    photos: Range
    books: Range
    titles: tuple[int, ...]
    """Places in the catalogue, in the order in which they are tried when an example is shrunk."""
    duplicates: str
    looks: tuple[str, ...]
    malformed: tuple[str, ...]
    size: Range | None


def read(parameters: Json) -> Parameters:
    """The parameters as a contract wrote them.

    Raises:
        ParameterError: something is wrong with them.
    """
    given = read_mapping(parameters, _KNOWN)
    size = None if given.get("size") is None else read_range(given["size"], "size", within=SIZES)
    titles = read_name(given.get("titles", "any"), "titles", ["any", "ascii", "non-ascii"])
    wanted = Parameters(
        read_range(given.get("photos", "1..5"), "photos", within=PHOTOS),
        read_range(given.get("books", "0..4"), "books", within=BOOKS_A_PHOTO),
        tuple(place for place in _order() if titles in ("any", _script(BOOKS[place]))),
        read_name(given.get("duplicates", "by-chance"), "duplicates", ["by-chance", "never", "some"]),
        _read_looks(given.get("looks", "plain"), sized=size is not None),
        _read_malformed(given),
        size,
    )
    _check(wanted)
    return wanted


def identity(place: int) -> tuple[str | None, ...]:
    """What makes the book at this place in the catalogue the same as another: its ISBN, or title and author."""
    book = BOOKS[place]
    return (book.isbn,) if book.isbn else (None, book.title, book.author)


@cache
def _order() -> list[int]:
    """The places in the catalogue: the first one, those in ASCII without ISBN, those not in ASCII, the others."""

    def rank(place: int) -> int:
        book = BOOKS[place]
        if place == 0:
            return 0
        return 2 if _script(book) != "ascii" else 3 if book.isbn else 1

    return sorted(range(len(BOOKS)), key=rank)


def _script(book: Book) -> str:
    return "ascii" if f"{book.title}{book.author}".isascii() else "non-ascii"


def _read_looks(value: Json, *, sized: bool) -> tuple[str, ...]:
    known = PADDABLE if sized else tuple(LOOKS)
    if isinstance(value, list):
        looks = read_names(value, "looks", list(LOOKS))
        heavy = [name for name in looks if name not in known]
        if heavy:
            raise ParameterError(f"looks has {', '.join(heavy)}, which does not go with size; leave out one of the two")
        return tuple(looks)
    if not isinstance(value, str) or value not in ("plain", "any"):
        raise ParameterError(
            f"looks must be plain, any, or a list of names out of {', '.join(LOOKS)}, got {value!r:.60}"
        )
    return known if value == "any" else ()


def _read_malformed(given: Mapping[str, Any]) -> tuple[str, ...]:
    unreadable = read_name(given.get("unreadable", "never"), "unreadable", ["never", "some"])
    if "malformed" not in given:
        return UNREADABLE if unreadable == "some" else ()
    if unreadable == "some":
        raise ParameterError("unreadable: some stands beside malformed, which says the same in more detail; keep one")
    value = given["malformed"]
    if isinstance(value, list):
        return tuple(read_names(value, "malformed", MALFORMED))
    if not isinstance(value, str) or value not in ("never", "some"):
        raise ParameterError(
            f"malformed must be never, some, or a list of names out of {', '.join(MALFORMED)}, got {value!r:.60}"
        )
    return MALFORMED if value == "some" else ()


def _check(wanted: Parameters) -> None:
    photos, books = wanted.photos, wanted.books
    if wanted.malformed and photos.low == 0:
        raise ParameterError(f"unreadable and malformed photos need at least 1 photo, but photos is {photos}")
    if wanted.duplicates == "some":
        if wanted.malformed:
            raise ParameterError("duplicates: some does not go with malformed or unreadable photos; use two cases")
        if photos.low * min(books.high, 2) < 2:
            raise ParameterError(
                f"duplicates: some needs room for 2 books, but photos is {photos} and books is {books}; "
                "try photos: 1..5 and books: 0..4"
            )
    if wanted.duplicates == "never":
        most = len({identity(place) for place in wanted.titles})
        if photos.high * books.high > most:
            raise ParameterError(
                f"duplicates: never has {most} different books, but photos is {photos} and books is {books}, "
                f"up to {photos.high * books.high}"
            )
