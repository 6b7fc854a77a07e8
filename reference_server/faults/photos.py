"""Photos: pictures that are not read, boxes and numbers in the wrong unit, and duplicates treated wrongly.

The readers run in another process for large photos, so each is a function of this module.
"""

import functools
import io
from collections.abc import Callable, Sequence
from dataclasses import replace

from PIL import Image

from reference_server.batch import Batch
from reference_server.batch_http import read_scan
from reference_server.books import Book, Box, without_duplicates
from reference_server.components import PhotoReader
from reference_server.faults.fault import Fault
from reference_server.faults.parts import on_batch, on_photo_reader
from reference_server.faults.request_parts import BATCH_PATH, on_reads
from reference_server.photos import UnreadablePhoto, decode_base64, read_photo

_EXIF_ORIENTATION = 0x0112

# --- reading --------------------------------------------------------------------------------------------------------


def _one_bad_photo_ends_all(content: bytes | None) -> list[Book]:
    """Lets out an error that the loop over the photos does not expect."""
    try:
        return read_photo(content)
    except UnreadablePhoto as error:
        raise RuntimeError(str(error)) from error


def _unreadable_is_empty(content: bytes | None) -> list[Book]:
    """Takes a photo that it cannot read for a shelf without books."""
    try:
        return read_photo(content)
    except UnreadablePhoto:
        return []


def _refusing(content: bytes | None, is_unknown: Callable[[Image.Image], bool]) -> list[Book]:
    found = read_photo(content)
    with Image.open(io.BytesIO(content or b"")) as picture:
        if is_unknown(picture):
            raise UnreadablePhoto(f"a {picture.format} in mode {picture.mode} is not supported")
    return found


def _only_jpeg(content: bytes | None) -> list[Book]:
    return _refusing(content, lambda picture: picture.format != "JPEG")


def _no_exif(content: bytes | None) -> list[Book]:
    """Turns a photo as its EXIF says with a call that its library has no more."""
    return _refusing(content, lambda picture: _EXIF_ORIENTATION in picture.getexif())


def _last_book_lost(content: bytes | None) -> list[Book]:
    """Ends its loop one too early."""
    return read_photo(content)[:-1]


# --- books ----------------------------------------------------------------------------------------------------------


def _boxes(content: bytes | None, change: Callable[[Box], Box]) -> list[Book]:
    return [replace(book, box=change(book.box)) for book in read_photo(content)]


def _pixels(box: Box) -> Box:
    return Box(*(round(side * 1000) for side in (box.x1, box.y1, box.x2, box.y2)))


def _boxes_in_pixels(content: bytes | None) -> list[Book]:
    return _boxes(content, _pixels)


class _KeepsDuplicates(Batch):
    """Collects the books of all photos in a list."""

    def unique(self, books: Sequence[Book]) -> list[Book]:
        return list(books)


class _KeepsTheFirst(Batch):
    """Keeps of duplicates the one that came first."""

    def unique(self, books: Sequence[Book]) -> list[Book]:
        return [next(found for found in books if _same(found, kept)) for kept in without_duplicates(books)]


class _ByTitle(Batch):
    """Takes books of one title for the same book."""

    def unique(self, books: Sequence[Book]) -> list[Book]:
        return list({book.title: book for book in reversed(books)}.values())[::-1]


def _same(one: Book, other: Book) -> bool:
    return len(without_duplicates([one, other])) == 1


# --- base64 ---------------------------------------------------------------------------------------------------------


def _without_line_breaks(text: str) -> bytes | None:
    """Decodes strictly: a line break is no digit."""
    return None if "\n" in text else decode_base64(text)


def _fault(name: str, symptom: str, reader: PhotoReader, *clauses: str, told_as: tuple[str, ...]) -> Fault:
    killed_by = tuple(f"batch-scan/{clause}" for clause in clauses)
    return Fault(name, "photos", symptom, killed_by, on_photo_reader(reader), told_as=told_as)


FAULTS = (
    _fault(
        "one-bad-photo-ends-the-batch",
        "after a photo that cannot be read all that follow end in `error`",
        _one_bad_photo_ends_all,
        "at_end/photos-end-as-they-must",
        "at_end/every-planted-book",
        told_as=("broken-relation",),
    ),
    _fault(
        "unreadable-photo-is-complete",
        "a photo that cannot be read is `complete` with 0 books",
        _unreadable_is_empty,
        "at_end/photos-end-as-they-must",
        told_as=("broken-relation",),
    ),
    _fault(
        "only-jpeg-read",
        "a photo that is no JPEG ends in `error`",
        _only_jpeg,
        "at_end/photos-end-as-they-must",
        "at_end/every-planted-book",
        told_as=("broken-relation",),
    ),
    _fault(
        "turned-photo-not-read",
        "a photo whose EXIF data has an orientation ends in `error`",
        _no_exif,
        "at_end/photos-end-as-they-must",
        "at_end/every-planted-book",
        told_as=("broken-relation",),
    ),
    _fault(
        "last-book-of-a-photo-lost",
        "of each photo the last book is not found",
        _last_book_lost,
        "always/finds-the-planted-books",
        "at_end/every-planted-book",
        told_as=("wrong-totals", "broken-relation"),
    ),
    _fault(
        "boxes-in-pixels", "`boundingBox` is in pixels", _boxes_in_pixels, "schemas/complete", told_as=("wrong-shape",)
    ),
    Fault(
        name="duplicates-kept",
        family="photos",
        symptom="a book that is on two photos is in the result twice",
        killed_by=("batch-scan/at_end/isbns-are-unique", "batch-scan/at_end/books-without-isbn-are-unique"),
        told_as=("broken-relation", "wrong-totals"),
        apply=on_batch(_KeepsDuplicates),
    ),
    Fault(
        name="first-duplicate-kept",
        family="photos",
        symptom="of duplicates the first is kept, though a later one is more confident",
        killed_by=("batch-scan/at_end/the-more-confident-duplicate",),
        told_as=("broken-relation",),
        apply=on_batch(_KeepsTheFirst),
    ),
    Fault(
        name="books-merged-by-title",
        family="photos",
        symptom="of two different books of one title only the first is in the result",
        killed_by=("batch-scan/at_end/every-planted-book",),
        told_as=("broken-relation",),
        apply=on_batch(_ByTitle),
    ),
    Fault(
        name="base64-line-breaks-refused",
        family="photos",
        symptom="a photo whose base64 has line breaks ends in `error`",
        killed_by=("batch-scan/at_end/photos-end-as-they-must", "batch-scan/at_end/every-planted-book"),
        told_as=("broken-relation",),
        apply=on_reads(BATCH_PATH, finish=functools.partial(read_scan, decode=_without_line_breaks)),
    ),
)
