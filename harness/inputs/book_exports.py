"""CSV files of books as book services export them, and as people write them by hand.

A row of an export has the cells that such a row has, with a few numbers and dates that are the same in all: the ISBN
in the service's own form (Goodreads writes `="0140449132"`, so that spreadsheets keep the zeros; LibraryThing writes
`[0140449132]` and lists all of a work's ISBNs), names turned round, shelves, dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.inputs.book_columns import EXPORTS
from harness.inputs.catalogue import BOOKS, TWINS

if TYPE_CHECKING:
    from collections.abc import Callable

BY_HAND = "hand-made"
STYLES = (BY_HAND, *EXPORTS)
"""How a file may be written, the simplest first."""

NEEDED: dict[str, tuple[str, ...]] = {
    "goodreads": ("Title", "Author", "ISBN", "ISBN13"),
    "librarything": ("Title", "Primary Author", "ISBN", "ISBNs"),
    "storygraph": ("Title", "Authors", "ISBN/UID"),
}
"""The columns of an export that tell which book it is."""

_ISBN_10 = ("080442957X", "043942089X", "0140449132", "0199535566")


def cells(style: str, number: int) -> dict[str, str]:
    """The cells of data row `number`, counted from 0, by the columns of the style; a title and an author by hand."""
    if style == BY_HAND:
        return {"title": f"T{number + 1}", "author": f"A{number + 1}"}
    book = BOOKS[TWINS + number % (len(BOOKS) - TWINS)]
    return _ROWS[style](book.title, book.author, book.isbn or "", number)


def _goodreads(title: str, author: str, isbn: str, number: int) -> dict[str, str]:
    return {
        "Book Id": str(10210 + number),
        "Title": title,
        "Author": author,
        "Author l-f": _turned(author),
        "ISBN": f'="{_ISBN_10[number % len(_ISBN_10)] if isbn else ""}"',
        "ISBN13": f'="{isbn}"',
        "My Rating": "4",
        "Average Rating": "4.13",
        "Binding": "Paperback",
        "Number of Pages": "320",
        "Year Published": "2003",
        "Date Added": "2024/01/31",
        "Bookshelves": "to-read, classics",
        "Bookshelves with positions": "to-read (#12), classics (#3)",
        "Exclusive Shelf": "to-read",
        "Read Count": "0",
        "Owned Copies": "0",
    }


def _librarything(title: str, author: str, isbn: str, number: int) -> dict[str, str]:
    other = _ISBN_10[number % len(_ISBN_10)]
    return {
        "Book Id": str(250310 + number),
        "Title": title,
        "Sort Character": "1",
        "Primary Author": _turned(author),
        "Primary Author Role": "Author",
        "Publication": "London : Penguin, 2003.",
        "Date": "2003",
        "Media": "Paperback",
        "Physical Description": "320 p.; 7.8 inches",
        "Tags": "classics, fiction",
        "Collections": "Your library",
        "Languages": "English",
        "ISBN": f"[{isbn}]",
        "ISBNs": f"{isbn}, {other}" if isbn else "",
        "Copies": "1",
        "Source": "amazon.co.uk books",
        "Entry Date": "2024-01-31",
        "Work id": str(9021 + number),
    }


def _storygraph(title: str, author: str, isbn: str, number: int) -> dict[str, str]:
    return {
        "Title": title,
        "Authors": author,
        "ISBN/UID": isbn,
        "Format": "paperback",
        "Read Status": "read",
        "Date Added": "2024/01/31",
        "Last Date Read": f"2024/02/{number % 28 + 1:02}",
        "Dates Read": f"2024/02/01-2024/02/{number % 28 + 1:02}",
        "Read Count": "1",
        "Moods": "emotional, reflective",
        "Pace": "medium",
        "Character- or Plot-Driven?": "Character",
        "Star Rating": "4.25",
        "Owned?": "No",
    }


_ROWS: dict[str, Callable[[str, str, str, int], dict[str, str]]] = {
    "goodreads": _goodreads,
    "librarything": _librarything,
    "storygraph": _storygraph,
}


def _turned(author: str) -> str:
    """`Austen, Jane`."""
    first, _, last = author.rpartition(" ")
    return f"{last}, {first}" if first else last
