"""Books as the protocol shows them: read from a spine, and freed of duplicates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_PREFIXES = {"book:": 0.9, "book~:": 0.5}
_NO_ISBN = "-"


@dataclass(frozen=True)
class Box:
    """Where a spine stands in its photo: corners as fractions 0..1 of width and height, `x1 <= x2`, `y1 <= y2`."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Book:
    """A book recognised on a shelf photo; `confidence` in 0..1, `isbn` None where the spine names none."""

    title: str
    author: str
    isbn: str | None
    confidence: float
    box: Box

    def as_json(self) -> dict[str, Any]:
        """The book as it stands in `batch-complete`."""
        return {
            "title": self.title,
            "author": self.author,
            "isbn": self.isbn,
            "format": "unknown",
            "confidence": self.confidence,
            "boundingBox": {"x1": self.box.x1, "y1": self.box.y1, "x2": self.box.x2, "y2": self.box.y2},
        }


def book_from_json(value: dict[str, Any]) -> Book:
    """The book that `as_json` made `value` of."""
    box = value["boundingBox"]
    return Book(value["title"], value["author"], value["isbn"], value["confidence"], Box(**box))


def read_spine(text: str, box: Box) -> Book | None:
    """The book that a spine's code names, or None if the code is none of ours.

    `text` reads `book:<isbn or ->|<title>|<author>`; with `book~:` the spine is one read with low confidence.
    """
    prefix = next((prefix for prefix in _PREFIXES if text.startswith(prefix)), None)
    if prefix is None:
        return None
    fields = text.removeprefix(prefix).split("|")
    if len(fields) != 3:
        return None
    isbn, title, author = fields
    if not title.strip():
        return None
    return Book(title, author, None if isbn in ("", _NO_ISBN) else isbn, _PREFIXES[prefix], box)


def without_duplicates(books: Iterable[Book]) -> list[Book]:
    """`books` with one of each: the most confident, or the first of those, at the place where the first one stood.

    Two books are the same if their ISBN is, or, where neither has one, if title and author are exactly the same.
    """
    best: dict[tuple[str, ...], Book] = {}
    for book in books:
        key = (book.isbn,) if book.isbn is not None else (book.title, book.author)
        if key not in best or book.confidence > best[key].confidence:
            best[key] = book
    return list(best.values())
